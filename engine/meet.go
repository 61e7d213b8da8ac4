package engine

import (
	"slices"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// tileLinger is how long a tile says that somebody did not come.
const tileLinger = 5 * time.Second

// meet follows the other parties of a call that we are in.
func (t *turn) meet(id CallID, before signal.Call) {
	c := t.calls[id]
	var late []User
	for _, p := range c.record.Parties {
		if p.ID == t.me.ID {
			continue
		}
		was, _ := before.Party(p.ID)
		if p.State != was.State || p.Invitation != was.Invitation {
			t.tell(id, was, p)
			c.fading = without(c.fading, p.ID)
			if was.State.Waiting() && !p.State.Waiting() && !p.State.In() {
				t.do(disconnect{id, p.ID})
			}
			switch p.State {
			case signal.Declined, signal.Refused, signal.TimedOut:
				if before.Revision != 0 { // it was not before our time
					c.fading = with(c.fading, p.ID, t.now.Add(tileLinger))
				}
			}
			if p.State == signal.TimedOut && t.called(id, was, p) {
				late = append(late, p.User)
			}
		}
		m, there := c.members[p.ID]
		in := p.State.In() && c.record.Ended.IsZero()
		if there && (!in || m.device != p.Device) {
			c.members = without(c.members, p.ID)
			if c.floor == p.ID {
				c.floor = ""
			}
			t.tellSharing(id, p.User, m.switches.Sharing, sharing{})
			t.do(disconnect{id, p.ID})
			there = false
		}
		if in && !there {
			c.members = with(c.members, p.ID, member{device: p.Device, quality: Good, switches: switches{Microphone: true, Camera: c.record.Video}})
			t.do(connect{id, p.ID, p.Device, c.record.Offers(t.me.ID, p.ID)})
		}
	}
	t.put(id, c)
	if len(late) > 0 {
		t.emit(Event{Type: OutgoingTimeout, Call: id, User: late[0], Users: late, Video: c.record.Video})
	}
}

// called reports whether it is our invitation that a change of a party answers. How those fared who were called before we came is
// no news.
func (t *turn) called(id CallID, was, is signal.Party) bool {
	return is.By == t.me.ID && (was.State != "" || t.calls[id].record.Live.IsZero())
}

// tell turns the change of a party into events.
func (t *turn) tell(id CallID, was, is signal.Party) {
	e := Event{Call: id, User: is.User, Data: is.Data}
	if is.By != "" && (was.State != "" || is.State.Waiting() || t.called(id, was, is)) {
		t.emit(Event{Type: InviteeChanged, Call: id, User: is.User, State: is.State, Data: is.Data})
	}
	switch is.State {
	case signal.Ringing, signal.Declined, signal.Refused:
		if !t.called(id, was, is) {
			return
		}
		e.Type = map[signal.PartyState]EventType{signal.Ringing: OutgoingRinging, signal.Declined: OutgoingDeclined,
			signal.Refused: OutgoingBusy}[is.State]
	case signal.Joined:
		if was.State == signal.Lost {
			return
		}
		if was.State.Waiting() && t.called(id, was, is) {
			e.Type = OutgoingAccepted
			t.emit(e)
		}
		e.Type, e.Data = UserEntered, ""
	case signal.Left, signal.Kicked:
		if !was.State.In() {
			return // it was before our time
		}
		e.Type, e.Reason, e.Data = UserLeft, RemoteHangUp, ""
		switch {
		case is.State == signal.Kicked:
			e.Reason = KickedOut
		case was.State == signal.Lost:
			e.Reason = NetworkLost
		}
	default:
		return
	}
	t.emit(e)
}

// takeBack says whom we ask not to be called any more.
func (t *turn) takeBack(in cancelling) {
	c, ok := t.calls[in.call]
	if !ok || !c.inside {
		return
	}
	if users := t.mine(c.record, in.to); len(users) > 0 {
		t.emit(Event{Type: OutgoingCancelling, Call: in.call, Users: users})
	}
}

// mine lists who waits and whose invitation we may take back; names narrow it down.
func (s *state) mine(r signal.Call, named []UserID) []User {
	var users []User
	for _, p := range r.Parties {
		if mayCancel(r, s.me.ID, p) && (len(named) == 0 || slices.Contains(named, p.ID)) {
			users = append(users, p.User)
		}
	}
	return users
}

// mayCancel reports whether a party waits whose invitation we may take back: it is ours, or the call is.
func mayCancel(r signal.Call, me UserID, p signal.Party) bool {
	return p.State.Waiting() && p.ID != me && (p.By == me || r.Initiator == me)
}
