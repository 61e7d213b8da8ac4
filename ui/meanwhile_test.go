package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

func open(c *engine.CallState) { c.CanAdd = true }

// press taps the button on the sheet that bears a label.
func (s *stage) press(label string) {
	s.t.Helper()
	if s.ui.sheet == nil {
		s.t.Fatal("no sheet is open")
	}
	for _, o := range test.LaidOutObjects(s.ui.sheet.root) {
		if b, ok := o.(*pushButton); ok && b.Text == label {
			test.Tap(b)
			s.settle()
			return
		}
	}
	s.t.Fatalf("there is no button %q", label)
}

func TestCallingWhileInACallAsksHow(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(open)))
	for _, c := range []struct{ button, want string }{
		{"Add to the call", "add cyd to call"},
		{"Hold this call, then call", "invite cyd video=true current=1"},
		{"Hang up, then call", "invite cyd video=true current=2"},
	} {
		s.ui.invite(cyd, true)
		s.settle()
		s.want()
		s.press(c.button)
		s.want(c.want)
		if s.ui.sheet != nil {
			t.Errorf("after %q the question stays", c.button)
		}
	}
	s.ui.invite(cyd, true)
	s.key(fyne.KeyEscape)
	if s.ui.sheet != nil {
		t.Error("Escape does not put it away")
	}
	s.ui.invite(cyd, true)
	s.show(world())
	if s.ui.sheet != nil {
		t.Error("it stays although the call is over")
	}
	s.want()
}

func TestDialingBackWhileInACall(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	e := engine.HistoryEntry{ID: "h", With: []engine.User{cyd}}
	s.ui.dialBack(e, false)
	s.press("Hold this call, then call")
	s.want("dial back h video=false current=1")
	s.ui.dialBack(e, true)
	s.press("Hang up, then call")
	s.want("dial back h video=true current=2")
}

func TestCallingSomebodyOfTheCallShowsIt(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(open)))
	s.ui.putAway()
	s.ui.invite(bob, false)
	s.settle()
	s.want()
	if s.ui.sheet != nil || s.ui.shown.mini {
		t.Error("the call is not shown")
	}
}

func TestWhatCannotBeDoneMeanwhileIsNotOffered(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(outgoingTo(bob, signal.Ringing))))
	s.ui.invite(cyd, false)
	for _, o := range test.LaidOutObjects(s.ui.sheet.root) {
		if b, ok := o.(*pushButton); ok && (b.Text == word("meanwhile.hold") || b.Text == word("picker.join")) {
			t.Errorf("%q is offered for a ring that we may not add to", b.Text)
		}
	}
	s.press("Hang up, then call")
	s.want("invite cyd video=false current=2")
}
