package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// How a shared picture is zoomed.
const (
	zoomStep  = 1.25 // of a key or a button
	zoomWheel = 1.1  // of a notch of the wheel
	panStep   = 64   // of an arrow key, in Fyne's units
)

// shareHand lies over a share that fills a window, which the pointer and the keys zoom and move. While it points, the others see where
// the pointer is.
type shareHand struct {
	widget.BaseWidget
	view    *shareView
	moved   func() // the pointer moved
	changed func() // the pointing did

	pointing bool          // the pointer is shown to the others
	blank    bool          // the pointer is hidden
	over     bool          // the pointer is over it
	held     fyne.Position // of the pointer, in it
}

var (
	_ desktop.Hoverable   = (*shareHand)(nil)
	_ desktop.Cursorable  = (*shareHand)(nil)
	_ fyne.Scrollable     = (*shareHand)(nil)
	_ fyne.Draggable      = (*shareHand)(nil)
	_ fyne.Tappable       = (*shareHand)(nil)
	_ fyne.DoubleTappable = (*shareHand)(nil)
)

func newShareHand(view *shareView, moved, changed func()) *shareHand {
	h := &shareHand{view: view, moved: moved, changed: changed}
	h.ExtendBaseWidget(h)
	return h
}

// point says whether the pointer is shown to the others.
func (h *shareHand) point(on bool) {
	if h.pointing != on {
		h.pointing = on
		h.changed()
		h.show()
	}
}

// show shows the others where the pointer is. A pointer that rests is to be shown again and again.
func (h *shareHand) show() {
	if !h.pointing || !h.over || h.view.handle == nil {
		return
	}
	if x, y, ok := h.view.lens.at(h.held, h.view.Size(), h.view.size()); ok {
		h.view.handle.Point(h.view.sharer, x, y)
	}
}

// key handles the keys of a shared picture. It reports whether it did.
func (h *shareHand) key(k fyne.KeyName) bool {
	v := h.view
	switch k {
	case fyne.KeyPlus, fyne.KeyEqual:
		v.zoom(zoomStep, v.middle())
	case fyne.KeyMinus:
		v.zoom(1/zoomStep, v.middle())
	case fyne.Key0:
		v.fit()
	case fyne.Key1:
		v.actual(v.middle())
	case fyne.KeyL:
		h.point(!h.pointing)
	case fyne.KeyLeft:
		v.pan(panStep, 0)
	case fyne.KeyRight:
		v.pan(-panStep, 0)
	case fyne.KeyUp:
		v.pan(0, panStep)
	case fyne.KeyDown:
		v.pan(0, -panStep)
	default:
		return false
	}
	return true
}

// MouseIn implements [desktop.Hoverable].
func (h *shareHand) MouseIn(e *desktop.MouseEvent) { h.MouseMoved(e) }

// MouseMoved implements [desktop.Hoverable].
func (h *shareHand) MouseMoved(e *desktop.MouseEvent) {
	h.over, h.held = true, e.Position
	h.moved()
	h.show()
}

// MouseOut implements [desktop.Hoverable].
func (h *shareHand) MouseOut() { h.over = false }

// Cursor implements [desktop.Cursorable].
func (h *shareHand) Cursor() desktop.Cursor {
	switch {
	case h.pointing:
		return desktop.CrosshairCursor
	case h.blank:
		return desktop.HiddenCursor
	}
	return desktop.DefaultCursor
}

// Scrolled implements [fyne.Scrollable].
func (h *shareHand) Scrolled(e *fyne.ScrollEvent) {
	h.moved()
	h.view.wheel(e.Scrolled.DY, e.Position)
}

// Dragged implements [fyne.Draggable].
func (h *shareHand) Dragged(e *fyne.DragEvent) {
	h.held = e.Position
	if h.pointing {
		h.show()
		return
	}
	h.view.pan(e.Dragged.DX, e.Dragged.DY)
}

// DragEnd implements [fyne.Draggable].
func (h *shareHand) DragEnd() {}

// Tapped implements [fyne.Tappable]. It is there so that two taps are not taken for one.
func (h *shareHand) Tapped(*fyne.PointEvent) { h.moved() }

// DoubleTapped implements [fyne.DoubleTappable].
func (h *shareHand) DoubleTapped(e *fyne.PointEvent) {
	if h.view.whole() {
		h.view.actual(e.Position)
	} else {
		h.view.fit()
	}
}

// CreateRenderer implements [fyne.Widget].
func (h *shareHand) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(newSpace()) }
