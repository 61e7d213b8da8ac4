package ctl

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/parley-calls/parley/engine"
)

// device is one of the machine, as "devices" and "output" list it.
type device struct {
	engine.MediaDevice
	Chosen bool `json:"chosen,omitempty"` // by the person
}

type deviceList struct {
	ok
	Devices []device `json:"devices"`
}

type outputs struct {
	ok
	Output   engine.Output `json:"output"` // where calls are heard, or would be
	Speakers []device      `json:"speakers"`
}

// The words that "output" takes besides the label or ID of a speaker.
const (
	loudspeaker    = "speaker"    // whatever is not worn
	headphones     = "headphones" // whatever is worn
	systemsSpeaker = "default"
)

// outputOf is where calls are heard, or would be. A route is always named.
func outputOf(s *engine.Snapshot) engine.Output {
	out := s.Output
	out.Route = cmp.Or(out.Route, "other")
	return out
}

func listed(c Control, kinds ...string) []device {
	choice, all := c.Choice(), []device{}
	chosen := []string{choice.Camera, choice.Microphone, choice.Speaker}
	for _, d := range c.Devices() {
		if len(kinds) == 0 || slices.Contains(kinds, string(d.Kind)) {
			all = append(all, device{d, slices.Contains(chosen, d.ID)})
		}
	}
	return all
}

func serveDevices(_ context.Context, s *Server, _ request) (any, error) {
	return deviceList{fine, listed(s.control)}, nil
}

// serveOutput lists the speakers, or hears calls on another one.
func serveOutput(ctx context.Context, s *Server, r request) (any, error) {
	switch r.Output {
	case "":
		return outputs{fine, outputOf(s.control.Snapshot()), listed(s.control, "speaker")}, nil
	case loudspeaker, headphones:
		return fine, s.control.SwitchToSpeaker(ctx, r.Output == loudspeaker)
	case systemsSpeaker:
		return fine, s.control.ChooseSpeaker("")
	}
	id, err := theSpeaker(listed(s.control, "speaker"), r.Output)
	if err != nil {
		return nil, err
	}
	return fine, s.control.ChooseSpeaker(id)
}

// theSpeaker is the ID of the speaker with that ID or label, or of the only one whose label has that part.
func theSpeaker(all []device, name string) (string, error) {
	for _, d := range all {
		if d.ID == name || d.Label == name {
			return d.ID, nil
		}
	}
	var labels, fit []string
	for _, d := range all {
		labels = append(labels, d.Label)
		if strings.Contains(strings.ToLower(d.Label), strings.ToLower(name)) {
			fit = append(fit, d.ID)
		}
	}
	switch len(fit) {
	case 1:
		return fit[0], nil
	case 0:
		return "", &failure{"speaker-missing", "there is no speaker " + name, "There are: " + strings.Join(labels, ", ")}
	}
	return "", &failure{codeWhich, "several speakers have that in their names", "Name one of them: " + strings.Join(labels, ", ")}
}
