package ui

import (
	"slices"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// trayMark is what the icon in the tray says at a glance.
type trayMark uint8

// The marks.
const (
	trayOffline trayMark = iota
	trayOnline
	trayRinging
	trayInCall
	trayMuted
)

// trayView is all that the tray shows. Two equal ones look alike.
type trayView struct {
	mark   trayMark
	missed int    // calls that are news, up to moreMissed; not while something goes on
	status string // what goes on, in words

	ring     engine.InvitationID // that may be answered; empty for none
	call     engine.CallID       // that may be hung up; empty for none
	mutable  bool                // its microphone may be switched
	muted    bool
	unheard  bool // do not disturb
	offering bool // there is an engine, so that this may be chosen
}

// moreMissed stands for that many missed calls, or more: an icon has no room for them.
const moreMissed = 10

// trayOf says what the tray shows. It is pure.
func trayOf(s *engine.Snapshot, set profile.Settings) trayView {
	if s == nil {
		return trayView{status: word("tray.nobody"), unheard: set.DoNotDisturb}
	}
	v := trayView{unheard: set.DoNotDisturb, offering: true}
	c, busy := current(s)
	if busy {
		v.call, v.mutable, v.muted = c.ID, !c.Held, !c.Held && !c.Microphone
	}
	with := fill{"Name": called(users(c), engine.User{})}
	switch {
	case len(s.Incoming) > 0:
		in := s.Incoming[0]
		v.mark, v.ring, v.status = trayRinging, in.ID, word("tray.ringing", fill{"Name": shown(in.From)})
	case busy && rings(c):
		v.mark, v.status = trayInCall, word("tray.calling", with)
	case busy && v.muted:
		v.mark, v.status = trayMuted, word("tray.muted", with)
	case busy && c.Held:
		v.mark, v.status = trayInCall, word("tray.held", with)
	case busy:
		v.mark, v.status = trayInCall, word("tray.call", with)
	default:
		v.missed, v.mark, v.status = min(s.Missed, moreMissed), trayOnline, word("tray.idle")
		if s.Missed > 0 {
			v.status = word("tray.missed", fill{"Count": s.Missed})
		}
		if s.Connection.State != engine.Online {
			v.mark, v.status = trayOffline, word("tray.offline")
		}
	}
	return v
}

// ringing returns an invitation that rings.
func ringing(s *engine.Snapshot, id engine.InvitationID) (engine.Incoming, bool) {
	if s != nil {
		if i := slices.IndexFunc(s.Incoming, func(in engine.Incoming) bool { return in.ID == id }); i >= 0 {
			return s.Incoming[i], true
		}
	}
	return engine.Incoming{}, false
}
