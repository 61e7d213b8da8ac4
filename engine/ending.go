package engine

import "github.com/parley-calls/parley/engine/signal"

// finish ends a call for us: the room is shut, the ring stops, and exactly one CallEnded goes out.
func (t *turn) finish(id CallID, reason EndReason, by User) {
	c, ok := t.calls[id]
	if !ok {
		return
	}
	t.calls = without(t.calls, id)
	r := c.record
	mine, _ := r.Party(t.me.ID)
	end := Ended{Call: id, Reason: reason, By: by, Video: r.Video, Outgoing: r.Initiator == t.me.ID, Answered: c.inside && !r.Live.IsZero(), At: t.now, invitation: mine.Invitation}
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
	if c.inside {
		t.do(shut{id})
		if reason != MergedCall {
			t.do(beep{reason})
		}
	} else if !c.waiting && !c.refused {
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

// endOf reads from a record why the call is over for us.
func endOf(r signal.Call, me UserID, device DeviceID, inside bool) (EndReason, User) {
	mine, _ := r.Party(me)
	by := nameOf(r, r.EndedBy)
	switch {
	case mine.State == signal.Kicked:
		return KickedOut, by
	case mine.State.In() && mine.Device != device && r.Ended.IsZero():
		return Elsewhere, User{}
	}
	switch r.Reason {
	case signal.EndHangUp:
		if r.EndedBy == me {
			return LocalHangUp, by
		}
		return RemoteHangUp, by
	case signal.EndDeclined:
		if mine.State == signal.Declined {
			return DeclinedHere, mine.User
		}
		return DeclinedCall, firstIn(r, signal.Declined)
	case signal.EndBusy:
		if mine.State == signal.Refused {
			return BusyCall, mine.User
		}
		return BusyCall, firstIn(r, signal.Refused)
	case signal.EndTimeout:
		if inside {
			return NoAnswer, User{}
		}
		return Unanswered, User{}
	case signal.EndCancelled:
		if r.Initiator == me {
			return CancelledHere, by
		}
		return CancelledCall, nameOf(r, mine.By)
	case signal.EndCallerLost:
		return CallerLost, nameOf(r, r.Initiator)
	case signal.EndLost:
		return NetworkLost, by
	case signal.EndMerged:
		return MergedCall, User{}
	}
	switch mine.State { // the call goes on without us
	case signal.Declined:
		return DeclinedHere, mine.User
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
