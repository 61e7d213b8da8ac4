package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// dragged is a window without a frame that is moved by what it shows.
type dragged interface {
	grab(at fyne.Position) // the pointer holds the window there
	move()                 // to where the pointer is
	stretch(x, y int)      // by one of its corners: 0 is left or top, 1 right or bottom
	drop()
}

// handleBar moves its window when it is dragged, and restores it when it is tapped twice.
type handleBar struct {
	widget.BaseWidget
	window  dragged
	content fyne.CanvasObject
	doubled func()
	pointed func(on bool) // the pointer has come, or gone; may be nil
	held    bool
}

var (
	_ fyne.Draggable      = (*handleBar)(nil)
	_ fyne.DoubleTappable = (*handleBar)(nil)
	_ desktop.Mouseable   = (*handleBar)(nil)
	_ desktop.Hoverable   = (*handleBar)(nil)
)

func newHandleBar(window dragged, content fyne.CanvasObject, doubled func(), pointed func(on bool)) *handleBar {
	h := &handleBar{window: window, content: content, doubled: doubled, pointed: pointed}
	h.ExtendBaseWidget(h)
	return h
}

func (h *handleBar) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(h.content) }

// MouseDown implements [desktop.Mouseable].
func (h *handleBar) MouseDown(e *desktop.MouseEvent) { h.hold(e.AbsolutePosition) }

// MouseUp implements [desktop.Mouseable].
func (h *handleBar) MouseUp(*desktop.MouseEvent) { h.held = false }

func (h *handleBar) hold(at fyne.Position) {
	h.held = true
	h.window.grab(at)
}

// Dragged implements [fyne.Draggable]. What began on a button was not told to MouseDown.
func (h *handleBar) Dragged(e *fyne.DragEvent) {
	if !h.held {
		h.hold(e.AbsolutePosition.SubtractXY(e.Dragged.DX, e.Dragged.DY))
	}
	h.window.move()
}

// DragEnd implements [fyne.Draggable]. The last step may not have been told.
func (h *handleBar) DragEnd() {
	h.held = false
	h.window.move()
	h.window.drop()
}

// DoubleTapped implements [fyne.DoubleTappable].
func (h *handleBar) DoubleTapped(*fyne.PointEvent) { h.doubled() }

// MouseIn implements [desktop.Hoverable].
func (h *handleBar) MouseIn(*desktop.MouseEvent) { h.point(true) }

// MouseMoved implements [desktop.Hoverable].
func (h *handleBar) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements [desktop.Hoverable].
func (h *handleBar) MouseOut() { h.point(false) }

func (h *handleBar) point(on bool) {
	if h.pointed != nil {
		h.pointed(on)
	}
}

// sizer is a corner by which a window changes its size. Nothing of it is seen but the pointer.
type sizer struct {
	handleBar
	x, y int
}

var (
	_ fyne.Draggable     = (*sizer)(nil)
	_ desktop.Cursorable = (*sizer)(nil)
)

func newSizer(window dragged, x, y int, doubled func(), pointed func(on bool)) *sizer {
	g := &sizer{handleBar{window: window, content: canvas.NewRectangle(color.Transparent), doubled: doubled, pointed: pointed}, x, y}
	g.ExtendBaseWidget(g)
	return g
}

// Dragged implements [fyne.Draggable].
func (g *sizer) Dragged(e *fyne.DragEvent) {
	if !g.held {
		g.hold(e.AbsolutePosition.SubtractXY(e.Dragged.DX, e.Dragged.DY))
	}
	g.window.stretch(g.x, g.y)
}

// DragEnd implements [fyne.Draggable].
func (g *sizer) DragEnd() {
	g.held = false
	g.window.stretch(g.x, g.y)
	g.window.drop()
}

// Cursor implements [desktop.Cursorable].
func (g *sizer) Cursor() desktop.Cursor { return desktop.HResizeCursor }
