package authority

import (
	"slices"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// maxParties bounds a call: the initiator and the 15 that one invitation may name.
const maxParties = 16

// input is something that happens to a call.
type input interface{ apply(t *turn) error }

// The inputs. Those of members name the device they come from.
type (
	// invite makes the call if there is none, or adds people to it.
	invite struct {
		by      signal.User
		device  signal.DeviceID
		to      []invitee
		video   bool
		data    string
		timeout time.Duration
	}
	received struct{ user signal.UserID }
	accept   struct {
		user   signal.UserID
		device signal.DeviceID
		data   string
	}
	reject struct {
		user signal.UserID
		as   signal.PartyState // Declined or Refused
		data string
	}
	cancel struct {
		by signal.UserID
		to []signal.UserID // empty: all who wait
	}
	join struct {
		user   signal.UserID
		device signal.DeviceID
	}
	leave struct {
		user   signal.UserID
		device signal.DeviceID
	}
	// lost says that the lease of a device ran out.
	lost struct {
		user   signal.UserID
		device signal.DeviceID
		online bool // another device of the user still has a lease
		grace  grace
	}
	// back says that a device has a lease (again).
	back struct {
		user   signal.UserID
		device signal.DeviceID
	}
	// merge ends the call because both called each other and the other call goes on.
	merge struct{ into signal.CallID }
	// tick enforces the deadlines.
	tick struct{}
)

// invitee is somebody to ring.
type invitee struct {
	signal.User
	invitation signal.InvitationID
	online     bool
}

// grace is how long a vanished device may take to come back.
type grace struct {
	member time.Duration // of a call with others in it
	ringer time.Duration // who is alone in the call and rings
}

// next is the whole law of calls: from a record and something that happened to the new record. It does no I/O and has no
// clock. A refusal is a [*signal.Error] and changes nothing; an input that is already true changes nothing either.
func next(call signal.Call, in input, now time.Time) (signal.Call, error) {
	if !call.Ended.IsZero() {
		return call, tooLate(&call, in)
	}
	t := turn{call: call, now: now.UTC().Round(0)}
	t.call.Parties = slices.Clone(call.Parties)
	if err := in.apply(&t); err != nil {
		return call, err
	}
	return t.call, nil
}

// turn is one application of an input.
type turn struct {
	call signal.Call
	now  time.Time
}

func refusal(code signal.Code, message string) *signal.Error {
	return &signal.Error{Code: code, Message: message}
}

// tooLate answers what comes after the end. Who only wants it to be over is content.
func tooLate(call *signal.Call, in input) error {
	switch in := in.(type) {
	case reject:
		if p, ok := call.Party(in.user); ok && (p.State == signal.Declined || p.State == signal.Refused) {
			return nil
		}
	case invite:
		return refusal(signal.CodeExpired, "This call has ended. Start a new one.")
	case received, accept:
	case join:
		return refusal(signal.CodeExpired, "This call has ended.")
	default:
		return nil
	}
	switch call.Reason {
	case signal.EndCancelled:
		return refusal(signal.CodeExpired, "The caller took the invitation back.")
	case signal.EndCallerLost:
		return refusal(signal.CodeExpired, "The caller's connection was lost.")
	case signal.EndTimeout:
		return refusal(signal.CodeExpired, "The invitation has expired.")
	}
	return refusal(signal.CodeExpired, "This call has ended.")
}

func (t *turn) party(u signal.UserID) *signal.Party {
	for i := range t.call.Parties {
		if t.call.Parties[i].ID == u {
			return &t.call.Parties[i]
		}
	}
	return nil
}

// member is a party, or the refusal for those who have nothing to do with the call. It does not tell them that it exists.
func (t *turn) member(u signal.UserID) (*signal.Party, error) {
	if p := t.party(u); p != nil {
		return p, nil
	}
	return nil, refusal(signal.CodeNotFound, "There is no such call.")
}

func (t *turn) set(p *signal.Party, s signal.PartyState) {
	p.State, p.Since, p.Deadline = s, t.now, time.Time{}
}

func (t *turn) enter(p *signal.Party, d signal.DeviceID) {
	t.set(p, signal.Joined)
	p.Device = d
	if in, _ := t.count(); in >= 2 && t.call.Live.IsZero() {
		t.call.Live = t.now
	}
}

// count says how many hold a place in the call and how many may still answer.
func (t *turn) count() (in, waiting int) {
	for _, p := range t.call.Parties {
		switch {
		case p.State.In():
			in++
		case p.State.Waiting():
			waiting++
		}
	}
	return in, waiting
}

func (in invite) apply(t *turn) error {
	if t.call.Created.IsZero() {
		t.call.Initiator, t.call.Video, t.call.Data, t.call.Created = in.by.ID, in.video, in.data, t.now
		t.call.Parties = []signal.Party{{User: in.by, State: signal.Joined, Device: in.device, Since: t.now}}
	} else if p := t.party(in.by.ID); p == nil || !p.State.In() {
		return refusal(signal.CodeForbidden, "Only who is in the call can add people to it.")
	} else if p.Device != in.device {
		return refusal(signal.CodeElsewhere, "You are in this call on another device.")
	}
	for _, who := range in.to {
		p := t.party(who.ID)
		if p != nil && (p.State.In() || p.State.Waiting()) {
			continue
		}
		if p == nil {
			if len(t.call.Parties) >= maxParties {
				return refusal(signal.CodeTooMany, "A call can have at most 16 people.")
			}
			t.call.Parties = append(t.call.Parties, signal.Party{User: who.User})
			p = &t.call.Parties[len(t.call.Parties)-1]
		}
		state := signal.Unreached
		if who.online {
			state = signal.Calling
		}
		*p = signal.Party{
			User: who.User, State: state, Invitation: who.invitation, By: in.by.ID,
			Since: t.now, Deadline: t.now.Add(in.timeout),
		}
	}
	return nil
}

func (in received) apply(t *turn) error {
	p, err := t.member(in.user)
	if err != nil {
		return err
	}
	if p.State == signal.Calling || p.State == signal.Unreached {
		deadline := p.Deadline
		t.set(p, signal.Ringing)
		p.Deadline = deadline
	}
	return nil
}

func (in accept) apply(t *turn) error {
	p, err := t.member(in.user)
	switch {
	case err != nil:
		return err
	case p.State.In() && p.Device == in.device:
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
	t.enter(p, in.device)
	p.Data = in.data
	return nil
}

func (in reject) apply(t *turn) error {
	p, err := t.member(in.user)
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
	t.set(p, in.as)
	p.Data = in.data
	t.settle(cause{})
	return nil
}

func (in cancel) apply(t *turn) error {
	if _, err := t.member(in.by); err != nil {
		return err
	}
	cancelled := 0
	for i := range t.call.Parties {
		p := &t.call.Parties[i]
		named := slices.Contains(in.to, p.ID)
		if !p.State.Waiting() || len(in.to) > 0 && !named {
			continue
		}
		if p.By != in.by && t.call.Initiator != in.by {
			if named {
				return refusal(signal.CodeForbidden, "Only who invited can take the invitation back.")
			}
			continue
		}
		t.set(p, signal.Cancelled)
		cancelled++
	}
	if cancelled == 0 {
		return refusal(signal.CodeExpired, "Nobody waits for an answer any more.")
	}
	t.settle(cause{ringing: signal.EndCancelled, live: signal.EndHangUp, by: in.by})
	return nil
}

func (in join) apply(t *turn) error {
	p := t.party(in.user)
	switch {
	case p == nil:
		return refusal(signal.CodeForbidden, "Only who was invited can join this call.")
	case p.State == signal.Kicked:
		return refusal(signal.CodeForbidden, "You were removed from this call.")
	case p.State == signal.Joined && p.Device == in.device:
		return nil
	case p.State == signal.Joined:
		return refusal(signal.CodeElsewhere, "You are in this call on another device.")
	}
	t.enter(p, in.device)
	return nil
}

func (in leave) apply(t *turn) error {
	p, err := t.member(in.user)
	switch {
	case err != nil:
		return err
	case p.State.Waiting():
		return refusal(signal.CodeForbidden, "You have not answered this call yet.")
	case !p.State.In():
		return nil
	case p.Device != in.device:
		return refusal(signal.CodeElsewhere, "You are in this call on another device.")
	}
	t.depart(p)
	t.settle(cause{ringing: signal.EndCancelled, live: signal.EndHangUp, by: in.user})
	return nil
}

func (in lost) apply(t *turn) error {
	p := t.party(in.user)
	switch {
	case p == nil:
	case p.State == signal.Joined && p.Device == in.device:
		wait := in.grace.member
		if n, _ := t.count(); n < 2 {
			wait = in.grace.ringer
		}
		t.set(p, signal.Lost)
		p.Deadline = t.now.Add(wait)
	case !in.online && (p.State == signal.Calling || p.State == signal.Ringing):
		deadline := p.Deadline
		t.set(p, signal.Unreached)
		p.Deadline = deadline
	}
	return nil
}

func (in back) apply(t *turn) error {
	p := t.party(in.user)
	switch {
	case p == nil:
	case p.State == signal.Lost && p.Device == in.device:
		if !t.now.Before(p.Deadline) {
			return tick{}.apply(t)
		}
		t.set(p, signal.Joined)
	case p.State == signal.Unreached:
		deadline := p.Deadline
		t.set(p, signal.Calling)
		p.Deadline = deadline
	}
	return nil
}

func (in merge) apply(t *turn) error {
	t.end(signal.EndMerged, "")
	t.call.MergedInto = in.into
	return nil
}

func (tick) apply(t *turn) error {
	var why cause
	for i := range t.call.Parties {
		if p := &t.call.Parties[i]; p.State == signal.Lost && !t.now.Before(p.Deadline) {
			t.depart(p)
			if why.by == "" {
				why = cause{ringing: signal.EndCallerLost, live: signal.EndLost, by: p.ID}
			}
		}
	}
	for i := range t.call.Parties {
		if p := &t.call.Parties[i]; p.State.Waiting() && !t.now.Before(p.Deadline) {
			t.set(p, signal.TimedOut)
		}
	}
	t.settle(why)
	return nil
}
