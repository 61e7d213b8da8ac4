package ui

import (
	"image/color"
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"github.com/parley-calls/parley/assets"
)

// tint is a drawing in a colour.
type tint struct {
	symbol assets.Symbol
	ink    color.Color
}

// plate is a few drawings and words on dark glass. Either may be missing, and without both it is not seen.
type plate struct {
	glass *canvas.Rectangle
	marks [5]*canvas.Image
	used  int // of the marks
	words *canvas.Text
	whole string // words before they are cut
}

func newPlate() plate {
	c := plate{glass: canvas.NewRectangle(color.Transparent), words: canvas.NewText("", callWhite)}
	for i := range c.marks {
		c.marks[i] = canvas.NewImageFromResource(nil)
		c.marks[i].FillMode = canvas.ImageFillContain
	}
	return c
}

func (c *plate) seen() bool { return !c.glass.Hidden }

// show says what is on the plate: of the marks the first are the most important ones.
func (c *plate) show(words string, size float32, marks ...tint) {
	c.whole = words
	c.glass.FillColor = darkPalette.glass
	c.glass.CornerRadius = tileChip / 2
	c.glass.Hidden = words == "" && len(marks) == 0
	c.words.Hidden = words == ""
	c.words.TextSize = size
	c.used = min(len(marks), len(c.marks))
	for i, m := range marks[:c.used] {
		if res := tinted(m.symbol, m.ink); c.marks[i].Resource == nil || c.marks[i].Resource.Name() != res.Name() {
			c.marks[i].Resource = res
			c.marks[i].Refresh()
		}
	}
}

// place puts the plate at x, y, at most so wide. Where words would have less than half of it, marks are left out.
func (c *plate) place(x, y, width float32) {
	const side, icon, between = 8, 14, 4
	n := c.used
	for !c.words.Hidden && n > 1 && float32(n)*(icon+between) > width/2 {
		n--
	}
	w, at := float32(2*side), x+side
	for i, m := range c.marks {
		m.Hidden = i >= n
		if m.Hidden {
			continue
		}
		if i > 0 {
			at += between
			w += between
		}
		m.Resize(fyne.NewSquareSize(icon))
		m.Move(fyne.NewPos(at, y+(tileChip-icon)/2))
		at += icon
		w += icon
	}
	if !c.words.Hidden {
		if n > 0 {
			at += between
			w += between
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

// shift moves the plate by so much.
func (c *plate) shift(dx, dy float32) {
	for _, o := range c.objects() {
		o.Move(o.Position().AddXY(dx, dy))
	}
}

func (c *plate) objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{c.glass, c.words}
	for _, m := range c.marks {
		out = append(out, m)
	}
	return out
}

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
