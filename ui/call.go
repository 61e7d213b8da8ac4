package ui

import (
	"errors"
	"slices"
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

// barMargin is around the bar of buttons.
const barMargin = 18

// maxTitle is the greatest width of the names at the top of a call.
const maxTitle = 320

// callParams are what the page of a call needs.
type callParams struct {
	Commands callCommands
	Calls    func(engine.CallID) handle
	Now      func() time.Time
	Pump     *pump
	Full     func() bool    // the window fills the screen
	Later    func(f func()) // runs f on the UI goroutine after what goes on there now
}

// callPage shows a call. Of two people the other is at large and we are in the corner; more people, also those who are only being
// called, are in a grid with us. Bars go away while nothing moves, unless there is room for them below a grid.
type callPage struct {
	callParams
	root    fyne.CanvasObject
	ground  *ground
	tiled   *fyne.Container // the tiles of the others, in the order in which they came, and ours
	tiles   map[engine.UserID]*videoTile
	noes    noes
	own     *videoTile
	ownTap  *tapArea
	group   bool // there are more than two places
	swapped bool // we are at large and the other is in the corner

	top, bottom           fyne.CanvasObject
	name, clock, quality  *widget.Label
	mute                  *widget.Icon // the only other member has no microphone on
	mic, camera, add      *roundButton
	hold                  *roundButton
	minimize, full, leave *roundButton
	buttons               []*roundButton // all of them
	bar                   *panel         // that they are on
	fitted                fyne.Size      // of the bar, when the tiles got their places
	muted                 *panel         // always to be seen while our microphone is off
	beside                *strip         // the call that is on hold meanwhile
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
	c.beside = newStrip(p.Commands, p.Now, true)
	c.own = newVideoTile(p.Pump, radius)
	c.ownTap = newTapArea(c.own, c.swap)
	c.tiled = container.New(seating{grid: gallery{gap: 8}, own: ownCorner{width: ownWidth, margin: 16, bar: c.barSize}, foot: c.foot}, c.ownTap)

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

	warn := widget.NewIcon(tinted(assets.MicrophoneOff, darkPalette.danger))
	youAreMuted := text(word("call.muted"), theme.SizeNameText, true)
	youAreMuted.Truncation = fyne.TextTruncateOff
	c.muted = newPanel(colorGlass, "", 0, inset(-2, -2, 10, 4, container.New(layout.NewCustomPaddedHBoxLayout(-4), container.NewCenter(warn), youAreMuted)))
	c.muted.radius = 20

	words := container.New(layout.NewCustomPaddedVBoxLayout(8), c.beside.root, c.banner.object(), c.trouble.object())
	page := container.NewStack(canvas.NewRectangle(callBlack), c.ground, c.tiled, at(0, 1, 18, c.muted), c.top, c.bottom,
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
	c.call, c.me = s, me
	c.noes = c.noes.look(s, c.Now(), first)
	c.arrange()
	c.state()
	c.beside.show(beside)
	showSwitches(c.mic, c.camera, s)
	visible(c.muted, !s.Microphone)
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
	c.put.show(c.trouble, s, c.Commands.openSettings)
	c.tick()
	c.fit()
}

// arrange gives everybody a tile. Who has one keeps it, so that nobody jumps when somebody else comes, or when the one who was
// called is there.
func (c *callPage) arrange() {
	all := seats(c.call, c.noes, c.Now())
	changed := (len(all) > 1) != c.group
	c.group = len(all) > 1
	if c.group || len(c.call.Members) != 1 {
		c.swapped = false
	}
	present := make(map[engine.UserID]bool, len(all))
	for _, s := range all {
		present[s.user.ID] = true
		t, there := c.tiles[s.user.ID]
		if !there {
			t = newVideoTile(c.Pump, 0)
			t.look(c.seen)
			c.tiles[s.user.ID] = t
			last := len(c.tiled.Objects) - 1
			c.tiled.Objects = slices.Insert(c.tiled.Objects, last, fyne.CanvasObject(t))
			changed = true
		}
		c.seat(t, s)
	}
	for id, t := range c.tiles {
		if !present[id] {
			t.release()
			c.tiled.Remove(t)
			delete(c.tiles, id)
			changed = true
		}
	}
	if changed {
		c.tiled.Refresh()
	}
	if !c.swapped {
		c.own.follow(c.call.ID, c.Calls(c.call.ID), c.me, c.call.Camera, true)
		c.own.label(word("people.you"), microphoneOf(c.call.Microphone))
		c.own.tell(remark{})
	}
}

// seat shows somebody in a tile.
func (c *callPage) seat(t *videoTile, s seat) {
	h := c.Calls(c.call.ID)
	if c.group {
		t.round(radius)
		t.label(shown(s.user), s.mark)
	} else {
		t.round(0)
		t.label("", "")
	}
	switch {
	case c.swapped:
		t.follow(c.call.ID, h, c.me, c.call.Camera, true)
		t.tell(remark{})
		c.own.follow(c.call.ID, h, s.user, s.camera, false)
		c.own.label(shown(s.user), s.mark)
		c.own.tell(s.remark)
	case s.inside:
		t.follow(c.call.ID, h, s.user, s.camera, false)
		t.tell(s.remark)
	default:
		t.portray(s.user)
		t.tell(s.remark)
	}
	call, user := c.call.ID, s.user.ID
	switch s.offer {
	case offerCancel:
		t.offer(assets.Close, toneRed, word("call.cancel"), func() { c.Commands.takeBack(call, user) })
	case offerAgain:
		t.offer(assets.Phone, toneGreen, word("call.again"), func() { c.Commands.inviteInto(call, user) })
	default:
		t.offer(assets.Close, toneRed, "", nil)
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
		for _, s := range seats(c.call, c.noes, c.Now()) {
			with = append(with, s.user)
		}
	}
	say(c.name, shorten(called(with, engine.User{}), theme.SizeForWidget(theme.SizeNameText, c.name), maxTitle))
	weak := c.call.Phase == engine.Live && quality != engine.Good
	if weak {
		say(c.quality, word("call.weak"))
	}
	visible(c.quality, weak)
	visible(c.mute, len(c.call.Members) == 1 && !c.call.Members[0].Microphone && !c.call.Members[0].Held)

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
	clock := word("call.connecting")
	switch {
	case rings(c.call):
		clock = callingWords(c.call)
	case c.call.Phase != engine.Joining && !c.call.Since.IsZero():
		clock = lasting(c.Now().Sub(c.call.Since))
	}
	say(c.clock, clock)

	h := c.Calls(c.call.ID)
	heard := map[engine.UserID]bool{c.me.ID: c.call.Microphone}
	for _, m := range c.call.Members {
		heard[m.ID] = m.Microphone && !m.Held
	}
	for _, t := range c.tiles {
		pulseTile(h, t, heard[t.user.ID])
	}
	pulseTile(h, c.own, heard[c.own.user.ID])

	busy := c.banner.object().Visible() || c.trouble.object().Visible() || c.call.Phase != engine.Live || c.docked(c.root.Size())
	for _, b := range c.buttons {
		busy = busy || b.hovered || b.focused
	}
	c.showBars(busy || c.Now().Sub(c.last) < idleTime)
}

// pulseTile moves the ring around somebody of whom no picture is seen.
func pulseTile(h handle, t *videoTile, heard bool) {
	level := float32(0)
	if !t.filled && heard {
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
	c.fit()
}

// leastDocked is the least height of a window in which the bar stands below a grid rather than over it.
const leastDocked = 440

// docked reports whether the bar has a place of its own below the grid. It stays there then.
func (c *callPage) docked(s fyne.Size) bool { return c.group && !c.Full() && s.Height >= leastDocked }

// foot is how much of the height belongs to the bar.
func (c *callPage) foot(s fyne.Size) float32 {
	if !c.docked(s) {
		return 0
	}
	return c.barSize().Height - 10
}

// barSize is how much the bar takes, with the space above and below it: nothing while it is hidden.
func (c *callPage) barSize() fyne.Size {
	if !c.bottom.Visible() {
		return fyne.Size{}
	}
	return c.bar.MinSize().AddWidthHeight(0, 2*barMargin)
}

// fit gives the bar and the tiles their places anew when the bar has become wider or narrower.
func (c *callPage) fit() {
	if size := c.barSize(); size != c.fitted {
		c.fitted = size
		c.bottom.Refresh()
		c.tiled.Refresh()
	}
}

// moved is called for each movement of the pointer and each key.
func (c *callPage) moved() {
	c.last = c.Now()
	c.showBars(true)
}

// clicked shows the bars, or puts them away.
func (c *callPage) clicked() {
	if c.bottom.Visible() && c.call.Phase == engine.Live && !c.docked(c.root.Size()) {
		c.last = time.Time{}
		c.showBars(false)
		return
	}
	c.moved()
}

// swap exchanges the large and the small picture.
func (c *callPage) swap() {
	if c.group || len(c.call.Members) != 1 {
		c.clicked()
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
	c.tiled.Objects = []fyne.CanvasObject{c.ownTap}
	c.own.unfollow()
	c.call, c.noes, c.group, c.swapped = engine.CallState{}, nil, false, false
}

// key handles the shortcuts of a call. It reports whether it did.
func (c *callPage) key(k fyne.KeyName) bool {
	c.moved()
	switch k {
	case fyne.KeyM:
		c.mic.press()
	case fyne.KeyV:
		c.camera.press()
	case fyne.KeyA:
		if c.add.Visible() {
			c.Later(c.add.press) // the letter itself comes after the key, and must not be typed into the search
		}
	case fyne.KeyH:
		if c.hold.Visible() {
			c.hold.press()
		}
	case fyne.KeyX:
		c.beside.first()
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
