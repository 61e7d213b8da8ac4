package ui

import (
	"context"

	"github.com/parley-calls/parley/desktop"
)

// Desktop is what the windows need of the desktop around them; a [desktop.Desktop] has it. Its methods may be called from any
// goroutine, and return soon but for those with a context.
type Desktop interface {
	Notify(n desktop.Notification)
	Withdraw(key string)
	DoNotDisturb() bool
	Can(desktop.Ability) error
	Keep(desktop.Standing)
	TrayHosted() bool
	Watch(changed func()) (stop func())
	Autostart() bool
	SetAutostart(on bool) error
	OpensLinks(context.Context) (bool, error)
	OpenLinks(context.Context) error
	// Frame puts a border round a part of the display, in pixels; an empty part takes it away.
	Frame(f desktop.Framing)
}

var _ Desktop = (*desktop.Desktop)(nil)

// bare is a desktop that offers nothing but windows.
type bare struct{}

func (bare) Notify(desktop.Notification) {}
func (bare) Withdraw(string)             {}
func (bare) DoNotDisturb() bool          { return false }
func (bare) Can(desktop.Ability) error   { return desktop.ErrUnsupported }
func (bare) Keep(desktop.Standing)       {}
func (bare) TrayHosted() bool            { return false }
func (bare) Watch(func()) (stop func())  { return func() {} }
func (bare) Autostart() bool             { return false }
func (bare) SetAutostart(bool) error     { return nil }
func (bare) Frame(desktop.Framing)       {}

func (bare) OpensLinks(context.Context) (bool, error) { return false, desktop.ErrUnsupported }
func (bare) OpenLinks(context.Context) error          { return desktop.ErrUnsupported }
