package devices

import (
	"errors"
	"fmt"
	"image"
	"os"
	"slices"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/composite"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/shm"
	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"
	"golang.org/x/sys/unix"

	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/internal/xconn"
)

var (
	errDepth  = errors.New("only displays with 24-bit colours are supported")
	errHidden = errors.New("the window is not on the screen")
)

// x11 is a connection to the display of DISPLAY, for one user at a time. Pictures come through memory that it shares with the display:
// https://www.x.org/releases/current/doc/xextproto/shm.html
type x11 struct {
	conn  *xgb.Conn
	root  *xproto.ScreenInfo
	atoms map[string]xproto.Atom

	composite  bool                   // what is behind other windows can be seen, see [x11.redirect]
	redirected map[xproto.Window]bool // by us
	named      xproto.Pixmap          // the contents of a window while a picture is taken

	seg    shm.Seg
	memory []byte // shared with the display; nil before the first picture
}

// connectX connects to the display.
func connectX() (*xgb.Conn, *xproto.ScreenInfo, error) {
	if os.Getenv("DISPLAY") == "" {
		if os.Getenv("WAYLAND_DISPLAY") != "" {
			return nil, nil, media.ErrWayland
		}
		return nil, nil, media.ErrNoDisplay
	}
	conn, err := xconn.Dial()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", media.ErrNoDisplay, err)
	}
	if xconn.Wayland(conn) {
		conn.Close()
		return nil, nil, media.ErrWayland
	}
	return conn, xproto.Setup(conn).DefaultScreen(conn), nil
}

// dialX connects to the display, ready to list windows and to take pictures.
func dialX() (_ *x11, err error) {
	conn, root, err := connectX()
	if err != nil {
		return nil, err
	}
	x := &x11{conn: conn, root: root, atoms: map[string]xproto.Atom{}, redirected: map[xproto.Window]bool{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, x.Close())
		}
	}()
	bits := slices.IndexFunc(xproto.Setup(conn).PixmapFormats, func(f xproto.Format) bool { return f.Depth == root.RootDepth && f.BitsPerPixel == 32 })
	if bits < 0 || xproto.Setup(conn).ImageByteOrder != xproto.ImageOrderLSBFirst {
		return nil, errDepth
	}
	if err := xconn.Enable(conn, xconn.SHM, xconn.XFixes); err != nil {
		return nil, err
	}
	if _, err := xfixes.QueryVersion(conn, 4, 0).Reply(); err != nil { // the display refuses requests of a version not agreed on
		return nil, err
	}
	if xconn.Enable(conn, xconn.Composite) == nil {
		v, err := composite.QueryVersion(conn, 0, 4).Reply()
		x.composite = err == nil && (v.MajorVersion > 0 || v.MinorVersion >= 2)
	}
	if x.named, err = xproto.NewPixmapId(conn); err != nil {
		return nil, err
	}
	return x, x.intern()
}

// The atoms that are needed: https://specifications.freedesktop.org/wm-spec/latest/
const (
	atomStacking    = "_NET_CLIENT_LIST_STACKING"
	atomName        = "_NET_WM_NAME"
	atomPID         = "_NET_WM_PID"
	atomType        = "_NET_WM_WINDOW_TYPE"
	atomDesktop     = "_NET_WM_WINDOW_TYPE_DESKTOP"
	atomDock        = "_NET_WM_WINDOW_TYPE_DOCK"
	atomState       = "_NET_WM_STATE"
	atomHidden      = "_NET_WM_STATE_HIDDEN"
	atomSkipTaskbar = "_NET_WM_STATE_SKIP_TASKBAR"
	atomExtents     = "_GTK_FRAME_EXTENTS" // the shadow that some windows draw around themselves
)

func (x *x11) intern() error {
	asked := map[string]xproto.InternAtomCookie{}
	for _, name := range []string{
		atomStacking, atomName, atomPID, atomType, atomDesktop, atomDock, atomState, atomHidden, atomSkipTaskbar, atomExtents,
	} {
		asked[name] = xproto.InternAtom(x.conn, false, uint16(len(name)), name)
	}
	for name, cookie := range asked {
		reply, err := cookie.Reply()
		if err != nil {
			return err
		}
		x.atoms[name] = reply.Atom
	}
	return nil
}

// Close disconnects, which also ends the display's hold on the memory, and all redirections.
func (x *x11) Close() error {
	x.conn.Close()
	return x.forget()
}

// forget gives the shared memory back.
func (x *x11) forget() error {
	if x.memory == nil {
		return nil
	}
	err := unix.SysvShmDetach(x.memory)
	x.memory = nil
	return err
}

// room makes the shared memory at least so large, in bytes.
func (x *x11) room(size int) error {
	if len(x.memory) >= size {
		return nil
	}
	if x.memory != nil {
		shm.Detach(x.conn, x.seg)
		if err := x.forget(); err != nil {
			return err
		}
	}
	id, err := unix.SysvShmGet(unix.IPC_PRIVATE, size, unix.IPC_CREAT|0o600)
	if err != nil {
		return fmt.Errorf("shared memory: %w", err)
	}
	defer func() { // it lives on until both have let go of it
		_, _ = unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	}()
	if x.memory, err = unix.SysvShmAttach(id, 0, 0); err != nil {
		return fmt.Errorf("shared memory: %w", err)
	}
	if x.seg == 0 {
		if x.seg, err = shm.NewSegId(x.conn); err != nil {
			return err
		}
	}
	if err := shm.AttachChecked(x.conn, x.seg, uint32(id), false).Check(); err != nil {
		return errors.Join(fmt.Errorf("the display is not on this machine: %w", err), x.forget())
	}
	return nil
}

