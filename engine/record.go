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
		t.remind(c)
		t.change(c)
	}
	for _, id := range r.asked {
		switch {
		case known[id]:
		case t.calls[id].refused:
			t.finish(id, BusyCall, t.me)
		default:
			t.finish(id, NetworkLost, User{})
		}
	}
}

// remind says again what we said about a ring and the switchboard has not heard, because the line was down.
func (t *turn) remind(r signal.Call) {
	mine, _ := r.Party(t.me.ID)
	if !mine.State.Waiting() || !r.Ended.IsZero() {
		return
	}
	c, tracked := t.calls[r.ID]
	switch was, _ := c.record.Party(t.me.ID); {
	case !tracked && t.over(r.ID, mine.Invitation) == DeclinedHere:
		t.do(refuse{r.ID, signal.Declined})
	case was.Invitation != mine.Invitation || c.waiting: // not seen before, or not our answer to give
	case c.refused:
		t.do(refuse{r.ID, signal.Refused})
	case mine.State == signal.Calling && r.Revision == c.record.Revision:
		t.do(confirm{r.ID})
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
	rings := mine.State.Waiting() && r.Ended.IsZero()
	p, asked := t.pending[r.ID]
	called := asked && r.Initiator == t.me.ID

	switch {
	case !tracked && rings && t.over(r.ID, mine.Invitation) != "":
		return // it was ended here, and the switchboard has not heard of it yet
	case !tracked && !here && !rings && !called:
		return // old news, or a call that another device of ours has taken
	case !tracked && here && (t.outdated(r) || !t.expected(r)):
		// A call in which this device sat before it was restarted, or that was hung up while the line was down. Its media are
		// gone: say so instead of sitting there mute. If it is over the switchboard does not mind.
		t.do(leave{r.ID})
		return
	case rings && c.inside: // we were taken out, and called again, and heard only of the latter
		t.finish(r.ID, NetworkLost, User{})
		c, was = call{record: r}, signal.Party{}
		fallthrough
	case rings:
		t.ring(c, was, mine)
		return
	}

	if here && !c.inside {
		t.enter(&c)
	}
	if called && !tracked && !here { // it was over before we heard that it began
		c.want = p.want
	}
	c.expires = t.patience(c)
	t.put(r.ID, c)
	ours := c.inside || called
	if ours {
		t.meet(r.ID, before)
	}
	if !here {
		reason, by := endOf(r, t.me.ID, t.device, ours)
		if reason == NoAnswer && unreached(before) {
			reason = Unreachable
		}
		t.finish(r.ID, reason, by)
		if reason == MergedCall && r.MergedInto != "" {
			t.inherit(r.MergedInto, c.want)
		}
	}
}

// inherit makes what was wanted in a call count in the one that it was merged into.
func (t *turn) inherit(into CallID, want intent) {
	if _, asked := t.pending[into]; asked {
		return
	}
	c, ok := t.calls[into]
	if !ok || !c.inside {
		t.pending = with(t.pending, into, pending{want: want})
		return
	}
	c.want = want
	t.put(into, c)
	t.do(set{into, want})
}

// outdated reports whether a record is older than the one with which the call ended here.
func (t *turn) outdated(r signal.Call) bool {
	return slices.ContainsFunc(t.ended, func(e Ended) bool { return e.Call == r.ID && r.Revision <= e.revision })
}

// over returns how a ring ended here, or nothing if it did not.
func (t *turn) over(id CallID, ring InvitationID) EndReason {
	for _, e := range t.ended {
		if e.Call == id && e.invitation == ring && ring != "" {
			return e.Reason
		}
	}
	return ""
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
	if was.Invitation == mine.Invitation {
		if was.State != signal.Calling && mine.State == signal.Calling && !c.waiting && !c.refused {
			t.do(confirm{r.ID}) // the switchboard had lost sight of us
		}
		t.put(r.ID, c)
		return
	}
	c.silenced, c.expires = false, t.patience(c)
	caller := nameOf(r, mine.By)
	e := Event{Call: r.ID, Invitation: mine.Invitation, User: caller, Video: r.Video, Data: r.Data}
	switch {
	case t.calling(mine.By):
		c.waiting = true // both call each other: the authority merges the two
	case t.busy(r.ID) && t.early.call != r.ID:
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

// busy reports whether another call or ring than this one is going on, or about to be.
func (t *turn) busy(but CallID) bool {
	for id, c := range t.calls {
		if id != but && !c.waiting && !c.refused {
			return true
		}
	}
	for id, p := range t.pending {
		if id != but && len(p.to) > 0 {
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

// tell turns the change of a party into events. How those fared who were called by others, or before we came, is no news.
func (t *turn) tell(id CallID, was, is signal.Party) {
	e := Event{Call: id, User: is.User, Data: is.Data}
	ours := is.By == t.me.ID && (was.State != "" || t.calls[id].record.Live.IsZero())
	switch is.State {
	case signal.Ringing, signal.Declined, signal.Refused, signal.TimedOut:
		if !ours {
			return
		}
		e.Type = map[signal.PartyState]EventType{signal.Ringing: OutgoingRinging, signal.Declined: OutgoingDeclined,
			signal.Refused: OutgoingBusy, signal.TimedOut: OutgoingTimeout}[is.State]
	case signal.Joined:
		if was.State == signal.Lost {
			return
		}
		if was.State.Waiting() && ours {
			e.Type = OutgoingAccepted
			t.emit(e)
		}
		e.Type = UserEntered
	case signal.Left, signal.Kicked:
		if !was.State.In() {
			return // it was before our time
		}
		e.Type, e.Reason = UserLeft, RemoteHangUp
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
