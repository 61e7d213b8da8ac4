package ui

import (
	"slices"

	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/desktop"
	"github.com/parley-calls/parley/engine"
)

// standingOf says what the desktop is to do while things are as the snapshot says: the screen stays on during a call, but not while one
// rings or waits on hold; the program calls for attention while a call rings that a person would want to hear; and its icon counts what
// is new, of which unread are messages in the chat. It is pure.
func standingOf(s *engine.Snapshot, a around, unread int) desktop.Standing {
	if s == nil {
		return desktop.Standing{}
	}
	out := desktop.Standing{Count: s.Missed + unread}
	if slices.ContainsFunc(s.Calls, func(c engine.CallState) bool { return !c.Held && !rings(c) && c.Phase != engine.Over }) {
		out.Awake = word("notify.awake")
	}
	heard := func(in engine.Incoming) bool { return !in.Silenced }
	out.Urgent = !a.watched && !a.unheard() && slices.ContainsFunc(s.Incoming, heard)
	return out
}

// unheard reports whether the person does not want to be disturbed, by a setting of ours or of the desktop.
func (a around) unheard() bool {
	return a.settings.DoNotDisturb || a.settings.ObeyDesktop && a.quiet
}

// stand tells the desktop where we stand, if that is news.
func (u *UI) stand(s *engine.Snapshot, a around) {
	unread := 0
	if u.pages != nil {
		unread = u.pages.unread()
	}
	want := standingOf(s, a, unread)
	var calling fyne.Window
	if want.Urgent {
		calling = u.main
		if own := u.pages.ring.window; u.pages.ring.up {
			calling = own
		}
		want.Window = native(calling)
	}
	if want == u.stood {
		return
	}
	if want.Urgent && !u.stood.Urgent && u.params.Desktop.Can(desktop.Attention) != nil {
		demandAttention(calling)
	}
	u.stood = want
	u.params.Desktop.Keep(want)
}
