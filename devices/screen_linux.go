package devices

/*
#cgo LDFLAGS: -lyuv
#include <libyuv.h>

#cgo noescape ARGBToI420
#cgo nocallback ARGBToI420
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"slices"
	"sync"
	"time"
	"unsafe"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/shm"
	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"
	"golang.org/x/sys/unix"

	"github.com/parley-calls/parley/engine/media"
)

// screensMemory is how long a list of screens is taken as true: listing asks the display, and screens rarely change.
const screensMemory = 2 * time.Second

var (
	errDepth = errors.New("only displays with 24-bit colours are supported")
)

// monitor is a screen of the X display.
type monitor struct {
	device media.Device
	area   image.Rectangle // of the root window
}

// screens are the monitors of the X display of DISPLAY.
type screens struct {
	changed func()
	looking sync.WaitGroup

	mu     sync.Mutex
	asked  time.Time // when the last look began
	known  []monitor
	closed bool
}

func newScreens(changed func()) *screens { return &screens{changed: changed} }

// list returns what the last look found, and looks again beside the caller if that was a while ago.
func (s *screens) list() []media.Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed && (s.asked.IsZero() || time.Since(s.asked) > screensMemory) {
		s.asked = time.Now()
		s.looking.Go(func() { _, _ = s.look() })
	}
	out := make([]media.Device, 0, len(s.known))
	for _, m := range s.known {
		out = append(out, m.device)
	}
	return out
}

// look asks the display.
func (s *screens) look() ([]monitor, error) {
	found, err := listMonitors()
	s.mu.Lock()
	same := slices.Equal(s.known, found)
	s.known = found
	s.mu.Unlock()
	if !same {
		s.changed()
	}
	return found, err
}

// Close waits for a look in progress.
func (s *screens) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return patiently(func() error { s.looking.Wait(); return nil })
}

func (s *screens) open(ctx context.Context, id string, want media.VideoFormat) (media.VideoSource, error) {
	m, err := s.choose(id)
	if err != nil {
		return nil, refused(media.ScreenDevice, id, err)
	}
	return openScreen(ctx, m.device, want, func() (grabber, error) { return newX11Grabber(m.area) })
}

// choose returns the screen with that ID, or the primary one.
func (s *screens) choose(id string) (monitor, error) {
	known, err := s.look()
	if err != nil {
		return monitor{}, err
	}
	at := slices.IndexFunc(known, func(m monitor) bool { return m.device.ID == id || id == "" && m.device.Default })
	if at < 0 {
		return monitor{}, media.ErrDeviceNotFound
	}
	return known[at], nil
}

// quietX stops the library from printing what it returns as errors too.
var quietX = sync.OnceFunc(func() { xgb.Logger.SetOutput(io.Discard) })

// connectX connects to the display.
func connectX() (*xgb.Conn, *xproto.ScreenInfo, error) {
	quietX()
	if os.Getenv("WAYLAND_DISPLAY") != "" && os.Getenv("XDG_SESSION_TYPE") == "wayland" {
		return nil, nil, media.ErrWayland
	}
	if os.Getenv("DISPLAY") == "" {
		return nil, nil, media.ErrNoDisplay
	}
	conn, err := xgb.NewConn()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", media.ErrNoDisplay, err)
	}
	return conn, xproto.Setup(conn).DefaultScreen(conn), nil
}

func listMonitors() ([]monitor, error) {
	conn, root, err := connectX()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	whole := monitor{
		device: media.Device{ID: "screen", Label: "Screen", Kind: media.ScreenDevice, Default: true},
		area:   image.Rect(0, 0, int(root.WidthInPixels), int(root.HeightInPixels)),
	}
	if randr.Init(conn) != nil {
		return []monitor{whole}, nil
	}
	reply, err := randr.GetMonitors(conn, root.Root, true).Reply()
	if err != nil || len(reply.Monitors) < 2 {
		return []monitor{whole}, nil
	}
	var out []monitor
	for i, m := range reply.Monitors {
		id := fmt.Sprintf("screen %d", i+1)
		if name, err := xproto.GetAtomName(conn, m.Name).Reply(); err == nil {
			id = name.Name
		}
		out = append(out, monitor{
			device: media.Device{ID: id, Label: fmt.Sprintf("Screen %d (%s)", i+1, id), Kind: media.ScreenDevice, Default: m.Primary},
			area:   image.Rect(int(m.X), int(m.Y), int(m.X)+int(m.Width), int(m.Y)+int(m.Height)),
		})
	}
	if !slices.ContainsFunc(out, func(m monitor) bool { return m.device.Default }) {
		out[0].device.Default = true
	}
	return out, nil
}

// x11Grabber takes pictures of an area of the root window through memory that it shares with the display, and draws the cursor.
// https://www.x.org/releases/current/doc/xextproto/shm.html
type x11Grabber struct {
	conn   *xgb.Conn
	root   xproto.Window
	area   image.Rectangle
	seg    shm.Seg
	pixels []byte // BGRA, area's width times 4 a line
}

func newX11Grabber(area image.Rectangle) (_ grabber, err error) {
	conn, root, err := connectX()
	if err != nil {
		return nil, err
	}
	area = area.Intersect(image.Rect(0, 0, int(root.WidthInPixels), int(root.HeightInPixels)))
	area.Max = area.Min.Add(image.Pt(area.Dx()&^1, area.Dy()&^1))
	g := &x11Grabber{conn: conn, root: root.Root, area: area}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.Close())
		}
	}()
	if area.Empty() {
		return nil, media.ErrDeviceNotFound
	}
	bits := slices.IndexFunc(xproto.Setup(conn).PixmapFormats, func(f xproto.Format) bool { return f.Depth == root.RootDepth && f.BitsPerPixel == 32 })
	if bits < 0 || xproto.Setup(conn).ImageByteOrder != xproto.ImageOrderLSBFirst {
		return nil, errDepth
	}
	if err := errors.Join(shm.Init(conn), xfixes.Init(conn)); err != nil {
		return nil, err
	}
	if _, err := xfixes.QueryVersion(conn, 4, 0).Reply(); err != nil { // the display refuses requests of a version not agreed on
		return nil, err
	}
	id, err := unix.SysvShmGet(unix.IPC_PRIVATE, area.Dx()*area.Dy()*4, unix.IPC_CREAT|0o600)
	if err != nil {
		return nil, fmt.Errorf("shared memory: %w", err)
	}
	defer func() { // it lives on until both have let go of it
		_, _ = unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	}()
	if g.pixels, err = unix.SysvShmAttach(id, 0, 0); err != nil {
		return nil, fmt.Errorf("shared memory: %w", err)
	}
	if g.seg, err = shm.NewSegId(conn); err != nil {
		return nil, err
	}
	if err := shm.AttachChecked(conn, g.seg, uint32(id), false).Check(); err != nil {
		return nil, fmt.Errorf("the display is not on this machine: %w", err)
	}
	return g, nil
}

func (g *x11Grabber) size() image.Point { return g.area.Size() }

func (g *x11Grabber) grab(dst *image.YCbCr) error {
	size := g.size()
	_, err := shm.GetImage(g.conn, xproto.Drawable(g.root), int16(g.area.Min.X), int16(g.area.Min.Y), uint16(size.X), uint16(size.Y),
		0xffffffff, xproto.ImageFormatZPixmap, g.seg, 0).Reply()
	if err != nil {
		return fmt.Errorf("take picture: %w", err)
	}
	if err := g.drawCursor(); err != nil {
		return err
	}
	in := func(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(b))) }
	C.ARGBToI420(in(g.pixels), C.int(size.X*4), in(dst.Y), C.int(dst.YStride), in(dst.Cb), C.int(dst.CStride), in(dst.Cr), C.int(dst.CStride),
		C.int(size.X), C.int(size.Y))
	return nil
}

// drawCursor draws the cursor into the picture: its pixels are ARGB, already multiplied with their opacity.
func (g *x11Grabber) drawCursor() error {
	c, err := xfixes.GetCursorImage(g.conn).Reply()
	if err != nil {
		return fmt.Errorf("take cursor: %w", err)
	}
	corner := image.Pt(int(c.X)-int(c.Xhot), int(c.Y)-int(c.Yhot))
	shape := image.Rectangle{corner, corner.Add(image.Pt(int(c.Width), int(c.Height)))}
	seen := shape.Intersect(g.area)
	for y := seen.Min.Y; y < seen.Max.Y; y++ {
		for x := seen.Min.X; x < seen.Max.X; x++ {
			argb := c.CursorImage[(y-corner.Y)*int(c.Width)+x-corner.X]
			opacity := argb >> 24
			if opacity == 0 {
				continue
			}
			p := g.pixels[((y-g.area.Min.Y)*g.area.Dx()+x-g.area.Min.X)*4:][:3]
			for i := range p {
				p[i] = byte(argb>>(8*i)) + byte(uint32(p[i])*(255-opacity)/255)
			}
		}
	}
	return nil
}

// Close disconnects, which also ends the display's hold on the memory.
func (g *x11Grabber) Close() error {
	g.conn.Close()
	if g.pixels == nil {
		return nil
	}
	err := unix.SysvShmDetach(g.pixels)
	g.pixels = nil
	return err
}
