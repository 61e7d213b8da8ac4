package engine

import "github.com/parley-calls/parley/engine/signal"

// intend notes what we ask for, unless something stands in the way: then it is as if it had not been asked.
func (t *turn) intend(in intended) {
	grows := t.calls[in.call].inside
	if in.current == KeepCurrent && !grows && t.engaged(in.call) || t.asking(in.call) {
		return
	}
	_, again := t.pending[in.call]
	t.pending = with(t.pending, in.call, in.pending)
	if c, ok := t.calls[in.call]; ok && c.rings() && !again {
		mine, _ := c.record.Party(t.me.ID)
		t.emit(Event{Type: IncomingAccepting, Call: in.call, Invitation: mine.Invitation, User: nameOf(c.record, mine.By)})
	}
}

// forget gives up what we asked for, and what it became. What was asked for since then stays.
func (t *turn) forget(f forgotten) {
	for id, p := range t.pending {
		if p.wish == f.wish && (id == f.call || p.from == f.call) {
			t.pending = without(t.pending, id)
		}
	}
}

// engaged reports whether we are in another call than this one.
func (s *state) engaged(but CallID) bool {
	for id, c := range s.calls {
		if id != but && c.inside {
			return true
		}
	}
	return false
}

// asking reports whether we ask for another call than this one at this moment.
func (s *state) asking(but CallID) bool {
	for id := range s.pending {
		if id != but && !s.calls[id].inside {
			return true
		}
	}
	return false
}

// busy reports whether another call or ring than this one is going on, or about to be, and it may not ring besides it: call waiting
// lets one ring beside one call, or beside one ring.
func (t *turn) busy(but CallID) bool {
	others := 0
	for id, c := range t.calls {
		if id != but && (c.inside || c.rings()) {
			others++
		}
	}
	for id, p := range t.pending {
		if id != but && len(p.to) > 0 {
			return true
		}
	}
	return others > 1 || others == 1 && !t.prefs.CallWaiting
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
	ask := r.Asking(t.me.ID)
	e := Event{Call: r.ID, Invitation: mine.Invitation, User: nameOf(r, mine.By), Video: r.Video, Data: ask.Data}
	switch {
	case t.crosses(r):
		c.waiting = true
	case t.busy(r.ID) && t.early.call != r.ID:
		c.refused = true
		e.Type = IncomingBusy
		t.emit(e)
		t.do(refuse{r.ID, signal.Refused})
	default:
		e.Type, e.Users, e.Notification = IncomingReceived, invited(r), ask.Notification
		t.emit(e)
		t.do(confirm{r.ID})
		t.prepare(&c)
		if t.autoAccept && !t.engaged(r.ID) {
			t.do(take{r.ID})
		}
	}
	t.put(r.ID, c)
}

// expected reports whether we asked to be in the call.
func (t *turn) expected(r signal.Call) bool {
	if _, asked := t.asked(r); asked || t.autoAccept {
		return true
	}
	for _, other := range t.calls {
		if other.inside && other.record.Live.IsZero() && r.Initiator != t.me.ID && crossing(&other.record, &r) {
			return true // the call that we asked for goes on as this one
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
		if p.crosses(&r) && !t.calls[id].inside { // adding somebody to a call is another wish
			return id, true
		}
	}
	return "", false
}

// crosses reports whether a ring is the same wish as a call of ours, or one that we ask for: both call each other, nobody else is
// called, and the authority merges the two.
func (t *turn) crosses(r signal.Call) bool {
	for id, p := range t.pending {
		if p.crosses(&r) && !t.calls[id].inside {
			return true
		}
	}
	for _, c := range t.calls {
		if c.inside && crossing(&c.record, &r) {
			return true
		}
	}
	return false
}

// crosses reports whether what we ask for is the same wish as a call.
func (p *pending) crosses(r *signal.Call) bool {
	return len(p.to) == 1 && p.to[0] == r.Initiator && len(r.Parties) == 2 && !r.Rules.Open
}

// crossing reports whether two calls are the same wish, as the law of the authority sees it.
func crossing(a, b *signal.Call) bool {
	if a.ID == b.ID || len(a.Parties) != 2 || len(b.Parties) != 2 || a.Initiator == b.Initiator || !a.Live.IsZero() && !b.Live.IsZero() {
		return false
	}
	if a.Rules.Open || b.Rules.Open {
		return false
	}
	_, inA := a.Party(b.Initiator)
	_, inB := b.Party(a.Initiator)
	return inA && inB
}

// ringAfterAll shows the rings that were to become one with a call of ours, and will not.
func (t *turn) ringAfterAll() {
	for id, c := range t.calls {
		if _, asked := t.pending[id]; c.waiting && !asked && !t.crosses(c.record) {
			mine, _ := c.record.Party(t.me.ID)
			c.waiting = false
			t.calls = without(t.calls, id)
			t.ring(c, signal.Party{}, mine)
		}
	}
}
