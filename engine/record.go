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
	t.ahead = r.ahead
	known := make(map[CallID]bool, len(r.Calls))
	for _, c := range r.Calls {
		known[c.ID] = true
		t.remind(c)
		t.change(c)
	}
	for _, e := range r.asked {
		id := e.call
		switch {
		case known[id]:
		case t.calls[id].record.Revision > e.revision || t.afar[id].Revision > e.revision: // the answer may be older than this record
		case t.pending[id].from != "":
			t.pending = without(t.pending, id)
		case t.calls[id].refused:
			t.finish(id, BusyCall, t.me, "")
		default:
			t.lose(id)
			t.finish(id, NetworkLost, User{}, "")
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
	if tracked && !r.Created.Equal(c.record.Created) { // an open call: the one that we knew has ended, and this one began
		asked := t.pending
		t.finish(r.ID, NetworkLost, User{}, "")
		t.pending, c, tracked = asked, call{}, false
	}
	if !tracked && t.stale(r) {
		return
	}
	t.look(r, mine)
	before := c.record
	was, _ := before.Party(t.me.ID)
	c.record = r
	here := mine.State.In() && mine.Device == t.device && r.Ended.IsZero()
	rings := mine.State.Waiting() && r.Ended.IsZero()
	p, asking := t.pending[r.ID]
	called := len(p.to) > 0 && r.Initiator == t.me.ID // not asked to join it

	switch {
	case !tracked && rings && t.over(r.ID, mine.Invitation) != "":
		return // it was ended here, and the switchboard has not heard of it yet
	case !tracked && !here && !rings && !called: // old news, or a call that another device of ours has taken
		if p.from != "" {
			t.pending = without(t.pending, r.ID)
		}
		return
	case here && !c.inside && (!tracked && !asking && t.outdated(r) || !t.expected(r)):
		// A call that was hung up or given up here while the line was down. Its media are gone: say so instead of sitting there mute.
		// If it is over the switchboard does not mind.
		t.finish(r.ID, LocalHangUp, t.me, "")
		t.do(leave{r.ID})
		return
	case rings && tracked && (c.inside || was.Invitation != mine.Invitation):
		// We were taken out, or the ring before this one ended, and we heard only that it rings again.
		reason := NetworkLost
		if c.refused {
			reason = BusyCall
		}
		t.finish(r.ID, reason, User{}, "")
		c, was = call{record: r}, signal.Party{}
		fallthrough
	case rings:
		t.ring(c, was, mine)
		return
	}

	if here && !c.inside {
		t.enter(&c, tracked && was.State.Waiting() && c.rings())
		before = signal.Call{} // who is there already enters for us now
	}
	if called && !tracked && !here { // it was over before we heard that it began
		c.want, c.wish = p.want, p.wish
	}
	c.expires = t.patience(c)
	t.start(&c)
	t.put(r.ID, c)
	ours := c.inside || called
	if ours {
		t.meet(r.ID, before)
	}
	if before.Live.IsZero() && c.inside && !c.held {
		t.makeWay(r, HoldCurrent) // both calls that crossed were answered
	}
	if here {
		t.obey(r.ID)
	}
	if !here {
		t.part(c, before, ours)
	}
}

// part finishes a call in which this device is not any more, and says why. Ours is one that we were in, or that we began.
func (t *turn) part(c call, before signal.Call, ours bool) {
	r := c.record
	reason, by := endOf(r, t.me.ID, t.device, ours)
	switch {
	case reason == NoAnswer && unreached(before):
		reason = Unreachable
	case reason == BusyCall && !ours && c.rings():
		reason = Elsewhere // another device of ours is in a call
	}
	t.finish(r.ID, reason, by, "")
	if reason == MergedCall && ours && r.MergedInto != "" {
		t.inherit(r.MergedInto, c)
	}
}

// inherit makes what was wanted in a call count in the one that it was merged into.
func (t *turn) inherit(into CallID, from call) {
	if _, asked := t.pending[into]; asked {
		return
	}
	c, ok := t.calls[into]
	if !ok || !c.inside {
		t.pending = with(t.pending, into, pending{want: from.want.devices(), speaker: from.speaker, wish: from.wish, from: from.record.ID})
		return
	}
	c.want = from.want.devices()
	t.put(into, c)
	t.do(set{into, c.want, c.held})
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

// enter opens the room of a call that we are in now. What else we are in is held, or ended if that was asked for.
func (t *turn) enter(c *call, accepted bool) {
	r := c.record
	c.inside, c.near, c.waiting, c.refused, c.obeyed = true, false, false, false, t.obeyed(r.ID)
	c.want = intent{microphone: true, camera: r.Video}
	current := HoldCurrent
	if id, ok := t.asked(r); ok {
		p := t.pending[id]
		c.want, c.speaker, c.wish, current = p.want, p.speaker, p.wish, p.current
		t.pending = without(t.pending, id)
	}
	t.makeWay(r, current)
	t.do(open{r.ID, c.want, t.prefs.Volumes})
	mine, _ := r.Party(t.me.ID)
	switch {
	case accepted:
		t.emit(Event{Type: IncomingAccepted, Call: r.ID, Invitation: mine.Invitation, User: nameOf(r, mine.By), Video: r.Video, Data: mine.Data})
	case r.Initiator == t.me.ID && r.Live.IsZero() && !r.Rules.Open:
		t.emit(Event{Type: OutgoingSent, Call: r.ID, Users: invited(r), Video: r.Video, Data: r.Data})
	}
	t.emit(Event{Type: CallStarted, Call: r.ID, Video: r.Video})
}

// makeWay holds or ends the other call of ours that is not held, but not one that is about to become one with this.
func (t *turn) makeWay(r signal.Call, current Current) {
	for id, other := range t.calls {
		switch {
		case id == r.ID || !other.inside || other.held || crossing(&other.record, &r):
		case current == EndCurrent:
			t.finish(id, LocalHangUp, t.me, "")
			t.do(leave{id})
		default:
			t.setHeld(id, true)
		}
	}
}

// invited are all who were called, in the order of the call.
func invited(r signal.Call) []User {
	var users []User
	for _, p := range r.Parties {
		if p.By != "" {
			users = append(users, p.User)
		}
	}
	return users
}
