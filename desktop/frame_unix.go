//go:build unix && !darwin

package desktop

import (
	"context"
	"image"
	"image/color"
	"os"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/shape"
	"github.com/jezek/xgb/xproto"

	"github.com/parley-calls/parley/internal/xconn"
)

// draw follows what is wanted until ctx ends. It connects to the display for as long as the frame is seen.
func (f *frame) draw(ctx context.Context) error {
	var x *frameWindows
	defer func() { x.close() }()
	for {
		var want Framing
		select {
		case <-ctx.Done():
			return nil
		case want = <-f.want:
		}
		if want.Around.Empty() {
			x.close()
			x = nil
			continue
		}
		if x == nil {
			var err error
			if x, err = newFrameWindows(); err != nil {
				return err
			}
		}
		if x.show(want) != nil { // the display has gone, or will do with new windows
			x.close()
			x = nil
		}
	}
}

// frameWindows are four windows, one for each side, and one for each mark. The window manager leaves them alone, and they take no clicks.
type frameWindows struct {
	conn   *xgb.Conn
	screen *xproto.ScreenInfo
	sides  [4]xproto.Window
	colour color.NRGBA // of the sides
	marks  []markWindow
}

func newFrameWindows() (_ *frameWindows, err error) {
	if os.Getenv("DISPLAY") == "" {
		return nil, errNoDisplay
	}
	conn, err := xconn.Dial()
	if err != nil {
		return nil, err
	}
	screen := xproto.Setup(conn).DefaultScreen(conn)
	x := &frameWindows{conn: conn, screen: screen}
	defer func() {
		if err != nil {
			x.close()
		}
	}()
	if err := xconn.Enable(conn, xconn.Shape); err != nil {
		return nil, err
	}
	for i := range x.sides {
		if x.sides[i], err = x.window(1); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// window makes one that is so large both ways and not seen yet.
func (x *frameWindows) window(size uint16) (xproto.Window, error) {
	w, err := xproto.NewWindowId(x.conn)
	if err != nil {
		return 0, err
	}
	err = xproto.CreateWindowChecked(x.conn, x.screen.RootDepth, w, x.screen.Root, 0, 0, size, size, 0, xproto.WindowClassInputOutput,
		x.screen.RootVisual, xproto.CwOverrideRedirect, []uint32{1}).Check()
	shape.Rectangles(x.conn, shape.SoSet, shape.SkInput, xproto.ClipOrderingUnsorted, w, 0, 0, nil)
	return w, err
}

// show puts the sides where they belong and in front.
func (x *frameWindows) show(want Framing) error {
	g, err := xproto.GetGeometry(x.conn, xproto.Drawable(x.screen.Root)).Reply()
	if err != nil {
		return err
	}
	for i, r := range borders(want.Around, image.Rect(0, 0, int(g.Width), int(g.Height))) {
		w := x.sides[i]
		if r.Empty() {
			xproto.UnmapWindow(x.conn, w)
			continue
		}
		const where = xproto.ConfigWindowX | xproto.ConfigWindowY | xproto.ConfigWindowWidth | xproto.ConfigWindowHeight | xproto.ConfigWindowStackMode
		xproto.ConfigureWindow(x.conn, w, where, []uint32{uint32(int32(r.Min.X)), uint32(int32(r.Min.Y)), uint32(r.Dx()), uint32(r.Dy()), xproto.StackModeAbove})
		if x.colour != want.Colour {
			xproto.ChangeWindowAttributes(x.conn, w, xproto.CwBackPixel, []uint32{pixel(want.Colour)})
			xproto.ClearArea(x.conn, false, w, 0, 0, 0, 0)
		}
		xproto.MapWindow(x.conn, w)
	}
	x.colour = want.Colour
	return x.point(want.Marks[:min(len(want.Marks), maxMarks)])
}

func pixel(c color.NRGBA) uint32 { return uint32(c.R)<<16 | uint32(c.G)<<8 | uint32(c.B) }

// close takes the windows down with the connection.
func (x *frameWindows) close() {
	if x != nil {
		x.conn.Close()
	}
}
