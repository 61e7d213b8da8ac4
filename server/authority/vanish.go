package authority

import (
	"context"
	"errors"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// maxClosed bounds the lines that have closed and whose grace runs. The leases of more run out.
const maxClosed = 4096

// closedLine is a line that has closed, and when the leases on it end.
type closedLine struct {
	user signal.UserID
	line signal.LineID
	due  time.Time
}

// Vanished tells that a line of a user has closed, which the NATS server knows long before a lease runs out. After Options.LineGrace
// the leases taken on that line end. A device that has said hello on another line by then has another lease: it stays, and
// nothing is announced. The user must be proven, the line must not: it ends nobody's leases but his.
//
// All authorities of a cluster may be told; one of them ends the lease, and the others find it gone. Vanished never waits.
func (a *Authority) Vanished(u signal.UserID, line signal.LineID) {
	if line == "" {
		return
	}
	select {
	case a.closed <- closedLine{u, line, time.Now().Add(a.o.LineGrace)}:
	default:
		a.log.Debug("too many lines closed at once", "user", u)
	}
}

// ending ends the leases on closed lines when they are due, until the context ends. The grace is the same for all, so the first
// to come is the first due.
func (a *Authority) ending(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-a.closed:
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Until(c.due)):
			}
			if err := a.endLine(ctx, c); err != nil && ctx.Err() == nil {
				a.log.Warn("lease runs out by itself", "user", c.user, "err", err)
			}
		}
	}
}

// endLine ends the leases on a line and draws the consequences. It does nothing when another authority was faster.
func (a *Authority) endLine(ctx context.Context, c closedLine) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	ended := false
	for lease, revision := range a.view.leasesOf(c.user, func(h hold) bool { return h.line == c.line }) {
		switch err := a.store.revoke(ctx, lease, revision); {
		case err == nil:
			a.view.putLease(lease, false, revision)
			ended = true
		case !errors.Is(err, errConflict):
			return err
		}
	}
	if !ended {
		return nil
	}
	// The device may have come back through another authority. Behind the barrier the view shows it.
	if err := a.seats.through(ctx); err != nil {
		return err
	}
	a.herald.touch(c.user)
	for _, call := range a.view.callsOf(c.user) {
		for _, in := range a.due(ctx, &call, a.now()) {
			if _, err := a.apply(ctx, call.ID, in); ignoreRefusal(err) != nil {
				return err
			}
		}
	}
	return nil
}
