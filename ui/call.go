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

// idleTime is how long the bars stay after the last movement of the pointer or key.
const idleTime = 3 * time.Second

// ownWidth is the width of our own picture in the corner; it has the shape 16:9.
const ownWidth = 208

// maxTitle is the greatest width of the names at the top of a call.
const maxTitle = 320

// callParams are what the page of a call needs.
type callParams struct {
	Commands callCommands
	Calls    func(engine.CallID) handle
	Now      func() time.Time
	Pump     *pump
	Full     func() bool // the window fills the screen
}

// callPage shows a call: the others at large, ourselves in the corner, and bars that go away while nothing moves.
type callPage struct {
	callParams
	root    fyne.CanvasObject
	ground  *ground
	gallery *fyne.Container
	tiles   map[engine.UserID]*videoTile
	own     *videoTile
	ownBox  *fyne.Container
	swapped bool // we are at large and the other is in the corner

	top, bottom           fyne.CanvasObject
	name, clock, quality  *widget.Label
	mute                  *widget.Icon // the only other member has no microphone on
	mic, camera           *roundButton
	minimize, full, leave *roundButton
	muted                 *panel // always to be seen while our microphone is off
	banner                *notice
	trouble               *notice
	put                   trouble

	call engine.CallState
	me   engine.User
	last time.Time // of a movement
	seen bool
}

func newCallPage(p callParams) *callPage {
	c := &callPage{callParams: p, tiles: map[engine.UserID]*videoTile{}, banner: newNotice(), trouble: newNotice()}
	c.ground = newGround(c.moved, c.clicked, p.Commands.toggleFullscreen)
	c.gallery = container.New(gallery{gap: 8})
	c.own = newVideoTile(p.Pump, radius)
	c.ownBox = container.New(ownCorner{width: ownWidth, margin: 16, lift: &c.bottom}, newTapArea(c.own, c.swap))

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
	c.minimize = button(assets.Minimize, toneSoft, word("call.minimize"), c.Commands.putAway)
	c.full = button(assets.Fullscreen, toneSoft, "", c.Commands.toggleFullscreen)
	c.leave = button(assets.HangUp, toneRed, word("call.hangup"), func() { c.Commands.hangUp(c.call.ID) })
	bar := newPanel(colorGlass, "", 0, inset(12, 8, 10, 10, container.NewHBox(c.mic, c.camera, c.minimize, c.full, c.leave)))
	bar.radius = 28
	c.bottom = container.New(corner{x: 0.5, y: 1, margin: 18}, bar)

	warn := widget.NewIcon(tinted(assets.MicrophoneOff, darkPalette.danger))
	youAreMuted := text(word("call.muted"), theme.SizeNameText, true)
	youAreMuted.Truncation = fyne.TextTruncateOff
	c.muted = newPanel(colorGlass, "", 0, inset(-2, -2, 10, 4, container.New(layout.NewCustomPaddedHBoxLayout(-4), container.NewCenter(warn), youAreMuted)))
	c.muted.radius = 20

	words := container.New(layout.NewCustomPaddedVBoxLayout(8), c.banner.object(), c.trouble.object())
	page := container.NewStack(canvas.NewRectangle(callBlack), c.gallery, c.ground, c.ownBox, at(0, 1, 18, c.muted), c.top, c.bottom,
		container.New(corner{x: 0.5, y: 0, margin: 64, width: 560}, words))
	c.root = container.NewThemeOverride(page, look{choice: darkTheme})
	return c
}

// update shows a call that was answered.
func (c *callPage) update(s engine.CallState, me engine.User) {
	if s.ID != c.call.ID {
		c.rest()
		c.moved()
	}
	c.call, c.me = s, me
	c.arrange()
	c.state()
	showSwitches(c.mic, c.camera, s)
	visible(c.muted, !s.Microphone)
	if c.Full() {
		c.full.set(assets.Windowed, toneSoft, word("call.window"))
	} else {
		c.full.set(assets.Fullscreen, toneSoft, word("call.fullscreen"))
	}
	c.put.show(c.trouble, s, c.Commands.openSettings)
	c.tick()
}

// arrange puts everybody into a tile.
func (c *callPage) arrange() {
	h := c.Calls(c.call.ID)
	members := c.call.Members
	if len(members) == 0 { // accepted, and the other is still on the way
		for _, u := range waitingUsers(c.call) {
			members = append(members, engine.Member{User: u})
		}
	}
	if len(members) != 1 {
		c.swapped = false
	}
	present := make(map[engine.UserID]bool, len(members))
	changed := false
	for _, m := range members {
		present[m.ID] = true
		t, there := c.tiles[m.ID]
		if !there {
			t = newVideoTile(c.Pump, 0)
			t.look(c.seen)
			c.tiles[m.ID] = t
			c.gallery.Add(t)
			changed = true
		}
		corner := float32(0)
		if len(members) > 1 {
			corner = radius
		}
		if t.corner != corner {
			t.corner, t.img.CornerRadius = corner, corner
			t.Refresh()
		}
		if c.swapped {
			t.follow(c.call.ID, h, c.me, c.call.Camera, true)
			c.own.follow(c.call.ID, h, m.User, m.Camera, false)
		} else {
			t.follow(c.call.ID, h, m.User, m.Camera, false)
		}
		name := ""
		if len(members) > 1 {
			name = shown(m.User)
		}
		mark := assets.Symbol("")
		if name != "" {
			mark = microphoneOf(m.Microphone)
		}
		t.label(name, mark)
	}
	for id, t := range c.tiles {
		if !present[id] {
			t.release()
			c.gallery.Remove(t)
			delete(c.tiles, id)
			changed = true
		}
	}
	if changed {
		c.gallery.Refresh()
	}
	switch {
	case !c.swapped:
		c.own.follow(c.call.ID, h, c.me, c.call.Camera, true)
		c.own.label(word("people.you"), microphoneOf(c.call.Microphone))
	case len(members) == 1:
		c.own.label(shown(members[0].User), microphoneOf(members[0].Microphone))
	}
}

