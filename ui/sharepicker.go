package ui

import (
	"context"
	"image"
	"runtime"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/profile"
)

// sharePickerSize is the size of the picker where the window has room for it.
var sharePickerSize = fyne.NewSize(780, 590)

// soundIsShared says whether the sound of the machine can be heard by programs, see [engine.Devices].
const soundIsShared = runtime.GOOS == "linux"

// sharePart is a part of the picker.
type sharePart uint8

// The parts.
const (
	shareScreens sharePart = iota
	shareWindows
	shareRegion
)

// sharePickerParams are what the picker needs.
type sharePickerParams struct {
	Call     engine.CallID
	Hardware hardware
	Do       func(func()) // queues a function on the UI goroutine
	Settings func() profile.Settings
	Save     func(change func(*profile.Settings))
	Share    func(engine.Share)
	Stop     func()
	Close    func() // puts the picker away
}

// sharePicker chooses what of the display to share: a screen, a window, or a rectangle of a screen, each with a picture of how it is
// now. Arrows move the choice, Enter shares it, Escape closes.
type sharePicker struct {
	sharePickerParams
	root   fyne.CanvasObject
	looks  *lookout
	cancel context.CancelFunc // of looks

	part   sharePart
	seen   sight
	chosen [3]string // surfaces, by part

	title    *widget.Label
	stop     *pushButton
	tabs     [3]*segment
	screens  *fyne.Container // chooses the screen of a region, if there are several
	cards    map[string]*shareCard
	grid     *cardGrid
	shelf    *fyne.Container   // holds the cards of the part
	scroll   *container.Scroll // of the shelf
	pane     *regionPane
	state    *fyne.Container // words in place of cards
	sign     *widget.Icon
	busy     *widget.Activity
	what     *widget.Label
	why      *widget.Label
	profiles [2]*segment // text and motion
	sound    *check
	start    *pushButton
}

func newSharePicker(p sharePickerParams) *sharePicker {
	k := &sharePicker{sharePickerParams: p, cards: map[string]*shareCard{}, grid: &cardGrid{}}
	k.title = text(word("share.title"), theme.SizeNameSubHeadingText, true)
	k.stop = newIconButton(word("share.stop"), symbol(assets.StopShare), func() {
		p.Close()
		p.Stop()
	})
	k.stop.Importance = widget.DangerImportance
	k.stop.Hide()
	away := newRoundButton(assets.Close, tonePlain, 32, word("picker.close"), p.Close)
	head := inset(6, 0, 8, 6, newBorder(nil, nil, nil, container.NewHBox(container.NewCenter(k.stop), container.NewCenter(away)), k.title))

	for i, t := range [3]struct {
		mark assets.Symbol
		key  string
	}{{assets.Host, "share.screens"}, {assets.Window, "share.windows"}, {assets.Region, "share.region"}} {
		k.tabs[i] = newSegment(symbol(t.mark), word(t.key), func() { k.turn(sharePart(i)) })
	}
	k.screens = container.NewStack()
	k.shelf = container.New(k.grid)
	k.scroll = container.NewVScroll(k.shelf)
	k.scroll.OnScrolled = func(fyne.Position) { k.wish() }
	k.pane = newRegionPane(k.offer)
	k.sign, k.busy, k.what, k.why = widget.NewIcon(nil), widget.NewActivity(), centered(note("")), centered(note(""))
	k.what.TextStyle.Bold, k.what.Importance = true, widget.MediumImportance
	k.state = container.New(column{width: columnWidth, middle: true},
		container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(32), container.NewStack(k.sign, k.busy))), k.what, k.why)

	settings := p.Settings()
	k.profiles[0] = newSegment(symbol(assets.Text), word("share.text"), func() { k.prefer(true) })
	k.profiles[1] = newSegment(symbol(assets.Play), word("share.motion"), func() { k.prefer(false) })
	k.tell(settings.ShareText)
	k.sound = newCheck(word("share.sound"), nil)
	k.sound.Checked = settings.ShareSound
	k.sound.OnChanged = func(on bool) { p.Save(func(s *profile.Settings) { s.ShareSound = on }) }
	visible(k.sound, soundIsShared)
	k.start = newIconButton(word("share.start"), symbol(assets.Share), k.done)
	k.start.Importance = widget.HighImportance

	foot := &footline{}
	k.root = container.New(&shareSheet{foot: foot, grid: k.grid, fitted: k.wish}, head,
		container.New(layout.NewCustomPaddedVBoxLayout(8), newSegments(k.tabs[:]...), k.screens),
		container.NewStack(k.scroll, k.pane, k.state), container.New(foot, newSegments(k.profiles[0], k.profiles[1]), k.sound, k.start))
	k.turn(shareScreens)
	return k
}

