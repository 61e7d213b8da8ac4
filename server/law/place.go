package law

import "github.com/parley-calls/parley/engine/signal"

func (in Join) apply(t *turn) error {
	p := t.party(in.User)
	switch {
	case p == nil:
		return refusal(signal.CodeForbidden, "Only who was invited can join this call.")
	case p.State == signal.Kicked:
		return refusal(signal.CodeForbidden, "You were removed from this call.")
	case p.State == signal.Joined && p.Device == in.Device:
		return nil
	case p.State == signal.Joined && !in.Take:
		return refusal(signal.CodeElsewhere, "You are in this call on another device.")
	}
	return t.enter(p, in.Device)
}

func (in Open) apply(t *turn) error {
	switch {
	case t.call.Created.IsZero():
		in.Rules.Open = true
		t.found(in.By, in.Device, in.Video, in.Rules, in.Limit)
	case t.party(in.By.ID) == nil && t.call.Rules.Open:
		p, err := t.add(in.By)
		if err != nil {
			return err
		}
		if err := t.enter(p, in.Device); err != nil {
			return err
		}
	}
	return Join{User: in.By.ID, Device: in.Device, Take: in.Take}.apply(t)
}

func (in Leave) apply(t *turn) error {
	p, err := t.member(in.User)
	switch {
	case err != nil:
		return err
	case p.State.Waiting():
		return refusal(signal.CodeForbidden, "You have not answered this call yet.")
	case !p.State.In():
		return nil
	case p.State == signal.Joined && p.Device != in.Device:
		return refusal(signal.CodeElsewhere, "You are in this call on another device.")
	}
	t.depart(p, signal.Left)
	t.settle(cause{ringing: signal.EndCancelled, live: signal.EndHangUp, by: in.User})
	return nil
}

func (in Lost) apply(t *turn) error {
	p := t.party(in.User)
	switch {
	case p == nil:
	case p.State == signal.Joined && p.Device == in.Device:
		wait := in.Grace.Member
		if n, _ := t.count(); n < 2 {
			wait = in.Grace.Ringer
		}
		t.turnTo(p, signal.Lost)
		p.Deadline = t.now.Add(wait)
	case !in.Online && (p.State == signal.Calling || p.State == signal.Ringing):
		t.turnTo(p, signal.Unreached)
	}
	return nil
}

func (in Back) apply(t *turn) error {
	p := t.party(in.User)
	switch {
	case p == nil:
	case p.State == signal.Lost && p.Device == in.Device:
		if !t.now.Before(p.Deadline) {
			return Tick{}.apply(t)
		}
		return t.enter(p, in.Device)
	case p.State == signal.Unreached:
		t.turnTo(p, signal.Calling)
	}
	return nil
}
