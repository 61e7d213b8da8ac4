package devices

import (
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"

	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/internal/displaytest"
)

// These tests do not run beside others: they change the environment and count goroutines.

const screenW, screenH = 640, 480

// withDisplay starts an X display of its own.
func withDisplay(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	return displaytest.Start(t, screenW, screenH, args...)
}

// paint fills the display with a colour, but for a square in another.
func paint(t *testing.T, background, square uint32, at image.Rectangle) {
	t.Helper()
	conn, root, err := connectX()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	w, err := xproto.NewWindowId(conn)
	if err != nil {
		t.Fatal(err)
	}
	err = xproto.CreateWindowChecked(conn, root.RootDepth, w, root.Root, 0, 0, root.WidthInPixels, root.HeightInPixels, 0, xproto.WindowClassInputOutput,
		root.RootVisual, xproto.CwBackPixel|xproto.CwOverrideRedirect, []uint32{background, 1}).Check()
	if err != nil {
		t.Fatal(err)
	}
	if err := xproto.MapWindowChecked(conn, w).Check(); err != nil {
		t.Fatal(err)
	}
	gc, err := xproto.NewGcontextId(conn)
	if err != nil {
		t.Fatal(err)
	}
	if err := xproto.CreateGCChecked(conn, gc, xproto.Drawable(root.Root), xproto.GcForeground|xproto.GcSubwindowMode, []uint32{square, xproto.SubwindowModeIncludeInferiors}).Check(); err != nil {
		t.Fatal(err)
	}
	r := []xproto.Rectangle{{X: int16(at.Min.X), Y: int16(at.Min.Y), Width: uint16(at.Dx()), Height: uint16(at.Dy())}}
	if err := xproto.PolyFillRectangleChecked(conn, xproto.Drawable(w), gc, r).Check(); err != nil {
		t.Fatal(err)
	}
	if err := xproto.SetCloseDownModeChecked(conn, xproto.CloseDownRetainPermanent).Check(); err != nil { // it stays when we go
		t.Fatal(err)
	}
}

// point puts the cursor, which the root window makes a plain arrow, somewhere.
func point(t *testing.T, x, y int) {
	t.Helper()
	conn, root, err := connectX()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := xproto.WarpPointerChecked(conn, 0, root.Root, 0, 0, 0, 0, int16(x), int16(y)).Check(); err != nil {
		t.Fatal(err)
	}
}

func near(a, b byte) bool { return a-b < 3 || b-a < 3 }

func TestScreenIsSeen(t *testing.T) {
	withDisplay(t)
	s := selected(t, Selection{Camera: None, Microphone: None, Speaker: None}, Options{})
	until(t, func() string {
		if d := kinds(s, media.ScreenDevice); len(d) != 1 || !d[0].Default || d[0].Label == "" {
			return fmt.Sprintf("screens %+v", d)
		}
		return ""
	})
	paint(t, 0x0000ff, 0xff0000, image.Rect(100, 200, 300, 300)) // blue with a red square
	point(t, 500, 400)
	screen, err := s.OpenScreen(timeout(t), media.Capture{Rate: 30})
	if err != nil {
		t.Fatal(err)
	}
	closing(t, screen)
	img := picture(t, screen)
	if img.Rect.Dx() != screenW || img.Rect.Dy() != screenH {
		t.Fatalf("picture of %v", img.Rect)
	}
	for _, p := range []struct {
		x, y       int
		luma, b, r byte
	}{{50, 50, 41, 240, 110}, {200, 250, 81, 90, 240}, {98, 198, 41, 240, 110}, {302, 302, 41, 240, 110}} { // BT.601, limited range
		c := img.YCbCrAt(p.x, p.y)
		if !near(c.Y, p.luma) || !near(c.Cb, p.b) || !near(c.Cr, p.r) {
			t.Errorf("at %d,%d: %v, want %d %d %d", p.x, p.y, c, p.luma, p.b, p.r)
		}
	}

	changed := func(near image.Rectangle) (n int) {
		now := picture(t, screen)
		for y := near.Min.Y; y < near.Max.Y; y++ {
			for x := near.Min.X; x < near.Max.X; x++ {
				if now.YCbCrAt(x, y) != img.YCbCrAt(x, y) {
					n++
				}
			}
		}
		return n
	}
	point(t, 50, 50)
	until(t, func() string {
		if changed(image.Rect(40, 40, 80, 80)) == 0 {
			return "the cursor is not in the picture"
		}
		return ""
	})
	paint(t, 0x00ff00, 0x00ff00, image.Rect(0, 0, 1, 1))
	until(t, func() string {
		if y := picture(t, screen).YCbCrAt(600, 20).Y; !near(y, 145) {
			return fmt.Sprintf("the screen is green, the picture has luma %d", y)
		}
		return ""
	})
}

