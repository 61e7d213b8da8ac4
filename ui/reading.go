package ui

import (
	"github.com/parley-calls/parley/engine"
)

// From where on a figure of the connection is worth words.
const (
	lossHeard   = 0.02 // of the sound: repaired, and yet heard at times
	lossBroken  = 0.08 // of the sound: words get lost
	lossSeen    = 0.05 // of the packets of a picture
	tripNoticed = 350  // ms there and back
	narrowKbps  = 250  // for our picture
	fewPictures = 8    // a second
)

// reading says in plain words what two looks at the figures of a call, a second or so apart, mean for the people in it. It is pure. There
// is always something to read.
func reading(before, after engine.CallStats, c engine.CallState) []string {
	var out []string
	add := func(key string, with fill) { out = append(out, word(key, with)) }
	earlier := func(t engine.TrackStats) engine.TrackStats {
		for _, was := range before.Tracks {
			if was.User == t.User && was.Kind == t.Kind && was.Direction == t.Direction && was.Packets <= t.Packets {
				return was
			}
		}
		return t // nothing to compare with: nothing is said of it
	}
	members := map[engine.UserID]engine.Member{}
	for _, m := range c.Members {
		members[m.ID] = m
		if m.Quality == engine.LostNow {
			add("reading.nothing", fill{"Name": shown(m.User)})
		}
	}
	for _, t := range after.Tracks {
		m, known := members[t.User]
		if t.Direction == "in" && (!known || m.Quality == engine.LostNow) {
			continue
		}
		was := earlier(t)
		lost := share(t.Lost-was.Lost, int64(t.Packets-was.Packets))
		with := fill{"Name": shown(m.User), "Percent": int(lost*100 + 0.5)}
		sound := t.Kind == "voice" || t.Kind == "system"
		switch {
		case t.Direction == "in" && sound && lost >= lossBroken:
			add("reading.sound.broken", with)
		case t.Direction == "in" && sound && lost >= lossHeard:
			add("reading.sound.heard", with)
		case t.Direction == "in" && !sound && (lost >= lossSeen || t.Freezes > was.Freezes):
			add("reading.picture", with)
		case t.Direction == "out" && sound && lost >= lossHeard:
			add("reading.out.sound", with)
		case t.Direction == "out" && t.Kind == "camera" && c.Camera && t.TargetKbps > 0 && t.TargetKbps < narrowKbps:
			add("reading.narrow", with)
		case t.Direction == "out" && t.Kind == "camera" && c.Camera && t.Frames > was.Frames && t.FPSCoded > 0 && t.FPSCoded < fewPictures:
			add("reading.slow", with)
		}
	}
	if after.RoundTripMS >= tripNoticed {
		add("reading.trip", fill{"Number": int(after.RoundTripMS)})
	}
	if len(out) == 0 {
		out = append(out, word("reading.good"))
	}
	return out
}

// share is how much of what was sent got lost.
func share(lost, came int64) float64 {
	lost, came = max(0, lost), max(0, came)
	if lost+came == 0 {
		return 0
	}
	return float64(lost) / float64(lost+came)
}

// pathWords says which way media take, by the name of the path.
func pathWords(path string) string {
	switch path {
	case "host", "prflx":
		return word("details.path.host")
	case "srflx":
		return word("details.path.srflx")
	case "relay":
		return word("details.path.relay")
	case "sfu":
		return word("details.path.sfu")
	}
	return word("details.path.none")
}
