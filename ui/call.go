package ui

import (
	"errors"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// roomCommands are what else there is to do in a call, and to know for it.
type roomCommands interface {
	hostCommands
	chatCommands
	talk(id engine.CallID, on bool)
	grant(id engine.CallID, yes bool)
	nextCamera()
	cameras() int
	layout() profile.CallLayout
	setLayout(l profile.CallLayout)
	figures(id engine.CallID, got func(engine.CallStats))
	showShortcuts()
	fullShare(sharer engine.UserID, on bool)
}

// chatCommands are what is done in a chat.
type chatCommands interface {
	sendMessage(id engine.CallID, text string)
	resendMessage(id engine.CallID, m engine.MessageID)
	copyText(s string)
}

// callParams are what the page of a call needs.
type callParams struct {
	Commands callCommands
	Room     roomCommands
	Calls    func(engine.CallID) handle
	Now      func() time.Time
	Pump     *pump
	Settings func() profile.Settings
	Save     func(change func(*profile.Settings))
	Volume   func(engine.UserID) fyne.CanvasObject // how loud somebody is heard
	Menu     *deviceMenu                           // of the page alone
	Config   Config
	Canvas   func() fyne.Canvas // that the page is on
	Full     func() bool        // the window fills the screen
	Focused  func() bool        // the window has the keyboard
	Away     func() bool        // nothing of the window is seen although it is not hidden
	Later    func(f func())     // runs f on the UI goroutine after what goes on there now
}

// callPage shows a call: the people in a scene, and over it the bars and what there is to say. The bars go away while nothing moves, unless
// there is room for them below a grid.
type callPage struct {
	callParams
	root     fyne.CanvasObject
	black    *backcloth      // behind all of it
	behind   *fyne.Container // what the program made, and over the rest
	over     *fyne.Container
	ground   *ground
	scene    *scene
	sides    *fyne.Container // the pictures with what lies over them, and the side panel
	controls controls
	bars     *bars
	menu     *menu
	side     *sidePanel
	toast    *toast            // of a message while the chat is closed
	muted    *panel            // always to be seen while our microphone is off
	words    *fyne.Container   // below the title
	hint     fyne.CanvasObject // that we speak and nobody hears it
	beside   *strip            // the call that is on hold meanwhile
	shares   *shareStrip
	banner   *notice
	asked    *notice // a moderator would like something switched on
	trouble  *notice
	put      trouble

	call    engine.CallState
	seen    bool
	away    bool
	pressed map[Button]time.Time // of the device buttons
	talk    talk
	spoken  mutedHint
}

func newCallPage(p callParams) *callPage {
	c := &callPage{callParams: p, black: newBackcloth(callBlack), banner: newNotice(), asked: newNotice(), trouble: newNotice(), pressed: map[Button]time.Time{}}
	for _, n := range []*notice{c.banner, c.asked, c.trouble} {
		n.seen = reveal
	}
	c.beside = newStrip(p.Commands, p.Now, true)
	c.shares = newShareStrip(p.Commands)
	c.controls = c.allControls()
	c.menu = newMenu(p.Canvas)
	c.side = newSidePanel(sideParams{
		Commands: p.Commands, Room: p.Room, Calls: p.Calls, Now: p.Now, Canvas: p.Canvas, Later: p.Later, Menu: c.menu, Volume: p.Volume,
		Members: p.Config.Members, Chat: p.Config.Chat, Moved: c.makeRoom,
	})
	c.toast = newToast(p.Now, func() { c.controls.press(ButtonChat) })
	c.bars = newBars(barsParams{Now: p.Now, Controls: c.controls, Top: p.Config.TopBar, Bottom: p.Config.BottomBar, More: c.toggleMore, Changed: c.fit})
	c.scene = newScene(sceneParams{
		Commands: p.Commands, Host: p.Room, Calls: p.Calls, Now: p.Now, Pump: p.Pump, Settings: p.Settings, Save: p.Save, Volume: p.Volume,
		Bar: c.bars.room, Head: c.head, Foot: c.foot, Moved: c.moved, Clicked: c.clicked, Doubled: p.Commands.toggleFullscreen, Menu: c.menu, Config: p.Config.Scene,
		Open: func(sharer engine.UserID) { p.Room.fullShare(sharer, true) }, Covered: func(by []box) { c.black.cover(by) },
	})
	c.ground = c.scene.ground
	c.muted, _ = warningPill("call.muted")
	c.hint = snugly(warningPill("call.muted.spoken"))
	c.hint.Hide()
	p.Menu.moved = func() {}

	lines := container.New(layout.NewCustomPaddedVBoxLayout(wordsGap), c.beside.root, c.hint, c.shares.root, c.asked.object(), c.banner.object(), c.trouble.object())
	c.words = container.New(corner{x: 0.5, y: 0, margin: wordsMargin, width: 560}, lines)
	c.behind, c.over = container.NewStack(), container.NewStack()
	stage := container.NewStack(c.behind, c.scene.root, at(0, 1, 18, c.muted), c.bars.title.root, c.bars.corner.root, c.bars.bottom.root,
		container.New(overBar{c.bars.size, 0}, c.toast.root),
		inset(wordsTop-wordsMargin, 0, 0, 0, c.words),
		container.New(overBar{c.bars.size, 0.5}, container.New(wide(460), p.Menu.root)), c.over)
	c.sides = container.New(aSide{c.side}, stage, c.side.root)
	page := container.NewStack(c.black.root, c.sides, c.menu.root)
	c.root = themed(page, look{choice: darkTheme})
	return c
}

// build puts what a program makes for a call into its place.
func build(place *fyne.Container, b Builder, c engine.CallState) {
	place.RemoveAll()
	if b == nil {
		return
	}
	if o := b(c.Info()); o != nil {
		place.Add(o)
	}
}

// warningPill is a short warning about our microphone, and the words of it.
func warningPill(key string) (*panel, *widget.Label) {
	mark := widget.NewIcon(tinted(assets.MicrophoneOff, darkPalette.danger))
	words := text(word(key), theme.SizeNameText, true)
	words.Truncation = fyne.TextTruncateOff
	p := newPanel(colorGlass, "", 0, inset(-2, -2, 10, 4, container.New(pillRow{}, mark, words)))
	p.radius = 20
	return p, words
}

// pillRow puts a mark before words.
type pillRow struct{}

const pillMark = 20

func (pillRow) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	mark, words := objects[0], objects[1]
	mark.Resize(fyne.NewSquareSize(pillMark))
	mark.Move(fyne.NewPos(0, (s.Height-pillMark)/2))
	words.Move(fyne.NewPos(pillMark-4, 0))
	words.Resize(fyne.NewSize(s.Width-pillMark+4, s.Height))
}

