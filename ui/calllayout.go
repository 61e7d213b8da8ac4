package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// gallery puts tiles into a grid whose cells come nearest to 16:9.
type gallery struct{ gap float32 }

var _ fyne.Layout = gallery{}

func (g gallery) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	n := len(objects)
	if n == 0 {
		return
	}
	if n == 1 {
		objects[0].Move(fyne.NewPos(0, 0))
		objects[0].Resize(s)
		return
	}
	columns, best := 1, float32(0)
	for c := 1; c <= n; c++ {
		rows := (n + c - 1) / c
		w, h := (s.Width-g.gap*float32(c+1))/float32(c), (s.Height-g.gap*float32(rows+1))/float32(rows)
		if area := min(w*w*9/16, h*h*16/9); area > best {
			columns, best = c, area
		}
	}
	rows := (n + columns - 1) / columns
	w, h := (s.Width-g.gap*float32(columns+1))/float32(columns), (s.Height-g.gap*float32(rows+1))/float32(rows)
	for i, o := range objects {
		row, col := i/columns, i%columns
		inRow := min(columns, n-row*columns)
		x := (s.Width - float32(inRow)*w - g.gap*float32(inRow-1)) / 2
		o.Move(fyne.NewPos(x+float32(col)*(w+g.gap), g.gap+float32(row)*(h+g.gap)))
		o.Resize(fyne.NewSize(w, h))
	}
}

func (g gallery) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(160, 90) }

// seating puts the only other person at large and ourselves, who come last, into a corner; several people and us into a grid.
type seating struct {
	grid gallery
	own  ownCorner
	foot func(fyne.Size) float32 // how much of the height a grid leaves to the bar
}

var _ fyne.Layout = seating{}

func (l seating) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	last := len(objects) - 1
	if last > 1 {
		l.grid.Layout(objects, s.SubtractWidthHeight(0, l.foot(s)))
		return
	}
	for _, o := range objects[:last] {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(s)
	}
	l.own.Layout(objects[last:], s)
}

func (l seating) MinSize(objects []fyne.CanvasObject) fyne.Size { return l.grid.MinSize(objects) }

// dock keeps the bar of buttons at the bottom. Where it would be too wide, its buttons are small and have no words.
type dock struct {
	margin  float32
	buttons []*roundButton
}

var _ fyne.Layout = dock{}

func (d dock) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	was := d.buttons[0].size
	d.shape(buttonLarge)
	for _, bar := range objects {
		m := bar.MinSize()
		if m.Width+2*d.margin > s.Width {
			d.shape(buttonSmall)
			m = bar.MinSize()
		}
		bar.Resize(m)
		bar.Move(fyne.NewPos((s.Width-m.Width)/2, s.Height-d.margin-m.Height))
	}
	if d.buttons[0].size != was {
		for _, b := range d.buttons {
			b.Refresh()
		}
	}
}

// shape gives the buttons a size.
func (d dock) shape(size float32) {
	for _, b := range d.buttons {
		b.size, b.caption = size, size == buttonLarge
	}
}

func (d dock) MinSize(objects []fyne.CanvasObject) fyne.Size {
	s := fyne.NewSize(20, 0)
	for _, bar := range objects {
		s.Height = bar.MinSize().Height
	}
	for _, b := range d.buttons {
		if b.Visible() {
			s.Width += buttonSmall + 4
		}
	}
	return s.AddWidthHeight(2*d.margin, 2*d.margin)
}

// ownCorner keeps our own picture at the bottom right, above the bar if the window is too narrow for both.
type ownCorner struct {
	width, margin float32
	bar           func() fyne.Size // with the space above and below it; zero while it is hidden
}

func (o ownCorner) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	w := min(o.width, s.Width*0.3)
	h := w * 9 / 16
	y := s.Height - o.margin - h
	if bar := o.bar(); bar.Width+2*(w+o.margin+8) > s.Width {
		y -= max(0, bar.Height-o.margin)
	}
	for _, own := range objects {
		own.Resize(fyne.NewSize(w, h))
		own.Move(fyne.NewPos(s.Width-o.margin-w, y))
	}
}

func (o ownCorner) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(64, 36) }

// ground lies under the bars and feels the pointer.
type ground struct {
	widget.BaseWidget
	moved, tapped, doubled func()
	blank                  bool // the pointer is hidden
}

var (
	_ desktop.Hoverable   = (*ground)(nil)
	_ desktop.Cursorable  = (*ground)(nil)
	_ fyne.DoubleTappable = (*ground)(nil)
)

func newGround(moved, tapped, doubled func()) *ground {
	g := &ground{moved: moved, tapped: tapped, doubled: doubled}
	g.ExtendBaseWidget(g)
	return g
}

// MouseIn implements [desktop.Hoverable].
func (g *ground) MouseIn(*desktop.MouseEvent) { g.moved() }

// MouseMoved implements [desktop.Hoverable].
func (g *ground) MouseMoved(*desktop.MouseEvent) { g.moved() }

// MouseOut implements [desktop.Hoverable].
func (g *ground) MouseOut() {}

// Tapped implements [fyne.Tappable].
func (g *ground) Tapped(*fyne.PointEvent) { g.tapped() }

// DoubleTapped implements [fyne.DoubleTappable].
func (g *ground) DoubleTapped(*fyne.PointEvent) { g.doubled() }

// Cursor implements [desktop.Cursorable].
func (g *ground) Cursor() desktop.Cursor {
	if g.blank {
		return desktop.HiddenCursor
	}
	return desktop.DefaultCursor
}

func (g *ground) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(canvas.NewRectangle(rgba(0, 0)))
}

// tapArea is something that can be tapped.
type tapArea struct {
	widget.BaseWidget
	content fyne.CanvasObject
	tapped  func()
}

var _ fyne.Tappable = (*tapArea)(nil)

func newTapArea(content fyne.CanvasObject, tapped func()) *tapArea {
	t := &tapArea{content: content, tapped: tapped}
	t.ExtendBaseWidget(t)
	return t
}

// Tapped implements [fyne.Tappable].
func (t *tapArea) Tapped(*fyne.PointEvent) { t.tapped() }

func (t *tapArea) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(t.content) }