// shot is a picture as the display has it.
type shot struct {
	pixels []byte // BGRA, without space between the lines; valid until the next shot
	area   image.Rectangle
}

// take fetches a part of a drawable. The area of the shot begins where the part is on the display: at corner.
func (x *x11) take(d xproto.Drawable, part image.Rectangle, corner image.Point) (shot, error) {
	if err := x.room(part.Dx() * part.Dy() * 4); err != nil {
		return shot{}, err
	}
	_, err := shm.GetImage(x.conn, d, int16(part.Min.X), int16(part.Min.Y), uint16(part.Dx()), uint16(part.Dy()), 0xffffffff,
		xproto.ImageFormatZPixmap, x.seg, 0).Reply()
	if err != nil {
		return shot{}, fmt.Errorf("take picture: %w", err)
	}
	return shot{x.memory[:part.Dx()*part.Dy()*4], image.Rectangle{corner, corner.Add(part.Size())}}, nil
}

// whole is the area of all screens.
func (x *x11) whole() (image.Rectangle, error) {
	g, err := xproto.GetGeometry(x.conn, xproto.Drawable(x.root.Root)).Reply() // what was true when we connected may be so no longer
	if err != nil {
		return image.Rectangle{}, err
	}
	return image.Rect(0, 0, int(g.Width), int(g.Height)), nil
}

// shootScreen takes a picture of an area of the display.
func (x *x11) shootScreen(area image.Rectangle) (shot, error) {
	all, err := x.whole()
	if err != nil {
		return shot{}, err
	}
	if area = area.Intersect(all); area.Empty() {
		return shot{}, media.ErrDeviceNotFound
	}
	return x.take(xproto.Drawable(x.root.Root), area, area.Min)
}

// drawCursor draws the cursor into a shot: its pixels are ARGB, already multiplied with their opacity.
func (x *x11) drawCursor(s shot) error {
	c, err := xfixes.GetCursorImage(x.conn).Reply()
	if err != nil {
		return fmt.Errorf("take cursor: %w", err)
	}
	corner := image.Pt(int(c.X)-int(c.Xhot), int(c.Y)-int(c.Yhot))
	seen := image.Rectangle{corner, corner.Add(image.Pt(int(c.Width), int(c.Height)))}.Intersect(s.area)
	for py := seen.Min.Y; py < seen.Max.Y; py++ {
		for px := seen.Min.X; px < seen.Max.X; px++ {
			argb := c.CursorImage[(py-corner.Y)*int(c.Width)+px-corner.X]
			opacity := argb >> 24
			if opacity == 0 {
				continue
			}
			p := s.pixels[((py-s.area.Min.Y)*s.area.Dx()+px-s.area.Min.X)*4:][:3]
			for i := range p {
				p[i] = byte(argb>>(8*i)) + byte(uint32(p[i])*(255-opacity)/255)
			}
		}
	}
	return nil
}

// monitor is a screen of the display.
type monitor struct {
	device media.Device
	name   string // of the output; empty if there is only one
	area   image.Rectangle
}

func (m monitor) surface() media.Surface {
	return media.Surface{ID: m.device.ID, Label: m.name, Kind: media.ScreenSurface, Area: m.area}
}

// monitors lists the screens, of which one is the default.
func monitors(conn *xgb.Conn, root xproto.Window) ([]monitor, error) {
	g, err := xproto.GetGeometry(conn, xproto.Drawable(root)).Reply()
	if err != nil {
		return nil, err
	}
	whole := monitor{
		device: media.Device{ID: "screen", Label: "Screen", Kind: media.ScreenDevice, Default: true},
		area:   image.Rect(0, 0, int(g.Width), int(g.Height)),
	}
	var several []randr.MonitorInfo // a server that does not tell its monitors has one
	if xconn.Enable(conn, xconn.RandR) == nil {
		if reply, err := randr.GetMonitors(conn, root, true).Reply(); err == nil {
			several = reply.Monitors
		}
	}
	if len(several) < 2 {
		return []monitor{whole}, nil
	}
	var out []monitor
	for i, m := range several {
		id := fmt.Sprintf("screen %d", i+1)
		if name, err := xproto.GetAtomName(conn, m.Name).Reply(); err == nil {
			id = name.Name
		}
		out = append(out, monitor{
			device: media.Device{ID: id, Label: fmt.Sprintf("Screen %d (%s)", i+1, id), Kind: media.ScreenDevice, Default: m.Primary},
			name:   id,
			area:   image.Rect(int(m.X), int(m.Y), int(m.X)+int(m.Width), int(m.Y)+int(m.Height)),
		})
	}
	if !slices.ContainsFunc(out, func(m monitor) bool { return m.device.Default }) {
		out[0].device.Default = true
	}
	return out, nil
}