func (pillRow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[1].MinSize().AddWidthHeight(pillMark-4, 0)
}

// snug is the layout of a pill with words: in the middle, as wide as they are in one line or, where there is less room, in several.
type snug struct{ line float32 }

// snugly puts a pill where its width is bounded.
func snugly(pill *panel, words *widget.Label) *fyne.Container {
	c := container.New(snug{pill.MinSize().Width}, pill)
	words.Wrapping = fyne.TextWrapWord
	return c
}

func (p snug) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	width := min(p.line, s.Width)
	for _, o := range objects {
		o.Resize(fyne.NewSize(width, s.Height))
		o.Move(fyne.NewPos((s.Width-width)/2, 0))
	}
}

func (snug) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range objects {
		s = s.Max(fyne.NewSize(0, o.MinSize().Height))
	}
	return s
}

// overBar puts things above the bar of buttons, or where it would be.
type overBar struct {
	bar func() fyne.Size // with the space above and below it; zero while it is hidden
	x   float32          // 0 is left, 1 right
}

func (o overBar) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	margin := max(barMargin, o.bar().Height-barMargin+8)
	for _, object := range objects {
		m := object.MinSize()
		m.Width = min(m.Width, s.Width-2*barMargin)
		object.Resize(m)
		object.Move(fyne.NewPos(barMargin+(s.Width-m.Width-2*barMargin)*o.x, s.Height-margin-m.Height))
	}
}

