package ui

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine/media"
)

// The measures of a card, in Fyne's units.
const (
	cardWidth = 220 // at least
	cardGap   = 12
	cardWords = 46 // the height below the picture
	cardRing  = 3  // around a card that is chosen
)

// surfaceName is what a person calls something that can be shared.
func surfaceName(s media.Surface) string {
	switch {
	case s.Kind == media.ScreenSurface && s.Label == "":
		return word("share.screen")
	case s.Kind == media.ScreenSurface:
		return word("share.screen.named", fill{"Name": s.Label})
	case s.Label != "":
		return s.Label
	case s.App != "":
		return s.App
	}
	return word("share.window")
}

// shareCard is something that can be shared: a small live picture of it, with its name.
type shareCard struct {
	widget.BaseWidget
	surface        media.Surface
	choose, share  func()
	chosen, inside bool // inside: the pointer is over it

	img *canvas.Image
}

var (
	_ desktop.Hoverable   = (*shareCard)(nil)
	_ desktop.Mouseable   = (*shareCard)(nil)
	_ fyne.DoubleTappable = (*shareCard)(nil)
)

func newShareCard(choose, share func()) *shareCard {
	c := &shareCard{choose: choose, share: share, img: &canvas.Image{ScaleMode: canvas.ImageScaleFastest, FillMode: canvas.ImageFillContain}}
	c.ExtendBaseWidget(c)
	return c
}

// show says what the card stands for, and whether it is chosen.
func (c *shareCard) show(s media.Surface, chosen bool) {
	if c.surface != s || c.chosen != chosen {
		c.surface, c.chosen = s, chosen
		c.Refresh()
	}
}

// picture shows the surface as it is now.
func (c *shareCard) picture(m *image.RGBA) {
	first := c.img.Image == nil
	c.img.Image = m
	if first {
		c.Refresh()
	}
	c.img.Refresh()
}

// MouseDown implements [desktop.Mouseable]: a tap would come only once it is certain that it is no double one.
func (c *shareCard) MouseDown(e *desktop.MouseEvent) {
	if e.Button == desktop.MouseButtonPrimary {
		c.choose()
	}
}

// MouseUp implements [desktop.Mouseable].
func (c *shareCard) MouseUp(*desktop.MouseEvent) {}

// DoubleTapped implements [fyne.DoubleTappable].
func (c *shareCard) DoubleTapped(*fyne.PointEvent) {
	c.choose()
	c.share()
}

// MouseIn implements [desktop.Hoverable].
func (c *shareCard) MouseIn(*desktop.MouseEvent) { c.hover(true) }

// MouseMoved implements [desktop.Hoverable].
func (c *shareCard) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements [desktop.Hoverable].
func (c *shareCard) MouseOut() { c.hover(false) }

func (c *shareCard) hover(on bool) {
	c.inside = on
	c.Refresh()
}

func (c *shareCard) CreateRenderer() fyne.WidgetRenderer {
	r := &cardFace{
		card: c, ground: canvas.NewRectangle(color.Transparent), back: canvas.NewRectangle(color.Transparent),
		mark: canvas.NewImageFromResource(nil), name: canvas.NewText("", color.Transparent), app: canvas.NewText("", color.Transparent),
	}
	r.mark.FillMode = canvas.ImageFillContain
	r.name.TextStyle.Bold = true
	r.Refresh()
	return r
}

// cardFace draws a [shareCard].
type cardFace struct {
	card         *shareCard
	ground, back *canvas.Rectangle // of the card, and behind the picture
	mark         *canvas.Image     // until there is a picture
	name, app    *canvas.Text
}

// MinSize implements [fyne.WidgetRenderer].
func (r *cardFace) MinSize() fyne.Size { return fyne.NewSize(cardWidth, cardHeight(cardWidth)) }

// cardHeight is the height of a card of that width.
func cardHeight(width float32) float32 { return (width-2*cardRing)*9/16 + cardWords + cardRing }

// pictureSize is the size of the picture on a card of that size.
func pictureSize(card fyne.Size) fyne.Size {
	return fyne.NewSize(card.Width-2*cardRing, card.Height-cardRing-cardWords)
}

