//go:build unix && !darwin

package desktop

import (
	"context"
	"errors"
	"image"
	"io"
	"os"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/shape"
	"github.com/jezek/xgb/xproto"
)

// draw follows what is wanted until ctx ends. It connects to the display for as long as the frame is seen.
func (f *frame) draw(ctx context.Context) error {
	var x *frameWindows
	defer func() { x.close() }()
	for {
		var want framing
		select {
		case <-ctx.Done():
			return nil
		case want = <-f.want:
		}
		if want.around.Empty() {
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

// frameWindows are four windows, one for each side, that the window manager leaves alone and that take no clicks.
type frameWindows struct {
	conn  *xgb.Conn
	root  xproto.Window
	sides [4]xproto.Window
	shown framing
}

func newFrameWindows() (_ *frameWindows, err error) {
	if os.Getenv("DISPLAY") == "" {
		return nil, errors.New("there is no X display")
	}
	xgb.Logger.SetOutput(io.Discard) // it prints what it returns as errors too
	conn, err := xgb.NewConn()
	if err != nil {
		return nil, err
	}
	screen := xproto.Setup(conn).DefaultScreen(conn)
	x := &frameWindows{conn: conn, root: screen.Root}
	defer func() {
		if err != nil {
			x.close()
		}
	}()
	if err := shape.Init(conn); err != nil {
		return nil, err
	}
	for i := range x.sides {
		if x.sides[i], err = xproto.NewWindowId(conn); err != nil {
			return nil, err
		}
		err = xproto.CreateWindowChecked(conn, screen.RootDepth, x.sides[i], screen.Root, 0, 0, 1, 1, 0, xproto.WindowClassInputOutput, screen.RootVisual,
			xproto.CwOverrideRedirect, []uint32{1}).Check()
		if err != nil {
			return nil, err
		}
		shape.Rectangles(conn, shape.SoSet, shape.SkInput, xproto.ClipOrderingUnsorted, x.sides[i], 0, 0, nil)
	}
	return x, nil
}

// show puts the sides where they belong and in front.
func (x *frameWindows) show(want framing) error {
	g, err := xproto.GetGeometry(x.conn, xproto.Drawable(x.root)).Reply()
	if err != nil {
		return err
	}
	red, green, blue, _ := want.colour.RGBA()
	pixel := red>>8<<16 | green>>8<<8 | blue>>8
	for i, r := range borders(want.around, image.Rect(0, 0, int(g.Width), int(g.Height))) {
		w := x.sides[i]
		if r.Empty() {
			xproto.UnmapWindow(x.conn, w)
			continue
		}
		const where = xproto.ConfigWindowX | xproto.ConfigWindowY | xproto.ConfigWindowWidth | xproto.ConfigWindowHeight | xproto.ConfigWindowStackMode
		xproto.ConfigureWindow(x.conn, w, where, []uint32{uint32(int32(r.Min.X)), uint32(int32(r.Min.Y)), uint32(r.Dx()), uint32(r.Dy()), xproto.StackModeAbove})
		if x.shown.colour != want.colour {
			xproto.ChangeWindowAttributes(x.conn, w, xproto.CwBackPixel, []uint32{pixel})
			xproto.ClearArea(x.conn, false, w, 0, 0, 0, 0)
		}
		xproto.MapWindow(x.conn, w)
	}
	x.shown = want
	return nil
}

// close takes the windows down with the connection.
func (x *frameWindows) close() {
	if x != nil {
		x.conn.Close()
	}
}
