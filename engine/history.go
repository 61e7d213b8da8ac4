package engine

import (
	"context"
	"errors"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// HistoryPage is a part of what the switchboard remembers of our calls, newest first.
type HistoryPage = signal.HistoryReply

// History fetches the entries before a time, or the newest ones if it is zero; at most limit, which is 100 if it is 0. The newest
// hundred are in [Snapshot.History] already.
func (c *Client) History(ctx context.Context, before time.Time, limit int) (HistoryPage, error) {
	var page HistoryPage
	err := c.line.request(ctx, signal.VerbHistory, signal.HistoryRequest{Before: before, Limit: limit}, &page)
	return page, fail("read the history", err)
}

// SeeHistory says that the person has seen the missed calls of the snapshot: they are not news any more, on any device.
func (c *Client) SeeHistory(ctx context.Context) error {
	s := c.Snapshot()
	if s.Missed == 0 || len(s.History) == 0 {
		return nil
	}
	return fail("mark the history as seen", c.line.request(ctx, signal.VerbSeen, signal.SeenRequest{Until: s.History[0].Over}, nil))
}

// ForgetHistory deletes entries, or all of them without IDs, on all devices of the user.
func (c *Client) ForgetHistory(ctx context.Context, ids ...HistoryID) error {
	return fail("delete from the history", c.line.request(ctx, signal.VerbForget, signal.ForgetRequest{IDs: ids}, nil))
}

// DialBack returns a call of the history: it joins a group call that still runs, and otherwise makes a new call of the same kind
// to the same people, which rings for [Options.DialBackTimeout]. now says what becomes of another call that we are in, once the
// switchboard has confirmed this one.
func (c *Client) DialBack(ctx context.Context, e HistoryEntry, now Current) (CallID, []signal.InviteResult, error) {
	if e.Missed() {
		c.apply(missedOpened{e})
	}
	if len(e.With) > 1 {
		switch err := c.Join(ctx, e.Call, JoinOptions{Video: e.Video, Current: now}); {
		case err == nil:
			return e.Call, nil, nil
		case errors.Is(err, ErrExpired), errors.Is(err, ErrNoSuchCall), errors.Is(err, ErrForbidden): // it is over, at least for us
		default:
			c.apply(dialBackFailed{e, err})
			return "", nil, err
		}
	}
	to := make([]UserID, 0, len(e.With))
	for _, u := range e.With {
		to = append(to, u.ID)
	}
	id, results, err := c.Invite(ctx, Invite{To: to, Video: e.Video, Data: e.Data, Timeout: c.options.DialBackTimeout, Current: now})
	if err != nil {
		c.apply(dialBackFailed{e, err})
	}
	return id, results, err
}

// DeviceCode asks for a code with which another device enrols for the same user, once, until it expires.
func (c *Client) DeviceCode(ctx context.Context) (code string, expires time.Time, err error) {
	var reply signal.DeviceReply
	err = c.line.request(ctx, signal.VerbDevice, signal.Empty{}, &reply)
	return reply.Code, reply.Expires, fail("add a device", err)
}

// SetPreferences changes what a person may change at any time; it takes effect at once.
func (c *Client) SetPreferences(p Preferences) { c.apply(preferred{p}) }
