package ui

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// offers are the buttons that the mini window shows.
func (m *mini) offers() []*roundButton {
	var out []*roundButton
	for _, b := range m.all() {
		if b.Visible() {
			out = append(out, b)
		}
	}
	return out
}

func TestMiniOfACallThatRingsThere(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(outgoingTo(bob, signal.Ringing))))
	s.ui.Minimize()
	s.settle()
	m := s.ui.pages.mini
	if m.name.Text != "Bob Meier" || m.clock.Text != "Ringing…" || m.leave.label != word("call.cancel") {
		t.Errorf("it says %q, %q and offers %q", m.name.Text, m.clock.Text, m.leave.label)
	}
	test.Tap(m.leave)
	s.settle()
	s.want("hangup call")

	s.show(world(inCall())) // answered
	if !s.ui.pages.small || s.ui.up || m.clock.Text != "1:00" || m.leave.label != word("call.hangup") {
		t.Errorf("answered, it is there: %t, and says %q", s.ui.pages.small, m.clock.Text)
	}
	if m.tile.stop == nil || m.tile.user != bob {
		t.Error("the picture of who answered is not shown")
	}
}

func TestMiniTellsWhyACallEndedAndGoes(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(outgoingTo(bob, signal.Ringing))))
	s.ui.Minimize()
	s.settle()
	s.show(world(over(engine.Ended{Call: "call", Reason: engine.DeclinedCall, With: []engine.User{bob}, Outgoing: true, At: s.now})))
	p := s.ui.pages
	if !p.small || s.ui.up || p.mini.tile.over.words != "Bob Meier declined" || len(p.mini.offers()) != 0 {
		t.Errorf("mini %t, main %t, %q", p.small, s.ui.up, p.mini.tile.over.words)
	}
	s.pass(partingTime)
	if p.small || !s.ui.up || s.ui.shown.main != viewHome {
		t.Error("it stays, or leaves no window behind")
	}
}

func TestMiniOfARingHere(t *testing.T) {
	s := newStage(t)
	s.enter(world(rung(true)))
	p := s.ui.pages
	s.ui.Minimize()
	s.settle()
	if !p.small || p.ring.up || s.ui.up || s.ui.Mini() != engine.MiniMinimizing {
		t.Fatalf("mini %t, ring %t, main %t", p.small, p.ring.up, s.ui.up)
	}
	m := p.mini
	if m.name.Text != "Bob Meier" || m.clock.Text != "Video call" || !slices.Equal(m.offers(), []*roundButton{m.decline, m.back, m.accept}) {
		t.Errorf("it says %q, %q", m.name.Text, m.clock.Text)
	}
	s.engine.take()
	test.Tap(m.decline)
	s.settle()
	test.Tap(m.accept) // an answered ring takes no other answer
	s.settle()
	s.want("reject ring")
	s.show(world())
	s.show(world(rung(true), func(s *engine.Snapshot) { s.Incoming[0].ID = "again" }))
	s.ui.Minimize()
	s.settle()
	s.engine.take()
	test.Tap(m.accept)
	s.settle()
	s.want("accept again camera=true")
	s.show(world(inCall()))
	if !p.small || s.ui.up || !slices.Equal(m.offers(), []*roundButton{m.mic, m.camera, m.back, m.leave}) {
		t.Error("accepted in the mini window, the call does not stay there")
	}
}

func TestRestoreBringsTheRingBack(t *testing.T) {
	s := newStage(t)
	s.enter(world(rung(false)))
	s.ui.Restore()
	s.settle()
	if !s.ui.pages.ring.up {
		t.Error("restoring what is not away changes something")
	}
	s.ui.Minimize()
	s.settle()
	s.ui.Restore()
	s.settle()
	if p := s.ui.pages; p.small || !p.ring.up || !s.ui.up {
		t.Error("the ring does not come back")
	}
}