func (o overBar) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// update shows a call, and those that wait beside it.
func (c *callPage) update(s engine.CallState, me engine.User, beside []engine.CallState) {
	first := s.ID != c.call.ID
	if first {
		build(c.behind, c.Config.Background, s)
		build(c.over, c.Config.Foreground, s)
		c.rest()
		c.moved()
	}
	c.call = s
	c.shares.show(s)
	c.beside.show(beside)
	c.scene.update(s, me, first)
	c.side.update(s, me)
	c.bars.update(s, c.with())
	c.menu.update()
	c.warn()
	c.ask()
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

// ask asks for what a moderator would like us to switch on.
func (c *callPage) ask() {
	title := askedWords(c.call.Asked)
	if title == "" {
		c.asked.hide()
		return
	}
	call, mark := c.call.ID, assets.Microphone
	if !c.call.Asked.Microphone {
		mark = assets.Camera
	}
	answer := func(yes bool) func() { return func() { c.Room.grant(call, yes) } }
	c.asked.ask(mark, title, "", word("call.asked.yes"), answer(true), word("call.asked.no"), answer(false))
}

// tick moves what moves by itself: the clock, the rings and the bars.
func (c *callPage) tick() {
	if c.call.ID == "" {
		return
	}
	if away := c.Away(); away != c.away {
		c.away = away
		c.scene.look(c.seen && !away)
	}
	c.scene.tick()
	c.side.tick()
	c.toast.tick(c.side)
	c.speakUp()
	kept := c.banner.object().Visible() || c.asked.object().Visible() || c.trouble.object().Visible() || c.menu.root.Visible() || c.Menu.root.Visible()
	defer c.showMuted()
	c.bars.tick(kept || c.call.Phase != engine.Live || c.docked(c.scene.root.Size()))
}

// showMuted says that we are muted, unless the button of the microphone does.
func (c *callPage) showMuted() {
	b := c.bars.bottom
	reveal(c.muted, !c.call.Microphone && !(b.wanted && b.root.Visible() && slices.Contains(b.on, ButtonMicrophone)))
}

// speakUp follows push-to-talk, and says that nobody hears us if we speak while muted.
func (c *callPage) speakUp() {
	c.talk = c.talk.follow(c.call)
	if !c.hasKeys() {
		c.talkEnds()
	}
	level, now := float32(0), c.Now()
	if !c.call.Microphone && c.talk == resting && c.call.Phase == engine.Live {
		level = c.Calls(c.call.ID).SpokenMuted()
	}
	c.spoken = c.spoken.look(level, now)
	if on := c.spoken.shows(!c.call.Microphone, now); on != c.hint.Visible() {
		reveal(c.hint, on)
		c.words.Refresh() // makes room for it
	}
}

// hasKeys reports whether the keys of the keyboard come to the page.
func (c *callPage) hasKeys() bool {
	on := c.Canvas()
	return c.seen && c.Focused() && on.Focused() == nil && on.Overlays().Top() == nil
}

// docked reports whether the bar has a place of its own below the grid. It stays there then.
func (c *callPage) docked(s fyne.Size) bool {
	return c.scene.group && !c.Full() && s.Height >= lowCall
}

// foot is how much of the height belongs to the bar.
func (c *callPage) foot(s fyne.Size) float32 {
	if size := c.bars.size(); c.docked(s) && size.Height > 0 {
		return size.Height - 10
	}
	return 0
}

// The place of what there is to say at the top, in Fyne's units.
const (
	wordsTop    = 64 // below the title
	wordsMargin = 16
	wordsGap    = 8
)

// head is how much of the height belongs to what is at the top and stays there.
func (c *callPage) head(s fyne.Size) float32 {
	if !c.docked(s) {
		return 0
	}
	head := c.bars.head()
	for _, line := range []fyne.CanvasObject{c.beside.root, c.shares.root} {
		if line.Visible() {
			head = max(head, wordsTop-wordsGap) + wordsGap + line.MinSize().Height
		}
	}
	return head
}

// fit gives the tiles their places anew after the bar has changed.
func (c *callPage) fit() {
	c.ground.blank = !c.bars.on && c.Full()
	c.showMuted()
	c.scene.settle(c.scene.root.Size())
}

// makeRoom gives the pictures what the side panel leaves.
func (c *callPage) makeRoom() {
	aSide{c.side}.Layout(c.sides.Objects, c.sides.Size())
	repaint()
}

// moved is called for each movement of the pointer and each key.
func (c *callPage) moved() { c.bars.moved() }

// clicked shows the bars, or puts them away.
func (c *callPage) clicked() {
	if c.bars.on && c.call.Phase == engine.Live && !c.docked(c.scene.root.Size()) && c.bars.clicked() {
		return
	}
	c.moved()
}

// look says whether the page can be seen.
func (c *callPage) look(on bool) {
	c.seen = on
	c.scene.look(on && !c.away)
	if on {
		c.moved()
		return
	}
	c.menu.close()
	c.talkEnds()
}

// rest lets go of the call.
func (c *callPage) rest() {
	c.talkEnds()
	c.menu.close()
	c.Menu.hide()
	c.scene.rest()
	c.side.rest()
	c.call, c.spoken = engine.CallState{}, mutedHint{}
}
