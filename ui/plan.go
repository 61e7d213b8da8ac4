package ui

import (
	"time"

	"github.com/parley-calls/parley/engine"
)

// partingTime is how long the words about the end of a call stay.
const partingTime = 2 * time.Second

// view is what fills the main window.
type view uint8

// The views.
const (
	viewWelcome view = iota // no switchboard yet, or another one is being chosen
	viewHome
	viewSettings
	viewOutgoing
	viewCall
	viewParting
)

// desk is what only the windows know.
type desk struct {
	connected bool // there is an engine
	choosing  bool // a person wants another switchboard
	settings  bool // the settings are open
	hidden    bool // the main window was closed into the tray
	minimized bool // the view of the call was put away

	parting engine.Ended // the end of a call that is being told
	until   time.Time    // how long it is told; zero if none is
}

// showing is what is to be seen.
type showing struct {
	main     view
	visible  bool // the main window
	mini     bool // the mini window
	incoming engine.InvitationID
	call     engine.CallID
	tick     time.Duration // how soon it is worth looking again although nothing was reported; 0 is never
}

// current returns the call that is shown: one whose media flow rather than one that only rings.
func current(s *engine.Snapshot) (engine.CallState, bool) {
	var best engine.CallState
	found := false
	for _, c := range s.Calls {
		if c.Phase == engine.Over {
			continue
		}
		if !found || rings(best) && !rings(c) {
			best, found = c, true
		}
	}
	return best, found
}

// rings reports whether a call of ours has not been answered yet.
func rings(c engine.CallState) bool { return c.Phase == engine.Inviting || c.Phase == engine.RingingUp }

// dials reports whether a call is one of ours to a single person who has not answered yet. A group is shown as a call from the
// beginning: there is somebody to wait for while others are there already.
func dials(c engine.CallState) bool { return rings(c) && len(c.Waiting) < 2 }

// advance returns the desk after the snapshot changed from before, which is nil for the first one, to now. It is pure.
func advance(d desk, before, after *engine.Snapshot, now time.Time) desk {
	d.connected = after != nil
	if after == nil {
		return desk{choosing: d.choosing, hidden: d.hidden}
	}
	if !d.until.IsZero() && !now.Before(d.until) {
		d.parting, d.until = engine.Ended{}, time.Time{}
	}
	if before == nil {
		before = &engine.Snapshot{Ended: after.Ended}
	}
	was, had := current(before)
	is, has := current(after)
	for _, e := range fresh(before.Ended, after.Ended) {
		if (e.Outgoing || e.Answered) && parting(e) != "" {
			d.parting, d.until = e, now.Add(partingTime)
		}
	}
	if has && (!had || was.ID != is.ID) { // a call shows itself wherever it was started from
		d.settings, d.choosing = false, false
		d.hidden, d.minimized = false, false
		d.until = time.Time{}
	}
	if !has {
		d.minimized = false
	}
	return d
}

// plan says what is to be seen. It is pure.
func plan(d desk, s *engine.Snapshot, now time.Time) showing {
	out := showing{visible: !d.hidden}
	if !d.connected || s == nil {
		return out
	}
	if len(s.Incoming) > 0 {
		out.incoming = s.Incoming[0].ID
	}
	c, busy := current(s)
	telling := now.Before(d.until)
	switch {
	case busy:
		out.call = c.ID
		out.main = viewCall
		if dials(c) {
			out.main = viewOutgoing
		}
		out.mini = d.minimized || d.hidden
		out.visible = !out.mini
	case telling:
		out.main = viewParting
	case d.choosing:
		out.main = viewWelcome
	default:
		out.main = viewHome
	}
	if d.settings && out.main != viewWelcome {
		out.main = viewSettings
	}
	switch {
	case out.main == viewCall && out.visible:
		out.tick = 100 * time.Millisecond // levels and the bars that go away
	case out.main == viewSettings && out.visible:
		out.tick = 100 * time.Millisecond // the level of the microphone
	case busy:
		out.tick = time.Second
	case telling:
		out.tick = d.until.Sub(now)
	case s.Connection.State != engine.Online && out.visible:
		out.tick = time.Second // the countdown
	}
	return out
}

// fresh returns what is new at the front of a list that grows there, oldest first.
func fresh(before, after []engine.Ended) []engine.Ended {
	n := len(after)
	if len(before) > 0 {
		for i, e := range after {
			if e.Call == before[0].Call && e.At.Equal(before[0].At) {
				n = i
				break
			}
		}
	}
	out := make([]engine.Ended, 0, n)
	for i := n - 1; i >= 0; i-- {
		out = append(out, after[i])
	}
	return out
}
