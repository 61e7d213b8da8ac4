package ui

import (
	"context"
	"slices"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/profile"
)

// AudioVideo are the devices of the call.
type AudioVideo struct{ ui *UI }

// Camera is the camera of ours and of others.
func (a AudioVideo) Camera() Camera {
	return Camera{DeviceSwitch{a.ui, "camera",
		func(c engine.CallState) bool { return c.Camera }, func(m engine.Member) bool { return m.Camera },
		handle.SetCamera, handle.SwitchCamera}}
}

// Microphone is the microphone of ours and of others.
func (a AudioVideo) Microphone() Microphone {
	return Microphone{DeviceSwitch{a.ui, "microphone",
		func(c engine.CallState) bool { return c.Microphone }, func(m engine.Member) bool { return m.Microphone },
		handle.SetMicrophone, handle.SwitchMicrophone}}
}

// AudioOutput is where the call is heard.
func (a AudioVideo) AudioOutput() AudioOutput { return AudioOutput(a) }

// DeviceSwitch switches a kind of device in the call. Wherever users are named, none and our own ID mean ourselves.
//
// Others are switched with the right of a moderator, which the switchboard checks: it is [engine.ErrForbidden] without. Off is obeyed at
// once; on is a request that the person grants or not, so that nobody is heard or seen against his will.
type DeviceSwitch struct {
	ui     *UI
	op     string
	ours   func(engine.CallState) bool
	theirs func(engine.Member) bool
	set    func(h handle, ctx context.Context, on bool) error
	order  func(h handle, ctx context.Context, on bool, users ...engine.UserID) error
}

// Camera switches cameras.
type Camera struct{ DeviceSwitch }

// Microphone switches microphones.
type Microphone struct{ DeviceSwitch }

// LocalState reports whether ours is on. Without a call it is not.
func (d DeviceSwitch) LocalState() bool { return d.State("") }

// OnLocalState tells f whether ours is on, and each change.
func (d DeviceSwitch) OnLocalState(f func(on bool)) (stop func()) { return d.OnState("", f) }

// State reports whether a user's is on. Of somebody who is not in the call it is not.
func (d DeviceSwitch) State(user engine.UserID) bool { return d.state(d.ui.snapshot(), user) }

// OnState tells f whether a user's is on, and each change, also when the user comes and goes.
func (d DeviceSwitch) OnState(user engine.UserID, f func(on bool)) (stop func()) {
	return watch(d.ui, func(s *engine.Snapshot) bool { return d.state(s, user) }, equal, f)
}

func (d DeviceSwitch) state(s *engine.Snapshot, user engine.UserID) bool {
	if s == nil {
		return false
	}
	c, _ := current(s)
	if user == "" || user == s.Me.ID {
		return d.ours(c)
	}
	m, there := member(c, user)
	return there && d.theirs(m)
}

// member is somebody else in a call.
func member(c engine.CallState, user engine.UserID) (engine.Member, bool) {
	i := slices.IndexFunc(c.Members, func(m engine.Member) bool { return m.ID == user })
	if i < 0 {
		return engine.Member{}, false
	}
	return c.Members[i], true
}

// TurnOn switches on or off. Who is in that state already stays in it.
func (d DeviceSwitch) TurnOn(ctx context.Context, on bool, users ...engine.UserID) error {
	return d.change(ctx, users, func(engine.UserID) bool { return on })
}

// Switch turns on what is off, and off what is on.
func (d DeviceSwitch) Switch(ctx context.Context, users ...engine.UserID) error {
	return d.change(ctx, users, func(user engine.UserID) bool { return !d.State(user) })
}

// change brings users to a state each: all of those who are to be in one with one order.
func (d DeviceSwitch) change(ctx context.Context, users []engine.UserID, to func(engine.UserID) bool) error {
	b, call, err := d.ui.callNow(d.op)
	if err != nil {
		return err
	}
	me := b.Snapshot().Me.ID
	if len(users) == 0 {
		users = []engine.UserID{me}
	}
	h := b.Call(call.ID)
	others := map[bool][]engine.UserID{}
	for _, user := range users {
		if user != "" && user != me {
			others[to(user)] = append(others[to(user)], user)
		} else if err := d.set(h, ctx, to(me)); err != nil {
			return err
		}
	}
	for _, on := range []bool{false, true} {
		if len(others[on]) > 0 {
			if err := d.order(h, ctx, on, others[on]...); err != nil {
				return err
			}
		}
	}
	return nil
}

// SwitchFrontFacing takes the first camera of the machine into use, or (false) the second: the kit's front and back cameras. It fails
// with a [media.DeviceError] if there is none. A call need not go on. It is remembered; the error may also be that of
// [SettingsStore.SaveSettings].
func (c Camera) SwitchFrontFacing(front bool) error {
	b := c.ui.reached()
	if b == nil {
		return engine.Fail(c.op, engine.ErrOffline)
	}
	cameras := slices.DeleteFunc(slices.Clone(b.Devices()), func(d media.Device) bool { return d.Kind != media.CameraDevice })
	n := 1
	if front {
		n = 0
	}
	if n >= len(cameras) {
		return engine.Fail(c.op, &media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceNotFound})
	}
	if choice := b.Choice(); choice.Camera != cameras[n].ID {
		choice.Camera = cameras[n].ID
		b.SetChoice(choice)
		return c.ui.remember(func(v *profile.Settings) { v.Camera = choice.Camera })
	}
	return nil
}

// SwitchVideoMirroring says whether we see ourselves as in a mirror; others never do. It is remembered. The error is that of
// [SettingsStore.SaveSettings].
func (c Camera) SwitchVideoMirroring(on bool) error {
	if c.ui.store.Settings().MirrorSelf == on {
		return nil
	}
	err := c.ui.remember(func(v *profile.Settings) { v.MirrorSelf = on })
	c.ui.apply.ask()
	return err
}

// AudioOutput is where the call is heard, here and at others.
type AudioOutput struct{ ui *UI }

// Local is where the call is heard here, or would be.
func (a AudioOutput) Local() engine.Output { return a.Of("") }

// OnLocal tells f where calls are heard here, and each change: the kit's localNotifier.
func (a AudioOutput) OnLocal(f func(engine.Output)) (stop func()) { return a.OnOf("", f) }

// Of is where a user hears the call; empty, or our own ID, means ourselves. Of somebody who is not in the call nothing is known.
func (a AudioOutput) Of(user engine.UserID) engine.Output {
	if s := a.ui.snapshot(); s != nil {
		return outputOf(s, user)
	}
	return engine.Output{}
}

// OnOf tells f where a user hears the call, and each change: the kit's notifier.
func (a AudioOutput) OnOf(user engine.UserID, f func(engine.Output)) (stop func()) {
	return watch(a.ui, func(s *engine.Snapshot) engine.Output { return outputOf(s, user) }, equal, f)
}

func outputOf(s *engine.Snapshot, user engine.UserID) engine.Output {
	if user == "" || user == s.Me.ID {
		return s.Output
	}
	c, _ := current(s)
	m, _ := member(c, user)
	return m.Output
}

// SwitchToSpeaker hears calls on the loudspeaker, or (false) on headphones: the kit's switchToSpeaker. A call need not go on. See
// [engine.Client.SwitchToSpeaker] for its errors. It is remembered; the error may also be that of [SettingsStore.SaveSettings].
func (a AudioOutput) SwitchToSpeaker(ctx context.Context, on bool) error {
	b := a.ui.reached()
	if b == nil {
		return engine.Fail("speaker", engine.ErrOffline)
	}
	was := b.Choice().Speaker
	if err := b.SwitchToSpeaker(ctx, on); err != nil || b.Choice().Speaker == was {
		return err
	}
	return a.ui.remember(func(v *profile.Settings) { v.Speaker = b.Choice().Speaker })
}
