package ui

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/go-gl/glfw/v3.4/glfw"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// shareWindowParams are what the window of a share needs.
type shareWindowParams struct {
	App   fyne.App
	Calls func(engine.CallID) handle
	Now   func() time.Time
	Do    func(func())
	Leave func() // the person has seen enough
}

// shareWindow fills a screen with what somebody shares. It stays while the main window is used for something else, or is put away, and
// goes with the share.
type shareWindow struct {
	shareWindowParams
	window  fyne.Window // made when it is first needed
	pump    *pump
	view    *shareView
	hand    *shareHand
	name    *widget.Label
	percent *widget.Label
	held    *panel // that the picture is not of now
	buttons []*roundButton
	whole   *roundButton
	pointer *roundButton
	next    *roundButton
	bar     *fyne.Container
	shown   bool
	last    time.Time // of a movement
}

func newShareWindow(p shareWindowParams) *shareWindow {
	return &shareWindow{shareWindowParams: p}
}

// build makes what is in the window.
func (w *shareWindow) build() fyne.CanvasObject {
	w.pump = newPump(w.Do, fullRate)
	w.view = newShareView(w.pump, w.update)
	w.hand = newShareHand(w.view, w.moved, w.update)
	button := func(s assets.Symbol, key string, f func()) *roundButton {
		b := newRoundButton(s, toneSoft, buttonSmall, word(key), f)
		b.moved = w.moved
		w.buttons = append(w.buttons, b)
		return b
	}
	w.name = text("", theme.SizeNameText, true)
	w.name.Truncation = fyne.TextTruncateOff
	w.percent = centered(text("", theme.SizeNameText, false))
	w.percent.Truncation = fyne.TextTruncateOff
	out := button(assets.ZoomOut, "watch.zoom.out", func() { w.view.zoom(1/zoomStep, w.view.middle()) })
	in := button(assets.ZoomIn, "watch.zoom.in", func() { w.view.zoom(zoomStep, w.view.middle()) })
	w.whole = button(assets.Fit, "watch.actual", func() {
		if w.view.whole() {
			w.view.actual(w.view.middle())
		} else {
			w.view.fit()
		}
	})
	w.pointer = button(assets.Pointer, "watch.point", func() { w.hand.point(!w.hand.pointing) })
	w.next = button(assets.ScreenNext, "watch.screen", w.nextScreen)
	leave := button(assets.Windowed, "call.window", w.Leave)
	row := container.NewHBox(inset(0, 0, 10, 6, w.name), out, container.New(wide(64), w.percent), in, w.whole, w.pointer, w.next, leave)
	bar := newPanel(colorGlass, "", 0, inset(6, 6, 8, 8, row))
	bar.radius = 26
	w.bar = at(0.5, 1, 18, bar)
	w.held = newPanel(colorGlass, "", 0, inset(-2, -2, 8, 8, text(word("watch.paused"), theme.SizeNameText, true)))
	w.held.radius = 20
	return themed(container.NewStack(canvas.NewRectangle(callBlack), w.view, w.hand, at(0.5, 0, 18, w.held), w.bar), look{choice: darkTheme})
}

// show fills the screen with what a member shares in a call. beside is the window on whose screen it begins.
func (w *shareWindow) show(call engine.CallID, m engine.Member, beside fyne.Window) {
	if w.window == nil {
		w.window = w.App.NewWindow(word("watch.title"))
		w.window.SetPadded(false)
		w.window.SetContent(w.build())
		w.window.SetCloseIntercept(w.Leave)
		w.window.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) { w.key(k.Name) })
		w.window.Resize(fyne.NewSize(960, 600))
	}
	title := m.Sharing.Label
	if title == "" {
		title = shown(m.User)
	} else {
		title = word("watch.of", fill{"Name": shown(m.User), "What": title})
	}
	say(w.name, shorten(title, theme.Size(theme.SizeNameText), maxTitle))
	w.window.SetTitle(title)
	visible(w.held, m.Sharing.Paused)
	if w.view.call != call || w.view.sharer != m.ID {
		w.hand.point(false)
	}
	w.view.follow(call, w.Calls(call), m.ID, m.Sharing)
	if !w.shown {
		w.shown = true
		w.window.Show()
		onScreen(w.window, func() *glfw.Monitor { return screenOf(beside) })
		w.window.SetFullScreen(true)
		w.window.RequestFocus()
		visible(w.next, len(glfwScreens(w.window)) > 1) // asked once: it takes the window's context each time
		w.view.look(true)
		w.moved()
	}
	w.update()
	w.tick()
}

