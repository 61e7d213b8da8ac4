package devices

import (
	"slices"
	"strings"

	"github.com/parley-calls/parley/engine/media"
)

// nature is what a sound system knows of a speaker or microphone; all of it may be empty. The words are those of PulseAudio, which
// PipeWire uses too: https://www.freedesktop.org/wiki/Software/PulseAudio/Documentation/Developer/Clients/ApplicationProperties/
type nature struct {
	form string // such as "headset" or "internal"
	bus  string // such as "usb" or "bluetooth"
	api  string // such as "alsa" or "bluez5"
	port string // the socket that is in use, such as "analog-output-headphones"
	card string // the same for all that is one piece of hardware
}

// Form factors of what is worn on the head, and of what certainly is not.
var (
	worn    = []string{"headset", "headphone", "hands-free"}
	notWorn = []string{"speaker", "portable", "hifi", "car", "tv", "webcam", "microphone", "handset"}
)

// described is d with what can be told of its route: by what the sound system knows, and where it knows nothing, as for a card
// without a form, by the words in its names.
func described(d media.Device, n nature) media.Device {
	words := strings.ToLower(d.Label + " " + d.ID + " " + n.port)
	named := func(any ...string) bool {
		return slices.ContainsFunc(any, func(w string) bool { return strings.Contains(words, w) })
	}
	bluetooth := n.bus == "bluetooth" || strings.HasPrefix(n.api, "bluez") || n.bus == "" && named("bluetooth", "bluez")
	usb := n.bus == "usb" || n.bus == "" && named("usb")
	d.Group = n.card
	switch {
	case slices.Contains(worn, n.form):
		d.Headset = true
	case !slices.Contains(notWorn, n.form):
		d.Headset = named("headphone", "headset", "earphone", "earbud") || bluetooth && n.form == ""
	}
	switch {
	case bluetooth:
		d.Route = media.RouteBluetooth
	case usb:
		d.Route = media.RouteUSB
	case d.Headset:
		d.Route = media.RouteHeadphone
	case n.form == "tv" || named("hdmi", "displayport"):
		d.Route = media.RouteOther
	case slices.Contains([]string{"internal", "speaker", "hifi", "computer"}, n.form), named("speaker", "built-in", "analog", "stereo"):
		d.Route = media.RouteSpeaker
	default:
		d.Route = media.RouteOther
	}
	return d
}
