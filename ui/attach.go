package ui

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// AttachOptions are how calls behave in a window of another program. The zero value works.
type AttachOptions struct {
	Config   Config
	Events   Events
	Settings SettingsStore // what a person chose; nil: it is forgotten when the window is given back
	Desktop  Desktop       // for calls that ring while nobody looks; nil: they ring in windows alone
	// CloseIntercept is what the window had, for Fyne does not tell: while a call fills the window its close button minimizes the call,
	// and then it does this again. Nil: it closes the window.
	CloseIntercept func()
	// HangUpKeys is what the window did on Ctrl+Shift+H, which Fyne does not tell either: it does it again when no call is to be seen.
	// Nil: nothing.
	HangUpKeys func(fyne.Shortcut)
	Skip       func(engine.CallID) bool // calls that the program shows itself, as with [NewCall]; nil: none
	Logger     *slog.Logger             // nil discards
}

// Attachment is a window of another program that shows calls.
type Attachment struct {
	ui    *UI
	guest *guest
}

// Attach makes a window show the calls of a client: somebody who calls rings over its content and in a window of his own, a call fills
// it, with full screen and shared screens, and when it is minimized the content is back and the call in a small window above all others.
// It is what the call kit needs a navigator key for. The window's content, keys, close button and padding are its own again whenever no
// call is to be seen; Ctrl+Shift+H is the call's while it is. What the program shows in the window meanwhile goes through
// [Attachment.SetContent]. The client stays the program's: it must outlive the attachment. Fyne's goroutine only.
func Attach(c *engine.Client, w fyne.Window, o AttachOptions) *Attachment {
	do, stopped := untilStopped(fyne.CurrentApp(), fyne.Do)
	a := attachTo(client{c}, w, o, do, time.Now)
	a.guest.Stopped = stopped
	return a
}

func attachTo(b backend, w fyne.Window, o AttachOptions, do func(func()), now func() time.Time) *Attachment {
	if o.Skip != nil {
		b = &lens{b, func(id engine.CallID) bool { return !o.Skip(id) }, false}
	}
	a := &Attachment{}
	place := guestParams{
		Window: w, Content: w.Content(), Whole: true, Close: o.CloseIntercept, Chord: o.HangUpKeys,
		Put: func(ground fyne.CanvasObject) { setContent(w, ground) },
		Back: func(ground fyne.CanvasObject) {
			if w.Content() == ground {
				setContent(w, a.guest.Content)
			}
		},
	}
	a.ui, a.guest = newGuestUI(b, Params{Config: o.Config, Events: o.Events, Desktop: o.Desktop, Logger: o.Logger}, o.Settings, place, do, now)
	return a
}

// newGuestUI makes a UI that shows the calls of an engine in a place of another program.
func newGuestUI(b backend, p Params, store SettingsStore, place guestParams, do func(func()), now func() time.Time) (*UI, *guest) {
	if store == nil {
		store = &forgetful{s: profile.Defaults()}
	}
	p.App = fyne.CurrentApp()
	var g *guest
	u := newUIOn(p, do, now, store, func(u *UI) base {
		g = newGuest(u, place)
		return g
	})
	u.use(b)
	return u, g
}

// untilStopped makes do drop what comes when the app has stopped: Fyne would run it at once, on any goroutine, on windows that are gone.
func untilStopped(app fyne.App, do func(func())) (live func(func()), ended func() bool) {
	var stopped atomic.Bool
	life, before := app.Lifecycle(), func() {}
	if l, ok := life.(interface{ OnStopped() func() }); ok && l.OnStopped() != nil {
		before = l.OnStopped()
	}
	life.SetOnStopped(func() {
		stopped.Store(true)
		before()
	})
	ended = func() bool { return stopped.Load() || windowsGone() }
	return func(f func()) {
		if !stopped.Load() {
			do(f)
		}
	}, ended
}

// setContent changes what a window holds, but not its size.
func setContent(w fyne.Window, o fyne.CanvasObject) {
	size := w.Canvas().Size()
	w.SetContent(o)
	if !size.IsZero() {
		w.Resize(size)
	}
}

// Controller steers the call that the window shows.
func (a *Attachment) Controller() Controller { return a.ui.Controller() }

// SetContent changes what the window holds while no call fills it. Fyne's goroutine only.
func (a *Attachment) SetContent(o fyne.CanvasObject) {
	a.guest.Content = o
	a.ui.applyNow()
}

// Show brings the window to the front, with the call if there is one.
func (a *Attachment) Show() { a.ui.Show() }

// Detach gives the window back, at the latest when the app has run. Calls go on: the program leaves them, or closes the client. Fyne's
// goroutine only. It is idempotent.
func (a *Attachment) Detach() {
	if a.ui.engine == nil {
		return
	}
	a.guest.end(a.ui.ground)
}

// forgetful keeps settings in memory.
type forgetful struct {
	mu sync.Mutex
	s  profile.Settings
}

func (f *forgetful) Settings() profile.Settings {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.s
}

func (f *forgetful) SaveSettings(s profile.Settings) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.s = s
	return nil
}
