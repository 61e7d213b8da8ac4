package ui

import (
	"errors"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

func TestOutgoingCall(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(outgoingTo(bob, signal.Calling))))
	o := s.ui.pages.outgoing
	if s.ui.shown.main != viewOutgoing || o.name.Text != "Bob Meier" || o.state.Text != "Calling…" {
		t.Fatalf("view %d says %q, %q", s.ui.shown.main, o.name.Text, o.state.Text)
	}
	if s.engine.watching(ana.ID) != 1 {
		t.Error("our own picture is not watched")
	}
	s.show(world(inCall(outgoingTo(bob, signal.Ringing))))
	if o.state.Text != "Ringing…" {
		t.Errorf("it says %q", o.state.Text)
	}
	test.Tap(o.mic)
	s.settle()
	s.key(fyne.KeyV)
	test.Tap(o.cancel)
	s.settle()
	s.key(fyne.KeyEscape)
	s.want("microphone call false", "camera call false", "hangup call", "hangup call")
}

func TestWhyACallEndedStaysTwoSeconds(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(outgoingTo(bob, signal.Ringing))))
	s.show(world(over(engine.Ended{Call: "call", Reason: engine.DeclinedCall, With: []engine.User{bob}, Outgoing: true, At: s.now})))
	o := s.ui.pages.outgoing
	if s.ui.shown.main != viewParting || o.state.Text != "Bob Meier declined" || o.bar.Visible() {
		t.Errorf("view %d says %q", s.ui.shown.main, o.state.Text)
	}
	if n := s.engine.watching(ana.ID); n != 0 {
		t.Errorf("our own picture is still watched by %d", n)
	}
	s.pass(partingTime - time.Millisecond)
	if s.ui.shown.main != viewParting {
		t.Error("the words went too early")
	}
	s.pass(time.Millisecond)
	if s.ui.shown.main != viewHome {
		t.Error("the words stay")
	}
}

func TestWhatTheOtherSideSaidIsShown(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(outgoingTo(bob, signal.Ringing))))
	s.show(world(over(engine.Ended{
		Call: "call", Reason: engine.DeclinedCall, By: bob, With: []engine.User{bob}, Data: "I'll call back in 10 minutes", Outgoing: true, At: s.now,
	})))
	if got := s.ui.pages.outgoing.state.Text; got != "Bob Meier declined: “I'll call back in 10 minutes”" {
		t.Errorf("it says %q", got)
	}
	s.pass(messageTime - time.Millisecond)
	if s.ui.shown.main != viewParting {
		t.Error("the words went before they could be read")
	}
	s.pass(time.Millisecond)
	if s.ui.shown.main != viewHome {
		t.Error("the words stay")
	}
}

func TestMissedCallIsTold(t *testing.T) {
	s := newStage(t)
	s.enter(world(rung(false)))
	s.show(world(over(engine.Ended{Call: "call", Reason: engine.CancelledCall, With: []engine.User{bob}, At: s.now})))
	n := s.ui.notice
	if !n.box.Visible() || n.title.Text != "Missed call from Bob Meier" {
		t.Errorf("the notice (%t) says %q", n.box.Visible(), n.title.Text)
	}
	s.pass(tellTime)
	if n.box.Visible() {
		t.Error("it stays")
	}
}

func TestFailedCommandIsExplained(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	s.engine.fail = &engine.Error{Op: "invite", Err: engine.ErrTooMany}
	s.ui.invite(bob, false)
	s.settle()
	if n := s.ui.notice; !n.box.Visible() || n.title.Text != word("error.title.too-many") || n.button.Visible() {
		t.Errorf("the notice (%t) says %q", n.box.Visible(), n.title.Text)
	}
	s.engine.take()
	s.engine.fail = engine.ErrNotInCall
	s.ui.notice.hide()
	s.ui.hangUp("gone")
	s.settle()
	if s.ui.notice.box.Visible() {
		t.Error("hanging up what the other side has just hung up is told as an error")
	}
	s.ui.fail(errors.Join(errors.New("more"), engine.ErrBusy))
	if s.ui.notice.title.Text != word("error.title.busy") {
		t.Errorf("a wrapped error is explained as %q", s.ui.notice.title.Text)
	}
}
