package ui

import (
	"image"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
	"github.com/go-gl/glfw/v3.4/glfw"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/profile"
)

// shareBarSize is the size of the bar, in Fyne's units.
var shareBarSize = fyne.NewSize(500, 60)

// sharedName is what a person calls what we share.
func sharedName(s engine.ShareState) string {
	name := surfaceName(s.Surface)
	if s.Surface.Kind == media.ScreenSurface && s.Surface.Label == "" {
		name = word("share.own")
	}
	if !s.Region.Empty() {
		return word("share.part", fill{"Name": name})
	}
	return name
}

// sharedWords says what the others see and hear of a share of ours.
func sharedWords(c engine.CallState) string {
	switch {
	case c.Share.Paused:
		return word("share.paused")
	case c.Share.SoundErr != nil:
		return word("share.silent")
	case len(c.Members) == 0:
		return word("share.alone")
	}
	return word("share.seen", fill{"Count": len(c.Members)})
}

// shareControls are the words about what we share in a call, and the buttons to pause and end it.
type shareControls struct {
	commands           shareCommands
	title, detail      *widget.Label
	mic                *roundButton
	pause, other, stop *roundButton
	row                *fyne.Container // of the buttons but mic
	words              *fyne.Container
	call               engine.CallState
}

func newShareControls(commands shareCommands) *shareControls {
	b := &shareControls{commands: commands, title: text("", theme.SizeNameText, true), detail: text("", theme.SizeNameCaptionText, false)}
	b.detail.Importance = widget.LowImportance
	button := func(s assets.Symbol, t tone, label string, f func()) *roundButton {
		return newRoundButton(s, t, buttonSmall, label, f)
	}
	b.mic = button(assets.Microphone, toneSoft, "", func() { commands.setMicrophone(b.call.ID, !b.call.Microphone) })
	b.pause = button(assets.Hold, toneSoft, "", func() { commands.pauseShare(b.call.ID, !b.call.Share.Paused) })
	b.other = button(assets.Share, toneSoft, word("share.again"), func() { commands.pickShare(b.call.ID) })
	b.stop = button(assets.StopShare, toneRed, word("share.stop"), func() { commands.stopShare(b.call.ID) })
	b.row = container.NewHBox(b.pause, b.other, b.stop)
	b.words = container.New(layout.NewCustomPaddedVBoxLayout(-16), b.title, b.detail)
	return b
}

func (b *shareControls) update(c engine.CallState) {
	b.call = c
	say(b.title, word("share.on", fill{"Name": oneLine(sharedName(c.Share), 120)}))
	say(b.detail, sharedWords(c))
	if c.Share.Paused {
		b.pause.set(assets.Resume, toneOff, word("share.continue"))
	} else {
		b.pause.set(assets.Hold, toneSoft, word("share.pause"))
	}
	if c.Microphone {
		b.mic.set(assets.Microphone, toneSoft, word("call.mute"))
	} else {
		b.mic.set(assets.MicrophoneOff, toneOff, word("call.unmute"))
	}
}

// shareStrip is a line over the page of a call that says what we share in it.
type shareStrip struct {
	*shareControls
	root *panel
}

func newShareStrip(commands shareCommands) *shareStrip {
	s := &shareStrip{shareControls: newShareControls(commands)}
	mark := container.NewCenter(inset(0, 0, 8, 0, widget.NewIcon(tinted(assets.Share, darkPalette.accent))))
	s.root = newPanel(colorCard, colorLine, 6, newBorder(nil, nil, mark, container.NewCenter(s.row), s.words))
	s.root.Hide()
	return s
}

// show says what we share in a call, and nothing if we share nothing.
func (s *shareStrip) show(c engine.CallState) {
	if c.Share.On {
		s.update(c)
	}
	reveal(s.root, c.Share.On)
}

// shareBar is a small window over everything else on the screen that we share: it says so, and pauses and ends it. It is there whenever
// we share and the call itself is not in front. It can be dragged, and stays where it was left.
type shareBar struct {
	ui     *UI
	bar    *shareControls
	frame  *chase
	window fyne.Window // made when it is first needed
	up     bool

	screens    []monitor // while it is dragged
	hold, from image.Point
}

var _ dragged = (*shareBar)(nil)

func newShareBar(u *UI) *shareBar {
	b := u.engine
	return &shareBar{ui: u, bar: newShareControls(u), frame: &chase{
		hardware: b, desktop: u.params.Desktop, commands: u.commands,
		points: func(call engine.CallID) []engine.Pointer { return b.Call(call).Pointers(b.Snapshot().Me.ID) },
	}}
}