// Layout implements [fyne.WidgetRenderer].
func (r *cardFace) Layout(s fyne.Size) {
	r.ground.Resize(s)
	size := pictureSize(s)
	for _, o := range []fyne.CanvasObject{r.back, r.card.img} {
		o.Move(fyne.NewSquareOffsetPos(cardRing))
		o.Resize(size)
	}
	mark := min(40, size.Height/2)
	r.mark.Resize(fyne.NewSquareSize(mark))
	r.mark.Move(fyne.NewPos((s.Width-mark)/2, cardRing+(size.Height-mark)/2))
	r.write(s)
}

// write puts the name below the picture, and below that the program; alone it stands in the middle.
func (r *cardFace) write(s fyne.Size) {
	const side = 8
	c := r.card
	r.name.Text = shorten(turned(oneLine(surfaceName(c.surface), 200)), r.name.TextSize, s.Width-2*side)
	r.app.Text = shorten(turned(oneLine(c.surface.App, 200)), r.app.TextSize, s.Width-2*side)
	high := r.name.MinSize().Height
	if r.app.Text != "" {
		high += r.app.MinSize().Height
	}
	y := s.Height - cardWords + (cardWords-high)/2
	for _, line := range []*canvas.Text{r.name, r.app} {
		m := line.MinSize()
		line.Resize(m)
		line.Move(fyne.NewPos(side, y))
		y += m.Height
	}
}

// Refresh implements [fyne.WidgetRenderer].
func (r *cardFace) Refresh() {
	c := r.card
	named := func(n fyne.ThemeColorName) color.Color { return theme.ColorForWidget(n, c) }
	r.ground.CornerRadius = radius
	r.ground.FillColor, r.ground.StrokeColor, r.ground.StrokeWidth = named(colorCard), named(colorLine), 1
	switch {
	case c.chosen:
		r.ground.FillColor, r.ground.StrokeColor, r.ground.StrokeWidth = named(colorTinted), named(theme.ColorNamePrimary), cardRing
	case c.inside:
		r.ground.StrokeColor = named(theme.ColorNameInputBorder)
	}
	r.back.FillColor, r.back.CornerRadius = named(colorTile), radius-cardRing
	c.img.CornerRadius = radius - cardRing
	mark := assets.Window
	if c.surface.Kind == media.ScreenSurface {
		mark = assets.Host
	}
	r.mark.Resource = tinted(mark, callFaint)
	r.mark.Hidden, c.img.Hidden = c.img.Image != nil, c.img.Image == nil
	r.mark.Refresh()
	r.name.Color, r.name.TextSize = named(theme.ColorNameForeground), theme.SizeForWidget(theme.SizeNameText, c)-1
	r.app.Color, r.app.TextSize = named(colorMuted), theme.SizeForWidget(theme.SizeNameCaptionText, c)
	r.Layout(c.Size())
	canvas.Refresh(c)
}

// Objects implements [fyne.WidgetRenderer].
func (r *cardFace) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.back, r.mark, r.card.img, r.name, r.app}
}

// Destroy implements [fyne.WidgetRenderer].
func (r *cardFace) Destroy() {}

// cardGrid puts cards of one size into as many columns as fit into width, which whoever scrolls it sets.
type cardGrid struct{ width float32 }

var _ fyne.Layout = (*cardGrid)(nil)

// columns is how many cards stand side by side.
func (g *cardGrid) columns() int { return max(1, int((g.width+cardGap)/(cardWidth+cardGap))) }

// size is that of a card.
func (g *cardGrid) size() fyne.Size {
	n := float32(g.columns())
	w := (g.width - (n-1)*cardGap) / n
	return fyne.NewSize(w, cardHeight(w))
}

// Layout implements [fyne.Layout].
func (g *cardGrid) Layout(objects []fyne.CanvasObject, _ fyne.Size) {
	n, size := g.columns(), g.size()
	for i, o := range objects {
		o.Move(fyne.NewPos(float32(i%n)*(size.Width+cardGap), float32(i/n)*(size.Height+cardGap)))
		o.Resize(size)
	}
}

// MinSize implements [fyne.Layout].
func (g *cardGrid) MinSize(objects []fyne.CanvasObject) fyne.Size {
	rows := (len(objects) + g.columns() - 1) / g.columns()
	return fyne.NewSize(cardWidth, max(0, float32(rows)*(g.size().Height+cardGap)-cardGap))
}
