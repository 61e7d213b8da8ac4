package devices

import (
	"testing"

	"github.com/parley-calls/parley/engine/media"
)

func TestRouteOfADevice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what   string
		label  string
		id     string
		nature nature
		route  media.Route
		worn   bool
	}{
		{"laptop", "Built-in Audio Analog Stereo", "alsa_output.pci-0000_00_1f.3.analog-stereo", nature{form: "internal", bus: "pci", api: "alsa", port: "analog-output-speaker"}, media.RouteSpeaker, false},
		{"its headphone socket", "Built-in Audio Analog Stereo", "alsa_output.pci-0000_00_1f.3.analog-stereo", nature{form: "internal", bus: "pci", api: "alsa", port: "analog-output-headphones"}, media.RouteHeadphone, true},
		{"its headset socket", "Built-in Audio Analog Stereo", "alsa_input.pci-0000_00_1f.3.analog-stereo", nature{form: "internal", bus: "pci", api: "alsa", port: "analog-input-headset-mic"}, media.RouteHeadphone, true},
		{"a sink for each socket", "Tiger Lake Headphones", "alsa_output.pci-0000_00_1f.3-platform.HiFi__Headphones__sink", nature{bus: "pci", api: "alsa", port: "[Out] Headphones"}, media.RouteHeadphone, true},
		{"monitor", "HDMI / DisplayPort 1 Output", "alsa_output.pci-0000_00_1f.3.hdmi-stereo", nature{bus: "pci", api: "alsa", port: "hdmi-output-0"}, media.RouteOther, false},
		{"USB headset", "Jabra Evolve 65", "alsa_output.usb-0b0e_Jabra-00.analog-stereo", nature{form: "headset", bus: "usb", api: "alsa"}, media.RouteUSB, true},
		{"USB speakerphone", "Jabra Speak 510", "alsa_output.usb-0b0e_Speak-00.analog-stereo", nature{form: "speaker", bus: "usb", api: "alsa"}, media.RouteUSB, false},
		{"microphone of a webcam", "C920", "alsa_input.usb-046d_C920-02.analog-stereo", nature{form: "webcam", bus: "usb", api: "alsa"}, media.RouteUSB, false},
		{"Bluetooth headphones", "WH-1000XM4", "bluez_output.38_18_4C.1", nature{form: "headphone", bus: "bluetooth", api: "bluez5"}, media.RouteBluetooth, true},
		{"Bluetooth car", "My car", "bluez_sink.00_11.a2dp_sink", nature{form: "car", bus: "bluetooth", api: "bluez"}, media.RouteBluetooth, false},
		{"Bluetooth of no class", "Noname", "bluez_output.1", nature{}, media.RouteBluetooth, true},
		{"only names: built in", "Built-in Output", "Core Audio: Built-in Output", nature{}, media.RouteSpeaker, false},
		{"only names: headphones", "Front Headphones", "front", nature{}, media.RouteHeadphone, true},
		{"only names: USB headset", "USB Headset", "Windows WASAPI: USB Headset", nature{}, media.RouteUSB, true},
		{"only names: monitor", "HDMI", "hdmi", nature{}, media.RouteOther, false},
		{"television", "Living room", "x", nature{form: "tv"}, media.RouteOther, false},
		{"nothing", "Null Output", "null", nature{}, media.RouteOther, false},
	} {
		c.nature.card = "7"
		d := described(media.Device{ID: c.id, Label: c.label, Kind: media.SpeakerDevice, Default: true}, c.nature)
		if d.Route != c.route || d.Headset != c.worn {
			t.Errorf("%s: %s, on the head %v; want %s, %v", c.what, d.Route, d.Headset, c.route, c.worn)
		}
		if d.ID != c.id || d.Label != c.label || !d.Default || d.Group != "7" {
			t.Errorf("%s: became %+v", c.what, d)
		}
	}
}
