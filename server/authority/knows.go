package authority

import (
	"context"

	"github.com/parley-calls/parley/engine/signal"
)

// Knows reports whether somebody has a user ID already, whichever way they came.
func (a *Authority) Knows(ctx context.Context, u signal.UserID) (bool, error) {
	_, known, err := a.store.person(ctx, u)
	return known, err
}
