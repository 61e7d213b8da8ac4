package doctor

import (
	"cmp"
	"fmt"
	"math"
	"strings"
)

// Severity says what a finding means for calls.
type Severity string

// The severities.
const (
	Fine    Severity = "fine"
	Note    Severity = "note"    // calls work, though not as well as they could
	Problem Severity = "problem" // something is not seen, not heard, or does not connect
)

// Finding is one sentence about one thing, with a way out where there is one.
type Finding struct {
	About    string   `json:"about"` // "camera", "graphics", "microphone", "speaker", "echo", "switchboard", "relay", "call"
	Severity Severity `json:"severity"`
	Text     string   `json:"text"`
	Hint     string   `json:"hint,omitempty"`
}

// From where on a figure is worth a word.
const (
	darkPicture   = 24    // of 255, where 16 is black
	slowCamera    = 14    // pictures/s
	loudRoom      = -40.0 // dB below full scale
	longGap       = 120   // ms; a jitter buffer hides less
	audibleEcho   = -45.0 // dB, after the canceller
	lateVoice     = 400   // ms there and back; ITU-T G.114 names 150 ms one way for a natural talk
	latePicture   = 600   // ms there and back
	roughLoss     = 2.0   // percent of a voice's packets, concealed without a trace
	badLoss       = 15.0  // percent
	slowPictures  = 20    // pictures/s
	plainSilence  = silence + 1
	distantServer = 300 // ms round trip
)

// Findings are what the figures mean, one about each thing.
func (r *Report) Findings() []Finding {
	out := []Finding{r.Camera.finding(), graphics(r.Card), r.Microphone.finding(), r.Speaker.finding(), r.echo(), r.Switchboard.finding()}
	if r.Switchboard.Error != "" {
		return out
	}
	out = append(out, r.Call.finding())
	if r.Call.Error == "" {
		out = append(out, r.relays(), r.Call.sound(), r.Call.picture())
	}
	return out
}

// Well reports whether calls work: there may be notes, but no problem.
func (r *Report) Well() bool {
	for _, f := range r.Findings() {
		if f.Severity == Problem {
			return false
		}
	}
	return true
}

func (c Camera) finding() Finding {
	f := Finding{About: "camera", Severity: Fine, Text: fmt.Sprintf("%s gives %d×%d at %.0f pictures a second.", c.Label, c.Width, c.Height, c.FPS)}
	switch {
	case c.Error == "camera-missing":
		f.Severity, f.Text, f.Hint = Note, "There is no camera: others do not see you.", c.Hint
	case c.Error != "":
		f.Severity, f.Text, f.Hint = Problem, cmp.Or(c.Label, "The camera")+" gives no picture: "+c.Reason+".", c.Hint
	case c.Light < darkPicture:
		f.Severity, f.Text, f.Hint = Note, c.Label+" gives a black picture.", "Open its shutter, or switch on a light."
	case c.FPS < slowCamera:
		f.Severity, f.Hint = Note, "More light lets a camera give more pictures."
	}
	return f
}

// graphics says who codes the pictures of the camera. Calls are well with either.
func graphics(c Card) Finding { return Finding{About: "graphics", Severity: Fine, Text: c.String()} }

func (m Microphone) finding() Finding {
	f := Finding{About: "microphone", Severity: Fine, Text: fmt.Sprintf("%s works; the room is at %.0f dB.", m.Label, m.Noise)}
	switch {
	case m.Error != "":
		f.Severity, f.Text, f.Hint = Problem, cmp.Or(m.Label, "The microphone")+" cannot be used: "+m.Reason+".", m.Hint
	case m.Noise <= plainSilence:
		f.Severity, f.Text = Problem, m.Label+" hears nothing at all, not even noise."
		f.Hint = "It may be switched off at the device or in the sound settings of the system, or another one is meant: choose it in Settings."
	case m.Longest > longGap:
		f.Severity, f.Text = Note, fmt.Sprintf("%s stalls, for up to %.0f ms.", m.Label, m.Longest)
		f.Hint = busy
	case m.Noise > loudRoom:
		f.Severity, f.Text, f.Hint = Note, fmt.Sprintf("%s hears much noise: %.0f dB.", m.Label, m.Noise), "Turn its level down, or use a headset."
	}
	return f
}

func (s Speaker) finding() Finding {
	f := Finding{About: "speaker", Severity: Fine, Text: s.Label + " works."}
	switch {
	case s.Error != "":
		f.Severity, f.Text, f.Hint = Problem, cmp.Or(s.Label, "The speaker")+" cannot be used: "+s.Reason+".", s.Hint
	case s.Longest > longGap:
		f.Severity, f.Text = Note, fmt.Sprintf("%s stalls, for up to %.0f ms.", s.Label, s.Longest)
		f.Hint = busy
	}
	return f
}