// covers reports whether it leaves nothing to be seen of another window.
func (w *shareWindow) covers(other fyne.Window) bool { return w.shown && covers(w.window, other) }

// hide takes it down.
func (w *shareWindow) hide() {
	if !w.shown {
		return
	}
	w.shown = false
	w.hand.point(false)
	w.view.unfollow()
	w.view.look(false)
	w.window.SetFullScreen(false) // a window that fills the screen cannot be hidden
	w.window.Hide()
}

// close ends its life; the window of a running app goes too.
func (w *shareWindow) close(running bool) {
	w.hide()
	if w.window == nil {
		return
	}
	w.view.release()
	w.pump.close()
	if running {
		w.window.SetCloseIntercept(nil)
		w.window.Close()
	}
}

// update says on the buttons how the picture is seen.
func (w *shareWindow) update() {
	if w.pointer == nil {
		return
	}
	say(w.percent, fmt.Sprintf("%d %%", w.view.percent()))
	if w.view.whole() {
		w.whole.set(assets.Fill, toneSoft, word("watch.actual"))
	} else {
		w.whole.set(assets.Fit, toneSoft, word("watch.fit"))
	}
	look := toneSoft
	if w.hand.pointing {
		look = toneOff
	}
	w.pointer.set(assets.Pointer, look, word("watch.point"))
}

// tick puts the bar away while nothing moves, and moves what people point with.
func (w *shareWindow) tick() {
	used := false
	for _, b := range w.buttons {
		used = used || b.hovered || b.focused
	}
	visible(w.bar, used || w.Now().Sub(w.last) < idleTime)
	w.hand.blank = !w.bar.Visible()
	w.update()
	w.hand.show() // a pointer that rests is still there
	w.view.tick()
}

func (w *shareWindow) moved() {
	w.last = w.Now()
	w.hand.blank = false
	visible(w.bar, true)
}

func (w *shareWindow) key(k fyne.KeyName) {
	w.moved()
	switch k {
	case fyne.KeyEscape, fyne.KeyF, fyne.KeyF11:
		w.Leave()
	case fyne.KeyN:
		w.nextScreen()
	default:
		w.hand.key(k)
	}
}

// nextScreen moves it to the next screen of the machine.
func (w *shareWindow) nextScreen() {
	all := glfwScreens(w.window)
	if len(all) < 2 {
		return
	}
	now, to := screenOf(w.window), all[0]
	for i, m := range all {
		if m == now {
			to = all[(i+1)%len(all)]
		}
	}
	w.window.SetFullScreen(false)
	onScreen(w.window, func() *glfw.Monitor { return to })
	w.window.SetFullScreen(true)
}

// glfwScreens are the screens that a window may fill: none where the driver has no real windows.
func glfwScreens(w fyne.Window) []*glfw.Monitor {
	if glfwWindow(w) == nil {
		return nil
	}
	return glfw.GetMonitors()
}

// onScreen moves a window that is shown to a screen, for it fills the one that it is on. Where the driver has no real windows there are
// no screens to ask for either.
func onScreen(w fyne.Window, screen func() *glfw.Monitor) {
	g := glfwWindow(w)
	if g == nil {
		return
	}
	if m := screen(); m != nil {
		x, y := m.GetPos()
		g.SetPos(x+40, y+40)
	}
}

// wideShare is whose share fills a screen of ours: who was asked for, as long as he shares something in the call that is shown.
func wideShare(d desk, s *engine.Snapshot) (engine.Member, bool) {
	c, busy := current(s)
	if d.wide == "" || !busy || c.Held {
		return engine.Member{}, false
	}
	for _, m := range c.Members {
		if m.ID == d.wide && m.Sharing.On {
			return m, true
		}
	}
	return engine.Member{}, false
}

// widen returns whose share fills a screen after the snapshot changed: nobody's whose share has ended, and, if that is wanted of all
// shares, that of who has just begun.
func (d desk) widen(before, after *engine.Snapshot) engine.UserID {
	if d.fills {
		was, _ := current(before)
		is, _ := current(after)
		for _, m := range is.Members {
			if m.Sharing.On && !shares(was, m.ID) {
				d.wide = m.ID
			}
		}
	}
	if _, ok := wideShare(d, after); !ok {
		return ""
	}
	return d.wide
}

// shares reports whether a member shares something.
func shares(c engine.CallState, user engine.UserID) bool {
	for _, m := range c.Members {
		if m.ID == user {
			return m.Sharing.On
		}
	}
	return false
}
