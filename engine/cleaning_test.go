package engine_test

import (
	"testing"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

func TestPreferencesReachTheCleaner(t *testing.T) {
	t.Parallel()
	if !engine.CanClean() {
		t.Skip("this build does not clean")
	}
	first, then := media.Cleaning{AutoGain: true}, media.Cleaning{KeepEcho: true}
	p := join(t, board(t), "Ada", func(o *engine.Options) { o.Preferences.Cleaning = first })
	if got := p.Cleaning(); got != first {
		t.Errorf("at first %+v, want %+v", got, first)
	}
	now := p.Snapshot().Preferences
	now.Cleaning = then
	p.SetPreferences(now)
	if got := p.Cleaning(); got != then {
		t.Errorf("then %+v, want %+v", got, then)
	}
}
