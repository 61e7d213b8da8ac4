package engine

import (
	"cmp"
	"slices"

	"github.com/parley-calls/parley/engine/media"
)

// Device is the camera, microphone or speaker that a call would use. Its label is empty if there is none.
func (c DeviceChoice) Device(all []media.Device, kind media.DeviceKind) media.Device {
	return c.pick(all, kind, "")
}

// Output is where calls are heard, or would be, when these are the devices.
func (c DeviceChoice) Output(all []media.Device) Output {
	d := c.Device(all, media.SpeakerDevice)
	return Output{Route: d.Route, Label: d.Label}
}

// Automatic is the camera, microphone or speaker that calls use as long as none of its kind is chosen. Its label is empty if there is none.
func (c DeviceChoice) Automatic(all []media.Device, kind media.DeviceKind) media.Device {
	switch kind {
	case media.CameraDevice:
		c.Camera = ""
	case media.MicrophoneDevice:
		c.Microphone = ""
	case media.SpeakerDevice:
		c.Speaker = ""
	}
	return c.Device(all, kind)
}

// pick is the device of a kind to use among all that are there: the one that the person chose; otherwise the microphone or speaker of
// a headset; otherwise the system's choice; otherwise any. home is the ID of the one that was used at first, which counts more than
// another one: among cameras, where nobody asks for a change, also more than what the system would take now. Without any device the
// ID is what was chosen, so that opening it says what is wrong.
func (c DeviceChoice) pick(all []media.Device, kind media.DeviceKind, home string) media.Device {
	list := ofKind(all, kind)
	if len(list) == 0 {
		return media.Device{ID: c.of(kind), Kind: kind}
	}
	standard := list[max(0, slices.IndexFunc(list, func(d media.Device) bool { return d.Default }))].ID
	if kind == media.CameraDevice {
		standard, home = cmp.Or(home, standard), standard
	}
	for _, id := range []string{c.of(kind), c.headset(all, kind), standard, home} {
		if at := find(list, id); at >= 0 {
			return list[at]
		}
	}
	return list[0]
}

// of is the choice for a kind.
func (c DeviceChoice) of(kind media.DeviceKind) string {
	switch kind {
	case media.CameraDevice:
		return c.Camera
	case media.MicrophoneDevice:
		return c.Microphone
	}
	return c.Speaker
}

// headset is the ID of the microphone or speaker of a headset, which is used as a whole: if a person chose one half of it the other
// goes with it, and if he chose something else for one half the other is left alone too.
func (c DeviceChoice) headset(all []media.Device, kind media.DeviceKind) string {
	counterpart := map[media.DeviceKind]media.DeviceKind{
		media.MicrophoneDevice: media.SpeakerDevice, media.SpeakerDevice: media.MicrophoneDevice,
	}[kind]
	if counterpart == "" {
		return ""
	}
	others := ofKind(all, counterpart)
	if at := find(others, c.of(counterpart)); at >= 0 {
		d, _ := companion(all, others[at], kind)
		return d.ID
	}
	var best [2]media.Device // a speaker and its microphone
	rank := -1
	for _, s := range ofKind(all, media.SpeakerDevice) {
		m, ok := companion(all, s, media.MicrophoneDevice)
		if !ok {
			continue
		}
		r := 0
		if s.Default {
			r += 2
		}
		if m.Default {
			r++
		}
		if r > rank {
			rank, best = r, [2]media.Device{s, m}
		}
	}
	if kind == media.SpeakerDevice {
		return best[0].ID
	}
	return best[1].ID
}

// companion is the other half of a headset. Where the system does not say what belongs together, what is worn does.
func companion(all []media.Device, d media.Device, kind media.DeviceKind) (media.Device, bool) {
	for _, other := range ofKind(all, kind) {
		if d.Headset && other.Headset && other.Group == d.Group {
			return other, true
		}
	}
	return media.Device{}, false
}

func ofKind(all []media.Device, kind media.DeviceKind) []media.Device {
	var list []media.Device
	for _, d := range all {
		if d.Kind == kind {
			list = append(list, d)
		}
	}
	return list
}

// find is the index of the device with that ID, or else label, or -1.
func find(list []media.Device, name string) int {
	if name == "" {
		return -1
	}
	if at := slices.IndexFunc(list, func(d media.Device) bool { return d.ID == name }); at >= 0 {
		return at
	}
	return slices.IndexFunc(list, func(d media.Device) bool { return d.Label == name })
}
