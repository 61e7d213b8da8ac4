package devices

/*
#cgo LDFLAGS: -lyuv
#include <libyuv.h>

#cgo noescape ARGBToI420
#cgo nocallback ARGBToI420
#cgo noescape ARGBScale
#cgo nocallback ARGBScale
#cgo noescape ARGBToABGR
#cgo nocallback ARGBToABGR
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"sync"
	"time"
	"unsafe"

	"github.com/jezek/xgb/xproto"

	"github.com/parley-calls/parley/engine/media"
)

const (
	screensMemory = 2 * time.Second        // how long a list of screens is taken as true: listing asks the display, and screens rarely change
	gazeTime      = 3 * time.Second        // how long the connection for lists and thumbnails stays after the last one
	redrawTime    = 200 * time.Millisecond // that a program has to draw what was hidden of its window so far
	areaTime      = time.Second            // how often the place of a screen is asked for
)

// screens are the monitors and windows of the X display of DISPLAY.
type screens struct {
	changed func()
	looking sync.WaitGroup

	mu     sync.Mutex
	asked  time.Time // when the last look began
	known  []monitor
	closed bool

	gaze gaze
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

// look asks the display for its screens.
func (s *screens) look() ([]monitor, error) {
	conn, root, err := connectX()
	var found []monitor
	if err == nil {
		defer conn.Close()
		found, err = monitors(conn, root.Root)
	}
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
	return patiently(func() error {
		s.looking.Wait()
		return s.gaze.close()
	})
}

func (s *screens) surfaces() (out []media.Surface, err error) {
	err = s.gaze.with(func(x *x11) error {
		found, err := monitors(x.conn, x.root.Root)
		if err != nil {
			return err
		}
		slices.SortStableFunc(found, func(a, b monitor) int { // the default first
			return map[bool]int{true: 0, false: 1}[a.device.Default] - map[bool]int{true: 0, false: 1}[b.device.Default]
		})
		for _, m := range found {
			out = append(out, m.surface())
		}
		windows, err := x.windows()
		out = append(out, windows...)
		return err
	})
	return out, err
}

func (s *screens) thumbnail(id string, width, height int) (picture *image.RGBA, err error) {
	err = s.gaze.with(func(x *x11) error {
		t := target{id: id, window: windowOf(id)}
		if err := t.find(x); err != nil {
			return err
		}
		taken, err := t.shoot(x)
		if err != nil {
			return err
		}
		picture = shrink(taken, width, height)
		return nil
	})
	return picture, err
}

func (s *screens) open(ctx context.Context, c media.Capture) (media.VideoSource, error) {
	t, label := target{id: c.Surface, window: windowOf(c.Surface), region: c.Region}, ""
	if t.window == 0 {
		m, err := s.choose(c.Surface)
		if err != nil {
			return nil, refused(media.ScreenDevice, c.Surface, err)
		}
		t.id, label = m.device.ID, m.device.Label
	} else {
		_ = s.gaze.with(func(x *x11) error { // whether it is there, opening tells
			named, _ := x.askAbout(t.window).surface()
			label = named.Label
			return nil
		})
	}
	return openScreen(ctx, label, c.Rate, func() (grabber, error) { return newX11Grabber(t) })
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

// gaze is a connection for lists and thumbnails, which come again and again for a while. It is kept, so that windows stay
// redirected between them, and closed when nobody looks any more.
type gaze struct {
	mu     sync.Mutex
	x      *x11
	rest   *time.Timer
	used   time.Time
	closed bool
}

// with runs f with the connection. After an error the next one begins with a new connection.
func (g *gaze) with(f func(*x11) error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return errClosed
	}
	if g.x == nil {
		x, err := dialX()
		if err != nil {
			return err
		}
		g.x = x
		g.rest = time.AfterFunc(gazeTime, g.expire)
	}
	g.used = time.Now()
	err := f(g.x)
	if err != nil && !errors.Is(err, errHidden) && !errors.Is(err, media.ErrDeviceNotFound) {
		_ = g.end()
	}
	return err
}

// expire closes a connection that nobody has used for a while.
func (g *gaze) expire() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.x == nil {
		return
	}
	if left := gazeTime - time.Since(g.used); left > 0 {
		g.rest.Reset(left)
		return
	}
	_ = g.end()
}

func (g *gaze) end() error {
	if g.x == nil {
		return nil
	}
	g.rest.Stop()
	x := g.x
	g.x = nil
	return x.Close()
}

// close ends it for good.
func (g *gaze) close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	return g.end()
}

// target is what pictures are taken of.
type target struct {
	id     string
	window xproto.Window   // 0: a screen
	region image.Rectangle // of the surface; empty: all of it
	area   image.Rectangle // of the screen, see find
}

// find learns where a screen is, and fails if it or the window does not exist.
func (t *target) find(x *x11) error {
	if t.window != 0 {
		if _, err := xproto.GetGeometry(x.conn, xproto.Drawable(t.window)).Reply(); err != nil {
			return media.ErrDeviceNotFound
		}
		return nil
	}
	all, err := monitors(x.conn, x.root.Root)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(m monitor) bool { return m.device.ID == t.id })
	if at < 0 {
		return media.ErrDeviceNotFound
	}
	t.area = all[at].area
	if !t.region.Empty() {
		t.area = t.region.Add(t.area.Min).Intersect(t.area)
	}
	return nil
}

// shoot takes a picture.
func (t *target) shoot(x *x11) (shot, error) {
	if t.window != 0 {
		return x.shootWindow(t.window, t.region)
	}
	return x.shootScreen(t.area)
}

// x11Grabber takes pictures with the cursor in them. It follows what it takes them of: a window that is moved, made larger or put
// away, which leaves the last picture, and a screen that gets another place.
type x11Grabber struct {
	x      *x11
	target target
	found  time.Time // when the place of the screen was asked for
	last   *image.YCbCr
}

func newX11Grabber(t target) (grabber, error) {
	x, err := dialX()
	if err != nil {
		return nil, err
	}
	g := &x11Grabber{x: x, target: t, found: time.Now()}
	if err := g.target.find(x); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	if t.window != 0 && x.redirect(t.window) {
		time.Sleep(redrawTime) // what other windows covered would be seen for a moment
	}
	return g, nil
}

func (g *x11Grabber) grab() (*image.YCbCr, error) {
	if g.target.window == 0 && time.Since(g.found) > areaTime {
		g.found = time.Now()
		if err := g.target.find(g.x); err != nil {
			return nil, err
		}
	}
	s, err := g.target.shoot(g.x)
	if errors.Is(err, errHidden) && g.last != nil {
		return g.last, nil
	}
	if errors.Is(err, errHidden) {
		return nil, fmt.Errorf("%w: %w", media.ErrDeviceNotFound, err)
	}
	if err != nil {
		return nil, err
	}
	if g.target.window == 0 || g.x.pointed(g.target.window) {
		if err := g.x.drawCursor(s); err != nil {
			return nil, err
		}
	}
	size := image.Rect(0, 0, max(2, s.area.Dx()&^1), max(2, s.area.Dy()&^1))
	if g.last == nil || g.last.Rect != size {
		g.last = image.NewYCbCr(size, image.YCbCrSubsampleRatio420)
	}
	if s.area.Dx() < 2 || s.area.Dy() < 2 { // nothing can be made of a line
		return g.last, nil
	}
	dst := g.last
	C.ARGBToI420(inC(s.pixels), C.int(s.area.Dx()*4), inC(dst.Y), C.int(dst.YStride), inC(dst.Cb), C.int(dst.CStride), inC(dst.Cr), C.int(dst.CStride),
		C.int(size.Dx()), C.int(size.Dy()))
	return dst, nil
}

// Close disconnects.
func (g *x11Grabber) Close() error { return g.x.Close() }

// shrink makes a picture of a shot that fits into width × height, and is not larger than it.
func shrink(s shot, width, height int) *image.RGBA {
	w, h := s.area.Dx(), s.area.Dy()
	scale := min(1, float64(width)/float64(w), float64(height)/float64(h))
	to := image.Rect(0, 0, max(1, int(float64(w)*scale)), max(1, int(float64(h)*scale)))
	small := image.NewRGBA(to)
	C.ARGBScale(inC(s.pixels), C.int(4*w), C.int(w), C.int(h), inC(small.Pix), C.int(small.Stride), C.int(to.Dx()), C.int(to.Dy()), C.kFilterBox)
	C.ARGBToABGR(inC(small.Pix), C.int(small.Stride), inC(small.Pix), C.int(small.Stride), C.int(to.Dx()), C.int(to.Dy()))
	for i := 3; i < len(small.Pix); i += 4 {
		small.Pix[i] = 0xff
	}
	return small
}

func inC(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(b))) }
