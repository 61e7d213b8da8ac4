package engine

import (
	"errors"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// at lets time pass until so long after the epoch, with an alarm only if one is due by then.
func (y *story) at(after time.Duration) {
	if due := y.s.due(); !due.IsZero() && !due.After(epoch.Add(after)) {
		y.s, y.actions = next(y.s, passed{}, due)
	} else {
		y.actions = nil
	}
}

func (y *story) expired() {
	y.t.Helper()
	e, _ := y.actions[len(y.actions)-1].(emit)
	if e.Type != ErrorOccurred || e.Call != "c1" || !errors.Is(e.Err, ErrExpired) {
		y.t.Fatalf("%+v", e.Event)
	}
	if y.s.early != (early{}) || !y.s.due().IsZero() {
		y.t.Fatal("it is still remembered")
	}
}

func TestAcceptEarly(t *testing.T) {
	t.Parallel()
	answer := Answer{Data: "on my way"}
	for name, do := range map[string]func(*story){
		"before the ring": func(y *story) {
			y.take(acceptedEarly{"c1", answer, false})
			y.call(bob, ana, true)
			if e := must[enter](y); e.ring.Call != "c1" || e.ring.ID != "i1" || e.answer != answer {
				y.t.Fatalf("%+v", e)
			}
			y.did(IncomingReceived)
			y.take(changed{y.record}) // once
			mustNot[enter](y)
		},
		"while it rings": func(y *story) {
			y.call(bob, ana, true)
			y.take(acceptedEarly{"c1", answer, false})
			must[enter](y)
		},
		"found by the first sync": func(y *story) {
			y.take(acceptedEarly{"c1", answer, false})
			y.take(connected{Connection{State: Connecting}})
			mustNot[enter](y)
			r := signal.Call{ID: "c1", Revision: 3, Initiator: bob.ID, Parties: []signal.Party{
				{User: bob, State: signal.Joined, Device: bobPhone}, {User: ana, State: signal.Calling, Invitation: "i1", By: bob.ID}}}
			y.take(synced{SyncReply: signal.SyncReply{Calls: []signal.Call{r}}})
			must[enter](y)
		},
		"while in another call": func(y *story) {
			y.call(bob, ana, false)
			y.take(intended{"c1", pending{}})
			y.party(ana, signal.Joined, anaPhone)
			y.take(acceptedEarly{"c2", answer, false})
			r := signal.Call{ID: "c2", Revision: 1, Initiator: "cyd", Parties: []signal.Party{
				{User: User{ID: "cyd"}, State: signal.Joined, Device: "cyd-desk"}, {User: ana, State: signal.Calling, Invitation: "i2", By: "cyd"}}}
			y.take(changed{r})
			must[enter](y)
			mustNot[refuse](y)
		},
		"not known to the switchboard": func(y *story) {
			y.take(acceptedEarly{"c1", answer, false})
			y.take(synced{})
			y.expired()
			y.call(bob, ana, true) // and does not count for what comes after
			mustNot[enter](y)
		},
		"answered on another device": func(y *story) {
			y.take(acceptedEarly{"c1", answer, false})
			r := signal.Call{ID: "c1", Revision: 3, Initiator: bob.ID, Live: epoch, Parties: []signal.Party{
				{User: bob, State: signal.Joined, Device: bobPhone}, {User: ana, State: signal.Joined, Device: "ana-laptop", Invitation: "i1", By: bob.ID}}}
			y.take(synced{SyncReply: signal.SyncReply{Calls: []signal.Call{r}}})
			if e, _ := y.actions[len(y.actions)-1].(emit); !errors.Is(e.Err, ErrElsewhere) {
				y.t.Fatalf("%+v", e.Event)
			}
		},
		"never heard of": func(y *story) {
			y.take(acceptedEarly{"c1", answer, false})
			y.at(earlyTime - time.Second)
			if len(y.actions) > 0 {
				y.t.Fatal("given up too early")
			}
			y.at(earlyTime)
			y.expired()
		},
		"refused": func(y *story) {
			y.take(failed{"c1", fail("accept", ErrExpired)})
			y.expired()
		},
		"answered by a button meanwhile": func(y *story) {
			y.call(bob, ana, false)
			y.take(intended{"c1", pending{}})
			y.take(acceptedEarly{"c1", answer, true})
			y.party(ana, signal.Joined, anaPhone)
			if y.s.early != (early{}) {
				y.t.Fatal("it is still remembered")
			}
		},
		"to be entered later": func(y *story) {
			y.take(acceptedEarly{"c1", answer, true})
			y.call(bob, ana, true)
			mustNot[enter](y)
			if toneOf(y.s) != quiet {
				y.t.Fatal("it rings although it was answered")
			}
			y.take(acceptedEarly{"c1", answer, false})
			must[enter](y)
		},
		"later, and taken back": func(y *story) {
			y.take(acceptedEarly{"c1", answer, true})
			y.call(bob, ana, true)
			y.end(signal.EndCancelled, bob.ID)
			y.did(IncomingCancelled, CallEnded)
			if y.s.early != (early{}) {
				y.t.Fatal("it is still remembered")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			do(asAna(t))
		})
	}
}
