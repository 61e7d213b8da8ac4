package law

import (
	"slices"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

func (in Kick) apply(t *turn) error {
	if err := t.mayModerate(in.By, in.Device, in.To); err != nil {
		return err
	}
	for i := range t.call.Parties {
		p := &t.call.Parties[i]
		switch {
		case !slices.Contains(in.To, p.ID):
		case p.State.In():
			t.depart(p, signal.Kicked)
			p.Kicker = in.By
		case p.State.Waiting():
			t.set(p, signal.Cancelled)
		}
	}
	t.settle(cause{ringing: signal.EndCancelled, live: signal.EndHangUp, by: in.By})
	return nil
}

func (in Order) apply(t *turn) error {
	if err := t.mayModerate(in.By, in.Device, in.To); err != nil {
		return err
	}
	for i := range t.call.Parties {
		p := &t.call.Parties[i]
		if !p.State.In() || p.ID == in.By || len(in.To) > 0 && !slices.Contains(in.To, p.ID) {
			continue
		}
		at := t.now // two authorities may disagree about the time, but not about what came later
		for _, o := range []signal.Order{p.Microphone, p.Camera} {
			if !at.After(o.At) {
				at = o.At.Add(time.Nanosecond)
			}
		}
		give(&p.Microphone, in.Microphone, signal.Order{By: in.By, At: at})
		give(&p.Camera, in.Camera, signal.Order{By: in.By, At: at})
	}
	return nil
}

// give replaces an order by one that says whether something is to be on, if it does.
func give(order *signal.Order, on *bool, o signal.Order) {
	if on != nil {
		o.On = *on
		*order = o
	}
}

// mayModerate says whether a user may do something to others in the call, from a device.
func (t *turn) mayModerate(u signal.UserID, d signal.DeviceID, others []signal.UserID) error {
	p, err := t.member(u)
	switch {
	case err != nil:
		return err
	case !p.State.In():
		return refusal(signal.CodeForbidden, "You are not in this call.")
	case p.Device != d:
		return refusal(signal.CodeElsewhere, "You are in this call on another device.")
	case !t.call.Moderates(u):
		return refusal(signal.CodeForbidden, "Only who moderates this call can do that.")
	case slices.Contains(others, u):
		return refusal(signal.CodeForbidden, "You cannot do that to yourself.")
	}
	for _, o := range others {
		if t.party(o) == nil {
			return refusal(signal.CodeNobody, "Somebody of these is not in this call.")
		}
	}
	return nil
}
