package ui

import (
	"context"
	"errors"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// share shows the others something of our display, in place of what they see of it so far.
func (u *UI) share(id engine.CallID, what engine.Share) {
	u.act("share", func(ctx context.Context, b backend) error { return b.Call(id).Share(ctx, what) })
}

// stopShare ends what we share in a call.
func (u *UI) stopShare(id engine.CallID) {
	u.act("unshare", func(ctx context.Context, b backend) error {
		err := b.Call(id).StopShare(ctx)
		if errors.Is(err, engine.ErrNotInCall) { // it ended with the call
			return nil
		}
		return err
	})
}

// pauseShare makes the others see the last picture until it goes on.
func (u *UI) pauseShare(id engine.CallID, on bool) {
	u.act("pause", func(ctx context.Context, b backend) error { return b.Call(id).PauseShare(ctx, on) })
}

// isScreen reports whether something else to share may help.
func isScreen(err error) bool {
	var d *media.DeviceError
	return errors.As(err, &d) && d.Kind == media.ScreenDevice && !errors.Is(err, media.ErrWayland) && !errors.Is(err, media.ErrNoDisplay)
}