func microphoneOf(on bool) assets.Symbol {
	if on {
		return assets.Microphone
	}
	return assets.MicrophoneOff
}

// state writes the bar at the top and the banner.
func (c *callPage) state() {
	var with []engine.User
	quality := engine.Good
	for _, m := range c.call.Members {
		with = append(with, m.User)
		if m.Quality == engine.Poor || m.Quality == engine.LostNow {
			quality = m.Quality
		}
	}
	if len(with) == 0 {
		with = waitingUsers(c.call)
	}
	say(c.name, shorten(called(with, engine.User{}), theme.SizeForWidget(theme.SizeNameText, c.name), maxTitle))
	weak := c.call.Phase == engine.Live && quality != engine.Good
	if weak {
		say(c.quality, word("call.weak"))
	}
	visible(c.quality, weak)
	visible(c.mute, len(c.call.Members) == 1 && !c.call.Members[0].Microphone)

	failed := errors.Is(c.call.Err, engine.ErrJoinFailed)
	visible(c.leave, true)
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
	clock := word("call.connecting")
	if c.call.Phase != engine.Joining && !c.call.Since.IsZero() {
		clock = lasting(c.Now().Sub(c.call.Since))
	}
	say(c.clock, clock)

	h := c.Calls(c.call.ID)
	silent := map[engine.UserID]bool{c.me.ID: !c.call.Microphone}
	for _, m := range c.call.Members {
		silent[m.ID] = !m.Microphone
	}
	for _, t := range c.tiles {
		pulseTile(h, t, silent[t.user.ID])
	}
	pulseTile(h, c.own, silent[c.own.user.ID])

	busy := c.banner.object().Visible() || c.trouble.object().Visible() || c.call.Phase != engine.Live
	for _, b := range []*roundButton{c.mic, c.camera, c.minimize, c.full, c.leave} {
		busy = busy || b.hovered || b.focused
	}
	c.showBars(busy || c.Now().Sub(c.last) < idleTime)
}

// pulseTile moves the ring around somebody of whom no picture is seen.
func pulseTile(h handle, t *videoTile, silent bool) {
	level := float32(0)
	if !t.filled && !silent {
		level = h.Level(t.user.ID)
	}
	t.portrait.speak(level)
}

func (c *callPage) showBars(on bool) {
	visible(c.top, on || c.mute.Visible()) // that the other is muted is always to be seen
	if c.bottom.Visible() == on {
		return
	}
	visible(c.bottom, on)
	c.ground.blank = !on && c.Full()
	c.ownBox.Refresh()
}

// moved is called for each movement of the pointer and each key.
func (c *callPage) moved() {
	c.last = c.Now()
	c.showBars(true)
}

// clicked shows the bars, or puts them away.
func (c *callPage) clicked() {
	if c.bottom.Visible() && c.call.Phase == engine.Live {
		c.last = time.Time{}
		c.showBars(false)
		return
	}
	c.moved()
}

// swap exchanges the large and the small picture.
func (c *callPage) swap() {
	if len(c.call.Members) != 1 {
		return
	}
	c.swapped = !c.swapped
	c.arrange()
}

// look says whether the page can be seen.
func (c *callPage) look(on bool) {
	c.seen = on
	c.own.look(on)
	for _, t := range c.tiles {
		t.look(on)
	}
	if on {
		c.moved()
	}
}

// rest lets go of the call.
func (c *callPage) rest() {
	for id, t := range c.tiles {
		t.release()
		delete(c.tiles, id)
	}
	c.gallery.RemoveAll()
	c.own.unfollow()
	c.call, c.swapped = engine.CallState{}, false
}

// key handles the shortcuts of a call. It reports whether it did.
func (c *callPage) key(k fyne.KeyName) bool {
	c.moved()
	switch k {
	case fyne.KeyM:
		c.mic.press()
	case fyne.KeyV:
		c.camera.press()
	case fyne.KeyF, fyne.KeyF11:
		c.Commands.toggleFullscreen()
	case fyne.KeyEscape:
		if !c.Full() {
			return false
		}
		c.Commands.toggleFullscreen()
	default:
		return false
	}
	return true
}
