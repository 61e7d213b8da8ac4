package engine

import (
	"testing"

	"github.com/parley-calls/parley/engine/media"
)

func TestPickedDevice(t *testing.T) {
	t.Parallel()
	camera := func(id string) media.Device { return media.Device{ID: id, Kind: media.CameraDevice} }
	mic := func(id string) media.Device { return media.Device{ID: id, Kind: media.MicrophoneDevice} }
	speaker := func(id string) media.Device { return media.Device{ID: id, Kind: media.SpeakerDevice} }
	standard := func(d media.Device) media.Device { d.Default = true; return d }
	worn := func(group string, d media.Device) media.Device { d.Headset, d.Group = true, group; return d }
	desk := []media.Device{standard(mic("m0")), standard(speaker("s0")), mic("m1"), speaker("s1")}
	headset := append([]media.Device{worn("usb", mic("hm")), worn("usb", speaker("hs"))}, desk...)
	for _, c := range []struct {
		what         string
		there        []media.Device
		choice       DeviceChoice
		home         string
		mic, speaker string
	}{
		{"the system's choice", desk, DeviceChoice{}, "", "m0", "s0"},
		{"whatever was used at first", desk, DeviceChoice{}, "m1", "m0", "s0"},
		{"a person's choice", desk, DeviceChoice{Microphone: "m1", Speaker: "s1"}, "", "m1", "s1"},
		{"a choice that is gone", desk, DeviceChoice{Microphone: "gone", Speaker: "gone"}, "", "m0", "s0"},
		{"a headset", headset, DeviceChoice{}, "", "hm", "hs"},
		{"a headset, but another microphone was chosen", headset, DeviceChoice{Microphone: "m1"}, "", "m1", "s0"},
		{"a headset, but another speaker was chosen", headset, DeviceChoice{Speaker: "s1"}, "", "m0", "s1"},
		{"a headset, but what was chosen is gone", headset, DeviceChoice{Speaker: "gone"}, "", "hm", "hs"},
		{"the microphone of a headset was chosen", headset, DeviceChoice{Microphone: "hm"}, "", "hm", "hs"},
		{"the speaker of a headset was chosen", headset, DeviceChoice{Speaker: "hs"}, "", "hm", "hs"},
		{"headphones have no microphone", append([]media.Device{worn("a", speaker("hs"))}, desk...), DeviceChoice{}, "", "m0", "s0"},
		{"halves of two headsets", append([]media.Device{worn("a", speaker("hs")), worn("b", mic("hm"))}, desk...), DeviceChoice{}, "", "m0", "s0"},
		{"halves whose hardware is not known", append([]media.Device{worn("", speaker("hs")), worn("", mic("hm"))}, desk...), DeviceChoice{}, "", "hm", "hs"},
		{"of two headsets the system's", append([]media.Device{worn("a", speaker("as")), worn("a", mic("am")), worn("b", standard(speaker("bs"))), worn("b", mic("bm"))}, mic("m0")), DeviceChoice{}, "", "bm", "bs"},
		{"the first where the system has no choice", []media.Device{mic("m0"), mic("m1"), speaker("s0")}, DeviceChoice{}, "", "m0", "s0"},
		{"nothing there", nil, DeviceChoice{Microphone: "m1"}, "m0", "m1", ""},
	} {
		if m, s := c.choice.pick(c.there, media.MicrophoneDevice, c.home).ID, c.choice.pick(c.there, media.SpeakerDevice, "").ID; m != c.mic || s != c.speaker {
			t.Errorf("%s: %s and %s, want %s and %s", c.what, m, s, c.mic, c.speaker)
		}
	}
	cameras := []media.Device{standard(camera("new")), camera("old")}
	for _, c := range []struct {
		choice, home, want string
	}{{"", "", "new"}, {"", "old", "old"}, {"", "gone", "new"}, {"old", "new", "old"}, {"gone", "old", "old"}} {
		if got := (DeviceChoice{Camera: c.choice}).pick(cameras, media.CameraDevice, c.home).ID; got != c.want {
			t.Errorf("camera %q chosen, %q used at first: %q, want %q", c.choice, c.home, got, c.want)
		}
	}
	all := []media.Device{{ID: "s", Label: "Box", Kind: media.SpeakerDevice, Route: media.RouteUSB}}
	if got := (DeviceChoice{}).Output(all); got != (Output{Route: media.RouteUSB, Label: "Box"}) {
		t.Errorf("output %+v", got)
	}
	if got := (DeviceChoice{Speaker: "s1", Microphone: "hm"}).Automatic(headset, media.SpeakerDevice).ID; got != "hs" {
		t.Errorf("without the choice it is %q", got)
	}
	if got := (DeviceChoice{Camera: "old"}).Automatic(cameras, media.CameraDevice).ID; got != "new" {
		t.Errorf("without the choice it is %q", got)
	}
	if got := (DeviceChoice{Speaker: "x"}).Output(nil); got != (Output{}) {
		t.Errorf("no output %+v", got)
	}
}
