package ui

import (
	"errors"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// callParams are what the page of a call needs.
type callParams struct {
	Commands callCommands
	Calls    func(engine.CallID) handle
	Now      func() time.Time
	Pump     *pump
	Full     func() bool    // the window fills the screen
	Later    func(f func()) // runs f on the UI goroutine after what goes on there now
}

// callPage shows a call: the people in a scene, and over it the bars and what there is to say. The bars go away while nothing moves, unless
// there is room for them below a grid.
type callPage struct {
	callParams
	root    fyne.CanvasObject
	ground  *ground
	scene   *scene
	bars    *bars
	muted   *panel // always to be seen while our microphone is off
	beside  *strip // the call that is on hold meanwhile
	banner  *notice
	trouble *notice
	put     trouble

	call engine.CallState
	seen bool
}

func newCallPage(p callParams) *callPage {
	c := &callPage{callParams: p, banner: newNotice(), trouble: newNotice()}
	c.ground = newGround(c.moved, c.clicked, p.Commands.toggleFullscreen)
	c.beside = newStrip(p.Commands, p.Now, true)
	c.bars = newBars(barsParams{Commands: p.Commands, Now: p.Now, Full: p.Full, Changed: c.fit})
	c.scene = newScene(sceneParams{Commands: p.Commands, Calls: p.Calls, Now: p.Now, Pump: p.Pump, Bar: c.bars.size, Foot: c.foot, Clicked: c.clicked})

	warn := widget.NewIcon(tinted(assets.MicrophoneOff, darkPalette.danger))
	youAreMuted := text(word("call.muted"), theme.SizeNameText, true)
	youAreMuted.Truncation = fyne.TextTruncateOff
	c.muted = newPanel(colorGlass, "", 0, inset(-2, -2, 10, 4, container.New(layout.NewCustomPaddedHBoxLayout(-4), container.NewCenter(warn), youAreMuted)))
	c.muted.radius = 20

	words := container.New(layout.NewCustomPaddedVBoxLayout(8), c.beside.root, c.banner.object(), c.trouble.object())
	page := container.NewStack(canvas.NewRectangle(callBlack), c.ground, c.scene.root, at(0, 1, 18, c.muted), c.bars.top, c.bars.bottom,
		inset(48, 0, 0, 0, container.New(corner{x: 0.5, y: 0, margin: 16, width: 560}, words)))
	c.root = container.NewThemeOverride(page, look{choice: darkTheme})
	return c
}

// update shows a call, and those that wait beside it.
func (c *callPage) update(s engine.CallState, me engine.User, beside []engine.CallState) {
	first := s.ID != c.call.ID
	if first {
		c.rest()
		c.moved()
	}
	c.call = s
	c.scene.update(s, me, first)
	c.bars.update(s, c.with())
	c.warn()
	c.beside.show(beside)
	visible(c.muted, !s.Microphone)
	c.put.show(c.trouble, s, c.Commands.openSettings)
	c.tick()
	c.bars.fit()
}

// with are the people of the title.
func (c *callPage) with() []engine.User {
	var with []engine.User
	for _, m := range c.call.Members {
		with = append(with, m.User)
	}
	if len(with) == 0 {
		for _, s := range c.scene.seats() {
			with = append(with, s.user)
		}
	}
	return with
}

// warn writes the banner.
func (c *callPage) warn() {
	failed := errors.Is(c.call.Err, engine.ErrJoinFailed)
	switch {
	case failed:
		title, body := explain(c.call.Err)
		c.banner.warn(title, body, time.Time{}, word("call.retry"), func() { c.Commands.retry(c.call.ID) })
	case c.call.Phase == engine.Rejoining:
		c.banner.warn(word("call.reconnecting"), word("call.reconnecting.text"), time.Time{}, "", nil)
	default:
		c.banner.hide()
	}
}

// tick moves what moves by itself: the clock, the rings and the bars.
func (c *callPage) tick() {
	if c.call.ID == "" {
		return
	}
	c.scene.tick()
	c.bars.tick(c.banner.object().Visible() || c.trouble.object().Visible() || c.call.Phase != engine.Live || c.docked(c.root.Size()))
}

// leastDocked is the least height of a window in which the bar stands below a grid rather than over it.
const leastDocked = 440

// docked reports whether the bar has a place of its own below the grid. It stays there then.
func (c *callPage) docked(s fyne.Size) bool {
	return c.scene.group && !c.Full() && s.Height >= leastDocked
}

// foot is how much of the height belongs to the bar.
func (c *callPage) foot(s fyne.Size) float32 {
	if !c.docked(s) {
		return 0
	}
	return c.bars.size().Height - 10
}

// fit gives the tiles their places anew after the bar has changed.
func (c *callPage) fit() {
	c.ground.blank = !c.bars.shown() && c.Full()
	c.scene.root.Refresh()
}

// moved is called for each movement of the pointer and each key.
func (c *callPage) moved() { c.bars.moved() }

// clicked shows the bars, or puts them away.
func (c *callPage) clicked() {
	if c.bars.shown() && c.call.Phase == engine.Live && !c.docked(c.root.Size()) {
		c.bars.putAway()
		return
	}
	c.moved()
}

// look says whether the page can be seen.
func (c *callPage) look(on bool) {
	c.seen = on
	c.scene.look(on)
	if on {
		c.moved()
	}
}

// rest lets go of the call.
func (c *callPage) rest() {
	c.scene.rest()
	c.call = engine.CallState{}
}

// key handles the shortcuts of a call. It reports whether it did.
func (c *callPage) key(k fyne.KeyName) bool {
	c.moved()
	switch k {
	case fyne.KeyX:
		c.beside.first()
	case fyne.KeyEscape:
		if !c.Full() {
			return false
		}
		c.Commands.toggleFullscreen()
	default:
		return c.bars.key(k, c.Later)
	}
	return true
}
