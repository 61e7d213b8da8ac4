package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// idleTime is how long the bars stay after the last movement of the pointer or key.
const idleTime = 3 * time.Second

// barMargin is around the bar of buttons.
const barMargin = 18

// maxTitle is the greatest width of the names at the top of a call.
const maxTitle = 320

// barsParams are what the bars need.
type barsParams struct {
	Commands callCommands
	Now      func() time.Time
	Full     func() bool // the window fills the screen
	Changed  func()      // the room that the bar takes is another one
}

// bars are the title at the top of a call and the buttons at its bottom.
type bars struct {
	barsParams
	top, bottom           fyne.CanvasObject
	name, clock, quality  *widget.Label
	mute                  *widget.Icon // the only other member has no microphone on
	mic, camera, add      *roundButton
	hold                  *roundButton
	minimize, full, leave *roundButton
	buttons               []*roundButton // all of them
	bar                   *panel         // that they are on
	fitted                fyne.Size      // of the bar, when the tiles got their places

	call engine.CallState
	last time.Time // of a movement
}

func newBars(p barsParams) *bars {
	c := &bars{barsParams: p}
	c.name = text("", theme.SizeNameText, true)
	c.clock = text("", theme.SizeNameText, false)
	c.quality = text("", theme.SizeNameText, false)
	for _, l := range []*widget.Label{c.name, c.clock, c.quality} {
		l.Truncation = fyne.TextTruncateOff
	}
	c.quality.Importance = widget.WarningImportance
	c.mute = widget.NewIcon(tinted(assets.MicrophoneOff, darkPalette.danger))
	head := newPanel(colorGlass, "", 0, inset(-2, -2, 6, 6, container.New(layout.NewCustomPaddedHBoxLayout(-6), inset(0, 0, 6, 0, c.mute), c.name, c.clock, c.quality)))
	head.radius = 20
	c.top = container.New(corner{x: 0.5, y: 0, margin: 14}, head)

	button := func(s assets.Symbol, t tone, label string, f func()) *roundButton {
		b := newRoundButton(s, t, buttonLarge, label, f).captioned()
		b.moved = c.moved
		return b
	}
	c.mic = button(assets.Microphone, toneSoft, "", func() { c.Commands.setMicrophone(c.call.ID, !c.call.Microphone) })
	c.camera = button(assets.Camera, toneSoft, "", func() { c.Commands.setCamera(c.call.ID, !c.call.Camera) })
	c.add = button(assets.Invite, toneSoft, word("call.add"), func() { c.Commands.addPeople(c.call.ID) })
	c.hold = button(assets.Hold, toneSoft, word("call.hold"), func() { c.Commands.setHeld(c.call.ID, true) })
	c.minimize = button(assets.Minimize, toneSoft, word("call.minimize"), c.Commands.putAway)
	c.full = button(assets.Fullscreen, toneSoft, "", c.Commands.toggleFullscreen)
	c.leave = button(assets.HangUp, toneRed, word("call.hangup"), func() { c.Commands.hangUp(c.call.ID) })
	c.buttons = []*roundButton{c.mic, c.camera, c.add, c.hold, c.minimize, c.full, c.leave}
	row := container.NewHBox()
	for _, b := range c.buttons {
		row.Add(b)
	}
	c.bar = newPanel(colorGlass, "", 0, inset(12, 8, 10, 10, row))
	c.bar.radius = 28
	c.bottom = container.New(dock{margin: barMargin, buttons: c.buttons}, c.bar)
	return c
}

// update shows a call with these people.
func (c *bars) update(s engine.CallState, with []engine.User) {
	c.call = s
	c.title(with)
	showSwitches(c.mic, c.camera, s)
	visible(c.add, s.CanAdd)
	visible(c.hold, !rings(s))
	if c.Full() {
		c.full.set(assets.Windowed, toneSoft, word("call.window"))
	} else {
		c.full.set(assets.Fullscreen, toneSoft, word("call.fullscreen"))
	}
	if rings(s) {
		c.leave.set(assets.HangUp, toneRed, word("call.cancel"))
	} else {
		c.leave.set(assets.HangUp, toneRed, word("call.hangup"))
	}
}

// title says with whom, and how well they are heard.
func (c *bars) title(with []engine.User) {
	quality := engine.Good
	for _, m := range c.call.Members {
		if m.Quality == engine.Poor || m.Quality == engine.LostNow {
			quality = m.Quality
		}
	}
	say(c.name, shorten(called(with, engine.User{}), theme.SizeForWidget(theme.SizeNameText, c.name), maxTitle))
	weak := c.call.Phase == engine.Live && quality != engine.Good
	if weak {
		say(c.quality, word("call.weak"))
	}
	visible(c.quality, weak)
	visible(c.mute, len(c.call.Members) == 1 && !c.call.Members[0].Microphone && !c.call.Members[0].Held)
}

// tick moves the clock, and puts the bars away if they are not used and nothing keeps them.
func (c *bars) tick(kept bool) {
	clock := word("call.connecting")
	switch {
	case rings(c.call):
		clock = callingWords(c.call)
	case c.call.Phase == engine.Alone:
		clock = word("call.alone")
	case c.call.Phase != engine.Joining && !c.call.Since.IsZero():
		clock = lasting(c.Now().Sub(c.call.Since))
	}
	say(c.clock, clock)
	for _, b := range c.buttons {
		kept = kept || b.hovered || b.focused
	}
	c.show(kept || c.Now().Sub(c.last) < idleTime)
}

// shown reports whether the buttons are to be seen.
func (c *bars) shown() bool { return c.bottom.Visible() }

func (c *bars) show(on bool) {
	visible(c.top, on || c.mute.Visible()) // that the other is muted is always to be seen
	if c.bottom.Visible() == on {
		return
	}
	visible(c.bottom, on)
	c.Changed()
	c.fit()
}

// size is how much the bar takes, with the space above and below it: nothing while it is hidden.
func (c *bars) size() fyne.Size {
	if !c.bottom.Visible() {
		return fyne.Size{}
	}
	return c.bar.MinSize().AddWidthHeight(0, 2*barMargin)
}

// fit gives the bar its place anew when it has become wider or narrower.
func (c *bars) fit() {
	if size := c.size(); size != c.fitted {
		c.fitted = size
		c.bottom.Refresh()
		c.Changed()
	}
}

// moved is called for each movement of the pointer and each key.
func (c *bars) moved() {
	c.last = c.Now()
	c.show(true)
}

// putAway hides them until something moves.
func (c *bars) putAway() {
	c.last = time.Time{}
	c.show(false)
}

// key handles the shortcuts of the buttons. It reports whether it did.
func (c *bars) key(k fyne.KeyName, later func(func())) bool {
	switch k {
	case fyne.KeyM:
		c.mic.press()
	case fyne.KeyV:
		c.camera.press()
	case fyne.KeyA:
		if c.add.Visible() {
			later(c.add.press) // the letter itself comes after the key, and must not be typed into the search
		}
	case fyne.KeyH:
		if c.hold.Visible() {
			c.hold.press()
		}
	case fyne.KeyF, fyne.KeyF11:
		c.Commands.toggleFullscreen()
	default:
		return false
	}
	return true
}
