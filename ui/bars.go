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

// barsParams are what the bars need.
type barsParams struct {
	Now      func() time.Time
	Controls controls
	Top      TopBarConfig
	Bottom   BarConfig
	More     func(*bar) // opens what did not fit on it
	Changed  func()     // the room that the bar takes is another one
}

// bars are what lies over the picture of a call: the title and a few buttons at its top, and the buttons at its bottom. They go away
// while nothing moves.
type bars struct {
	barsParams
	title          *title
	corner, bottom *bar
	fitted         fyne.Size // of the bar at the bottom, when the tiles got their places
	on             bool      // they are to be seen
	last           time.Time // of a movement
}

func newBars(p barsParams) *bars {
	c := &bars{barsParams: p, on: true, title: newTitle(p.Top)}
	c.corner, c.bottom = newTopBar(p.Top.BarConfig, p.Controls), newBottomBar(p.Bottom, p.Controls)
	for _, b := range []*bar{c.corner, c.bottom} {
		b.moved, b.more = c.moved, func() { c.More(b) }
	}
	return c
}

// update shows a call with these people.
func (c *bars) update(s engine.CallState, with []engine.User) {
	c.title.update(s, with)
	c.corner.update()
	c.bottom.update()
	c.title.leave(c.corner.panel.Size().Width, c.corner.size().Height)
}

// tick moves the clock, and puts the bars away if they are not used and nothing keeps them.
func (c *bars) tick(kept bool) {
	c.title.tick(c.Now())
	c.show(kept || c.corner.used() || c.bottom.used() || c.Now().Sub(c.last) < idleTime)
}

func (c *bars) show(on bool) {
	c.on = on
	c.title.show(on || c.Top.NoAutoHide)
	c.corner.show(on || c.Top.NoAutoHide)
	c.bottom.show(on || c.Bottom.NoAutoHide)
	c.fit()
}

// size is how much the bar at the bottom takes, with the space above and below it: nothing while it is away.
func (c *bars) size() fyne.Size { return c.bottom.size() }

// room is how much it takes while it is there.
func (c *bars) room() fyne.Size { return c.bottom.room() }

// head is how much of the top belongs to the title and the buttons beside it.
func (c *bars) head() float32 {
	room := float32(0)
	if !c.Top.Hide {
		room = c.title.margin() + c.title.head.MinSize().Height
	}
	return max(room, c.corner.size().Height-c.corner.margin())
}

// fit tells of a bar that takes another room.
func (c *bars) fit() {
	if size := c.size(); size != c.fitted {
		c.fitted = size
		c.Changed()
	}
}

// moved is called for each movement of the pointer and each key.
func (c *bars) moved() {
	c.last = c.Now()
	c.show(true)
}

// clicked puts away what a click may put away, until something moves. It reports whether there was anything.
func (c *bars) clicked() bool {
	top := c.corner.wanted && !c.Top.NoClickHide && !c.Top.NoAutoHide
	bottom := c.bottom.wanted && !c.Bottom.NoClickHide && !c.Bottom.NoAutoHide
	if !top && !bottom {
		return false
	}
	c.last = time.Time{}
	c.on = false
	if top {
		c.title.show(false)
		c.corner.show(false)
	}
	if bottom {
		c.bottom.show(false)
	}
	c.fit()
	return true
}

// maxTitle is the greatest width of the names at the top of a call.
const maxTitle = 320

// title says at the top with whom a call is, how long it has lasted, and what is the matter with the connection.
type title struct {
	config               TopBarConfig
	name, clock, quality *widget.Label
	mute                 *widget.Icon // the only other member has no microphone on
	head                 *panel
	root                 *fyne.Container
	call                 engine.CallState
	names                string  // in full
	aside, level         float32 // how much of the right edge belongs to the buttons, and the height in whose middle they are
	motion               motion
	wanted               bool
	slide                float32 // how much of it has gone
}