func TestMiniOfAHeldCall(t *testing.T) {
	s := newStage(t)
	s.enter(world(heldCall))
	s.ui.Minimize()
	s.settle()
	m := s.ui.pages.mini
	if m.name.Text != "Cyd" || m.tile.over.words != "On hold" || !slices.Equal(m.offers(), []*roundButton{m.resume, m.back, m.leave}) {
		t.Errorf("it says %q, %q", m.name.Text, m.tile.over.words)
	}
	test.Tap(m.resume)
	s.settle()
	s.want("hold held false")
	s.show(world(heldCall, inCall()))
	if m.name.Text != "Bob Meier" || m.tile.over != (remark{}) {
		t.Errorf("of two calls it shows %q", m.name.Text)
	}
}

func TestNothingIsPutAwayWithoutACall(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	s.ui.Minimize()
	s.ui.Restore()
	s.settle()
	if s.ui.pages.small || !s.ui.up || s.ui.Mini() != engine.MiniIdle {
		t.Error("a window goes although there is no call")
	}
}

// TestEveryEndClosesTheCall goes through all reasons, for calls that ring, that are in the main window and in the mini window.
func TestEveryEndClosesTheCall(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	p := s.ui.pages
	for _, how := range []string{"rings", "shown", "put away"} {
		for _, reason := range endReasons(t) {
			name := how + ", " + string(reason)
			end := engine.Ended{Call: engine.CallID(name), Reason: reason, By: bob, With: []engine.User{bob}, Outgoing: true, Answered: how != "rings", At: s.now}
			s.show(world(inCall(func(c *engine.CallState) {
				if how == "rings" {
					outgoingTo(bob, signal.Ringing)(c)
				}
				c.ID = end.Call
			})))
			if s.ui.shown.call != end.Call || !s.ui.up {
				t.Fatalf("%s: the call is not shown", name)
			}
			if how == "put away" {
				s.ui.Minimize()
				s.settle()
			}
			s.show(world(over(end)))
			if n := s.engine.watching(bob.ID) + s.engine.watching(ana.ID); n != 0 {
				t.Errorf("%s: %d views still watch", name, n)
			}
			switch words := parting(end); {
			case words == "":
			case how == "put away":
				if !p.small || s.ui.up || p.mini.tile.over.words != words {
					t.Errorf("%s: the mini window (%t) says %q, want %q", name, p.small, p.mini.tile.over.words, words)
				}
				s.pass(partingTime)
			default:
				if s.ui.shown.main != viewParting || p.outgoing.state.Text != words {
					t.Errorf("%s: view %d says %q, want %q", name, s.ui.shown.main, p.outgoing.state.Text, words)
				}
				s.pass(partingTime)
			}
			if s.ui.shown.main != viewHome || !s.ui.up || p.small || s.ui.shown.call != "" {
				t.Errorf("%s: afterwards view %d, main %t, mini %t", name, s.ui.shown.main, s.ui.up, p.small)
			}
			s.pass(time.Second)
		}
	}
}

// TestMinimizeAsksTheEngine puts a ring away that the windows have not been told of yet.
func TestMinimizeAsksTheEngine(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	ringing := world(rung(false))
	s.engine.mu.Lock()
	s.engine.snap = &ringing // and nobody is told
	s.engine.mu.Unlock()
	if err := s.ui.Minimize(); err != nil {
		t.Fatal(err)
	}
	s.settle()
	if s.ui.Mini() != engine.MiniMinimizing {
		t.Errorf("it is %q", s.ui.Mini())
	}
}

// What becomes of a call leaves room for the name, in every language.
func TestMiniHasRoomForTheName(t *testing.T) {
	for _, l := range assets.Languages {
		s := newStage(t)
		if err := speak(l.Tag); err != nil {
			t.Fatal(err)
		}
		for _, state := range []signal.PartyState{signal.Calling, signal.Ringing, signal.Unreached} {
			s.enter(world(inCall(outgoingTo(bob, state))))
			s.ui.Minimize()
			s.settle()
			m := s.ui.pages.mini
			if from, to := m.clock.Position().X, m.name.Position().X+m.name.Size().Width; from < to || from < miniSize.Width/3 {
				t.Errorf("%s, %s: %q begins at %v, the name ends at %v", l.Tag, state, m.clock.Text, from, to)
			}
		}
	}
}
