package engine

import (
	"maps"
	"slices"
)

// checked is what a member says that he shares, as far as it can be believed.
func (s sharing) checked() sharing {
	if !s.On {
		return sharing{}
	}
	s.Label = cleanLabel(s.Label)
	return s
}

// tellSharing says what has changed in what somebody shares.
func (t *turn) tellSharing(id CallID, who User, was, is sharing) {
	switch {
	case is.On && (!was.On || is.Label != was.Label):
		t.emit(Event{Type: ShareStarted, Call: id, User: who, Label: is.Label})
	case was.On && !is.On:
		t.emit(Event{Type: ShareStopped, Call: id, User: who})
	}
	if is.On && is.Paused != was.Paused {
		t.emit(Event{Type: ShareChanged, Call: id, User: who, On: is.Paused})
	}
}

// shareOwn takes note of a share that has begun.
func (t *turn) shareOwn(in shared) {
	c, ok := t.calls[in.call]
	if !ok || !c.inside {
		return
	}
	c.shared, c.failures.share = in.Share, nil
	c.want.share = showing{n: in.n, on: true, sound: in.Sound}
	t.switchShare(in.call, c)
	t.emit(Event{Type: ShareStarted, Call: in.call, User: t.me, Label: in.Surface.Label})
}

// unshareOwn ends our share, or takes note that it has ended by itself.
func (t *turn) unshareOwn(in unshared) {
	c, ok := t.calls[in.call]
	if !ok || !c.want.share.on || in.n != 0 && in.n != c.want.share.n {
		return
	}
	c.want.share.on, c.failures.share = false, in.err
	t.switchShare(in.call, c)
	t.emit(Event{Type: ShareStopped, Call: in.call, User: t.me, Err: in.err})
}

func (t *turn) pauseOwn(in paused) {
	c, ok := t.calls[in.call]
	if !ok || !c.want.share.on || c.want.share.paused == in.on {
		return
	}
	c.want.share.paused = in.on
	t.switchShare(in.call, c)
	t.emit(Event{Type: ShareChanged, Call: in.call, User: t.me, On: in.on})
}

func (t *turn) switchShare(id CallID, c call) {
	t.put(id, c)
	t.do(announce{id, "", t.announced(&c)}) // first: what they are not told of they do not receive
	t.do(set{id, c.want, c.held})
}

// showShare is what we share, for a snapshot. A held call shares nothing.
func (c *call) showShare() ShareState {
	w := c.want.share
	s := ShareState{Share: c.shared, On: w.on && !c.held, Err: c.failures.share}
	if s.On {
		s.Paused = w.paused
		if w.sound {
			s.SoundErr = c.failures.systemSound
		}
	}
	return s
}

// stopShares says at the end of a call that nothing is shared any more.
func (t *turn) stopShares(id CallID, c call) {
	t.tellSharing(id, t.me, sharing{On: c.want.share.on}, sharing{})
	for _, user := range slices.Sorted(maps.Keys(c.members)) {
		t.tellSharing(id, nameOf(c.record, user), c.members[user].switches.Sharing, sharing{})
	}
}
