package ui

import (
	"image"
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/engine/media"
)

// leastRegion is the least width and height of a region, in pixels of the display: less is a slip of the hand.
const leastRegion = 32

// regionPane shows a screen as it is now, on which a person draws a rectangle round what to share.
type regionPane struct {
	widget.BaseWidget
	changed func()

	surface media.Surface
	region  image.Rectangle // of the surface, in its pixels
	from    image.Point     // where the drawing began
	drawing bool
	img     *canvas.Image
}

var (
	_ desktop.Mouseable  = (*regionPane)(nil)
	_ desktop.Cursorable = (*regionPane)(nil)
	_ fyne.Draggable     = (*regionPane)(nil)
)

func newRegionPane(changed func()) *regionPane {
	p := &regionPane{changed: changed, img: &canvas.Image{ScaleMode: canvas.ImageScaleFastest, FillMode: canvas.ImageFillContain}}
	p.ExtendBaseWidget(p)
	return p
}

// show says which screen it is. Another one, or one of another size, begins without a rectangle.
func (p *regionPane) show(s media.Surface) {
	if p.surface == s {
		return
	}
	if p.surface.ID != s.ID || p.surface.Area.Size() != s.Area.Size() {
		p.region, p.drawing, p.img.Image = image.Rectangle{}, false, nil
	}
	p.surface = s
	p.Refresh()
}

// picture shows the screen as it is now.
func (p *regionPane) picture(m *image.RGBA) {
	first := p.img.Image == nil
	p.img.Image = m
	if first {
		p.Refresh()
	}
	p.img.Refresh()
}

// canvasArea is where the screen is in the pane, and how many units one of its pixels takes.
func (p *regionPane) canvasArea() (at fyne.Position, size fyne.Size, scale float32) {
	s, whole := p.Size(), p.surface.Area.Size()
	if whole.X <= 0 || whole.Y <= 0 {
		return at, size, 0
	}
	scale = min(s.Width/float32(whole.X), s.Height/float32(whole.Y))
	size = fyne.NewSize(float32(whole.X)*scale, float32(whole.Y)*scale)
	return fyne.NewPos((s.Width-size.Width)/2, (s.Height-size.Height)/2), size, scale
}

// pixel is the pixel of the screen nearest to a place in the pane.
func (p *regionPane) pixel(at fyne.Position) image.Point {
	corner, _, scale := p.canvasArea()
	if scale == 0 {
		return image.Point{}
	}
	whole := p.surface.Area.Size()
	near := func(v float32, most int) int { return min(max(0, int(v/scale+0.5)), most) }
	return image.Pt(near(at.X-corner.X, whole.X), near(at.Y-corner.Y, whole.Y))
}

// MouseDown implements [desktop.Mouseable]: a rectangle begins.
func (p *regionPane) MouseDown(e *desktop.MouseEvent) {
	if e.Button == desktop.MouseButtonPrimary && p.surface.ID != "" {
		p.from, p.drawing = p.pixel(e.Position), true
		p.set(image.Rectangle{})
	}
}

// Dragged implements [fyne.Draggable].
func (p *regionPane) Dragged(e *fyne.DragEvent) {
	if p.drawing {
		p.set(image.Rectangle{Min: p.from, Max: p.pixel(e.Position)}.Canon())
	}
}

// DragEnd implements [fyne.Draggable].
func (p *regionPane) DragEnd() { p.end() }

// MouseUp implements [desktop.Mouseable].
func (p *regionPane) MouseUp(*desktop.MouseEvent) { p.end() }

// end keeps the rectangle, unless it is a slip of the hand.
func (p *regionPane) end() {
	p.drawing = false
	if p.region.Dx() < leastRegion || p.region.Dy() < leastRegion {
		p.region = image.Rectangle{}
	}
	p.Refresh()
	p.changed()
}

func (p *regionPane) set(r image.Rectangle) {
	if p.region != r {
		p.region = r
		p.Refresh()
		p.changed()
	}
}

// Cursor implements [desktop.Cursorable].
func (p *regionPane) Cursor() desktop.Cursor { return desktop.CrosshairCursor }

func (p *regionPane) CreateRenderer() fyne.WidgetRenderer {
	r := &regionFace{pane: p, frame: canvas.NewRectangle(color.Transparent), plate: newPlate(), hint: newPlate()}
	for i := range r.veils {
		r.veils[i] = canvas.NewRectangle(rgba(0x0B0C11, 120))
	}
	r.Refresh()
	return r
}

// regionFace draws a [regionPane]: the screen, dimmed around the rectangle, with its size beside it.
type regionFace struct {
	pane  *regionPane
	veils [4]*canvas.Rectangle // above, below, to the left and to the right of the rectangle
	frame *canvas.Rectangle
	plate plate // the size
	hint  plate // while there is no rectangle
}

// MinSize implements [fyne.WidgetRenderer].
func (r *regionFace) MinSize() fyne.Size { return fyne.NewSize(160, 90) }

// Layout implements [fyne.WidgetRenderer].
func (r *regionFace) Layout(s fyne.Size) {
	p := r.pane
	at, size, scale := p.canvasArea()
	p.img.Move(at)
	p.img.Resize(size)
	put := func(o fyne.CanvasObject, x, y, w, h float32) {
		o.Move(fyne.NewPos(at.X+x, at.Y+y))
		o.Resize(fyne.NewSize(w, h))
	}
	x, y, w, h := float32(p.region.Min.X)*scale, float32(p.region.Min.Y)*scale, float32(p.region.Dx())*scale, float32(p.region.Dy())*scale
	put(r.veils[0], 0, 0, size.Width, y)
	put(r.veils[1], 0, y+h, size.Width, size.Height-y-h)
	put(r.veils[2], 0, y, x, h)
	put(r.veils[3], x+w, y, size.Width-x-w, h)
	put(r.frame, x, y, w, h)
	r.hint.place(0, 0, s.Width-16)
	r.hint.shift((s.Width-r.hint.glass.Size().Width)/2, (s.Height-tileChip)/2)
	r.plate.place(at.X+x, 0, s.Width)
	label := y + h + 6
	if label+tileChip > size.Height { // below it there is no room
		label = max(0, y+h-tileChip-6)
	}
	r.plate.shift(min(0, s.Width-(at.X+x)-r.plate.glass.Size().Width), at.Y+label)
}

// Refresh implements [fyne.WidgetRenderer].
func (r *regionFace) Refresh() {
	p := r.pane
	accent := theme.ColorForWidget(theme.ColorNamePrimary, p)
	small := theme.SizeForWidget(theme.SizeNameCaptionText, p)
	drawn := !p.region.Empty()
	for _, v := range r.veils {
		v.Hidden = !drawn
	}
	r.frame.Hidden = !drawn
	r.frame.StrokeColor, r.frame.StrokeWidth = accent, 2
	size := ""
	if drawn {
		size = word("share.region.size", fill{"Width": strconv.Itoa(p.region.Dx()), "Height": strconv.Itoa(p.region.Dy())})
	}
	r.plate.show(size, small)
	hint := word("share.region.draw")
	if drawn || p.drawing {
		hint = ""
	}
	r.hint.show(hint, small)
	r.Layout(p.Size())
	canvas.Refresh(p)
}

// Objects implements [fyne.WidgetRenderer].
func (r *regionFace) Objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{r.pane.img}
	for _, v := range r.veils {
		out = append(out, v)
	}
	out = append(out, r.frame)
	out = append(out, r.plate.objects()...)
	return append(out, r.hint.objects()...)
}

// Destroy implements [fyne.WidgetRenderer].
func (r *regionFace) Destroy() {}
