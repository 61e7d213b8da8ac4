package ui

import (
	"image/color"
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"

	"github.com/parley-calls/parley/assets"
)

// The measures of what lies on a tile, in Fyne's units.
const (
	tileEdge   = 8   // from the edges to what lies along them
	tileChip   = 22  // the height of the name and of the alert
	tileButton = 40  // the button below the words
	tileRoom   = 200 // the least height for a button below the words; in a lower tile it is in the lower right corner
)

// tileFace draws a [videoTile]: the avatar or the picture, a veil, words in the middle, and along the edges the alert, the name and
// the button.
type tileFace struct {
	tile          *videoTile
	back, veil    *canvas.Rectangle
	words, detail *canvas.Text
	name, alert   plate
}

// CreateRenderer implements [fyne.Widget].
func (t *videoTile) CreateRenderer() fyne.WidgetRenderer {
	r := &tileFace{
		tile: t, back: canvas.NewRectangle(color.Transparent), veil: canvas.NewRectangle(color.Transparent),
		words: canvas.NewText("", callWhite), detail: canvas.NewText("", callFaint), name: newPlate(), alert: newPlate(),
	}
	r.Refresh()
	return r
}

// MinSize implements [fyne.WidgetRenderer].
func (r *tileFace) MinSize() fyne.Size { return fyne.NewSize(32, 18) }

// Layout implements [fyne.WidgetRenderer].
func (r *tileFace) Layout(s fyne.Size) {
	t := r.tile
	r.back.Resize(s)
	r.veil.Resize(s)
	t.img.Resize(s)

	button := fyne.NewSize(0, 0)
	inCorner := s.Height < tileRoom
	if t.button.Visible() {
		t.button.size = tileButton
		if inCorner {
			t.button.size = min(28, s.Height*0.4)
		}
		button = t.button.MinSize()
		t.button.Resize(button)
		if inCorner {
			t.button.Move(fyne.NewPos(s.Width-tileEdge-button.Width, s.Height-tileEdge-button.Height)) // the title of the call lies at the top
		}
	}
	aside := float32(0)
	if button.Width > 0 && inCorner {
		aside = button.Width + tileEdge
	}
	r.name.place(tileEdge, s.Height-tileEdge-tileChip, s.Width-2*tileEdge-aside)
	r.alert.place(tileEdge, tileEdge, s.Width-2*tileEdge)
	r.middle(s, button, inCorner)
	t.measure()
}

// middle puts the avatar, the words and the button below one another: into the middle of the tile if they cover nothing there, and
// otherwise between what lies along its edges.
func (r *tileFace) middle(s, button fyne.Size, inCorner bool) {
	t := r.tile
	top, bottom := t.covered.top, t.covered.bottom
	if r.alert.seen() {
		top = max(top, tileEdge+tileChip)
	}
	if r.name.seen() {
		bottom = max(bottom, tileEdge+tileChip)
	}
	size := theme.SizeNameText
	if s.Height > 360 {
		size = theme.SizeNameSubHeadingText
	}
	r.words.TextSize = theme.SizeForWidget(size, t)
	if s.Height < 120 {
		r.words.TextSize = r.detail.TextSize
	}
	lines := []*canvas.Text{r.words, r.detail}
	below := float32(0) // the height of all but the avatar
	for i, whole := range []string{t.over.words, t.over.detail} {
		if i > 0 && button.Width > 0 && s.Height < 100 {
			whole = "" // no room beside the button
		}
		if lines[i].Text = shorten(whole, lines[i].TextSize, s.Width-4*tileEdge); whole != "" {
			below += lines[i].MinSize().Height
		}
	}
	if button.Height > 0 && !inCorner {
		below += button.Height + 10
	}
	d := min(160, min(s.Width, s.Height)*0.46)
	gap := float32(0)
	if below > 0 {
		d, gap = min(120, min(s.Width, s.Height)*0.36), 8
	}
	if d = min(d, s.Height-top-bottom-below-gap-12); t.filled || d < 20 {
		d, gap = 0, 0
	}
	y := (s.Height - d - gap - below) / 2
	if y < max(top, bottom) {
		y = top + (s.Height-top-bottom-d-gap-below)/2
	}
	t.portrait.Resize(fyne.NewSquareSize(d))
	t.portrait.Move(fyne.NewPos((s.Width-d)/2, y))
	y += d + gap
	for _, line := range lines {
		if line.Hidden {
			continue
		}
		m := line.MinSize()
		line.Resize(m)
		line.Move(fyne.NewPos((s.Width-m.Width)/2, y))
		y += m.Height
	}
	if button.Height > 0 && !inCorner {
		t.button.Move(fyne.NewPos((s.Width-button.Width)/2, y+10))
	}
}

