package law

import (
	"slices"

	"github.com/parley-calls/parley/engine/signal"
)

func (in Invite) apply(t *turn) error {
	if t.call.Created.IsZero() {
		in.Rules.Open = false // who is asked to come is who may
		t.found(in.By, in.Device, in.Video, in.Rules, in.Limit)
		t.call.Request = in.Request
	} else if err := t.mayAdd(in.By.ID, in.Device); err != nil {
		return err
	}
	var request *signal.Request
	if in.Request != t.call.Request {
		request = &in.Request
	}
	for _, who := range in.To {
		p := t.party(who.ID)
		if p != nil && (p.State.In() || p.State.Waiting()) {
			continue
		}
		if p == nil {
			var err error
			if p, err = t.add(who.User); err != nil {
				return err
			}
		}
		state := signal.Unreached
		if who.Online {
			state = signal.Calling
		}
		*p = signal.Party{
			User: who.User, State: state, Invitation: who.Invitation, By: in.By.ID, Request: request,
			Asked: t.now, Since: t.now, Deadline: t.now.Add(in.Timeout),
		}
	}
	return nil
}

// mayAdd says whether a user may invite into the running call, from a device.
func (t *turn) mayAdd(u signal.UserID, d signal.DeviceID) error {
	p := t.party(u)
	switch {
	case p == nil || !p.State.In():
		return refusal(signal.CodeForbidden, "Only who is in the call can add people to it.")
	case p.Device != d:
		return refusal(signal.CodeElsewhere, "You are in this call on another device.")
	case t.call.Rules.Adding != signal.MembersAdd && t.call.Rules.Adding != signal.InitiatorAdds:
		return refusal(signal.CodeForbidden, "Nobody can be added to this call.")
	case t.call.Rules.Adding == signal.InitiatorAdds && u != t.call.Initiator:
		return refusal(signal.CodeForbidden, "Only who started this call can add people to it.")
	case t.call.Full():
		return refusal(signal.CodeFull, "This call is full. Somebody has to leave it first.")
	}
	return nil
}

func (in Received) apply(t *turn) error {
	p, err := t.member(in.User)
	if err != nil {
		return err
	}
	if p.State == signal.Calling || p.State == signal.Unreached {
		t.turnTo(p, signal.Ringing)
	}
	return nil
}

func (in Accept) apply(t *turn) error {
	p, err := t.member(in.User)
	switch {
	case err != nil:
		return err
	case p.State.In() && p.Device == in.Device:
		return nil
	case p.State.In():
		return refusal(signal.CodeElsewhere, "You answered on another device.")
	case p.State == signal.Declined || p.State == signal.Refused:
		return refusal(signal.CodeElsewhere, "The invitation was declined on another device.")
	case p.State == signal.Cancelled:
		return refusal(signal.CodeExpired, "The caller took the invitation back.")
	case !p.State.Waiting() || !t.now.Before(p.Deadline):
		return refusal(signal.CodeExpired, "The invitation has expired.")
	}
	if err := t.enter(p, in.Device); err != nil {
		return err
	}
	p.Data = in.Data
	return nil
}

func (in Reject) apply(t *turn) error {
	p, err := t.member(in.User)
	switch {
	case err != nil:
		return err
	case p.State == signal.Declined || p.State == signal.Refused:
		return nil
	case p.State.In():
		return refusal(signal.CodeElsewhere, "You answered on another device.")
	case !p.State.Waiting():
		return refusal(signal.CodeExpired, "The invitation has expired.")
	}
	t.set(p, in.As)
	p.Data = in.Data
	t.settle(cause{})
	return nil
}

func (in Cancel) apply(t *turn) error {
	if _, err := t.member(in.By); err != nil {
		return err
	}
	cancelled := 0
	for i := range t.call.Parties {
		p := &t.call.Parties[i]
		named := slices.Contains(in.To, p.ID)
		if !p.State.Waiting() || len(in.To) > 0 && !named {
			continue
		}
		if p.By != in.By && t.call.Initiator != in.By {
			if named {
				return refusal(signal.CodeForbidden, "Only who invited can take the invitation back.")
			}
			continue
		}
		t.set(p, signal.Cancelled)
		p.Data = in.Data
		cancelled++
	}
	if cancelled == 0 {
		return refusal(signal.CodeExpired, "Nobody waits for an answer any more.")
	}
	t.settle(cause{ringing: signal.EndCancelled, live: signal.EndHangUp, by: in.By})
	return nil
}
