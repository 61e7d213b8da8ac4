package main

import (
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
			return ctl.Output{Route: string(d.Route), Label: d.Label}
		}
		if system == nil || d.Default && !system.Default {
			system = &devices[i]
		}
	}
	if system == nil {
		return ctl.Output{Route: "other"}
	}
	return ctl.Output{Route: string(system.Route), Label: system.Label}
}
