// Package law says what may become of a call. It is one pure function, [Next], from the record of a call and an [Input] to the new
// record: no I/O, no clock, no memory. The authority applies it by compare-and-set; tests play any order of events against it.
//
// What it keeps, whatever happens in whatever order: one device at most holds a person's place; every ring ends by its deadline; a
// call in which fewer than two are, with nobody left to wait for, ends, and an open one that nobody else has come to yet when the
// last has left; and what has ended never changes, but where an open call has ended there may be another one.
package law

import (
	"slices"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

const (
	// MaxParties bounds a call: the initiator and the 15 that one invitation may name.
	MaxParties = 16
	// RequiredWithin is how long a required person may be missing if the rules of the call do not say it.
	RequiredWithin = 5 * time.Second
)

// Next is the whole law of calls: from a record and something that happened to the new record. A call that is not there yet is one
// with nothing but its ID. A refusal is a [*signal.Error] and changes nothing; an input that is already true changes nothing either.
func Next(call signal.Call, in Input, now time.Time) (signal.Call, error) {
	t := turn{call: call, now: now.UTC().Round(0)}
	if !call.Ended.IsZero() {
		if _, opens := in.(Open); !opens || !call.Rules.Open {
			return call, tooLate(&call, in)
		}
		t.call = signal.Call{ID: call.ID, Revision: call.Revision}
	}
	t.call.Parties = slices.Clone(t.call.Parties)
	if err := in.apply(&t); err != nil {
		return call, err
	}
	if texts := textSize(&t.call); texts > maxTexts && texts > textSize(&call) {
		return call, refusal(signal.CodeTooMany, "The texts of this call are too long.")
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
func tooLate(call *signal.Call, in Input) error {
	switch in := in.(type) {
	case Reject:
		if p, ok := call.Party(in.User); ok && (p.State == signal.Declined || p.State == signal.Refused) {
			return nil
		}
	case Invite:
		return refusal(signal.CodeExpired, "This call has ended. Start a new one.")
	case Received, Accept:
	case Join, Open, Order:
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

// turnTo changes the state of a ring or a stay that goes on, with its deadline and its text.
func (t *turn) turnTo(p *signal.Party, s signal.PartyState) { p.State, p.Since = s, t.now }

// set begins a state that has nothing of the one before.
func (t *turn) set(p *signal.Party, s signal.PartyState) {
	t.turnTo(p, s)
	p.Deadline, p.Data, p.Kicker = time.Time{}, "", ""
	p.Microphone, p.Camera = signal.Order{}, signal.Order{}
}

// found makes the call, with who makes it in it.
func (t *turn) found(by signal.User, d signal.DeviceID, video bool, rules signal.Rules, limit int) {
	t.call.Initiator, t.call.Video, t.call.Created, t.call.Rules, t.call.Limit = by.ID, video, t.now, rules, limit
	t.call.Parties = []signal.Party{{User: by, State: signal.Joined, Device: d, Entered: t.now, Since: t.now}}
}

// add makes somebody a party, in no state yet.
func (t *turn) add(u signal.User) (*signal.Party, error) {
	if len(t.call.Parties) >= MaxParties {
		return nil, refusal(signal.CodeTooMany, "A call can have at most 16 people.")
	}
	t.call.Parties = append(t.call.Parties, signal.Party{User: u})
	return &t.call.Parties[len(t.call.Parties)-1], nil
}

// enter gives a party a place in the call, if there is one, or moves the place to another device.
func (t *turn) enter(p *signal.Party, d signal.DeviceID) error {
	switch {
	case p.State.In():
		t.turnTo(p, signal.Joined)
		p.Deadline = time.Time{}
		if p.Device != d { // the devices of the other one were meant
			p.Microphone, p.Camera = signal.Order{}, signal.Order{}
		}
	case t.call.Full():
		return refusal(signal.CodeFull, "This call is full. Somebody has to leave it first.")
	case p.State.Waiting():
		t.set(p, signal.Joined)
		p.Entered = t.now
	default: // nobody asked for this stay
		t.set(p, signal.Joined)
		p.Entered, p.Asked = t.now, time.Time{}
	}
	p.Device = d
	if in, _ := t.count(); in >= 2 && t.call.Live.IsZero() {
		t.call.Live = t.now
	}
	return nil
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
