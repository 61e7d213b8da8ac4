package main

import (
	"testing"

	"github.com/parley-calls/parley/ctl"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

func TestOutputOf(t *testing.T) {
	t.Parallel()
	all := []media.Device{
		{ID: "mic", Label: "Headset", Kind: media.MicrophoneDevice, Default: true},
		{ID: "alsa_output.pci.analog-stereo", Label: "Built-in Audio", Kind: media.SpeakerDevice, Route: media.RouteSpeaker},
		{ID: "bluez_output.1", Label: "WH-1000 headphones", Kind: media.SpeakerDevice, Route: media.RouteBluetooth, Default: true},
		{ID: "alsa_output.usb-Jabra", Label: "Jabra Headset", Kind: media.SpeakerDevice, Route: media.RouteUSB},
		{ID: "front", Label: "Front Headphones", Kind: media.SpeakerDevice, Route: media.RouteHeadphone},
		{ID: "hdmi", Label: "HDMI", Kind: media.SpeakerDevice, Route: media.RouteOther},
	}
	for id, want := range map[string]ctl.Output{
		"":                              {Route: "bluetooth", Label: "WH-1000 headphones"},
		"gone":                          {Route: "bluetooth", Label: "WH-1000 headphones"},
		"alsa_output.pci.analog-stereo": {Route: "speaker", Label: "Built-in Audio"},
		"alsa_output.usb-Jabra":         {Route: "usb", Label: "Jabra Headset"},
		"front":                         {Route: "headphone", Label: "Front Headphones"},
		"hdmi":                          {Route: "other", Label: "HDMI"},
	} {
		if got := outputOf(all, id); got != want {
			t.Errorf("%q: %+v", id, got)
		}
	}
	if got := outputOf(all[:1], ""); got != (ctl.Output{Route: "other"}) {
		t.Errorf("no speaker: %+v", got)
	}
}

func TestEventsOutliveSessions(t *testing.T) {
	t.Parallel()
	var e events
	var first, second []engine.EventType
	stop := e.subscribe(func(v engine.Event) { first = append(first, v.Type) })
	e.subscribe(func(v engine.Event) { second = append(second, v.Type) })
	e.publish(engine.Event{Type: engine.CallStarted})
	stop()
	stop()
	e.publish(engine.Event{Type: engine.CallEnded})
	if len(first) != 1 || len(second) != 2 || second[1] != engine.CallEnded {
		t.Errorf("first %v, second %v", first, second)
	}
}
