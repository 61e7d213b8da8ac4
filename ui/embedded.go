package ui

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/engine"
)

const (
	// mountPulse is how often a call looks whether it is still in a window. Fyne does not say so.
	mountPulse = 200 * time.Millisecond
	// unmountedTime is how long it may be out of all windows before it is left: a program may move it from one place to another.
	unmountedTime = time.Second
	// leaveTime bounds the hang-up of a call that has no window any more.
	leaveTime = 10 * time.Second
)

// leastCall is the least size of a call, in Fyne's units.
var leastCall = fyne.NewSize(280, 180)

// CallOptions say which call a [Call] is, and how.
type CallOptions struct {
	// CallID is the room: whoever opens the same one, here or elsewhere, is in the same call. See [engine.JoinOptions.Open] for who may.
	CallID   engine.CallID
	Config   Config // how it is entered is in Config.Joining
	Events   Events
	Settings SettingsStore // what a person chose; nil: it is forgotten with the call
	// HangUpKeys is what the window did on Ctrl+Shift+H: see [AttachOptions.HangUpKeys].
	HangUpKeys func(fyne.Shortcut)
	// OnMinimize is told that the call is in the small window now, where it stays although it may be taken out of its window. OnRestore is
	// told that a person wants it back: it should be in a window then. Without them the call waits in its place.
	OnMinimize, OnRestore func()
	// OnDispose is told once that the call is over for this widget: it was taken out of its window, or left after it could not be joined,
	// or closed; not when the app has stopped, for then there are no windows any more. They all run on Fyne's goroutine.
	OnDispose func()
	Logger    *slog.Logger // nil discards
}

// Call is a call as a widget: it is entered when it comes into a window and left when it is in none any more, or is hidden there, for a
// second, unless it is minimized. Until it is ready it says so, and if it cannot be joined it says why, with ways out. It has the colours
// of a call whatever the theme, and works in any size. It is used once: after [CallOptions.OnDispose] there is a new one for the next
// call. Any number may be there at the same time; of those of one client all but one are on hold.
type Call struct {
	widget.BaseWidget
	o       CallOptions
	engine  backend
	do      func(func())
	now     func() time.Time
	find    func(fyne.CanvasObject) fyne.Window // the one that an object is in; nil: none
	stopped func() bool                         // the app has; nil: it never does
	page    *callRoom
	box     *fyne.Container // what there is to see
	mark    *canvas.Rectangle
	pulse   *pulse
	ui      *UI // while it is in a window
	guest   *guest
	gone    time.Time // since when it is in none; zero if it is
	joining bool
	entered bool  // it was joined once
	failed  error // why it cannot be joined
	away    bool  // in the small window
	over    bool  // disposed of
}

var _ fyne.Widget = (*Call)(nil)

// NewCall makes a call of a client, which must outlive it. Fyne's goroutine only.
func NewCall(c *engine.Client, o CallOptions) *Call {
	do, stopped := untilStopped(fyne.CurrentApp(), fyne.Do)
	k := newCall(client{c}, o, do, time.Now, windowOf)
	k.stopped = stopped
	return k
}

