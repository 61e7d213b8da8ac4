package ui

import (
	"context"
	"slices"

	"github.com/parley-calls/parley/engine"
)

// Controller steers the call that the windows show, as the call kit's controller does. Its methods, and those of its areas, may be
// called from any goroutine; where the kit answers true or false there is an error that says why. Without a call that is
// [engine.ErrNotInCall]. Of several calls they mean the one that is not held.
//
// What changes is told to any number of subscribers on Fyne's goroutine: first how it is, then each change, until the returned stop is
// called.
type Controller struct{ ui *UI }

// Controller steers the call that these windows show.
func (u *UI) Controller() Controller { return Controller{u} }

// HangUp leaves the call, or takes back one that rings, and returns when the switchboard knows: the kit's hangUp. With showConfirmation
// a person is asked first, by [Events.HangUpConfirmation] or the dialog of [Config.HangUp]; if there is either, HangUp returns as soon as
// it has been asked, and what fails later is shown like the failure of a button. It fails with [engine.ErrNotInCall] without a call, and
// while a hang-up is under way. How it went is told by [Events.CallEnd].
func (c Controller) HangUp(ctx context.Context, showConfirmation bool) error {
	b, call, err := c.ui.callNow("hangup")
	if err != nil {
		return err
	}
	events, config := c.ui.params.Events, c.ui.params.Config
	switch {
	case c.ui.asksToLeave(call.ID):
		return engine.Fail("hangup", engine.ErrNotInCall)
	case showConfirmation && (events.HangUpConfirmation != nil || config.HangUp.Confirm != nil):
		c.ui.do(func() { c.ui.hangUp(call.ID) })
		return nil
	}
	return b.Call(call.ID).HangUp(ctx)
}

// ScreenSharing is what the kit's controller calls screenSharing.
func (c Controller) ScreenSharing() ScreenSharing { return ScreenSharing(c) }

// Minimize is what the kit's controller calls minimize.
func (c Controller) Minimize() Minimizing { return Minimizing(c) }

// AudioVideo is what the kit's controller calls audioVideo.
func (c Controller) AudioVideo() AudioVideo { return AudioVideo(c) }

// User is what the kit's controller calls user.
func (c Controller) User() Users { return Users(c) }

// ScreenSharing shows what others share.
type ScreenSharing struct{ ui *UI }

// ShowViewInFullscreenMode fills the screen with what a user shares, or brings it back into the window: the kit's
// showViewInFullscreenMode. It ends by itself when the share does. It fails with [engine.ErrNotSharing] if the user shares nothing.
func (s ScreenSharing) ShowViewInFullscreenMode(user engine.UserID, on bool) error {
	const op = "fullscreen"
	_, call, err := s.ui.callNow(op)
	if err != nil {
		return err
	}
	shares := slices.ContainsFunc(call.Members, func(m engine.Member) bool { return m.ID == user && m.Sharing.On })
	if on && !shares {
		return engine.Fail(op, engine.ErrNotSharing)
	}
	s.ui.do(func() { s.ui.fullShare(user, on) })
	return nil
}

// Minimizing puts the view of a call, or of a call that rings here, into the mini window.
type Minimizing struct{ ui *UI }

// State says whether something is minimized. It is the kit's state: MiniIdle, MiniCalling or MiniMinimizing.
func (m Minimizing) State() engine.MiniState { return m.ui.Mini() }

// IsMinimizing reports whether a call or a ring is in the mini window.
func (m Minimizing) IsMinimizing() bool { return m.State() == engine.MiniMinimizing }

// Notify tells f the state, and each change of it: the kit's isMinimizingNotifier, for all states.
func (m Minimizing) Notify(f func(engine.MiniState)) (stop func()) {
	return watch(m.ui, func(*engine.Snapshot) engine.MiniState { return m.State() }, equal, f)
}

// Minimize puts the view away; the mini window takes its place a moment later. It fails with [engine.ErrNotInCall] if nothing goes on
// and with [engine.ErrMinimized] if it is away already.
func (m Minimizing) Minimize() error { return m.ui.Minimize() }

// Restore is the way back: the mini window goes once the view is there. It fails with [engine.ErrNotMinimized] if nothing is away.
func (m Minimizing) Restore() error { return m.ui.Restore() }

// Hide takes the mini window down that still tells why a call ended. It never hangs up: while a call or a ring goes on it fails with
// [engine.ErrInCall]. Without a mini window it does nothing.
func (m Minimizing) Hide() error { return m.ui.Hide() }

// Users are the people of the call.
type Users struct{ ui *UI }

// Stream tells f the others in the call, as a whole list, and again whenever something about them changes: the kit's stream. Without a
// call the list is empty. It must not be changed.
func (u Users) Stream(f func([]engine.Member)) (stop func()) {
	return watch(u.ui, func(s *engine.Snapshot) []engine.Member {
		c, _ := current(s)
		return c.Members
	}, slices.Equal, f)
}

// Remove takes members out of the call: the kit's remove. It fails with [engine.ErrForbidden] unless we moderate the call; the
// switchboard decides.
func (u Users) Remove(ctx context.Context, users ...engine.UserID) error {
	b, call, err := u.ui.callNow("remove")
	if err != nil {
		return err
	}
	return b.Call(call.ID).Remove(ctx, users...)
}

// callNow is the call that is shown, and the engine that it is in.
func (u *UI) callNow(op string) (backend, engine.CallState, error) {
	b := u.reached()
	if s := newest(b); s != nil {
		if c, ok := current(s); ok {
			return b, c, nil
		}
	}
	return nil, engine.CallState{}, engine.Fail(op, engine.ErrNotInCall)
}

// Minimize puts the view of the call, or of the ring, away: the mini window takes its place a moment later. It fails with
// [engine.ErrNotInCall] without either and with [engine.ErrMinimized] if it is away already.
func (u *UI) Minimize() error {
	const op = "minimize"
	s := u.snapshot()
	switch {
	case !goesOn(s):
		return engine.Fail(op, engine.ErrNotInCall)
	case u.seen.Load().mini:
		return engine.Fail(op, engine.ErrMinimized)
	}
	u.do(u.putAway)
	return nil
}

// Restore is the way back: the mini window goes once the view is there. It fails with [engine.ErrNotMinimized] if nothing was put away.
func (u *UI) Restore() error {
	if !u.seen.Load().mini {
		return engine.Fail("restore", engine.ErrNotMinimized)
	}
	u.do(u.restore)
	return nil
}

// Hide takes the mini window down that still tells why a call ended. While a call or a ring goes on it fails with [engine.ErrInCall].
// Without a mini window it does nothing.
func (u *UI) Hide() error {
	if goesOn(u.snapshot()) {
		return engine.Fail("hide", engine.ErrInCall)
	}
	u.do(u.hideMini)
	return nil
}

// goesOn reports whether there is a call or a ring.
func goesOn(s *engine.Snapshot) bool {
	if s == nil {
		return false
	}
	_, busy := current(s)
	return busy || len(s.Incoming) > 0
}
