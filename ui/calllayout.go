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

// ownCorner keeps our own picture at the bottom right, above the bar if the window is too narrow for both.
type ownCorner struct {
	width, margin float32
	lift          *fyne.CanvasObject // the bar
}

func (o ownCorner) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	w := min(o.width, s.Width*0.3)
	h := w * 9 / 16
	y := s.Height - o.margin - h
	if bar := *o.lift; bar.Visible() && bar.MinSize().Width+2*(w+o.margin) > s.Width {
		y -= bar.MinSize().Height - o.margin
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
