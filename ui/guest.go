package ui

import (
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// guestParams say where a guest lives.
type guestParams struct {
	Window  fyne.Window
	Content fyne.CanvasObject               // what is there without a call
	Put     func(ground fyne.CanvasObject)  // puts all that we show where Content was
	Back    func(ground fyne.CanvasObject)  // puts Content back in its place
	Update  func(showing, *engine.Snapshot) // is told what is shown; may be nil
	Whole   bool                            // it has the whole window, not a part of it
	Close   func()                          // of a whole window: what its close button does without a call; nil closes it
	Chord   func(fyne.Shortcut)             // what the window does on the keys of hanging up; nil: nothing
	Stopped func() bool                     // the app has stopped, and its windows are gone; nil: it never does
}

// guest is the base of calls in a window of another program, which has its content back whenever no call is to be seen, and the rest
// as it was when the guest goes.
type guest struct {
	guestParams
	ui      *UI
	padded  bool
	keys    *guestKeys
	focused fyne.Focusable // before the call came
	called  bool           // a call is to be seen
}

var _ base = (*guest)(nil)

// newGuest notes how the window is.
func newGuest(u *UI, p guestParams) *guest {
	u.main, u.front = p.Window, true // GLFW lets go of the keys when the window loses the keyboard
	return &guest{guestParams: p, ui: u, padded: p.Window.Padded()}
}

func (g *guest) furnish(ground fyne.CanvasObject) {
	g.Put(ground)
	g.keys = keysFor(g)
}

func (g *guest) rooms() *rooms { return nil }

func (g *guest) fill(want showing, s *engine.Snapshot) fyne.CanvasObject {
	if g.Update != nil {
		g.Update(want, s)
	}
	return g.Content
}

// changed takes of the window what a call needs, and gives it back.
func (g *guest) changed(_ showing, called bool) {
	c := g.Window.Canvas()
	if called == g.called {
		c.Unfocus()
		return
	}
	g.called = called
	if called {
		g.focused = c.Focused()
		c.Unfocus()
	}
	g.keys.settle()
	if g.Whole {
		g.Window.SetPadded(g.padded && !called)
		setContent(g.Window, g.Window.Content()) // which has another size now, and Fyne does not see to it
		if called {
			g.Window.SetCloseIntercept(g.ui.closeMain)
		} else {
			g.Window.SetCloseIntercept(g.Close)
		}
	}
	if !called && g.focused != nil {
		c.Focus(g.focused)
		g.focused = nil
	}
}

func (g *guest) bring(bool, bool) { g.ui.windowed() }

func (g *guest) stays() bool { return true }

func (g *guest) key(showing, fyne.KeyName) bool { return false }

func (g *guest) close() {
	if g.Close != nil {
		g.Close()
	} else {
		g.Window.Close()
	}
}

// openSettings lets a person choose devices: the other settings are those of the program, if it has any.
func (g *guest) openSettings() {
	u := g.ui
	if u.sheet != nil || u.engine == nil {
		return
	}
	m := newDeviceMenu(menuParams{Name: "settings", Hardware: u.engine, Commands: u.commands, Save: u.saveDevices, Fail: u.fail})
	m.moved = func() {}
	m.toggle()
	title := text(word("call.devices"), theme.SizeNameSubHeadingText, true)
	done := newButton(word("call.devices.done"), u.closeSheet)
	content := inset(10, 12, 14, 14, container.New(column{width: math.MaxFloat32, gap: 10}, title, m.root, done))
	u.openSheet(profile.DarkTheme, fyne.NewSize(questionWidth, content.MinSize().Height+2), content, nil)
	u.sheet.update = func(*engine.Snapshot) { m.refresh() }
}

func (g *guest) tick(showing, time.Time) time.Duration { return 0 }

func (g *guest) devicesMoved() {}

// end ends the UI and gives the window back, unless Fyne has taken it down with all others.
func (g *guest) end(ground fyne.CanvasObject) {
	g.ui.ended = g.Stopped != nil && g.Stopped()
	g.ui.Close()
	if !g.ui.ended {
		g.changed(showing{}, false)
	}
	g.keys.leave(g, g.ui.ended)
	if g.ui.ended {
		return
	}
	g.Back(ground)
}
