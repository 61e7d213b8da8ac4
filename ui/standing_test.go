package ui

import (
	"errors"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/desktop"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

func TestWhatTheDesktopDoesMeanwhile(t *testing.T) {
	is := func(p engine.Phase) func(*engine.CallState) { return func(c *engine.CallState) { c.Phase = p } }
	held := func(c *engine.CallState) { c.ID, c.Held = "other", true }
	silenced := func(s *engine.Snapshot) { s.Incoming[0].Silenced = true }
	missed := func(s *engine.Snapshot) { s.Missed = 2 }
	quiet := around{settings: profile.Settings{DoNotDisturb: true}}
	awake := desktop.Standing{Awake: "A call is going on."}
	for _, c := range []struct {
		name   string
		snap   engine.Snapshot
		a      around
		unread int
		want   desktop.Standing
	}{
		{"nothing", world(), around{}, 0, desktop.Standing{}},
		{"a call", world(inCall()), around{}, 0, awake},
		{"one that connects", world(inCall(is(engine.Joining))), around{}, 0, awake},
		{"one that comes back", world(inCall(is(engine.Rejoining))), around{}, 0, awake},
		{"one on hold", world(inCall(held)), around{}, 0, desktop.Standing{}},
		{"one beside one on hold", world(inCall(held), inCall()), around{}, 0, awake},
		{"one that is over", world(inCall(is(engine.Over))), around{}, 0, desktop.Standing{}},
		{"one that rings there", world(inCall(outgoingTo(cyd, signal.Ringing))), around{}, 0, desktop.Standing{}},
		{"one that rings here", world(rung(false)), around{}, 0, desktop.Standing{Urgent: true}},
		{"in a call another one rings", world(inCall(), rung(false)), around{}, 0, desktop.Standing{Awake: awake.Awake, Urgent: true}},
		{"it is looked at", world(rung(false)), around{watched: true}, 0, desktop.Standing{}},
		{"its sound was stopped", world(rung(false), silenced), around{}, 0, desktop.Standing{}},
		{"do not disturb", world(rung(false)), quiet, 0, desktop.Standing{}},
		{"a quiet desktop", world(rung(false)), around{settings: profile.Settings{ObeyDesktop: true}, quiet: true}, 0, desktop.Standing{}},
		{"a quiet desktop that does not count", world(rung(false)), around{quiet: true}, 0, desktop.Standing{Urgent: true}},
		{"missed calls and messages", world(missed), around{}, 3, desktop.Standing{Count: 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := standingOf(&c.snap, c.a, c.unread); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
	if got := standingOf(nil, around{}, 0); got != (desktop.Standing{}) {
		t.Errorf("without an engine it is %+v", got)
	}
}

func TestTheDesktopIsToldWhatChanges(t *testing.T) {
	s, d := newDesktopStage(t)
	s.enter(world())
	s.show(world(rung(false)))
	s.show(world(inCall()))
	s.pass(time.Minute)
	s.settle()
	written := func(c *engine.CallState) { c.Chat = []engine.Message{{ID: "1", From: bob, Text: "Hi", At: s.now}} }
	s.show(world(inCall(written)))
	s.show(world(inCall(written, func(c *engine.CallState) { c.Held = true })))
	s.show(world())
	// A call on hold has no page, which would count its messages.
	want := []desktop.Standing{{Urgent: true}, {Awake: "A call is going on."}, {Awake: "A call is going on.", Count: 1}, {}}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.kept, want) {
		t.Errorf("told is %+v, want %+v", d.kept, want)
	}
}

func TestWhatTheDesktopLacksIsSaid(t *testing.T) {
	s, d := newDesktopStage(t)
	s.enter(world())
	says := func() (words string) {
		s.ui.openSettings()
		s.settle()
		if page := s.ui.pages.settings.desktop; page.lacking.Visible() {
			words = page.lacks.Text
		}
		s.ui.closeSettings()
		s.settle()
		return words
	}
	if got := says(); got != "" {
		t.Errorf("a full-grown desktop lacks %q", got)
	}
	d.lacks = []desktop.Ability{desktop.Wakefulness, desktop.Badge}
	want := "Parley cannot keep the screen on during calls on this system yet.\nParley cannot count missed calls on its icon in the task bar on this system yet."
	if got := says(); got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	for _, a := range desktop.Abilities() {
		if lackKeys[a] == "" && a != desktop.Attention {
			t.Errorf("nothing says that ability %d is lacking", a)
		}
	}
}

func TestLinksOpenHere(t *testing.T) {
	s, d := newDesktopStage(t)
	s.enter(world())
	s.ui.openSettings()
	page := s.ui.pages.settings.desktop
	says := func(words string, offers bool) {
		t.Helper()
		s.until(t, func() string {
			if page.links.Text != words || page.adopt.Visible() != offers {
				return page.links.Text
			}
			return ""
		})
	}
	says("Links to calls (parley:…) do not open here.", true)
	test.Tap(page.adopt)
	says("Links to calls (parley:…) open here.", false)
	s.ui.closeSettings()
	s.settle()
	d.links, d.fail = false, errors.New("no room")
	s.ui.openSettings()
	says("Links to calls (parley:…) do not open here.", true)
	test.Tap(page.adopt)
	s.until(t, func() string {
		if !s.ui.notice.box.Visible() || s.ui.notice.text.Text != "no room" {
			return "why it failed is not said"
		}
		return ""
	})
	s.ui.closeSettings()
	s.settle()
	d.lacks = []desktop.Ability{desktop.Links}
	s.ui.openSettings()
	s.settle()
	if page.linked.Visible() || page.lacks.Text != "Parley cannot change which program opens links to calls (parley:…) on this system yet." {
		t.Errorf("where it cannot be changed, the page says %q", page.lacks.Text)
	}
}
