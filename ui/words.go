package ui

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/internal/soundfile"
)

// The beginnings of keys that are completed by a code.
const (
	errorTitle = "error.title."
	errorText  = "error.text."
)

// codes are the error codes that the catalogue has words for, as [engine.Code] names them.
var codes = []string{
	"closed", "offline", "wrong-address", "bad-token", "join-code", "device-code", "name-taken", "unknown", "no-such-call", "full", "held", "busy", "not-in-call", "minimized", "not-minimized", "not-sharing", "in-call", "expired",
	"elsewhere", "forbidden", "bad-request", "too-many", "switchboard-failed", "join-failed", "deadline", "cancelled", "failed",
	"camera-missing", "camera-busy", "camera-denied", "camera-lost", "camera-failed", "thin-path",
	"microphone-missing", "microphone-busy", "microphone-denied", "microphone-lost", "microphone-failed", "microphone-no-sound-server",
	"speaker-missing", "speaker-busy", "speaker-denied", "speaker-lost", "speaker-failed", "speaker-no-sound-server",
	"sound-unplayable", "sound-too-large", "file-unreadable",
	"screen-missing", "screen-busy", "screen-denied", "screen-lost", "screen-failed", "screen-no-display", "screen-wayland",
}

// explain puts an error into words for a person: what happened, and the way out.
func explain(err error) (title, text string) {
	code := codeOf(err)
	if slices.Contains(codes, code) {
		return word(errorTitle + code), word(errorText + code)
	}
	return word(errorTitle + "failed"), word(errorText + "failed")
}

// deviceWords says what is the matter with a device of somebody else, by its code.
func deviceWords(code string) string {
	if slices.Contains(codes, code) {
		return word(errorTitle + code)
	}
	return word(errorTitle + "failed")
}

// codeOf names an error of the engine, or of what the windows ask for themselves.
func codeOf(err error) string {
	var address *signal.AddressError
	switch {
	case errors.As(err, &address):
		return "wrong-address"
	case errors.Is(err, soundfile.ErrTooLarge):
		return "sound-too-large"
	case errors.Is(err, soundfile.ErrFormat):
		return "sound-unplayable"
	case errors.Is(err, soundfile.ErrUnreadable):
		return "file-unreadable"
	}
	return engine.Code(err)
}

// isDevice reports whether another choice in the settings may help.
func isDevice(err error) bool {
	var d *media.DeviceError
	return errors.As(err, &d) && d.Kind != media.ScreenDevice
}

// parting says why a call that was on the screen ended. It is empty when no words are needed.
func parting(e engine.Ended) string {
	with := fill{"Name": called(e.With, e.By)}
	switch e.Reason {
	case engine.RemoteHangUp:
		return word("ended.hangup", with)
	case engine.KickedOut:
		if e.By.ID != "" {
			return word("ended.removed", fill{"Name": shown(e.By)})
		}
		return word("ended.kicked")
	case engine.Elsewhere:
		return word("ended.elsewhere")
	case engine.DeclinedCall:
		if e.Data != "" {
			with["Words"] = oneLine(e.Data, replyLength)
			return word("ended.declined.words", with)
		}
		return word("ended.declined", with)
	case engine.BusyCall:
		return word("ended.busy", with)
	case engine.NoAnswer:
		return word("ended.timeout", with)
	case engine.Unreachable:
		return word("ended.unreachable", with)
	case engine.NetworkLost:
		return word("ended.network")
	case engine.JoinFailed:
		return word("ended.join-failed")
	case engine.DeviceTrouble:
		return word("ended.device")
	case engine.Abandoned:
		return word("ended.abandoned", fill{"Name": called(nil, e.By)})
	}
	return ""
}

// missed says what became of a call that rang here and was not answered here. It is empty when no words are needed.
func missed(e engine.Ended) string {
	if e.Outgoing || e.Answered {
		return ""
	}
	with := fill{"Name": called(e.With, e.By)}
	switch e.Reason {
	case engine.Unanswered, engine.CancelledCall, engine.CallerLost:
		if e.Video {
			return word("missed.video", with)
		}
		return word("missed.voice", with)
	case engine.Elsewhere:
		return word("missed.elsewhere", with)
	}
	return ""
}

// called names the people of a call.
func called(with []engine.User, by engine.User) string {
	switch {
	case len(with) == 1:
		return shown(with[0])
	case len(with) > 1:
		return word("people.others", fill{"Name": shown(with[0]), "Count": len(with) - 1})
	case by.ID != "":
		return shown(by)
	}
	return word("people.somebody")
}

// shown is the name to show for a user.
func shown(u engine.User) string {
	if u.Name != "" {
		return u.Name
	}
	return string(u.ID)
}

// presenceWords says whether somebody can be called.
func presenceWords(p engine.Presence) string {
	switch p {
	case signal.Online:
		return word("presence.online")
	case signal.Busy:
		return word("presence.busy")
	}
	return word("presence.offline")
}

// callingWords says how far an outgoing call has come.
func callingWords(c engine.CallState) string {
	switch nearest(c) {
	case signal.Ringing:
		return word("call.ringing")
	case signal.Unreached:
		return word("call.unreached")
	}
	return word("call.calling")
}

// callingBriefly is callingWords where there is little room.
func callingBriefly(c engine.CallState) string {
	if nearest(c) == signal.Unreached {
		return word("presence.offline")
	}
	return callingWords(c)
}

// nearest is how far the call has come with whom it has come farthest, of those who have not answered.
func nearest(c engine.CallState) signal.PartyState {
	best := signal.PartyState("")
	for _, w := range c.Waiting {
		switch {
		case w.State == signal.Ringing:
			return w.State
		case best == "" || w.State == signal.Calling:
			best = w.State
		}
	}
	return best
}

// lasting writes a duration as 0:07, 12:34 or 1:02:03.
func lasting(d time.Duration) string {
	s := max(0, int(d/time.Second))
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
