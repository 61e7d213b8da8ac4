package main

import (
	"log/slog"

	"github.com/parley-calls/parley/profile"
	"github.com/parley-calls/parley/ui"
	"github.com/parley-calls/parley/upkeep"
)

// care is what the windows show of the program's own state.
type care struct {
	crashes upkeep.Crashes
	profile *profile.Profile
	log     *slog.Logger
}

var _ ui.Care = care{}

func (c care) Crash() (text, path string) { return c.crashes.Unseen() }

func (c care) PutCrashAway() {
	if err := c.crashes.PutAway(); err != nil {
		c.log.Warn("the crash will be told again", "err", err)
	}
}

func (c care) Aside() []string { return c.profile.Aside() }