// bring frames what is shared, and shows and hides the bar.
func (b *shareBar) bring(want showing, s *engine.Snapshot) {
	c, _ := s.Call(want.sharing)
	b.frame.follow(chasedOf(c))
	if !want.shareBar {
		if b.up {
			b.up = false
			b.window.Hide()
		}
		return
	}
	b.bar.update(c)
	if b.up {
		return
	}
	b.up = true
	if b.window == nil {
		b.make()
	}
	showBeside(b.window)
	b.settle(c.Share.Surface.Area)
	raise(b.window)
}

func (b *shareBar) make() {
	b.window = newBareWindow(b.ui.params.App, word("share.bar"))
	b.window.SetCloseIntercept(b.ui.show)
	b.window.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) {
		switch k.Name {
		case fyne.KeyM:
			b.bar.mic.press()
		case fyne.KeyReturn, fyne.KeyEnter:
			b.ui.show()
		}
	})
	mark := container.NewCenter(inset(0, 0, 14, 2, widget.NewIcon(tinted(assets.Share, darkPalette.accent))))
	b.bar.row.Objects = append([]fyne.CanvasObject{b.bar.mic}, b.bar.row.Objects...)
	line := newBorder(nil, nil, mark, inset(0, 0, 0, 12, container.NewCenter(b.bar.row)), container.New(column{width: math.MaxFloat32, middle: true}, b.bar.words))
	drag := newHandleBar(b, newPanel(theme.ColorNameBackground, colorLine, 0, container.NewStack()), b.ui.show, nil)
	b.window.SetContent(themed(container.NewStack(drag, line), look{choice: profile.DarkTheme}))
	b.window.Resize(shareBarSize)
}

// settle puts the bar where it was left if that screen is there, and otherwise at the top of the screen that is shared.
func (b *shareBar) settle(shared image.Rectangle) {
	g := glfwWindow(b.window)
	if g == nil {
		return
	}
	screens, home := monitors(g)
	if len(screens) == 0 {
		return
	}
	if !shared.Empty() {
		home = under(shared, screens)
	}
	at := barPlace(b.ui.store.Settings().SharePlace, rectOf(g).Size(), screens, home)
	g.SetPos(at.X, at.Y)
}

// barPlace is the upper left corner of a bar of that size.
func barPlace(left *profile.Place, size image.Point, screens []monitor, home int) image.Point {
	if left != nil {
		for _, m := range screens {
			if m.name == left.Screen {
				return settled(left, size, screens, home)
			}
		}
	}
	work := screens[home].work
	at := image.Pt(work.Min.X+(work.Dx()-size.X)/2, work.Min.Y+placeMargin/2)
	return inside(image.Rectangle{at, at.Add(size)}, work).Min
}

// grab implements [dragged].
func (b *shareBar) grab(at fyne.Position) {
	if g := glfwWindow(b.window); g != nil {
		b.screens, _ = monitors(g)
		r := rectOf(g)
		scale := float32(r.Dx()) / max(1, b.window.Canvas().Size().Width)
		b.from, b.hold = r.Min, r.Min.Add(image.Pt(int(at.X*scale), int(at.Y*scale)))
	}
}

// move implements [dragged].
func (b *shareBar) move() {
	if g := glfwWindow(b.window); g != nil && len(b.screens) > 0 {
		at := b.from.Add(pointer(g).Sub(b.hold))
		r := image.Rectangle{at, at.Add(rectOf(g).Size())}
		r = sticking(r, b.screens[under(r, b.screens)].work)
		g.SetPos(r.Min.X, r.Min.Y)
	}
}

// stretch implements [dragged]: the bar has one size.
func (b *shareBar) stretch(int, int) {}

// drop implements [dragged]. What was left beyond an edge comes back, and the place is remembered.
func (b *shareBar) drop() {
	g := glfwWindow(b.window)
	if g == nil || len(b.screens) == 0 {
		return
	}
	r := rectOf(g)
	r = inside(r, b.screens[under(r, b.screens)].work)
	g.SetPos(r.Min.X, r.Min.Y)
	at := placeOf(r, b.screens)
	b.screens = nil
	b.ui.save(func(s *profile.Settings) { s.SharePlace = &at })
}

// close takes it down.
func (b *shareBar) close(ended bool) {
	b.frame.follow(chased{})
	if b.window != nil && !ended {
		b.window.SetCloseIntercept(nil)
		b.window.Close()
	}
}

// callInFront reports whether the main window has the keyboard. The bar has it for a moment when one of its buttons is pressed.
func (u *UI) callInFront() bool {
	if g := glfwWindow(u.main); g != nil {
		return u.up && g.GetAttrib(glfw.Focused) == glfw.True
	}
	return u.up && u.front
}
