package ui

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// ground lies under the tiles of a call and feels the pointer for all of them: a tile has no place of its own to be felt at while it
// moves. What its tiles have no use for is left to the page.
type ground struct {
	widget.BaseWidget
	moved, tapped, doubled func() // of the page
	tiles                  felt
	blank                  bool // the pointer is hidden

	pressed time.Time
	at      fyne.Position // where the pointer is
	from    fyne.Position // where it was pressed
	drags   bool
}

// felt are the tiles as the pointer feels them. What reports false did nothing.
type felt interface {
	point(at fyne.Position)
	leave()
	click(at fyne.Position) bool
	doubleClick(at fyne.Position) bool
	menu(at fyne.Position) bool
	scroll(at fyne.Position, by float32)
	grab(at fyne.Position) bool
	drag(at fyne.Position)
	drop()
	cursor(at fyne.Position) desktop.Cursor
}

var (
	_ desktop.Hoverable      = (*ground)(nil)
	_ desktop.Mouseable      = (*ground)(nil)
	_ desktop.Cursorable     = (*ground)(nil)
	_ fyne.DoubleTappable    = (*ground)(nil)
	_ fyne.SecondaryTappable = (*ground)(nil)
	_ fyne.Draggable         = (*ground)(nil)
	_ fyne.Scrollable        = (*ground)(nil)
)

// longPress is how long a press is that asks for a menu.
const longPress = 600 * time.Millisecond

func newGround(moved, tapped, doubled func(), tiles felt) *ground {
	g := &ground{moved: moved, tapped: tapped, doubled: doubled, tiles: tiles}
	g.ExtendBaseWidget(g)
	return g
}

// MouseIn implements [desktop.Hoverable].
func (g *ground) MouseIn(e *desktop.MouseEvent) { g.MouseMoved(e) }

// MouseMoved implements [desktop.Hoverable].
func (g *ground) MouseMoved(e *desktop.MouseEvent) {
	g.moved()
	if e != nil {
		g.at = e.Position
		g.tiles.point(g.at)
	}
}

// MouseOut implements [desktop.Hoverable].
func (g *ground) MouseOut() { g.tiles.leave() }

// MouseDown implements [desktop.Mouseable].
func (g *ground) MouseDown(e *desktop.MouseEvent) {
	g.from, g.pressed = e.Position, time.Now()
}

// MouseUp implements [desktop.Mouseable].
func (g *ground) MouseUp(*desktop.MouseEvent) {}

// Tapped implements [fyne.Tappable].
func (g *ground) Tapped(e *fyne.PointEvent) {
	if e != nil {
		if long := !g.pressed.IsZero() && time.Since(g.pressed) > longPress+doubleTime(); long && g.tiles.menu(e.Position) || g.tiles.click(e.Position) {
			return
		}
	}
	g.tapped()
}

// doubleTime is how long the driver waits for a second click before it tells of the first.
func doubleTime() time.Duration { return fyne.CurrentApp().Driver().DoubleTapDelay() }

// DoubleTapped implements [fyne.DoubleTappable].
func (g *ground) DoubleTapped(e *fyne.PointEvent) {
	if e == nil || !g.tiles.doubleClick(e.Position) {
		g.doubled()
	}
}

// TappedSecondary implements [fyne.SecondaryTappable].
func (g *ground) TappedSecondary(e *fyne.PointEvent) { g.tiles.menu(e.Position) }

// Dragged implements [fyne.Draggable].
func (g *ground) Dragged(e *fyne.DragEvent) {
	if g.pressed.IsZero() {
		return
	}
	if !g.drags {
		g.drags = g.tiles.grab(g.from)
		if !g.drags {
			g.pressed = time.Time{} // what was not taken at the press is not taken later
			return
		}
	}
	g.moved()
	g.tiles.drag(e.Position)
}

// DragEnd implements [fyne.Draggable].
func (g *ground) DragEnd() {
	if g.drags {
		g.drags = false
		g.tiles.drop()
	}
}

// Scrolled implements [fyne.Scrollable].
func (g *ground) Scrolled(e *fyne.ScrollEvent) {
	by := e.Scrolled.DY
	if by == 0 {
		by = e.Scrolled.DX
	}
	g.tiles.scroll(e.Position, by)
}

// Cursor implements [desktop.Cursorable].
func (g *ground) Cursor() desktop.Cursor {
	if g.blank {
		return desktop.HiddenCursor
	}
	return g.tiles.cursor(g.at)
}

func (g *ground) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(canvas.NewRectangle(color.Transparent))
}
