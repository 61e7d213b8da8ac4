package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/engine"
)

// base is what fills the main window while no call does, and what becomes of that window: a [house] is a program of its own, a [guest]
// lives in a window, or in a part of one, that belongs to another program.
type base interface {
	// furnish makes it anew in the words of the catalogue, and puts ground, which holds all that we show, where it belongs.
	furnish(ground fyne.CanvasObject)
	// rooms makes the pages that need an engine; nil: there are none.
	rooms() *rooms
	// fill brings it up to date and returns it. While a call is to be seen what it returns is not shown.
	fill(want showing, s *engine.Snapshot) fyne.CanvasObject
	// changed says that something else fills the window than before; called tells whether it is a call.
	changed(want showing, called bool)
	// bring shows the main window, or puts it away together with a call that is minimized. Nobody asked for one that only comes because
	// nothing else would be left: it is quiet, and leaves the keyboard where it is.
	bring(on, quiet bool)
	// stays reports whether it comes back when a call is minimized, rather than that the window goes.
	stays() bool
	key(want showing, k fyne.KeyName) bool // false: it is for somebody else
	close()                                // the button of the window's frame while no call is shown
	openSettings()
	// tick says how soon something of it moves by itself; 0 is never.
	tick(want showing, now time.Time) time.Duration
	devicesMoved()
}

// ofCall reports whether a view is one of a call.
func (v view) ofCall() bool { return v >= viewIncoming }