func newTitle(c TopBarConfig) *title {
	t := &title{config: c, wanted: true}
	t.name = text("", theme.SizeNameText, true)
	t.clock = text("", theme.SizeNameText, false)
	t.quality = text("", theme.SizeNameText, false)
	for _, l := range []*widget.Label{t.name, t.clock, t.quality} {
		l.Truncation = fyne.TextTruncateOff
	}
	t.quality.Importance = widget.WarningImportance
	t.mute = widget.NewIcon(tinted(assets.MicrophoneOff, darkPalette.danger))
	omit(map[fyne.CanvasObject]bool{t.name: c.HideTitle, t.clock: c.HideDuration})
	words := container.New(layout.NewCustomPaddedHBoxLayout(-6), inset(0, 0, 6, 0, t.mute), t.name, t.clock, t.quality)
	t.head = c.surface(inset(-2, -2, 6, 6, words))
	t.head.radius = 20
	t.root = container.New(t, t.head)
	t.motion = motion{at: 1, step: func(at float32) {
		t.slide = 1 - at
		t.Layout(nil, t.root.Size())
		repaint()
	}}
	if c.Hide {
		t.root.Hide()
	}
	return t
}

// update says with whom, and how well they are heard.
func (t *title) update(s engine.CallState, with []engine.User) {
	t.call = s
	quality := engine.Good
	for _, m := range s.Members {
		if m.Quality == engine.Poor || m.Quality == engine.LostNow {
			quality = m.Quality
		}
	}
	name := t.config.Title
	if name == "" {
		name = called(with, engine.User{})
	}
	t.names = name
	weak := s.Phase == engine.Live && quality != engine.Good
	if weak {
		say(t.quality, word("call.weak"))
	}
	visible(t.quality, weak)
	visible(t.mute, t.silent())
	t.fit(t.root.Size().Width)
}

// fit cuts the names to the room that there is beside the rest of the title and the buttons at the right.
func (t *title) fit(width float32) {
	room, size := float32(maxTitle), theme.SizeForWidget(theme.SizeNameText, t.name)
	if width > 0 {
		rest := t.head.MinSize().Width - fyne.MeasureText(t.name.Text, size, t.name.TextStyle).Width
		room = max(24, min(room, width-t.aside-3*titleMargin-rest))
	}
	say(t.name, shorten(t.names, size, room))
}

// silent reports whether the only other one is not heard: that is always to be seen.
func (t *title) silent() bool {
	return len(t.call.Members) == 1 && !t.call.Members[0].Microphone && !t.call.Members[0].Held
}

// tick moves the clock.
func (t *title) tick(now time.Time) {
	clock := word("call.connecting")
	switch {
	case rings(t.call):
		clock = callingWords(t.call)
	case t.call.Phase == engine.Alone:
		clock = word("call.alone")
	case t.call.Phase != engine.Joining && !t.call.Since.IsZero():
		clock = lasting(now.Sub(t.call.Since))
	}
	say(t.clock, clock)
	if t.head.MinSize() != t.head.Size() {
		t.Layout(nil, t.root.Size())
		repaint()
	}
}

// show brings the title, or puts it away.
func (t *title) show(on bool) {
	on = (on || t.silent()) && !t.config.Hide
	if t.wanted == on {
		return
	}
	t.wanted = on
	if on {
		reveal(t.root, true)
		t.motion.to(1, nil)
	} else {
		t.motion.to(0, t.root.Hide)
	}
}

// leave keeps the title clear of so much of the right edge, and in line with the buttons there.
func (t *title) leave(aside, level float32) {
	if level == 0 {
		level = t.level // they are away
	}
	if t.aside != aside || t.level != level {
		t.aside, t.level = aside, level
		t.Layout(nil, t.root.Size())
	}
}

// titleMargin is the least space between the title and the edges.
const titleMargin = 14

// margin is the space above the title.
func (t *title) margin() float32 { return max(titleMargin, (t.level-t.head.MinSize().Height)/2) }

var _ fyne.Layout = (*title)(nil)

// Layout implements [fyne.Layout]: the title is in the middle, or as near to it as the buttons at the right allow.
func (t *title) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	t.fit(s.Width)
	m, y := t.head.MinSize(), t.margin()
	x := (s.Width - m.Width) / 2
	if right := s.Width - t.aside - 2*titleMargin; x+m.Width > right {
		x = max(titleMargin, right-m.Width)
	}
	t.head.Resize(m)
	t.head.Move(fyne.NewPos(x, y-t.slide*(m.Height+y)))
}

// MinSize implements [fyne.Layout].
func (t *title) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }
