package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/parley-calls/parley/engine/media"
)

// Output is where calls are heard.
type Output struct {
	Route media.Route `json:"route"` // empty: there is no speaker
	Label string      `json:"label"`
}

// SwitchToSpeaker hears calls on the loudspeaker, or (false) on what is worn on the head: the kit's switchToSpeaker. Nothing happens
// if that is so already. It fails with a [media.DeviceError] if there is none of the kind. It is a choice like that of
// [Client.SetChoice], and counts until the device is unplugged.
func (c *Client) SwitchToSpeaker(_ context.Context, on bool) error {
	all, choice := c.Devices(), c.Choice()
	if on == !choice.Device(all, media.SpeakerDevice).Headset && len(ofKind(all, media.SpeakerDevice)) > 0 {
		return nil
	}
	to, ok := speakerToSwitchTo(all, on)
	if !ok {
		return fail("switch the speaker", &media.DeviceError{Kind: media.SpeakerDevice, Reason: media.ErrDeviceNotFound})
	}
	choice.Speaker = to.ID
	c.SetChoice(choice)
	return nil
}

// speakerToSwitchTo is the best loudspeaker, or the best thing to wear: a headset with a microphone, then what the system would take.
// Of loudspeakers those of the machine come before monitors and the like.
func speakerToSwitchTo(all []media.Device, loud bool) (media.Device, bool) {
	list := slices.DeleteFunc(ofKind(all, media.SpeakerDevice), func(d media.Device) bool { return d.Headset == loud })
	if len(list) == 0 {
		return media.Device{}, false
	}
	rank := func(d media.Device) (n int) {
		if _, whole := companion(all, d, media.MicrophoneDevice); whole {
			n += 4
		}
		if d.Default {
			n += 2
		}
		if d.Route == media.RouteSpeaker {
			n++
		}
		return n
	}
	return slices.MaxFunc(list, func(a, b media.Device) int { return rank(a) - rank(b) }), true
}

// NextCamera takes the next camera into use, in the order of their names: the kit's first and second camera. With one camera nothing
// happens; without any it fails with a [media.DeviceError].
func (c *Client) NextCamera(context.Context) error {
	all, choice := c.Devices(), c.Choice()
	list := ofKind(all, media.CameraDevice)
	if len(list) == 0 {
		return fail("switch the camera", &media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceNotFound})
	}
	slices.SortFunc(list, func(a, b media.Device) int { return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.ID, b.ID)) })
	inUse := ""
	c.eachRoom(func(r *room) { inUse = cmp.Or(inUse, r.camera.using()) })
	now := find(list, cmp.Or(inUse, choice.Device(all, media.CameraDevice).ID))
	choice.Camera = list[(now+1)%len(list)].ID
	c.SetChoice(choice)
	return nil
}

// LastHeard is when something of a member last arrived, on our clock; zero before. While nothing is due, because he is muted and no camera
// of his is seen, that is now. It is cheap: poll it as often as it is drawn.
func (k *Call) LastHeard(user UserID) time.Time {
	if r := k.client.room(k.id); r != nil {
		return r.lastHeard(user)
	}
	return time.Time{}
}