// watch looks at the display until the picker is put away.
func (k *sharePicker) watch(c *commands) {
	news := &post{do: k.Do, run: k.look}
	k.looks = newLookout(k.Hardware, news.ask)
	var ctx context.Context
	ctx, k.cancel = context.WithCancel(c.ctx)
	c.background(func() { k.looks.run(ctx) })
}

// rest lets go of the display.
func (k *sharePicker) rest() {
	k.cancel()
	k.looks = nil // what it has said already comes too late
	k.busy.Stop()
}

// update follows the call, and closes the picker when there is nothing to share in.
func (k *sharePicker) update(s *engine.Snapshot) {
	c, ok := s.Call(k.Call)
	if !ok || c.Phase == engine.Over || c.Held {
		k.Close()
		return
	}
	visible(k.stop, c.Share.On)
	if c.Share.On {
		say(k.title, word("share.again"))
	} else {
		say(k.title, word("share.title"))
	}
}

// look shows what the lookout has seen.
func (k *sharePicker) look() {
	if k.looks == nil {
		return
	}
	seen, pictures := k.looks.take()
	k.seen = seen
	for id := range k.cards {
		if !slices.ContainsFunc(seen.surfaces, func(s media.Surface) bool { return s.ID == id }) {
			delete(k.cards, id)
		}
	}
	k.arrange()
	for id, m := range pictures {
		if c := k.cards[id]; c != nil {
			c.picture(m)
		}
		if id == k.pane.surface.ID {
			k.pane.picture(m)
		}
	}
}

// offers are the surfaces of the part: the screens, or the windows.
func (k *sharePicker) offers() []media.Surface {
	kind := media.ScreenSurface
	if k.part == shareWindows {
		kind = media.WindowSurface
	}
	return slices.DeleteFunc(slices.Clone(k.seen.surfaces), func(s media.Surface) bool { return s.Kind != kind })
}

// turn shows another part.
func (k *sharePicker) turn(part sharePart) {
	k.part = part
	for i, t := range k.tabs {
		t.show(sharePart(i) == part, 0)
	}
	k.scroll.ScrollToTop()
	k.arrange()
}

// arrange gives every surface of the part a card.
func (k *sharePicker) arrange() {
	offers := k.offers()
	if !slices.ContainsFunc(offers, func(s media.Surface) bool { return s.ID == k.chosen[k.part] }) {
		k.chosen[k.part] = ""
		if len(offers) > 0 && k.part != shareWindows { // a screen is meant more often than not; no window is
			k.chosen[k.part] = offers[0].ID
		}
	}
	var cards []fyne.CanvasObject
	for _, s := range offers {
		c := k.cards[s.ID]
		if c == nil {
			c = newShareCard(func() { k.choose(s.ID) }, k.done)
			colour(c, darkTheme)
			k.cards[s.ID] = c
		}
		c.show(s, s.ID == k.chosen[k.part])
		cards = append(cards, c)
	}
	if !slices.Equal(cards, k.shelf.Objects) {
		k.shelf.Objects = cards
		k.shelf.Refresh()
		k.scroll.Refresh()
	}
	k.arrangeRegion(offers)
	k.explain(len(offers))
	visible(k.scroll, k.part != shareRegion && len(offers) > 0)
	visible(k.pane, k.part == shareRegion && len(offers) > 0)
	k.offer()
	k.wish()
}

// arrangeRegion shows the screen on which a rectangle is drawn, with a choice if there are several.
func (k *sharePicker) arrangeRegion(screens []media.Surface) {
	several := k.part == shareRegion && len(screens) > 1
	if several {
		all := make([]*segment, 0, len(screens))
		for _, s := range screens {
			g := newSegment(symbol(assets.Host), surfaceName(s), func() { k.choose(s.ID) })
			g.show(s.ID == k.chosen[k.part], 0)
			all = append(all, g)
		}
		if old, same := k.screens.Objects, k.chosen[k.part] == k.pane.surface.ID; len(old) == 0 || !same {
			row := newSegments(all...)
			colour(row, darkTheme)
			k.screens.Objects = []fyne.CanvasObject{row}
			k.screens.Refresh()
		}
	}
	if several != k.screens.Visible() {
		visible(k.screens, several)
		k.root.Refresh()
	}
	if k.part != shareRegion {
		return
	}
	if i := slices.IndexFunc(screens, func(s media.Surface) bool { return s.ID == k.chosen[k.part] }); i >= 0 {
		k.pane.show(screens[i])
	}
}

// explain writes what stands in place of surfaces.
func (k *sharePicker) explain(offers int) {
	visible(k.state, offers == 0)
	looking := offers == 0 && !k.seen.looked
	visible(k.busy, looking)
	visible(k.sign, !looking)
	if looking {
		k.busy.Start()
	} else {
		k.busy.Stop()
	}
	what, why, mark := word("share.looking"), "", assets.Window
	switch {
	case k.seen.err != nil:
		what, why = explain(k.seen.err)
		mark = assets.Warning
	case k.seen.looked && k.part == shareWindows:
		what, why = word("share.windows.none"), word("share.windows.none.text")
	case k.seen.looked:
		what, why = word(errorTitle+"screen-no-display"), word(errorText+"screen-no-display")
		mark = assets.Warning
	}
	say(k.what, what)
	say(k.why, why)
	k.sign.SetResource(theme.NewColoredResource(symbol(mark), colorMuted))
}

