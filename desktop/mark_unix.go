//go:build unix && !darwin

package desktop

import (
	"image"
	"image/color"

	"github.com/jezek/xgb/shape"
	"github.com/jezek/xgb/xproto"
)

// The size of a mark, and of the white rim that makes it seen on any ground, in pixels.
const (
	markSize = 20
	markRim  = 3
)

// markWindow is a round window that shows a mark.
type markWindow struct {
	id     xproto.Window
	colour color.NRGBA
}

// point shows these marks and no others.
func (x *frameWindows) point(marks []Mark) error {
	for i, m := range marks {
		if i == len(x.marks) {
			w, err := x.window(markSize)
			if err != nil {
				return err
			}
			x.round(w)
			x.marks = append(x.marks, markWindow{id: w})
		}
		w := &x.marks[i]
		if w.colour != m.Colour {
			if err := x.paint(w.id, m.Colour); err != nil {
				return err
			}
			w.colour = m.Colour
		}
		at := m.At.Sub(image.Pt(markSize/2, markSize/2))
		const where = xproto.ConfigWindowX | xproto.ConfigWindowY | xproto.ConfigWindowStackMode
		xproto.ConfigureWindow(x.conn, w.id, where, []uint32{uint32(int32(at.X)), uint32(int32(at.Y)), xproto.StackModeAbove})
		xproto.MapWindow(x.conn, w.id)
	}
	for _, w := range x.marks[len(marks):] {
		xproto.UnmapWindow(x.conn, w.id)
	}
	return nil
}

// round cuts a window to a disc.
func (x *frameWindows) round(w xproto.Window) {
	shape.Rectangles(x.conn, shape.SoSet, shape.SkBounding, xproto.ClipOrderingYXBanded, w, 0, 0, disc(markSize))
}

// paint makes a disc of the colour with a rim the background of a window.
func (x *frameWindows) paint(w xproto.Window, c color.NRGBA) error {
	picture, err := xproto.NewPixmapId(x.conn)
	if err != nil {
		return err
	}
	gc, err := xproto.NewGcontextId(x.conn)
	if err != nil {
		return err
	}
	xproto.CreatePixmap(x.conn, x.screen.RootDepth, picture, xproto.Drawable(w), markSize, markSize)
	defer xproto.FreePixmap(x.conn, picture)
	xproto.CreateGC(x.conn, gc, xproto.Drawable(picture), xproto.GcForeground, []uint32{0xFFFFFF})
	defer xproto.FreeGC(x.conn, gc)
	xproto.PolyFillRectangle(x.conn, xproto.Drawable(picture), gc, []xproto.Rectangle{{Width: markSize, Height: markSize}})
	xproto.ChangeGC(x.conn, gc, xproto.GcForeground, []uint32{pixel(c)})
	const inner = markSize - 2*markRim
	xproto.PolyFillArc(x.conn, xproto.Drawable(picture), gc, []xproto.Arc{{X: markRim, Y: markRim, Width: inner, Height: inner, Angle2: 360 * 64}})
	xproto.ChangeWindowAttributes(x.conn, w, xproto.CwBackPixmap, []uint32{uint32(picture)})
	xproto.ClearArea(x.conn, false, w, 0, 0, 0, 0)
	return nil
}

// disc is a disc of that size, a line of pixels at a time.
func disc(size int) []xproto.Rectangle {
	lines := make([]xproto.Rectangle, 0, size)
	for y := range size {
		x := 0
		for dx, dy := 2*x+1-size, 2*y+1-size; dx*dx+dy*dy > size*size; dx = 2*x + 1 - size {
			x++
		}
		lines = append(lines, xproto.Rectangle{X: int16(x), Y: int16(y), Width: uint16(size - 2*x), Height: 1})
	}
	return lines
}
