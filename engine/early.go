package engine

import (
	"context"
	"time"
)

// earlyTime is how long an early accept waits for its ring: as long as an invitation rings by default.
const earlyTime = DefaultTimeout

// early is a call that a person accepted outside of this client, in a notification or by a link, before its ring was here.
type early struct {
	call   CallID // empty: there is none
	answer Answer
	until  time.Time
	later  bool // the program says when to enter it
	rang   bool // and it was shown meanwhile
}

// AcceptEarly accepts a call by its ID before its ring may be here: a person accepted it in a notification or by a link that has just
// started the program. It is entered as soon as it rings, unless [Options.EnterLater]. If the switchboard does not know of such a ring,
// or none came within 60 s, ErrorOccurred says ErrExpired, or ErrElsewhere if another device of ours has taken it. It returns at once
// and may be called before the first connection; the newest call replaces an earlier one.
func (c *Client) AcceptEarly(call CallID, a Answer) {
	c.apply(acceptedEarly{call, a, c.options.EnterLater})
	if s := c.inside.Load(); s.early.call == call && s.conn.State == Online {
		c.spawn(c.line.refresh) // the ring may be over already
	}
}

// EnterAccepted enters the call of [Client.AcceptEarly] that waits because of [Options.EnterLater]: at once if it rings, and otherwise
// as soon as it does. Without such a call the error is ErrExpired.
func (c *Client) EnterAccepted(ctx context.Context) (CallID, error) {
	s := c.inside.Load()
	e := s.early
	if e.call == "" {
		return "", fail("accept", ErrExpired)
	}
	if !e.rang {
		c.apply(acceptedEarly{e.call, e.answer, false})
		return e.call, nil
	}
	return c.accept(ctx, s.showIncoming(s.calls[e.call]), e.answer)
}

type (
	acceptedEarly struct {
		call   CallID
		answer Answer
		later  bool
	}
)

func (acceptedEarly) input() {}

// enter accepts a ring that was accepted early. The snapshot may not show the ring yet.
type enter struct {
	ring   Incoming
	answer Answer
}

func (enter) action() {}

// enterEarly follows the call that was accepted early: it is entered when it rings, and given up when it does not. It is asked after
// each input, because many lead to a ring or show that there is none.
func (t *turn) enterEarly(in input) {
	e := t.early
	if e.call == "" {
		return
	}
	c, tracked := t.calls[e.call]
	_, truth := in.(synced)
	switch {
	case tracked && (c.inside || t.autoAccept):
		t.early = early{}
	case tracked && c.waiting: // about to become one with a call of ours
	case tracked && e.later:
		if !e.rang {
			t.early.rang, c.silenced = true, true // the person has answered it
			t.put(e.call, c)
		}
	case tracked:
		t.early = early{}
		t.do(enter{t.showIncoming(c), e.answer})
	case e.rang: // and CallEnded has told why it does not any more
		t.early = early{}
	case truth, !t.now.Before(e.until):
		t.early = early{}
		err := ErrExpired
		if _, answered := t.afar[e.call]; answered {
			err = ErrElsewhere
		}
		t.emit(Event{Type: ErrorOccurred, Call: e.call, Err: fail("accept", err)})
	}
}

// enter carries out the action.
func (c *Client) enter(a enter) {
	c.spawn(func(ctx context.Context) {
		if _, err := c.accept(ctx, a.ring, a.answer); err != nil {
			c.post(failed{a.ring.Call, err})
		}
	})
}
