package ui

import (
	"bytes"
	"fmt"
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
)

// symbol returns a drawing that takes the colour of the text around it.
func symbol(s assets.Symbol) fyne.Resource {
	return theme.NewThemedResource(fyne.NewStaticResource(string(s)+".svg", s.SVG()))
}

// tinted returns a drawing in one colour. Fyne keeps drawings by their name, so the colour is part of it.
func tinted(s assets.Symbol, c color.Color) fyne.Resource {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	hex := fmt.Sprintf("#%02x%02x%02x", n.R, n.G, n.B)
	data := bytes.ReplaceAll(s.SVG(), []byte("<path "), []byte(`<path fill="`+hex+`" `))
	return fyne.NewStaticResource(string(s)+hex+".svg", data)
}

// text makes a label that shows one line and cuts what is too long.
func text(s string, size fyne.ThemeSizeName, bold bool) *widget.Label {
	l := widget.NewLabel(turned(s))
	l.SizeName = size
	l.TextStyle.Bold = bold
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}

// inLines lets a text take as many lines as it needs, so that a long name can be read.
func inLines(l *widget.Label) *widget.Label {
	l.Truncation, l.Wrapping = fyne.TextTruncateOff, fyne.TextWrapWord
	return l
}

// note makes a text of second rank that takes as many lines as it needs.
func note(s string) *widget.Label {
	l := widget.NewLabel(s)
	l.Importance = widget.LowImportance
	l.Wrapping = fyne.TextWrapWord
	if theCatalogue.rightToLeft.Load() {
		l.Alignment = fyne.TextAlignTrailing
	}
	return l
}

func centered(l *widget.Label) *widget.Label {
	l.Alignment = fyne.TextAlignCenter
	return l
}

// newVeil makes words readable over a picture.
func newVeil() *canvas.Rectangle { return canvas.NewRectangle(rgba(0x0B0C11, 160)) }

// say changes a label if the words are others, so that an unchanged one costs no redraw.
func say(l *widget.Label, s string) {
	if l.Wrapping == fyne.TextWrapOff {
		s = turned(s)
	} else {
		s = turnedWithin(s, l.Size().Width-2*theme.InnerPadding())
	}
	if l.Text != s {
		l.SetText(s)
	}
}

// visible shows or hides o if that is a change.
func visible(o fyne.CanvasObject, on bool) {
	switch {
	case on && !o.Visible():
		o.Show()
		repaint()
	case !on && o.Visible():
		o.Hide()
	}
}

// repaint draws the windows anew. Fyne finds the window of something only once it was drawn, so what was hidden so far cannot ask
// for it.
func repaint() {
	for _, w := range fyne.CurrentApp().Driver().AllWindows() {
		if c, ok := w.Canvas().(interface{ SetDirty() }); ok {
			c.SetDirty()
		}
	}
}

// panel is a rounded surface in a colour of the theme, with something on it.
type panel struct {
	widget.BaseWidget
	fill, line fyne.ThemeColorName // line may be empty
	paint      color.Color         // in place of fill; may be nil
	radius     float32
	pad        float32
	faded      float32 // 0 is wholly there, 1 not at all; not its content
	content    fyne.CanvasObject
}

func newPanel(fill, line fyne.ThemeColorName, pad float32, content fyne.CanvasObject) *panel {
	p := &panel{fill: fill, line: line, radius: radius, pad: pad, content: content}
	p.ExtendBaseWidget(p)
	return p
}

func (p *panel) CreateRenderer() fyne.WidgetRenderer {
	r := &panelRenderer{panel: p, back: canvas.NewRectangle(color.Transparent)}
	r.Refresh()
	return r
}

type panelRenderer struct {
	panel *panel
	back  *canvas.Rectangle
}

func (r *panelRenderer) Layout(s fyne.Size) {
	r.back.Resize(s)
	r.panel.content.Move(fyne.NewSquareOffsetPos(r.panel.pad))
	r.panel.content.Resize(s.SubtractWidthHeight(2*r.panel.pad, 2*r.panel.pad))
}

