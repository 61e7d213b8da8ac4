package engine

import (
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// ringSlack is how much longer than agreed something may ring before we stop it ourselves: the switchboard stops it in time,
// unless it is out of reach.
const ringSlack = 5 * time.Second

// patience is until when a call may go on ringing, on our clock: at those we call, or here. The times of the record are those of
// the switchboard, so they count only relative to its last change. It is zero for a call that is answered, or has no deadline.
func (t *turn) patience(c call) time.Time {
	r := c.record
	var deadline time.Time
	for _, p := range r.Parties {
		if p.State.Waiting() && (c.inside || p.ID == t.me.ID) && p.Deadline.After(deadline) {
			deadline = p.Deadline
		}
	}
	if deadline.IsZero() || c.inside && !r.Live.IsZero() {
		return time.Time{}
	}
	return t.now.Add(max(0, deadline.Sub(lastChange(r))) + ringSlack)
}

// start notes when the call became a conversation, on our clock.
func (t *turn) start(c *call) {
	if c.begun.IsZero() && !c.record.Live.IsZero() {
		lasted := max(0, lastChange(c.record).Sub(c.record.Live))
		c.begun, c.told = t.now.Add(-lasted), lasted.Truncate(time.Second)
	}
}

// aheadOf is by how much another clock, which told a time between two moments, is at least ahead of ours; negative if it is behind. It
// is 0 if the clocks may be the same, or no time was told.
func aheadOf(told, sent, heard time.Time) time.Duration {
	switch {
	case told.IsZero():
		return 0
	case told.Before(sent):
		return told.Sub(sent)
	case told.After(heard):
		return told.Sub(heard)
	}
	return 0
}

// local is a time of the switchboard on our clock; zero stays zero.
func (s *state) local(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return at.Add(-s.ahead)
}

// lastChange is when a record was changed last, on the clock of the switchboard.
func lastChange(r signal.Call) time.Time {
	var last time.Time
	for _, p := range r.Parties {
		if p.Since.After(last) {
			last = p.Since
		}
	}
	return last
}

// due is when time alone changes something the next time; zero: never.
func (s state) due() time.Time {
	var first time.Time
	soon := func(at time.Time) {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	if _, rings := s.calls[s.early.call]; !rings {
		soon(s.early.until)
	}
	for _, c := range s.calls {
		soon(c.expires)
		if c.inside && !c.begun.IsZero() {
			soon(c.begun.Add(c.told + time.Second))
		}
		soon(c.chat.due())
		for _, until := range c.fading {
			soon(until)
		}
	}
	return first
}

// pass follows the clock: what has rung for too long ends, for nothing rings for ever because the switchboard is away; durations
// grow; tiles of those who did not come go.
func (t *turn) pass() {
	for id, c := range t.calls {
		if !c.expires.IsZero() && !t.now.Before(c.expires) {
			t.giveUp(id, c)
			continue
		}
		for user, until := range c.fading {
			if !t.now.Before(until) {
				c.fading = without(c.fading, user)
			}
		}
		if lasted := t.now.Sub(c.begun).Truncate(time.Second); c.inside && !c.begun.IsZero() && lasted > c.told {
			c.told = lasted
			t.emit(Event{Type: DurationChanged, Call: id, Lasted: lasted})
		}
		t.put(id, c)
	}
}

func (t *turn) giveUp(id CallID, c call) {
	switch {
	case c.inside:
		t.finish(id, NoAnswer, User{}, "")
		t.do(leave{id})
	case c.refused:
		t.finish(id, BusyCall, t.me, "")
	default:
		t.finish(id, Unanswered, User{}, "")
	}
}