func (r *Report) echo() Finding {
	f := Finding{About: "echo", Severity: Fine, Text: "The microphone does not hear the speaker."}
	switch {
	case r.Microphone.Error != "" || r.Speaker.Error != "":
		f.Severity, f.Text = Note, "Echo was not tried, for it takes a microphone and a speaker."
	case r.Room.Heard && r.Room.Left > audibleEcho:
		f.Severity, f.Text = Note, fmt.Sprintf("The microphone hears the speaker at %.0f dB, %.0f ms later; after cancelling %.0f dB are left.", r.Room.Gain, r.Room.Delay, r.Room.Left)
		f.Hint = "Turn the speaker down, move the microphone away from it, or use a headset."
	case r.Room.Heard:
		f.Text = fmt.Sprintf("The microphone hears the speaker at %.0f dB, %.0f ms later; Parley takes it away to %.0f dB.", r.Room.Gain, r.Room.Delay, r.Room.Left)
	}
	return f
}

func (s Switchboard) finding() Finding {
	f := Finding{About: "switchboard", Severity: Fine, Text: fmt.Sprintf("%s let us in within %.0f ms.", s.Address, s.Online)}
	if s.Error != "" {
		f.Severity, f.Text, f.Hint = Problem, cmp.Or(s.Address, "The switchboard")+" cannot be used: "+s.Reason+".", s.Hint
	}
	return f
}

func (r *Report) relays() Finding {
	f := Finding{About: "relay", Severity: Fine}
	var good, bad []string
	for _, a := range r.Relays {
		if a.Reached {
			good = append(good, fmt.Sprintf("%s (%.0f ms)", a.URL, a.Took))
		} else {
			bad = append(bad, a.URL)
		}
	}
	const hint = "Ask whoever runs the switchboard to open its port for UDP and the next one for TCP."
	switch {
	case len(r.Relays) == 0:
		f.Severity, f.Text = Note, "The switchboard has no relay: calls fail where networks let nothing pass directly."
	case len(good) == 0:
		f.Severity, f.Text, f.Hint = Problem, "No relay answers: "+strings.Join(bad, ", ")+".", hint
	case len(bad) > 0:
		f.Severity, f.Text, f.Hint = Note, strings.Join(good, ", ")+" answers, "+strings.Join(bad, ", ")+" does not.", hint
	default:
		f.Text = "Relays answer: " + strings.Join(good, ", ") + "."
	}
	return f
}

func (c Call) finding() Finding {
	f := Finding{About: "call", Severity: Fine, Text: fmt.Sprintf("Echo answered within %.0f ms; the way there and back takes %.1f ms.", c.Answered, c.RoundTrip)}
	switch {
	case c.Error != "":
		f.Severity, f.Text = Problem, "A call with Echo did not come about: "+c.Reason+"."
		f.Hint = cmp.Or(c.Hint, "Try again; if it stays so, ask whoever runs the switchboard.")
	case c.Path == "relay":
		f.Text = fmt.Sprintf("Echo answered within %.0f ms, through a relay; the way there and back takes %.1f ms.", c.Answered, c.RoundTrip)
	}
	if c.Error == "" && c.RoundTrip > distantServer {
		f.Severity, f.Hint = Note, "The network is slow: a cable is better than Wi-Fi, and downloads can wait."
	}
	return f
}

// What to do about the usual troubles.
const (
	busy  = "The machine may be too busy: close other programs."
	lossy = "The network loses packets: come closer to the Wi-Fi, use a cable, or stop downloads."
)

func (c Call) sound() Finding {
	f := Finding{About: "sound", Severity: Fine, Text: fmt.Sprintf("A voice comes back after %.0f ms; %.1f %% of it was lost.", c.MouthToEar, c.VoiceLost)}
	switch {
	case c.Ticks == 0:
		f.Severity, f.Text, f.Hint = Problem, "No sound came back.", lossy
	case c.VoiceLost > badLoss:
		f.Severity, f.Hint = Problem, lossy
	case c.VoiceLost > roughLoss:
		f.Severity, f.Hint = Note, lossy
	case c.MouthToEar > lateVoice:
		f.Severity, f.Hint = Note, "The way is long: people will talk into each other's words."
	}
	return f
}

func (c Call) picture() Finding {
	f := Finding{About: "picture", Severity: Fine, Text: fmt.Sprintf("A picture comes back after %.0f ms, %.0f times a second.", c.GlassToGlass, math.Round(c.FPS))}
	switch {
	case c.Pictures == 0:
		f.Severity, f.Text, f.Hint = Problem, "No picture came back.", lossy
	case c.Freezes > 0:
		f.Severity, f.Text, f.Hint = Note, "The picture froze "+times(c.Freezes)+".", busy
		if c.PictureLost > roughLoss {
			f.Hint = lossy
		}
	case c.FPS < slowPictures:
		f.Severity, f.Hint = Note, "The machine or the network is too slow for more: close other programs."
	case c.GlassToGlass > latePicture:
		f.Severity, f.Hint = Note, "The way is long, or the machine too busy."
	}
	return f
}

func times(n uint64) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
