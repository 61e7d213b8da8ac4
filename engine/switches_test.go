package engine

import (
	"testing"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

// Members learn what kind of speaker we hear them on, and nothing else of it.
func TestMembersLearnTheRoute(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(heardOn{Output{media.RouteUSB, "Ana's headset"}})
	y.take(intended{"c1", pending{to: []UserID{bob.ID}}})
	y.call(ana, bob, false)
	y.party(bob, signal.Joined, bobPhone)
	y.take(pathMoved{"c1", bob.ID, bobPhone, link.Connected})
	announced := func() (all []switches) {
		for _, a := range y.actions {
			if a, ok := a.(announce); ok {
				all = append(all, a.switches)
			}
		}
		return all
	}
	if got := announced(); len(got) != 1 || got[0].Output != media.RouteUSB {
		t.Errorf("to one who enters: %+v", got)
	}
	y.take(heardOn{Output{media.RouteUSB, "Another headset"}})
	if got := announced(); len(got) != 0 {
		t.Errorf("of the same kind: %+v", got)
	}
	y.take(heardOn{Output{media.RouteSpeaker, "Desk"}})
	if got := announced(); len(got) != 1 || got[0].Output != media.RouteSpeaker {
		t.Errorf("another kind: %+v", got)
	}
	y.take(told{"c1", bob.ID, bobPhone, switches{Output: media.RouteHeadphone}})
	y.take(told{"c1", bob.ID, bobPhone, switches{Microphone: true, Output: "<b>loud</b>"}}) // not one of ours
	y.take(told{"c1", bob.ID, bobPhone, switches{Camera: true}})                            // an app that does not say
	s := show(y.s)
	if m := s.Calls[0].Members[0]; m.Output != (Output{Route: media.RouteHeadphone}) || !m.Camera {
		t.Errorf("member %+v", m)
	}
	if s.Output != (Output{media.RouteSpeaker, "Desk"}) {
		t.Errorf("ours %+v", s.Output)
	}
}

// What moves while a call is held is none of its business.
func TestHeldCallDoesNotMove(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(intended{"c1", pending{to: []UserID{bob.ID}}})
	y.call(ana, bob, false)
	y.take(held{"c1", true})
	y.take(replaced{"", media.SpeakerDevice, "Desk", "Headset", false})
	for _, e := range y.events() {
		t.Errorf("event %+v", e)
	}
}
