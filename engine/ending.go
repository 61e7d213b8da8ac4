package engine

import (
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// finish ends a call for us: the room is shut, the ring stops, and exactly one CallEnded goes out.
func (t *turn) finish(id CallID, reason EndReason, by User) {
	c, ok := t.calls[id]
	if !ok {
		return
	}
	t.calls, t.pending = without(t.calls, id), without(t.pending, id)
	r := c.record
	mine, _ := r.Party(t.me.ID)
	end := Ended{Call: id, Reason: reason, By: by, Video: r.Video, Outgoing: r.Initiator == t.me.ID, Answered: c.inside && !r.Live.IsZero(), At: t.now, invitation: mine.Invitation, revision: r.Revision}
	if end.Answered {
		end.Lasted = t.now.Sub(r.Live)
		if !r.Ended.IsZero() {
			end.Lasted = r.Ended.Sub(r.Live)
		}
	}
	for _, p := range r.Parties {
		if p.ID != t.me.ID {
			end.With = append(end.With, p.User)
		}
	}
	if decliner, ok := r.Party(by.ID); ok && reason == DeclinedCall {
		end.Data = decliner.Data
	}
	if c.inside {
		t.do(shut{id})
		if reason != MergedCall {
			t.do(beep{reason})
		}
	} else if !c.waiting && !c.refused && mine.Invitation != "" {
		e := Event{Call: id, Invitation: mine.Invitation, User: nameOf(r, mine.By), Reason: reason, Data: mine.Data}
		switch reason {
		case Unanswered:
			e.Type = IncomingTimeout
			t.emit(e)
		case CancelledCall, CallerLost, Elsewhere, NetworkLost:
			e.Type = IncomingCancelled
			t.emit(e)
		}
	}
	if c.waiting && reason == MergedCall {
		return // never shown: its twin goes on
	}
	t.emit(Event{Type: CallEnded, Call: id, User: by, Reason: reason, Lasted: end.Lasted, Video: r.Video})
	t.ended = append([]Ended{end}, t.ended[:min(len(t.ended), 7)]...)
}

// endOf reads from a record why the call is over for us. ours says that we were in it, or called.
func endOf(r signal.Call, me UserID, device DeviceID, ours bool) (EndReason, User) {
	mine, _ := r.Party(me)
	by := nameOf(r, r.EndedBy)
	switch {
	case mine.State == signal.Kicked:
		return KickedOut, by
	case mine.State.In() && mine.Device != device && r.Ended.IsZero():
		return Elsewhere, User{}
	case mine.State == signal.Declined && !ours: // here it would be over already
		return Elsewhere, mine.User
	}
	switch r.Reason {
	case signal.EndHangUp:
		if r.EndedBy == me {
			return LocalHangUp, by
		}
		return RemoteHangUp, by
	case signal.EndDeclined:
		return DeclinedCall, firstIn(r, signal.Declined)
	case signal.EndBusy:
		if mine.State == signal.Refused {
			return BusyCall, mine.User
		}
		return BusyCall, firstIn(r, signal.Refused)
	case signal.EndTimeout:
		if ours {
			return NoAnswer, User{}
		}
		return Unanswered, User{}
	case signal.EndCancelled:
		if r.Initiator == me {
			return CancelledHere, by
		}
		return CancelledCall, nameOf(r, mine.By)
	case signal.EndCallerLost:
		if r.Initiator == me {
			return NetworkLost, User{}
		}
		return CallerLost, nameOf(r, r.Initiator)
	case signal.EndLost:
		return NetworkLost, by
	case signal.EndMerged:
		return MergedCall, User{}
	}
	switch mine.State { // the call goes on without us
	case signal.Refused:
		return BusyCall, mine.User
	case signal.TimedOut:
		return Unanswered, User{}
	case signal.Cancelled:
		return CancelledCall, nameOf(r, mine.By)
	case signal.Left:
		return LocalHangUp, mine.User
	}
	return NetworkLost, User{}
}

// unreached reports whether no device of those who were called had been heard of.
func unreached(r signal.Call) bool {
	waiting := false
	for _, p := range r.Parties {
		switch {
		case p.State == signal.Unreached:
			waiting = true
		case p.State.Waiting():
			return false
		}
	}
	return waiting
}

// ringSlack is how much longer than agreed something may ring before we stop it ourselves: the switchboard stops it in time,
// unless it is out of reach.
const ringSlack = 5 * time.Second

// patience is until when a call may go on ringing, on our clock: at those we call, or here. The times of the record are those of
// the switchboard, so they count only relative to its last change. It is zero for a call that is answered, or has no deadline.
func (t *turn) patience(c call) time.Time {
	r := c.record
	var deadline, changed time.Time
	for _, p := range r.Parties {
		if p.Since.After(changed) {
			changed = p.Since
		}
		if p.State.Waiting() && (c.inside || p.ID == t.me.ID) && p.Deadline.After(deadline) {
			deadline = p.Deadline
		}
	}
	if deadline.IsZero() || c.inside && !r.Live.IsZero() {
		return time.Time{}
	}
	return t.now.Add(max(0, deadline.Sub(changed)) + ringSlack)
}

// due is when something has taken too long unless the switchboard says otherwise before; zero: nothing has a limit.
func (s state) due() time.Time {
	var first time.Time
	if _, rings := s.calls[s.early.call]; !rings {
		first = s.early.until
	}
	for _, c := range s.calls {
		if !c.expires.IsZero() && (first.IsZero() || c.expires.Before(first)) {
			first = c.expires
		}
	}
	return first
}

// expire ends what has rung for too long: nothing rings for ever because the switchboard is away.
func (t *turn) expire() {
	for id, c := range t.calls {
		switch {
		case c.expires.IsZero() || t.now.Before(c.expires):
		case c.inside:
			t.finish(id, NoAnswer, User{})
			t.do(leave{id})
		case c.refused:
			t.finish(id, BusyCall, t.me)
		default:
			t.finish(id, Unanswered, User{})
		}
	}
}

func firstIn(r signal.Call, s signal.PartyState) User {
	for _, p := range r.Parties {
		if p.State == s {
			return p.User
		}
	}
	return User{}
}

func nameOf(r signal.Call, u UserID) User {
	if p, ok := r.Party(u); ok {
		return p.User
	}
	return User{ID: u, Name: string(u)}
}
