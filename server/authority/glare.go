package authority

import (
	"context"
	"errors"

	"github.com/parley-calls/parley/engine/signal"
)

// crossing reports whether two calls are the same wish: each of two people calls the other, and not both have been answered.
func crossing(a, b *signal.Call) bool {
	if a.ID == b.ID || len(a.Parties) != 2 || len(b.Parties) != 2 || a.Initiator == b.Initiator || !a.Ended.IsZero() || !b.Ended.IsZero() {
		return false
	}
	if !a.Live.IsZero() && !b.Live.IsZero() {
		return false
	}
	_, inA := a.Party(b.Initiator)
	_, inB := b.Party(a.Initiator)
	return inA && inB
}

// winner says which of two crossing calls goes on: the answered one, else that of the lower user ID.
func winner(a, b signal.Call) (win, lose signal.Call) {
	if !a.Live.IsZero() || b.Live.IsZero() && a.Initiator < b.Initiator {
		return a, b
	}
	return b, a
}

// crossed looks in the view for a call that crosses this one.
func (a *Authority) crossed(c *signal.Call) (signal.Call, bool) {
	if len(c.Parties) != 2 || !c.Ended.IsZero() {
		return signal.Call{}, false
	}
	for _, other := range a.view.callsOf(c.Initiator) {
		if crossing(c, &other) {
			return other, true
		}
	}
	return signal.Call{}, false
}

// uncross merges two crossing calls. Any number of authorities may do it at the same time and stop anywhere: first the loser's
// caller joins the winner, and only then the loser ends, so at every moment the wish is fulfilled or can still be.
// It returns the winner, or false if there is nothing to merge any more.
func (a *Authority) uncross(ctx context.Context, one, two signal.CallID) (signal.Call, bool, error) {
	x, err := a.store.load(ctx, one)
	if err != nil {
		return x, false, err
	}
	y, err := a.store.load(ctx, two)
	if err != nil || !crossing(&x, &y) {
		return x, false, err
	}
	win, lose := winner(x, y)
	caller, _ := lose.Party(lose.Initiator)
	merged, err := a.apply(ctx, win.ID, accept{user: caller.ID, device: caller.Device})
	if err != nil && !errors.Is(err, &signal.Error{Code: signal.CodeElsewhere}) {
		return win, false, ignoreRefusal(err)
	}
	_, err = a.decide(ctx, lose.ID, func(c signal.Call) (signal.Call, error) {
		if len(c.Parties) != 2 {
			return c, nil // it has grown meanwhile and is another wish now
		}
		return next(c, merge{into: win.ID}, a.now())
	})
	return merged, true, err
}

func ignoreRefusal(err error) error {
	var refused *signal.Error
	if errors.As(err, &refused) {
		return nil
	}
	return err
}