func newCall(b backend, o CallOptions, do func(func()), now func() time.Time, find func(fyne.CanvasObject) fyne.Window) *Call {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Call{o: o, do: do, now: now, find: find, mark: canvas.NewRectangle(nil)}
	c.engine = &lens{b, func(id engine.CallID) bool { return id == o.CallID }, true}
	c.page = newCallRoom(c)
	c.box = container.NewStack(c.page.root)
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer implements [fyne.Widget].
func (c *Call) CreateRenderer() fyne.WidgetRenderer {
	if c.pulse == nil && !c.over {
		look := &post{do: c.do, run: c.look}
		c.pulse = newPulse(look.ask)
		c.pulse.set(mountPulse)
	}
	c.mark.Resize(fyne.NewSquareSize(1))
	c.mark.Move(markAt)
	return widget.NewSimpleRenderer(container.NewStack(container.NewWithoutLayout(c.mark), c.box))
}

// MinSize implements [fyne.CanvasObject].
func (c *Call) MinSize() fyne.Size { return leastCall }

// Controller steers the call. It is false while the call is in no window. Fyne's goroutine only.
func (c *Call) Controller() (Controller, bool) {
	if c.ui == nil {
		return Controller{}, false
	}
	return c.ui.Controller(), true
}

// Close leaves the call and ends the widget. Fyne's goroutine only, and only while the app runs: what is left of the call when it stops is
// left by [engine.Client.Close]. It is idempotent.
func (c *Call) Close() { c.dispose() }

// markAt is where the mark of a call is in it: what Fyne finds nowhere it says to be at the corner of the window.
var markAt = fyne.NewPos(0.25, 0.25)

// windowOf finds the window in which an object can be seen.
func windowOf(o fyne.CanvasObject) fyne.Window {
	d := fyne.CurrentApp().Driver()
	canvas := d.CanvasForObject(o)
	if canvas == nil || d.AbsolutePositionForObject(o).IsZero() {
		return nil
	}
	for _, w := range d.AllWindows() {
		if w.Canvas() == canvas {
			return w
		}
	}
	return nil
}

// look enters the call when it has come into a window, and leaves it when it is in none any more.
func (c *Call) look() {
	if c.over {
		return
	}
	w := c.find(c.mark)
	switch {
	case w != nil && c.ui == nil:
		c.mount(w)
		c.join()
	case w != nil && w != c.ui.main:
		c.unmount()
		c.mount(w)
	case w != nil:
		if back := !c.gone.IsZero(); back {
			c.gone = time.Time{}
			c.ui.restore()
		}
	case c.ui == nil: // not in a window yet
	case c.gone.IsZero():
		c.gone = c.now()
	case c.now().Sub(c.gone) >= unmountedTime && !c.ui.desk.minimized:
		c.dispose()
	}
}

// mount makes what a call needs of a window.
func (c *Call) mount(w fyne.Window) {
	c.gone = time.Time{}
	place := guestParams{
		Window: w, Content: c.page.root, Update: c.update, Stopped: c.stopped, Chord: c.o.HangUpKeys,
		Put:  func(ground fyne.CanvasObject) { c.show(ground) },
		Back: func(fyne.CanvasObject) { c.show(c.page.root) },
	}
	p := Params{Config: c.o.Config, Events: c.o.Events, Logger: c.o.Logger}
	c.ui, c.guest = newGuestUI(c.engine, p, c.o.Settings, place, c.do, c.now)
}

func (c *Call) unmount() {
	c.guest.end(nil)
	c.ui, c.guest = nil, nil
}

func (c *Call) show(o fyne.CanvasObject) {
	c.box.Objects = []fyne.CanvasObject{o}
	c.box.Refresh()
}

// join enters the call, unless we are in it.
func (c *Call) join() {
	if _, inside := c.engine.Snapshot().Call(c.o.CallID); inside || c.joining {
		return
	}
	c.joining, c.failed = true, nil
	u, how := c.ui, c.o.Config.Joining
	c.ui.commands.start("open", func(ctx context.Context) error {
		if err := online(ctx, c.engine); err != nil {
			return err
		}
		return c.engine.Join(ctx, c.o.CallID, how.options())
	}, func(err error) {
		if c.ui != u {
			return
		}
		c.joining, c.failed, c.entered = false, err, c.entered || err == nil
		if err != nil {
			c.o.Logger.Warn("call not joined", "call", c.o.CallID, "code", engine.Code(err), "error", err)
		}
		c.ui.applyNow()
	})
	c.ui.applyNow()
}

// online waits until there is a line to the switchboard: a widget may be on the screen before the client has connected. It fails if
// only a person can help.
func online(ctx context.Context, b source) error {
	settled := make(chan error, 1)
	stop := b.Updates(func(s *engine.Snapshot) {
		c := s.Connection
		if final := c.Err != nil && c.RetryAt.IsZero(); c.State == engine.Online || final {
			select {
			case settled <- c.Err:
			default:
			}
		}
	})
	defer stop()
	select {
	case err := <-settled:
		return err
	case <-ctx.Done():
		return engine.Fail("join", engine.ErrOffline)
	}
}

// update shows what there is to say while no call is to be seen.
func (c *Call) update(want showing, s *engine.Snapshot) {
	call, inside := s.Call(c.o.CallID)
	if want.mini != c.away {
		c.away = want.mini
		if tell := c.o.OnMinimize; c.away && tell != nil {
			c.do(tell)
		}
		if tell := c.o.OnRestore; !c.away && inside && tell != nil {
			c.do(tell)
		}
	}
	switch {
	case inside && call.Held:
		c.page.say(word("call.held"), "", word("call.resume"), func() { c.ui.goOn(call.ID) }, false)
	case inside:
		c.page.say(word("call.away"), "", word("mini.restore"), c.ui.restore, false)
	case c.failed != nil:
		title, body := explain(c.failed)
		c.page.say(title, body, word("call.retry"), c.join, true)
	case c.entered && !c.joining && !want.main.ofCall():
		c.page.say(word("call.over"), "", word("call.again.join"), c.join, true)
	default:
		c.page.say(word("call.joining"), "", "", nil, false)
	}
}

// dispose leaves the call for good.
func (c *Call) dispose() {
	if c.over {
		return
	}
	c.over = true
	if c.pulse != nil {
		c.pulse.close()
	}
	if c.ui != nil {
		c.unmount()
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
			defer cancel()
			err := c.engine.Call(c.o.CallID).HangUp(ctx)
			if err != nil && !errors.Is(err, engine.ErrNotInCall) && !errors.Is(err, engine.ErrClosed) {
				c.o.Logger.Warn("call not left", "call", c.o.CallID, "error", err)
			}
		}()
	}
	c.page.say(word("call.over"), "", "", nil, false)
	if stopped := c.stopped != nil && c.stopped(); c.o.OnDispose != nil && !stopped {
		c.o.OnDispose()
	}
}

// JoiningConfig is how a [Call] is entered. What is special about calls that begin otherwise is said by [engine.Options.RequireConfig],
// for which its first part can be used.
type JoiningConfig struct {
	engine.CallConfig
	Voice bool // it is a voice call: our camera is off
}

// options ask for the call.
func (j JoiningConfig) options() engine.JoinOptions {
	microphone, camera := !j.MicrophoneOff, !j.Voice && !j.CameraOff
	return engine.JoinOptions{
		Video: !j.Voice, Microphone: &microphone, Camera: &camera, Speaker: j.Speaker, Current: engine.HoldCurrent,
		Open: cmp.Or(j.Rules, &engine.Rules{}),
	}
}
