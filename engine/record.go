package engine

import (
	"slices"

	"github.com/parley-calls/parley/engine/signal"
)

// sync takes the truth of the authority: what it does not know any more is over.
func (t *turn) sync(r synced) {
	t.people = make(map[UserID]Person, len(r.People))
	for _, p := range r.People {
		t.people[p.ID] = p
	}
	t.emit(Event{Type: PeopleChanged})
	known := make(map[CallID]bool, len(r.Calls))
	for _, c := range r.Calls {
		known[c.ID] = true
		t.change(c)
	}
	for _, id := range r.asked {
		if !known[id] {
			t.finish(id, NetworkLost, User{})
		}
	}
}

// change takes a newer record of a call.
func (t *turn) change(r signal.Call) {
	c, tracked := t.calls[r.ID]
	if tracked && r.Revision <= c.record.Revision {
		return
	}
	mine, ok := r.Party(t.me.ID)
	if !ok {
		return
	}
	before := c.record
	was, _ := before.Party(t.me.ID)
	c.record = r
	here := mine.State.In() && mine.Device == t.device && r.Ended.IsZero()

	switch {
	case !tracked && !here && (!mine.State.Waiting() || !r.Ended.IsZero()):
		return // old news, or a call that another device of ours has taken
	case !tracked && here && !t.expected(r):
		// A call in which this device sat before it was restarted. Its media are gone: say so instead of sitting there mute.
		t.do(leave{r.ID})
		return
	case !tracked && t.over(r.ID, mine.Invitation):
		return
	case !here && mine.State.Waiting() && r.Ended.IsZero():
		t.ring(c, was, mine)
		return
	}

	if here && !c.inside {
		t.enter(&c)
	}
	t.put(r.ID, c)
	if c.inside {
		t.meet(r.ID, before)
	}
	if !here {
		reason, by := endOf(r, t.me.ID, t.device, c.inside)
		t.finish(r.ID, reason, by)
		if r.Reason == signal.EndMerged && r.MergedInto != "" {
			if _, asked := t.pending[r.MergedInto]; !asked {
				t.pending = with(t.pending, r.MergedInto, pending{want: c.want})
				if m, ok := t.calls[r.MergedInto]; ok && m.inside {
					m.want = c.want
					t.put(r.MergedInto, m)
					t.do(set{r.MergedInto, m.want})
				}
			}
		}
	}
}

// over reports whether a ring was ended here before the switchboard had heard of it.
func (t *turn) over(id CallID, ring InvitationID) bool {
	for _, e := range t.ended {
		if e.Call == id && e.invitation == ring && ring != "" {
			return true
		}
	}
	return false
}

// expected reports whether we asked to be in the call.
func (t *turn) expected(r signal.Call) bool {
	if _, asked := t.asked(r); asked || t.autoAccept {
		return true
	}
	for _, other := range t.calls { // both called each other, and the call that we asked for goes on as this one
		if other.inside && other.record.Live.IsZero() {
			for _, p := range other.record.Parties {
				if q, ok := r.Party(p.ID); ok && q.ID != t.me.ID {
					return true
				}
			}
		}
	}
	return false
}

// asked finds what we asked for that this call may be the answer to.
func (t *turn) asked(r signal.Call) (CallID, bool) {
	if _, ok := t.pending[r.ID]; ok {
		return r.ID, true
	}
	for id, p := range t.pending {
		for _, to := range p.to {
			if _, ok := r.Party(to); ok {
				return id, true
			}
		}
	}
	return "", false
}

// ring shows an invitation, or refuses it because we are busy.
func (t *turn) ring(c call, was, mine signal.Party) {
	r := c.record
	fresh := was.Invitation != mine.Invitation
	if !fresh {
		t.put(r.ID, c)
		return
	}
	caller := nameOf(r, mine.By)
	e := Event{Call: r.ID, Invitation: mine.Invitation, User: caller, Video: r.Video, Data: r.Data}
	switch {
	case t.calling(mine.By):
		c.waiting = true // both call each other: the authority merges the two
	case t.busy(r.ID):
		c.refused = true
		e.Type = IncomingBusy
		t.emit(e)
		t.do(refuse{r.ID, signal.Refused})
	default:
		e.Type = IncomingReceived
		t.emit(e)
		t.do(confirm{r.ID})
		if t.autoAccept {
			t.do(take{r.ID})
		}
	}
	t.put(r.ID, c)
}

