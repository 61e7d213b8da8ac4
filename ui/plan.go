package ui

import (
	"time"

	"github.com/parley-calls/parley/engine"
)

// How long the words about the end of a call stay, and how long if somebody wrote them.
const (
	partingTime = 2 * time.Second
	messageTime = 6 * time.Second
)

// view is what fills the main window.
type view uint8

// The views.
const (
	viewWelcome view = iota // no switchboard yet, or another one is being chosen
	viewHome
	viewSettings
	viewIncoming // if it has no window of its own
	viewOutgoing
	viewCall
	viewParting
)

// desk is what only the windows know.
type desk struct {
	connected bool                // there is an engine
	choosing  bool                // a person wants another switchboard
	settings  bool                // the settings are open
	hidden    bool                // the main window was closed into the tray
	tray      bool                // something else than a window brings the main window back
	minimized bool                // the view of the call was put away
	away      engine.InvitationID // the ring that was put away; empty for none
	inside    bool                // a call that rings fills the main window instead of one of its own
	front     bool                // the main window has the keyboard

	wide  engine.UserID // whose share is to fill a screen; empty for nobody's
	fills bool          // each new share is to

	ring    ring
	parting engine.Ended // the end of a call that is being told
	until   time.Time    // how long it is told; zero if none is
	unseen  engine.Ended // the end of a call that was told in the mini window, after which no window is left; empty for none
}

// showing is what is to be seen.
type showing struct {
	main     view
	visible  bool // the main window
	mini     bool // the mini window
	incoming engine.InvitationID
	call     engine.CallID
	sharing  engine.CallID // in which we share something; empty for none
	shareBar bool          // the bar that says so
	wide     engine.UserID // whose share fills a screen
	tick     time.Duration // how soon it is worth looking again although nothing was reported; 0 is never
}

// current returns the call that is shown: one that is not held rather than one that is, and among those one whose media flow rather
// than one that only rings.
func current(s *engine.Snapshot) (engine.CallState, bool) {
	var best engine.CallState
	found := false
	for _, c := range s.Calls {
		if c.Phase != engine.Over && (!found || rank(c) < rank(best)) {
			best, found = c, true
		}
	}
	return best, found
}

// rank is lower the more a call wants to be shown.
func rank(c engine.CallState) int {
	n := 0
	if c.Held {
		n += 2
	}
	if rings(c) {
		n++
	}
	return n
}

// aside returns the calls that wait beside the one that fills the main window, which may be none of them.
func aside(s *engine.Snapshot, shown engine.CallID) []engine.CallState {
	var out []engine.CallState
	for _, c := range s.Calls {
		if c.ID != shown && c.Phase != engine.Over {
			out = append(out, c)
		}
	}
	return out
}

// sharedIn returns the call in which we share something of our display; empty for none.
func sharedIn(s *engine.Snapshot) engine.CallID {
	for _, c := range s.Calls {
		if c.Share.On && c.Phase != engine.Over {
			return c.ID
		}
	}
	return ""
}

// rings reports whether a call of ours has not been answered yet.
func rings(c engine.CallState) bool { return c.Phase == engine.Inviting || c.Phase == engine.RingingUp }

// dials reports whether a call is one of ours to a single person who has not answered yet. A group is shown as a call from the
// beginning: there is somebody to wait for while others are there already.
func dials(c engine.CallState) bool { return rings(c) && len(c.Waiting) < 2 }

