package ui

import "github.com/parley-calls/parley/upkeep"

// careless is a program that knows nothing about itself.
type careless struct{}

var _ Care = careless{}

func (careless) Crash() (text, path string)  { return "", "" }
func (careless) PutCrashAway()               {}
func (careless) Aside() []string             { return nil }
func (careless) Build() string               { return "" }
func (careless) Diagnostics() []upkeep.Paper { return nil }