func (r *panelRenderer) MinSize() fyne.Size {
	return r.panel.content.MinSize().AddWidthHeight(2*r.panel.pad, 2*r.panel.pad)
}

func (r *panelRenderer) Refresh() {
	fill := r.panel.paint
	if fill == nil {
		fill = theme.ColorForWidget(r.panel.fill, r.panel)
	}
	r.back.FillColor = thinned(fill, 1-r.panel.faded)
	r.back.CornerRadius = r.panel.radius
	if r.panel.line != "" {
		r.back.StrokeColor = theme.ColorForWidget(r.panel.line, r.panel)
		r.back.StrokeWidth = 1
	}
	r.back.Refresh()
	r.panel.content.Refresh()
}

func (r *panelRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.panel.content}
}

func (r *panelRenderer) Destroy() {}

// column puts things below one another, at most so wide, in the middle of the place; also of its height if middle is set.
type column struct {
	width  float32 // at most
	gap    float32
	middle bool
}

var _ fyne.Layout = column{}

func (c column) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	w := min(c.width, s.Width)
	x := (s.Width - w) / 2
	total := float32(0)
	for _, o := range objects {
		if o.Visible() {
			o.Resize(fyne.NewSize(w, o.MinSize().Height)) // wrapped text learns its width, and with it its height
			total += o.MinSize().Height + c.gap
		}
	}
	y := float32(0)
	if c.middle {
		y = max(0, (s.Height-total+c.gap)/2)
	}
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		h := o.MinSize().Height
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, h))
		y += h + c.gap
	}
}

func (c column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	n := 0
	for _, o := range objects {
		if o.Visible() {
			m := o.MinSize()
			s.Width = max(s.Width, m.Width)
			s.Height += m.Height
			n++
		}
	}
	s.Height += c.gap * float32(max(0, n-1))
	return s
}

// spread puts what is to be seen side by side, with the same room around each.
type spread struct{}

var _ fyne.Layout = spread{}

func (spread) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	width, n := float32(0), 0
	for _, o := range objects {
		if o.Visible() {
			width += o.MinSize().Width
			n++
		}
	}
	room := max(0, (s.Width-width)/float32(n+1))
	x := room
	for _, o := range objects {
		if o.Visible() {
			w := o.MinSize().Width
			o.Move(fyne.NewPos(x, 0))
			o.Resize(fyne.NewSize(w, s.Height))
			x += w + room
		}
	}
}

func (spread) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range objects {
		if o.Visible() {
			m := o.MinSize()
			s.Width += m.Width
			s.Height = max(s.Height, m.Height)
		}
	}
	return s
}

// beside puts a side column and what it belongs to side by side. In a narrow place the column gives way.
type beside struct{}

var _ fyne.Layout = beside{}

func (beside) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	w := max(min(sideWidth, s.Width*0.45), objects[0].MinSize().Width)
	box{0, 0, w, s.Height}.put(objects[0])
	box{w, 0, s.Width - w, s.Height}.put(objects[1])
}

func (beside) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, b := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(a.Width+b.Width, max(a.Height, b.Height))
}

// abreast puts what is to be seen into columns of the same width, or one below another where they would be too narrow.
type abreast struct{ width float32 }

var _ fyne.Layout = (*abreast)(nil)

// cell is the size that everything gets, and how many stand in a row.
func (a *abreast) cell(seen []fyne.CanvasObject) (least fyne.Size, columns int) {
	for _, o := range seen {
		least = least.Max(o.MinSize())
	}
	columns = len(seen)
	if least.Width*float32(columns)+theme.Padding()*float32(columns-1) > a.width {
		columns = 1
	}
	return least, columns
}

func (a *abreast) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	a.width = s.Width
	seen := shownOf(objects)
	least, columns := a.cell(seen)
	w := (s.Width - theme.Padding()*float32(columns-1)) / float32(columns)
	for i, o := range seen {
		box{float32(i%columns) * (w + theme.Padding()), float32(i/columns) * (least.Height + theme.Padding()), w, least.Height}.put(o)
	}
}

