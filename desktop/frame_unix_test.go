//go:build unix && !darwin

package desktop

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"github.com/parley-calls/parley/internal/displaytest"
	"github.com/parley-calls/parley/internal/xconn"
)

// display starts an X display of its own and connects to it.
func display(t *testing.T) (*xgb.Conn, *xproto.ScreenInfo) {
	t.Helper()
	displaytest.Start(t, 400, 300)
	conn, err := xconn.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn, xproto.Setup(conn).DefaultScreen(conn)
}

// TestFrameIsSeen does not run beside others: it changes the environment.
func TestFrameIsSeen(t *testing.T) {
	conn, screen := display(t)
	d := New(Options{Bus: "unix:path=/nonexistent"})
	defer d.Close()
	pixel := func(x, y int) uint32 {
		m, err := xproto.GetImage(conn, xproto.ImageFormatZPixmap, xproto.Drawable(screen.Root), int16(x), int16(y), 1, 1, 0xffffffff).Reply()
		if err != nil {
			t.Fatal(err)
		}
		return xgb.Get32(m.Data) & 0xffffff
	}
	shows := func(what string, want map[image.Point]uint32) {
		t.Helper()
		deadline := time.Now().Add(20 * time.Second)
		for {
			wrong := ""
			for at, colour := range want {
				if got := pixel(at.X, at.Y); got != colour {
					wrong = fmt.Sprintf("%s: at %v %06x, want %06x", what, at, got, colour)
				}
			}
			if wrong == "" {
				return
			}
			if time.Now().After(deadline) {
				t.Fatal(wrong)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	const red, green, nothing = 0xff0000, 0x00ff00, 0
	d.Frame(Framing{Around: image.Rect(100, 100, 200, 180), Colour: color.NRGBA{R: 0xff, A: 0xff}})
	shows("at first", map[image.Point]uint32{{97, 97}: red, {150, 99}: red, {150, 183}: red, {203, 140}: red, {150, 140}: nothing, {95, 140}: nothing})
	d.Frame(Framing{Around: image.Rect(100, 100, 200, 180), Colour: color.NRGBA{G: 0xff, A: 0xff}})
	shows("in another colour", map[image.Point]uint32{{97, 97}: green, {203, 140}: green, {150, 140}: nothing})
	d.Frame(Framing{Around: image.Rect(0, 0, 400, 300), Colour: color.NRGBA{G: 0xff, A: 0xff}})
	shows("round everything", map[image.Point]uint32{{0, 0}: green, {399, 299}: green, {3, 150}: green, {4, 150}: nothing, {97, 97}: nothing})

	blue := Mark{At: image.Pt(50, 60), Colour: color.NRGBA{B: 0xff, A: 0xff}}
	yellow := Mark{At: image.Pt(200, 150), Colour: color.NRGBA{R: 0xff, G: 0xff, A: 0xff}}
	d.Frame(Framing{Around: image.Rect(0, 0, 400, 300), Colour: color.NRGBA{G: 0xff, A: 0xff}, Marks: []Mark{blue, yellow}})
	shows("with marks", map[image.Point]uint32{{50, 60}: 0x0000ff, {50, 51}: 0xffffff, {41, 51}: nothing, {200, 150}: 0xffff00, {3, 150}: green})
	blue.At, blue.Colour = image.Pt(80, 90), yellow.Colour
	d.Frame(Framing{Around: image.Rect(0, 0, 400, 300), Colour: color.NRGBA{G: 0xff, A: 0xff}, Marks: []Mark{blue}})
	shows("with one that moved", map[image.Point]uint32{{50, 60}: nothing, {80, 90}: 0xffff00, {200, 150}: nothing})

	for _, at := range []image.Point{{2, 150}, {80, 90}} { // the border, and the mark
		if err := xproto.WarpPointerChecked(conn, 0, screen.Root, 0, 0, 0, 0, int16(at.X), int16(at.Y)).Check(); err != nil {
			t.Fatal(err)
		}
		if p, err := xproto.QueryPointer(conn, screen.Root).Reply(); err != nil || p.Child != 0 {
			t.Errorf("the pointer is over a window of the frame: clicks at %v do not go through (%v)", at, err)
		}
	}
	d.Frame(Framing{Around: image.Rectangle{}, Colour: color.NRGBA{}})
	shows("taken away", map[image.Point]uint32{{0, 0}: nothing, {399, 299}: nothing})
	d.Frame(Framing{Around: image.Rect(100, 100, 200, 180), Colour: color.NRGBA{R: 0xff, A: 0xff}})
	shows("again", map[image.Point]uint32{{97, 97}: red})
	d.Close()
	shows("closed", map[image.Point]uint32{{97, 97}: nothing})
	d.Frame(Framing{Around: image.Rect(100, 100, 200, 180), Colour: color.NRGBA{R: 0xff, A: 0xff}}) // nobody draws it
}

func TestFrameWithoutADisplay(t *testing.T) {
	t.Setenv("DISPLAY", "")
	d := New(Options{Bus: "unix:path=/nonexistent"})
	defer d.Close()
	d.Frame(Framing{Around: image.Rect(0, 0, 10, 10), Colour: color.NRGBA{}})
}

// TestOnTop knows the window manager by what it says of itself.
func TestOnTop(t *testing.T) {
	conn, screen := display(t)
	d := New(Options{Bus: "unix:path=/nonexistent"})
	defer d.Close()
	if err := d.Can(OnTop); !errors.Is(err, ErrUnsupported) {
		t.Errorf("without a window manager it says %v", err)
	}
	says := func(states ...string) {
		var words []byte
		for _, s := range append([]string{"_NET_SUPPORTED"}, states...) {
			a, err := atom(conn, s)
			if err != nil {
				t.Fatal(err)
			}
			words = binary.LittleEndian.AppendUint32(words, uint32(a))
		}
		property := xproto.Atom(xgb.Get32(words))
		if err := xproto.ChangePropertyChecked(conn, xproto.PropModeReplace, screen.Root, property, xproto.AtomAtom, 32, uint32(len(states)), words[4:]).Check(); err != nil {
			t.Fatal(err)
		}
	}
	says("_NET_ACTIVE_WINDOW", "_NET_WM_STATE_ABOVE", "_NET_WM_STATE_FULLSCREEN")
	if err := d.Can(OnTop); err != nil {
		t.Error(err)
	}
	says("_NET_ACTIVE_WINDOW", "_NET_WM_STATE_FULLSCREEN")
	if err := d.Can(OnTop); !errors.Is(err, ErrUnsupported) {
		t.Errorf("where the window manager cannot, it says %v", err)
	}
}

// TestAWaylandSession does not let an X program keep the screen on.
func TestAWaylandSession(t *testing.T) {
	displaytest.StartWayland(t)
	said := make(sayings, 16)
	d := New(Options{Bus: "unix:path=/nonexistent", Logger: slog.New(slog.NewTextHandler(said, nil))})
	defer d.Close()
	d.Keep(Standing{Awake: why})
	for deadline := time.After(patience); ; {
		select {
		case line := <-said:
			if !strings.Contains(line, "nothing keeps the screen awake") {
				continue
			}
		case <-deadline:
			t.Fatal("the screen is said to stay on")
		}
		break
	}
	if err := d.Can(Wakefulness); !errors.Is(err, ErrUnsupported) {
		t.Errorf("it says %v", err)
	}
	if err := d.Can(OnTop); !errors.Is(err, ErrUnsupported) { // not that Wayland could not: this compositor does not
		t.Errorf("it says %v", err)
	}
}

// sayings are the lines of a log.
type sayings chan string

func (s sayings) Write(line []byte) (int, error) {
	s <- string(line)
	return len(line), nil
}
