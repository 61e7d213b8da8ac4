package ui

import (
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
)

// tone is how a round button looks.
type tone uint8

// The tones.
const (
	toneSoft   tone = iota // one of several, on a dark surface
	toneOff                // something is switched off: stands out
	toneRed                // ends something
	toneGreen              // begins something
	tonePlain              // only the symbol, in the colours of the theme
	toneAccent             // the symbol on a disc of the accent colour
)

// roundButton is a disc with a symbol, and perhaps words below it. It can be reached and pressed by keyboard.
type roundButton struct {
	widget.BaseWidget
	tapped func()
	moved  func() // the pointer moved over it; may be nil

	symbol   assets.Symbol
	icon     fyne.Resource // in place of the symbol, drawn as it is; may be nil
	label    string        // what it does; shown below if captioned
	badge    string        // beside the symbol: how much is new; may be empty
	light    bool          // it lies on a light surface
	caption  bool
	tone     tone
	size     float32
	disabled bool
	pointer  bool // for the pointer alone: what it lies on has keys that do the same
	hovered  bool
	focused  bool
	pressed  bool
	faded    float32 // 0 is wholly there, 1 not at all
}

var (
	_ fyne.Focusable    = (*roundButton)(nil)
	_ fyne.Tappable     = (*roundButton)(nil)
	_ desktop.Hoverable = (*roundButton)(nil)
	_ desktop.Mouseable = (*roundButton)(nil)
	_ fyne.Disableable  = (*roundButton)(nil)
)

func newRoundButton(s assets.Symbol, t tone, size float32, label string, tapped func()) *roundButton {
	b := &roundButton{symbol: s, tone: t, size: size, label: label, tapped: tapped}
	b.ExtendBaseWidget(b)
	return b
}

// captioned makes the button show its label.
func (b *roundButton) captioned() { b.caption = true }

// set changes the looks, if they are others.
func (b *roundButton) set(s assets.Symbol, t tone, label string) {
	if b.symbol != s || b.tone != t || b.label != label {
		b.symbol, b.tone, b.label = s, t, label
		b.Refresh()
	}
}

// count shows how much is new where the button leads to.
func (b *roundButton) count(n int) {
	badge := ""
	switch {
	case n > 99:
		badge = "99+"
	case n > 0:
		badge = strconv.Itoa(n)
	}
	if b.badge != badge {
		b.badge = badge
		b.Refresh()
	}
}

// fade lets what is behind shine through: 0 is not at all, 1 means that nothing of the button is seen.
func (b *roundButton) fade(much float32) {
	if b.faded != much {
		b.faded = much
		b.Refresh()
	}
}

// enable says whether it can be pressed.
func (b *roundButton) enable(on bool) {
	if b.disabled == on {
		b.disabled = !on
		b.Refresh()
	}
}

// Disabled implements [fyne.Disableable]. Fyne asks it only whether Tab may come here.
func (b *roundButton) Disabled() bool { return b.disabled || b.pointer }

// Enable implements [fyne.Disableable].
func (b *roundButton) Enable() { b.enable(true) }

// Disable implements [fyne.Disableable].
func (b *roundButton) Disable() { b.enable(false) }

func (b *roundButton) press() {
	if !b.disabled && b.tapped != nil {
		b.tapped()
	}
}

// Tapped implements [fyne.Tappable].
func (b *roundButton) Tapped(*fyne.PointEvent) { b.press() }

// MouseIn implements [desktop.Hoverable].
func (b *roundButton) MouseIn(*desktop.MouseEvent) { b.hover(true) }

// MouseMoved implements [desktop.Hoverable].
func (b *roundButton) MouseMoved(*desktop.MouseEvent) {
	if b.moved != nil {
		b.moved()
	}
}

// MouseOut implements [desktop.Hoverable].
func (b *roundButton) MouseOut() { b.hover(false) }

// MouseDown implements [desktop.Mouseable].
func (b *roundButton) MouseDown(*desktop.MouseEvent) {
	b.pressed = true
	b.Refresh()
}

// MouseUp implements [desktop.Mouseable].
func (b *roundButton) MouseUp(*desktop.MouseEvent) {
	b.pressed = false
	b.Refresh()
}

func (b *roundButton) hover(on bool) {
	b.hovered = on
	if !on {
		b.pressed = false
	}
	if b.moved != nil {
		b.moved()
	}
	b.Refresh()
}

// FocusGained implements [fyne.Focusable].
func (b *roundButton) FocusGained() {
	b.focused = true
	if b.moved != nil {
		b.moved()
	}
	b.Refresh()
}

// FocusLost implements [fyne.Focusable].
func (b *roundButton) FocusLost() {
	b.focused = false
	b.Refresh()
}

// TypedRune implements [fyne.Focusable].
func (b *roundButton) TypedRune(rune) {}

// TypedKey implements [fyne.Focusable].
func (b *roundButton) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		b.press()
	default: // the shortcuts of the page go on working
		passKey(b, k)
	}
}