func (a *abreast) MinSize(objects []fyne.CanvasObject) fyne.Size {
	seen := shownOf(objects)
	if len(seen) == 0 {
		return fyne.Size{}
	}
	least, columns := a.cell(seen)
	rows := float32((len(seen) + columns - 1) / columns)
	return fyne.NewSize(least.Width, least.Height*rows+theme.Padding()*(rows-1))
}

// shownOf are those of the objects that are to be seen.
func shownOf(objects []fyne.CanvasObject) []fyne.CanvasObject {
	return slices.DeleteFunc(slices.Clone(objects), func(o fyne.CanvasObject) bool { return !o.Visible() })
}

// wide gives what is in it a fixed width.
type wide float32

func (w wide) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		o.Resize(s)
	}
}

func (w wide) MinSize(objects []fyne.CanvasObject) fyne.Size {
	h := float32(0)
	for _, o := range objects {
		h = max(h, o.MinSize().Height)
	}
	return fyne.NewSize(float32(w), h)
}

// corner puts each thing into a corner or the middle of an edge, at its smallest size.
type corner struct {
	x, y   float32 // 0 is left or top, 1 right or bottom, 0.5 the middle
	margin float32
	low    float32 // more of it at the bottom
	width  float32 // at most; 0 means the smallest
}

var _ fyne.Layout = corner{}

func (c corner) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		m := o.MinSize()
		if c.width > 0 {
			m.Width = max(m.Width, min(c.width, s.Width-2*c.margin))
			o.Resize(m)
			m.Height = o.MinSize().Height
		}
		o.Resize(m)
		o.Move(fyne.NewPos(c.margin+(s.Width-m.Width-2*c.margin)*c.x, c.margin+(s.Height-m.Height-2*c.margin-c.low)*c.y))
	}
}

func (c corner) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var s fyne.Size
	for _, o := range objects {
		s = s.Max(o.MinSize())
	}
	return s.AddWidthHeight(2*c.margin, 2*c.margin+c.low)
}

// byHeight is one layout in places that are lower than a height, and another one elsewhere.
type byHeight struct {
	low, high fyne.Layout
	from      float32 // the height
}

var _ fyne.Layout = byHeight{}

func (b byHeight) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	if s.Height < b.from {
		b.low.Layout(objects, s)
	} else {
		b.high.Layout(objects, s)
	}
}

func (b byHeight) MinSize(objects []fyne.CanvasObject) fyne.Size { return b.low.MinSize(objects) }

// at puts o into a corner of the place.
func at(x, y, margin float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(corner{x: x, y: y, margin: margin}, o)
}

// inset puts space around o.
func inset(top, bottom, left, right float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(top, bottom, left, right), o)
}

// gap is empty space of a height.
func gap(h float32) fyne.CanvasObject {
	r := canvas.NewRectangle(color.Transparent)
	r.SetMinSize(fyne.NewSize(1, h))
	return r
}

// surface is a plain area in a colour of the theme.
type surface struct {
	widget.BaseWidget
	name fyne.ThemeColorName
}

func newSurface(name fyne.ThemeColorName) *surface {
	s := &surface{name: name}
	s.ExtendBaseWidget(s)
	return s
}

func (s *surface) CreateRenderer() fyne.WidgetRenderer {
	return &surfaceRenderer{s, canvas.NewRectangle(theme.ColorForWidget(s.name, s))}
}

type surfaceRenderer struct {
	surface *surface
	fill    *canvas.Rectangle
}

func (r *surfaceRenderer) Layout(s fyne.Size)           { r.fill.Resize(s) }
func (r *surfaceRenderer) MinSize() fyne.Size           { return fyne.NewSize(1, 1) }
func (r *surfaceRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.fill} }
func (r *surfaceRenderer) Destroy()                     {}
func (r *surfaceRenderer) Refresh() {
	r.fill.FillColor = theme.ColorForWidget(r.surface.name, r.surface)
	canvas.Refresh(r.surface)
}