// calling reports whether we ring that person at this moment.
func (t *turn) calling(u UserID) bool {
	for _, p := range t.pending {
		if slices.Contains(p.to, u) {
			return true
		}
	}
	for _, c := range t.calls {
		if c.inside {
			if p, ok := c.record.Party(u); ok && p.State.Waiting() {
				return true
			}
		}
	}
	return false
}

// ringAfterAll shows the rings of people whom we tried to call at the same moment, and could not.
func (t *turn) ringAfterAll(to []UserID) {
	for id, c := range t.calls {
		if mine, _ := c.record.Party(t.me.ID); c.waiting && slices.Contains(to, mine.By) && !t.calling(mine.By) {
			c.waiting = false
			t.calls = without(t.calls, id)
			t.ring(c, signal.Party{}, mine)
		}
	}
}

// busy reports whether another call or ring than this one is going on.
func (t *turn) busy(but CallID) bool {
	for id, c := range t.calls {
		if id != but && !c.waiting && !c.refused {
			return true
		}
	}
	return false
}

// enter opens the room of a call that we are in now.
func (t *turn) enter(c *call) {
	c.inside, c.waiting, c.refused = true, false, false
	c.want = intent{microphone: true, camera: c.record.Video}
	if id, ok := t.asked(c.record); ok {
		c.want = t.pending[id].want
		t.pending = without(t.pending, id)
	}
	t.do(open{c.record.ID, c.want})
	if c.record.Initiator == t.me.ID && c.record.Live.IsZero() {
		t.emit(Event{Type: OutgoingSent, Call: c.record.ID, Video: c.record.Video, Data: c.record.Data})
	}
	t.emit(Event{Type: CallStarted, Call: c.record.ID, Video: c.record.Video})
}

// meet follows the other parties of a call that we are in.
func (t *turn) meet(id CallID, before signal.Call) {
	c := t.calls[id]
	for _, p := range c.record.Parties {
		if p.ID == t.me.ID {
			continue
		}
		was, _ := before.Party(p.ID)
		if p.State != was.State {
			t.tell(id, was, p)
		}
		m, there := c.members[p.ID]
		in := p.State.In() && c.record.Ended.IsZero()
		if there && (!in || m.device != p.Device) {
			c.members = without(c.members, p.ID)
			t.do(disconnect{id, p.ID})
			there = false
		}
		if in && !there {
			c.members = with(c.members, p.ID, member{device: p.Device, quality: Good, switches: switches{Microphone: true, Camera: c.record.Video}})
			t.do(connect{id, p.ID, p.Device, c.record.Offers(t.me.ID, p.ID)})
		}
	}
	t.put(id, c)
}

// tell turns the change of a party into events.
func (t *turn) tell(id CallID, was, is signal.Party) {
	e := Event{Call: id, User: is.User, Data: is.Data}
	switch is.State {
	case signal.Ringing:
		e.Type = OutgoingRinging
	case signal.Declined:
		e.Type = OutgoingDeclined
	case signal.Refused:
		e.Type = OutgoingBusy
	case signal.TimedOut:
		e.Type = OutgoingTimeout
	case signal.Joined:
		if was.State == signal.Lost {
			return
		}
		if was.State.Waiting() {
			e.Type = OutgoingAccepted
			t.emit(e)
		}
		e.Type = UserEntered
	case signal.Left:
		e.Type, e.Reason = UserLeft, RemoteHangUp
	case signal.Kicked:
		e.Type, e.Reason = UserLeft, KickedOut
	default:
		return
	}
	t.emit(e)
}