// Refresh implements [fyne.WidgetRenderer].
func (r *tileFace) Refresh() {
	t := r.tile
	r.back.FillColor = darkPalette.tile
	if t.corner == 0 {
		r.back.FillColor = callBlack
	}
	r.back.CornerRadius = t.corner
	r.veil.FillColor = callVeil
	r.veil.CornerRadius = t.corner
	r.veil.Hidden = !t.over.veiled
	small := theme.SizeForWidget(theme.SizeNameCaptionText, t)
	r.detail.TextSize = small
	r.words.Hidden, r.detail.Hidden = t.over.words == "", t.over.detail == ""
	ink := color.Color(callWhite)
	if t.mark == assets.MicrophoneOff {
		ink = darkPalette.danger
	}
	r.name.show(t.chip, t.mark, ink, small)
	mark := assets.Symbol("")
	if t.over.alert != "" {
		mark = assets.Warning
	}
	r.alert.show(t.over.alert, mark, darkPalette.warning, small)
	r.Layout(t.Size())
	canvas.Refresh(t)
}

// Objects implements [fyne.WidgetRenderer].
func (r *tileFace) Objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{r.back, r.tile.portrait, r.tile.img, r.veil, r.words, r.detail}
	out = append(out, r.name.objects()...)
	return append(append(out, r.alert.objects()...), r.tile.button)
}

// Destroy implements [fyne.WidgetRenderer].
func (r *tileFace) Destroy() {}

// plate is a symbol and a few words on dark glass. Either may be missing, and without both it is not seen.
type plate struct {
	glass *canvas.Rectangle
	mark  *canvas.Image
	words *canvas.Text
	whole string // words before they are cut
}

func newPlate() plate {
	c := plate{glass: canvas.NewRectangle(color.Transparent), mark: canvas.NewImageFromResource(nil), words: canvas.NewText("", callWhite)}
	c.mark.FillMode = canvas.ImageFillContain
	return c
}

func (c *plate) seen() bool { return !c.glass.Hidden }

func (c *plate) show(words string, mark assets.Symbol, ink color.Color, size float32) {
	c.whole = words
	c.glass.FillColor = darkPalette.glass
	c.glass.CornerRadius = tileChip / 2
	c.glass.Hidden = words == "" && mark == ""
	c.words.Hidden = words == ""
	c.words.TextSize = size
	c.mark.Hidden = mark == ""
	if mark == "" {
		return
	}
	if res := tinted(mark, ink); c.mark.Resource == nil || c.mark.Resource.Name() != res.Name() {
		c.mark.Resource = res
		c.mark.Refresh()
	}
}

// place puts the chip at x, y, at most so wide.
func (c *plate) place(x, y, width float32) {
	const side, icon = 8, 14
	w := float32(2 * side)
	at := x + side
	if !c.mark.Hidden {
		c.mark.Resize(fyne.NewSquareSize(icon))
		c.mark.Move(fyne.NewPos(at, y+(tileChip-icon)/2))
		at += icon
		w += icon
	}
	if !c.words.Hidden {
		if !c.mark.Hidden {
			at += 4
			w += 4
		}
		c.words.Text = shorten(c.whole, c.words.TextSize, width-w)
		m := c.words.MinSize()
		c.words.Move(fyne.NewPos(at, y+(tileChip-m.Height)/2))
		c.words.Resize(m)
		w += m.Width
	}
	c.glass.Move(fyne.NewPos(x, y))
	c.glass.Resize(fyne.NewSize(w, tileChip))
}

// shift moves the chip by so much.
func (c *plate) shift(dx, dy float32) {
	for _, o := range c.objects() {
		o.Move(o.Position().AddXY(dx, dy))
	}
}

func (c *plate) objects() []fyne.CanvasObject { return []fyne.CanvasObject{c.glass, c.mark, c.words} }

// shorten cuts a text so that it is at most so wide.
func shorten(s string, size, width float32) string {
	fits := func(s string) bool { return fyne.MeasureText(s, size, fyne.TextStyle{}).Width <= width }
	if fits(s) {
		return s
	}
	letters := []rune(s)
	n := sort.Search(len(letters), func(n int) bool { return !fits(string(letters[:n]) + "…") })
	return string(letters[:max(0, n-1)]) + "…"
}