// advance returns the desk after the snapshot changed from before, which is nil for the first one, to now. What was put away and ends
// leaves the main window where it was put, unless nothing else brings that back. It is pure.
func advance(d desk, before, after *engine.Snapshot, now time.Time) desk {
	d.connected = after != nil
	if after == nil {
		return desk{choosing: d.choosing, hidden: d.hidden, tray: d.tray, inside: d.inside, fills: d.fills}
	}
	if !d.until.IsZero() && !now.Before(d.until) {
		if d.minimized && d.tray {
			d.unseen = d.parting
		}
		d.parting, d.until = engine.Ended{}, time.Time{}
	}
	if before == nil {
		before = &engine.Snapshot{Ended: after.Ended}
	}
	was, had := current(before)
	is, has := current(after)
	for _, e := range fresh(before.Ended, after.Ended) {
		if (e.Outgoing || e.Answered) && parting(e) != "" {
			d.parting, d.until = e, now.Add(tellingTime(e))
		}
	}
	front := d.ring.front
	d.ring = d.ring.follow(before, after)
	if d.inside && !has && d.ring.front != "" && d.ring.front != front { // nothing else would show it
		d.hidden = false
	}
	switch {
	case has && !had: // a call shows itself wherever it was started from, unless its ring was put away
		d.minimized = d.away != "" && d.away == ringOf(before, is.ID)
		d.settings, d.choosing, d.until = false, false, time.Time{}
		d.hidden = d.hidden && d.minimized
	case has && was.ID != is.ID && !is.Held: // it takes the place of the other
		d.settings, d.choosing, d.until = false, false, time.Time{}
	case !has && d.until.IsZero() && d.minimized:
		d.minimized, d.hidden = false, d.hidden || d.tray
	}
	if top, rings := d.ring.top(after); rings && top.ID != d.away || len(after.Incoming) == 0 {
		if d.away != "" && !has {
			d.hidden = d.hidden || d.tray
		}
		d.away = ""
	}
	if has || !d.hidden {
		d.unseen = engine.Ended{}
	}
	d.wide = d.widen(before, after)
	return d
}

// ringOf returns the invitation to a call that rings here; empty if it does not.
func ringOf(s *engine.Snapshot, call engine.CallID) engine.InvitationID {
	for _, in := range s.Incoming {
		if in.Call == call {
			return in.ID
		}
	}
	return ""
}

// minimize returns the desk with what goes on put away. It is false, and nothing changes, if nothing goes on or it is away already.
func (d desk) minimize(s *engine.Snapshot) (desk, bool) {
	if s == nil || d.minimized || d.away != "" {
		return d, false
	}
	if _, busy := current(s); busy {
		d.minimized = true
		return d, true
	}
	top, ok := d.ring.top(s)
	d.away = top.ID
	return d, ok
}

// restore is the way back. It is false, and nothing changes, if nothing is put away.
func (d desk) restore() (desk, bool) {
	if !d.minimized && d.away == "" {
		return d, false
	}
	d.minimized, d.hidden, d.away = false, false, ""
	return d, true
}

// plan says what is to be seen. It is pure.
func plan(d desk, s *engine.Snapshot, now time.Time) showing {
	out := showing{visible: !d.hidden}
	if !d.connected || s == nil {
		return out
	}
	c, busy := current(s)
	telling := now.Before(d.until)
	refused := time.Duration(0)
	if v, ok := d.ring.view(s, now); ok && (d.away == "" || busy) {
		out.incoming = v.call.ID
		if v.over {
			refused = d.ring.until.Sub(now)
		}
	}
	out.mini = (d.minimized || d.hidden) && busy || d.minimized && telling || d.away != "" && !busy
	out.visible = !d.hidden && !out.mini
	out.call = c.ID
	if m, ok := wideShare(d, s); ok {
		out.wide = m.ID
	}
	switch {
	case telling && (!busy || c.Held):
		out.main = viewParting
	case busy && c.Held:
		out.main = viewHome // others can be called meanwhile
	case busy && dials(c):
		out.main = viewOutgoing
	case busy:
		out.main = viewCall
	case d.choosing:
		out.main = viewWelcome
	default:
		out.main = viewHome
	}
	if d.settings && out.main != viewWelcome {
		out.main = viewSettings
	}
	if d.inside && out.incoming != "" && !busy && !telling {
		out.main = viewIncoming
	}
	out.sharing = sharedIn(s)
	out.shareBar = out.sharing != "" && !(d.front && out.visible && out.main == viewCall)
	switch {
	case out.main == viewCall && out.visible, out.wide != "":
		out.tick = 100 * time.Millisecond // levels and the bars that go away
	case out.main == viewSettings && out.visible:
		out.tick = 100 * time.Millisecond // the level of the microphone
	case telling && out.main == viewParting:
		out.tick = d.until.Sub(now)
	case busy:
		out.tick = time.Second
	case s.Connection.State != engine.Online && out.visible:
		out.tick = time.Second // the countdown
	}
	out.tick = sooner(out.tick, refused)
	return out
}

// tellingTime is how long it takes to read why a call ended.
func tellingTime(e engine.Ended) time.Duration {
	if e.Data != "" {
		return messageTime
	}
	return partingTime
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
