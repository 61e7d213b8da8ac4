package authority

import (
	"context"
	"time"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/law"
)

// announceEnd is how old an end may be to be delivered once more for an authority that did not.
const announceEnd = 10 * time.Second

// sweeping enforces what nobody asks for, until the context ends. Any number of authorities may do it: the compare-and-set
// lets one of them win, and the others find nothing left to do.
func (a *Authority) sweeping(ctx context.Context) {
	ticker := time.NewTicker(a.o.Sweep)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.crossings:
			for _, s := range a.view.sights() {
				a.sweepCrossing(ctx, &s.call)
			}
		case <-ticker.C:
			a.sweep(ctx)
		}
	}
}

func (a *Authority) sweep(ctx context.Context) {
	now := a.now()
	a.invites.tidy(now)
	a.requests.tidy(now)
	for _, h := range a.view.silent(time.Now().Add(-2 * a.store.lease)) {
		if held, err := a.store.held(ctx, h); err == nil && !held {
			a.view.dropLease(h)
		}
	}
	for _, s := range a.view.sights() {
		if ctx.Err() != nil {
			return
		}
		undelivered := s.delivered < s.call.Revision
		if undelivered && time.Since(s.since) >= a.o.Sweep && (s.call.Ended.IsZero() || now.Sub(s.call.Ended) < announceEnd) {
			a.deliver(s.call)
			undelivered = false
		}
		unrecorded := s.recorded < s.call.Revision
		if unrecorded && time.Since(s.since) >= a.o.Sweep {
			unrecorded = !a.sweepHistory(ctx, &s.call)
		}
		if !s.call.Ended.IsZero() {
			if age := now.Sub(s.call.Ended); (!undelivered || age >= announceEnd) && (!unrecorded || age >= keepEnded) {
				a.view.forget(s.call.ID)
			}
			continue
		}
		for _, in := range a.due(ctx, &s.call, now) {
			if _, err := a.apply(ctx, s.call.ID, in); ignoreRefusal(err) != nil && ctx.Err() == nil {
				a.log.Warn("sweep", "call", s.call.ID, "err", err)
			}
		}
		a.sweepCrossing(ctx, &s.call)
	}
	a.herald.sweep()
}

// due lists what has become of a call's parties without a request.
func (a *Authority) due(ctx context.Context, c *signal.Call, now time.Time) []law.Input {
	var inputs []law.Input
	for _, p := range c.Parties {
		if (p.State.Waiting() || p.State == signal.Lost) && !now.Before(p.Deadline) {
			continue // the tick is for them
		}
		switch p.State {
		case signal.Joined:
			if a.view.holds(p.ID, p.Device) {
				continue
			}
			// The view may lag behind: only behind a barrier it can say that a device has vanished.
			if err := a.seats.through(ctx); err == nil && !a.view.holds(p.ID, p.Device) {
				inputs = append(inputs, law.Lost{User: p.ID, Device: p.Device, Online: a.view.online(p.ID), Grace: a.grace})
			}
		case signal.Lost:
			if a.view.holds(p.ID, p.Device) {
				inputs = append(inputs, law.Back{User: p.ID, Device: p.Device})
			}
		case signal.Calling, signal.Ringing:
			if !a.view.online(p.ID) {
				inputs = append(inputs, law.Lost{User: p.ID, Grace: a.grace})
			}
		case signal.Unreached:
			if a.view.online(p.ID) {
				inputs = append(inputs, law.Back{User: p.ID})
			}
		}
	}
	if due := law.Due(c); !due.IsZero() && !now.Before(due) {
		inputs = append(inputs, law.Tick{})
	}
	return inputs
}

// sweepHistory writes what a call made history and another authority, or this one, did not; it reports whether all of it is written.
func (a *Authority) sweepHistory(ctx context.Context, c *signal.Call) bool {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	if err := a.remember(ctx, a.memories(c)); err != nil {
		a.log.Warn("history not written", "call", c.ID, "err", err)
		return false
	}
	a.view.remembered(c.ID, 0, c.Revision)
	return true
}

func (a *Authority) sweepCrossing(ctx context.Context, c *signal.Call) {
	other, ok := a.crossed(c)
	if !ok {
		return
	}
	if _, _, err := a.uncross(ctx, c.ID, other.ID); err != nil && ctx.Err() == nil {
		a.log.Warn("calls that cross were not merged", "call", c.ID, "other", other.ID, "err", err)
	}
}