func (b *roundButton) CreateRenderer() fyne.WidgetRenderer {
	r := &roundRenderer{
		button: b, halo: canvas.NewCircle(color.Transparent), disc: canvas.NewCircle(color.Transparent),
		veil: canvas.NewCircle(color.Transparent), image: canvas.NewImageFromResource(nil), words: canvas.NewText("", callWhite),
		spot: canvas.NewRectangle(callRed), number: canvas.NewText("", callWhite),
	}
	r.number.TextStyle.Bold = true
	r.image.FillMode = canvas.ImageFillContain
	r.Refresh()
	return r
}

type roundRenderer struct {
	button           *roundButton
	halo, disc, veil *canvas.Circle
	image            *canvas.Image
	words            *canvas.Text
	spot             *canvas.Rectangle // behind the badge
	number           *canvas.Text      // on it
}

const captionGap = 6 // between a round button and its words

func (r *roundRenderer) MinSize() fyne.Size {
	s := fyne.NewSquareSize(r.button.size)
	if r.button.caption {
		m := r.words.MinSize()
		s.Height += captionGap + m.Height
		s.Width = max(s.Width+20, m.Width)
	}
	return s
}

func (r *roundRenderer) Layout(s fyne.Size) {
	d := r.button.size
	x, y := (s.Width-d)/2, float32(0)
	if !r.button.caption {
		y = (s.Height - d) / 2
	}
	place := func(o fyne.CanvasObject, grow float32) {
		o.Move(fyne.NewPos(x-grow, y-grow))
		o.Resize(fyne.NewSquareSize(d + 2*grow))
	}
	place(r.halo, ringGap)
	place(r.disc, 0)
	place(r.veil, 0)
	place(r.image, -d*0.27)
	m := r.words.MinSize()
	r.words.Move(fyne.NewPos((s.Width-m.Width)/2, y+d+captionGap))
	r.words.Resize(m)
	r.number.TextSize = max(10, d*0.21)
	n := r.number.MinSize()
	spot := fyne.NewSize(max(n.Width+8, n.Height), n.Height)
	r.spot.CornerRadius = spot.Height / 2
	r.spot.Resize(spot)
	r.spot.Move(fyne.NewPos(x+d-spot.Width*0.75, y-2))
	r.number.Resize(n)
	r.number.Move(fyne.NewPos(x+d-spot.Width*0.75+(spot.Width-n.Width)/2, y-2))
}

func (r *roundRenderer) Refresh() {
	b := r.button
	named := func(n fyne.ThemeColorName) color.Color { return theme.ColorForWidget(n, b) }
	var disc, ink color.Color
	veil := color.Color(rgba(0xFFFFFF, 30))
	switch b.tone {
	case toneSoft:
		disc, ink = callSoft, callWhite
	case toneOff:
		disc, ink, veil = callWhite, callInk, rgba(0x000000, 26)
	case toneRed:
		disc, ink = callRed, callWhite
	case toneGreen:
		disc, ink = callGreen, callWhite
	case tonePlain:
		disc, ink, veil = color.Transparent, named(theme.ColorNameForeground), named(theme.ColorNameHover)
	case toneAccent:
		disc, ink, veil = named(theme.ColorNamePrimary), named(theme.ColorNameForegroundOnPrimary), named(theme.ColorNameHover)
	}
	switch {
	case b.disabled:
		ink = named(colorMuted)
		if b.tone != toneSoft && b.tone != tonePlain {
			disc = named(theme.ColorNameDisabledButton)
		}
	case b.light && b.tone == toneSoft:
		disc, ink, veil = inkSoft, callInk, inkSoft
	case b.light && b.tone == toneOff:
		disc, ink, veil = callInk, callWhite, callSoft
	}
	r.disc.FillColor = disc
	r.veil.FillColor = veil
	r.veil.Hidden = b.disabled || !b.hovered && !b.pressed
	if b.pressed {
		r.veil.FillColor = named(theme.ColorNamePressed)
	}
	if b.faded > 0 {
		seen := 1 - b.faded
		r.disc.FillColor, r.veil.FillColor, r.image.Translucency = thinned(disc, seen), thinned(r.veil.FillColor, seen), float64(b.faded)
	} else {
		r.image.Translucency = 0
	}
	r.halo.Hidden = !b.focused
	r.halo.StrokeColor = named(theme.ColorNamePrimary)
	r.halo.StrokeWidth = 2
	res := b.icon
	if res == nil {
		res = tinted(b.symbol, ink)
	}
	if r.image.Resource == nil || r.image.Resource.Name() != res.Name() {
		r.image.Resource = res
		r.image.Refresh()
	}
	r.words.Hidden = !b.caption
	r.words.Text = b.label
	r.words.TextSize = theme.SizeForWidget(theme.SizeNameCaptionText, b)
	r.words.Color = named(theme.ColorNameForeground)
	r.number.Text = b.badge
	r.number.Hidden, r.spot.Hidden = b.badge == "", b.badge == ""
	r.Layout(b.Size())
	canvas.Refresh(b)
}

func (r *roundRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.halo, r.disc, r.veil, r.image, r.words, r.spot, r.number}
}

func (r *roundRenderer) Destroy() {}
