package ui

import (
	"testing"
	"time"

	"github.com/parley-calls/parley/engine"
)

func TestWhenAMutedPersonIsTold(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		levels string // one each 200 ms: # loud, . silent
		told   int
	}{
		{"silence", "....................", 0},
		{"a cough", "..##......##........", 0},
		{"a sentence", "..####..............", 1},
		{"a speech of nine seconds", "#############################################", 1},
		{"a speech of eleven seconds", "#######################################################", 2},
		{"two sentences", "####..........####..", 1},
	} {
		h, told := mutedHint{}, 0
		for i, l := range c.levels {
			level, before := float32(0.001), h.told
			if l == '#' {
				level = 0.2
			}
			now := begin.Add(time.Duration(i) * 200 * time.Millisecond)
			if h = h.look(level, now); h.told != before {
				told++
				if !h.shows(true, now) || h.shows(false, now) || h.shows(true, now.Add(hintTime)) {
					t.Errorf("%s: it is not shown, or shown while not muted, or for ever", c.name)
				}
			}
		}
		if told != c.told {
			t.Errorf("%s: told %d times, want %d", c.name, told, c.told)
		}
	}
}

func TestSpeakingWhileMutedIsTold(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(func(c *engine.CallState) { c.Microphone = false })))
	c := s.ui.pages.call
	s.engine.spoken = 0.3
	s.pass(0)
	s.pass(spokenFor)
	if !c.hint.Visible() {
		t.Error("nothing is told")
	}
	s.show(world(inCall()))
	if c.hint.Visible() {
		t.Error("it is told although the microphone is on")
	}
}
