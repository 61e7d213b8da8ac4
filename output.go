package main

import (
	"strings"

	"github.com/parley-calls/parley/ctl"
	"github.com/parley-calls/parley/engine/media"
)

// outputOf describes the speaker with an ID, or the system's choice if the ID is empty or gone.
func outputOf(devices []media.Device, id string) ctl.Output {
	var system *media.Device
	for i, d := range devices {
		if d.Kind != media.SpeakerDevice {
			continue
		}
		if id != "" && d.ID == id {
			return ctl.Output{Route: route(d), Label: d.Label}
		}
		if system == nil || d.Default && !system.Default {
			system = &devices[i]
		}
	}
	if system == nil {
		return ctl.Output{Route: "other"}
	}
	return ctl.Output{Route: route(*system), Label: system.Label}
}

// route guesses the kind of a speaker from the words that sound systems use in labels and IDs. The first that fits wins: a
// Bluetooth headset is Bluetooth.
func route(d media.Device) string {
	words := strings.ToLower(d.Label + " " + d.ID)
	for _, r := range []struct {
		route string
		any   []string
	}{
		{"bluetooth", []string{"bluetooth", "bluez"}},
		{"usb", []string{"usb"}},
		{"headphone", []string{"headphone", "headset", "earphone"}},
		{"speaker", []string{"speaker", "built-in", "analog", "stereo"}},
	} {
		for _, w := range r.any {
			if strings.Contains(words, w) {
				return r.route
			}
		}
	}
	return "other"
}