// wish asks for pictures of what is seen of the part.
func (k *sharePicker) wish() {
	if k.looks == nil {
		return
	}
	wanted := map[string]image.Point{}
	pixels := func(o fyne.CanvasObject, s fyne.Size) image.Point {
		if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil {
			w, h := c.PixelCoordinateForPosition(fyne.NewPos(s.Width, s.Height))
			return image.Pt(w, h)
		}
		return image.Pt(int(s.Width), int(s.Height))
	}
	if k.part == shareRegion {
		if k.pane.surface.ID != "" {
			wanted[k.pane.surface.ID] = pixels(k.pane, k.pane.Size())
		}
		k.looks.want(wanted)
		return
	}
	top, height := k.scroll.Offset.Y, k.scroll.Size().Height
	for _, o := range k.shelf.Objects {
		if y := o.Position().Y; y+o.Size().Height > top && y < top+height {
			wanted[o.(*shareCard).surface.ID] = pixels(o, pictureSize(o.Size()))
		}
	}
	k.looks.want(wanted)
}

// choose marks a surface of the part.
func (k *sharePicker) choose(id string) {
	k.chosen[k.part] = id
	k.arrange()
}

// offer lets a person start what is chosen.
func (k *sharePicker) offer() {
	if _, ok := k.choice(); ok {
		k.start.Enable()
	} else {
		k.start.Disable()
	}
}

// choice is what would be shared now.
func (k *sharePicker) choice() (engine.Share, bool) {
	offers := k.offers()
	i := slices.IndexFunc(offers, func(s media.Surface) bool { return s.ID == k.chosen[k.part] })
	if i < 0 {
		return engine.Share{}, false
	}
	what := engine.Share{Surface: offers[i], Profile: engine.MotionShare, Sound: soundIsShared && k.sound.Checked}
	if k.profiles[0].chosen {
		what.Profile = engine.TextShare
	}
	if k.part == shareRegion {
		what.Region = k.pane.region
		return what, !what.Region.Empty() && !k.pane.drawing
	}
	return what, true
}

// done shares what is chosen.
func (k *sharePicker) done() {
	what, ok := k.choice()
	if !ok {
		return
	}
	k.Close()
	k.Share(what)
}

// prefer remembers whether shares are sharp rather than smooth.
func (k *sharePicker) prefer(text bool) {
	k.tell(text)
	k.Save(func(s *profile.Settings) { s.ShareText = text })
}

func (k *sharePicker) tell(text bool) {
	k.profiles[0].show(text, 0)
	k.profiles[1].show(!text, 0)
}

// key handles the keys that no widget took.
func (k *sharePicker) key(n fyne.KeyName) {
	switch n {
	case fyne.KeyLeft:
		k.move(-1)
	case fyne.KeyRight:
		k.move(1)
	case fyne.KeyUp:
		k.move(-k.grid.columns())
	case fyne.KeyDown:
		k.move(k.grid.columns())
	case fyne.KeyReturn, fyne.KeyEnter:
		k.done()
	case fyne.KeyEscape:
		k.Close()
	}
}

// move chooses a card that far away, or the first one if none is chosen.
func (k *sharePicker) move(by int) {
	offers := k.offers()
	i := slices.IndexFunc(offers, func(s media.Surface) bool { return s.ID == k.chosen[k.part] })
	to := i + by
	if i < 0 {
		to = 0
	}
	if to < 0 || to >= len(offers) {
		return
	}
	k.choose(offers[to].ID)
	if card := k.cards[offers[to].ID]; k.part != shareRegion {
		scrollInto(k.scroll, card.Position().Y, card.Position().Y+card.Size().Height)
	}
}

// pickShare asks what to share in a call, or what to share instead.
func (u *UI) pickShare(id engine.CallID) {
	if u.sheet != nil || u.pages == nil || u.last == nil {
		return
	}
	u.show()
	k := newSharePicker(sharePickerParams{
		Call: id, Hardware: u.engine, Do: u.do, Settings: u.store.Settings, Save: u.save,
		Share: func(what engine.Share) { u.share(id, what) }, Stop: func() { u.stopShare(id) }, Close: u.closeSheet,
	})
	u.openSheet(profile.DarkTheme, sharePickerSize, k.root, func() {
		k.rest()
		u.sharing = nil
	})
	u.sharing, u.sheet.update, u.sheet.key = k, k.update, k.key
	k.watch(u.commands)
	k.update(u.last)
}
