package authority

import (
	"context"
	"errors"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/law"
)

// crossed looks in the view for a call that crosses this one.
func (a *Authority) crossed(c *signal.Call) (signal.Call, bool) {
	if len(c.Parties) != 2 || !c.Ended.IsZero() {
		return signal.Call{}, false
	}
	for _, other := range a.view.callsOf(c.Initiator) {
		if law.Crossing(c, &other) {
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
	if err != nil || !law.Crossing(&x, &y) {
		return x, false, err
	}
	win, lose := law.Winner(x, y)
	caller, _ := lose.Party(lose.Initiator)
	merged, err := a.apply(ctx, win.ID, law.Accept{User: caller.ID, Device: caller.Device})
	if err != nil && !errors.Is(err, &signal.Error{Code: signal.CodeElsewhere}) {
		return win, false, ignoreRefusal(err)
	}
	_, err = a.decide(ctx, lose.ID, func(c signal.Call) (signal.Call, error) {
		if len(c.Parties) != 2 {
			return c, nil // it has grown meanwhile and is another wish now
		}
		return law.Next(c, law.Merge{Into: win.ID}, a.now())
	})
	return merged, true, err
}

func ignoreRefusal(err error) error {
	if _, ok := errors.AsType[*signal.Error](err); ok {
		return nil
	}
	return err
}
