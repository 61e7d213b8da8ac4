package engine

import (
	"cmp"

	"github.com/parley-calls/parley/engine/signal"
)

// finish ends a call for us: the room is shut, the ring stops, and exactly one CallEnded goes out. data is what was said with it here.
func (t *turn) finish(id CallID, reason EndReason, by User, data string) {
	c, ok := t.calls[id]
	if !ok {
		return
	}
	t.calls = without(t.calls, id)
	if !t.pending[id].opens || reason.ours() || reason == DeclinedHere { // otherwise the next call of this ID is on its way
		t.pending = without(t.pending, id)
	}
	if c.waiting {
		return // never shown: it was to become one with a call of ours
	}
	r := c.record
	mine, _ := r.Party(t.me.ID)
	end := Ended{Call: id, Reason: reason, By: by, Video: r.Video, Outgoing: r.Initiator == t.me.ID, Answered: c.inside && !r.Live.IsZero(), At: t.now, invitation: mine.Invitation, revision: r.Revision, obeyed: c.obeyed}
	end.Info = CallInfo{Call: id, Invitation: mine.Invitation, Outgoing: end.Outgoing, Video: r.Video, Inviter: nameOf(r, r.Initiator), Data: r.Asking(t.me.ID).Data}
	if end.Answered {
		end.Lasted = t.now.Sub(c.begun)
		if !r.Ended.IsZero() {
			end.Lasted = r.Ended.Sub(r.Live)
		}
	}
	for _, p := range r.Parties {
		if p.ID != t.me.ID {
			end.With = append(end.With, p.User)
		}
		if p.ID != end.Info.Inviter.ID {
			end.Info.Invitees = append(end.Info.Invitees, p.User)
		}
	}
	if decliner, ok := r.Party(by.ID); ok && reason == DeclinedCall {
		end.Data = decliner.Data
	}
	if c.inside || c.near {
		t.do(shut{id})
	}
	switch {
	case c.inside:
		if waiting := t.mine(r, nil); reason.ours() && len(waiting) > 0 {
			t.emit(Event{Type: OutgoingCancelling, Call: id, Users: waiting})
		}
		t.stopShares(id, c)
		if reason != MergedCall {
			t.do(beep{reason})
		}
	case c.rings() && mine.Invitation != "":
		t.resolve(Event{Call: id, Invitation: mine.Invitation, User: nameOf(r, mine.By)}, reason, cmp.Or(data, mine.Data))
	}
	t.emit(Event{Type: CallEnded, Call: id, User: by, Reason: reason, Lasted: end.Lasted, Video: r.Video, Data: end.Info.Data})
	t.ended = append([]Ended{end}, t.ended[:min(len(t.ended), 7)]...)
}

// resolve says how a ring ended.
func (t *turn) resolve(e Event, reason EndReason, data string) {
	switch reason {
	case Unanswered:
		e.Type = IncomingTimeout
	case DeclinedHere:
		e.Type, e.Data = IncomingDeclined, data
	case CancelledCall, CallerLost, Elsewhere, NetworkLost:
		e.Type, e.Reason, e.Data = IncomingCancelled, reason, data
	default:
		return
	}
	t.emit(e)
}

// ours reports whether the person, or the program, ended the call here.
func (r EndReason) ours() bool {
	switch r {
	case LocalHangUp, CancelledHere, AppQuit, DeviceTrouble, JoinFailed:
		return true
	}
	return false
}

// endOf reads from a record why the call is over for us. ours says that we were in it, or called.
func endOf(r signal.Call, me UserID, device DeviceID, ours bool) (EndReason, User) {
	mine, _ := r.Party(me)
	by := nameOf(r, r.EndedBy)
	switch {
	case mine.State == signal.Kicked:
		return KickedOut, nameOf(r, mine.Kicker)
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
	case signal.EndAbandoned:
		return Abandoned, by
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