func TestPartOfScreen(t *testing.T) {
	withDisplay(t)
	paint(t, 0x000000, 0xffffff, image.Rect(100, 200, 301, 301))
	point(t, 600, 10)
	s := selected(t, Selection{Camera: None, Microphone: None, Speaker: None}, Options{})
	part, err := s.OpenScreen(timeout(t), media.Capture{Region: image.Rect(100, 200, 301, 301)})
	if err != nil {
		t.Fatal(err)
	}
	closing(t, part)
	img := picture(t, part)
	if img.Rect != image.Rect(0, 0, 200, 100) {
		t.Fatalf("picture of %v", img.Rect)
	}
	for i, v := range img.Y {
		if !near(v, 235) {
			t.Fatalf("pixel %d has luma %d", i, v)
		}
	}
	point(t, 150, 250)
	until(t, func() string {
		now := picture(t, part)
		for y := 50; y < 70; y++ {
			for x := 50; x < 60; x++ {
				if !near(now.YCbCrAt(x, y).Y, 235) {
					return ""
				}
			}
		}
		return "the cursor is not in the picture"
	})
	_, err = s.OpenScreen(timeout(t), media.Capture{Region: image.Rect(5000, 0, 6000, 100)})
	reasonOf(t, err, media.ScreenDevice, media.ErrDeviceNotFound)
}

func TestScreenOpenAndCloseOften(t *testing.T) {
	withDisplay(t)
	s := selected(t, Selection{Camera: None, Microphone: None, Speaker: None}, Options{})
	noLeak(t)
	for range 50 {
		screen, err := s.OpenScreen(timeout(t), media.Capture{Rate: 120})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		reading := make(chan struct{})
		go func() {
			for n := 0; ; n++ {
				if _, _, err := screen.Read(); err != nil {
					ended <- err
					return
				}
				if n == 0 {
					close(reading)
				}
			}
		}()
		<-reading
		if err := screen.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, io.EOF) {
			t.Fatalf("read after close: %v", err)
		}
	}
}

func TestDisplayDies(t *testing.T) {
	x := withDisplay(t)
	s := selected(t, Selection{Camera: None, Microphone: None, Speaker: None}, Options{})
	screen, err := s.OpenScreen(timeout(t), media.Capture{})
	if err != nil {
		t.Fatal(err)
	}
	closing(t, screen)
	picture(t, screen)
	_ = x.Process.Kill()
	ended := make(chan error, 1)
	go func() {
		for {
			if _, _, err := screen.Read(); err != nil {
				ended <- err
				return
			}
		}
	}()
	select {
	case err := <-ended:
		reasonOf(t, err, media.ScreenDevice, media.ErrDeviceLost)
	case <-time.After(patience):
		t.Fatal("the display is gone and a read goes on")
	}
}

func TestNoDisplay(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	s := selected(t, Selection{Camera: None, Microphone: None, Speaker: None}, Options{})
	_, err := s.OpenScreen(timeout(t), media.Capture{})
	reasonOf(t, err, media.ScreenDevice, media.ErrNoDisplay)
	t.Setenv("WAYLAND_DISPLAY", "wayland-0")
	_, err = s.OpenScreen(timeout(t), media.Capture{})
	reasonOf(t, err, media.ScreenDevice, media.ErrWayland)
}

// TestWaylandSession shows the windows of X programs, as this one is.
func TestWaylandSession(t *testing.T) {
	displaytest.StartWayland(t)
	s := selected(t, Selection{Camera: None, Microphone: None, Speaker: None}, Options{})
	_, err := s.OpenScreen(timeout(t), media.Capture{})
	reasonOf(t, err, media.ScreenDevice, media.ErrWayland)
}

func BenchmarkGrab(b *testing.B) {
	if os.Getenv("DISPLAY") == "" {
		b.Skip("no display")
	}
	g, err := newX11Grabber(target{id: "screen"})
	if err != nil {
		b.Skip(err)
	}
	defer g.Close()
	for b.Loop() {
		if _, err := g.grab(); err != nil {
			b.Fatal(err)
		}
	}
}
