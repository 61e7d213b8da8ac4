package ui

import (
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
)

func joinable(j engine.Joinable) func(*engine.Snapshot) {
	return func(s *engine.Snapshot) { s.Joinable = append(s.Joinable, j) }
}

func TestComingBackAfterACrash(t *testing.T) {
	s := newStage(t)
	lost := joinable(engine.Joinable{Call: "call", With: []engine.User{bob}, Video: true, Crashed: true, Until: noon.Add(20 * time.Second)})
	s.enter(world(lost))
	l := s.ui.back
	if !l.root.Visible() || l.title.Text != "You were in a call with Bob Meier" || l.body.Text != "The call goes on. Your place is kept for 20 s." {
		t.Errorf("the offer (%t) says %q, %q", l.root.Visible(), l.title.Text, l.body.Text)
	}
	s.pass(3 * time.Second)
	if l.body.Text != "The call goes on. Your place is kept for 17 s." {
		t.Errorf("3 s later it says %q", l.body.Text)
	}
	test.Tap(l.join)
	s.settle()
	s.want("join call video=true take=false current=0")
	s.show(world(lost, inCall()))
	if l.root.Visible() {
		t.Error("it stays over the call")
	}
	s.show(world(lost))
	s.pass(17 * time.Second)
	if l.root.Visible() {
		t.Error("it stays although the place is not kept any more")
	}
}

func TestTakingACallHere(t *testing.T) {
	s := newStage(t)
	other := joinable(engine.Joinable{Call: "call", With: []engine.User{bob, cyd}})
	s.enter(world(other))
	l := s.ui.back
	if !l.root.Visible() || l.title.Text != "Your call with Bob Meier and 1 more runs on another device" || l.body.Text != "Voice call" {
		t.Errorf("the offer (%t) says %q, %q", l.root.Visible(), l.title.Text, l.body.Text)
	}
	s.ui.openSettings()
	s.settle()
	s.engine.take()
	test.Tap(l.join)
	s.settle()
	s.want("join call video=false take=true current=0")
	s.show(world())
	if l.root.Visible() {
		t.Error("it stays although the call is over")
	}
}

func TestGivingUpThePlaceInACall(t *testing.T) {
	s := newStage(t)
	s.enter(world(joinable(engine.Joinable{Call: "call", With: []engine.User{bob}, Crashed: true, Until: noon.Add(20 * time.Second)})))
	test.Tap(s.ui.back.away)
	s.settle()
	s.want("dismiss call")
	if s.ui.back.root.Visible() {
		t.Error("the offer stays")
	}
}

func TestDismissedOfferStaysAway(t *testing.T) {
	s := newStage(t)
	other := joinable(engine.Joinable{Call: "call", With: []engine.User{bob}})
	s.enter(world(other))
	l := s.ui.back
	test.Tap(l.away)
	s.settle()
	s.want() // it goes on over there
	s.show(world(other))
	if l.root.Visible() {
		t.Error("it comes back")
	}
	s.show(world(other, joinable(engine.Joinable{Call: "next", With: []engine.User{cyd}})))
	if !l.root.Visible() || l.call.Call != "next" {
		t.Error("another call is not offered")
	}
}
