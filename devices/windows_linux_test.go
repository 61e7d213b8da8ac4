package devices

import (
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xproto"

	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/internal/xconn"
)

// These tests do not run beside others: they change the environment.

// BT.601 in the limited range.
const (
	lumaRed   = 81
	lumaGreen = 145
	lumaBlue  = 41
)

// program is a client of the display, as another program would be.
type program struct {
	t    *testing.T
	conn *xgb.Conn
	root *xproto.ScreenInfo
}

func startProgram(t *testing.T) *program {
	t.Helper()
	conn, root, err := connectX()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return &program{t, conn, root}
}

func (p *program) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *program) atom(name string) xproto.Atom {
	p.t.Helper()
	reply, err := xproto.InternAtom(p.conn, false, uint16(len(name)), name).Reply()
	p.check(err)
	return reply.Atom
}

// window makes a window of one colour, which the display itself paints.
func (p *program) window(name string, colour uint32, at image.Rectangle) xproto.Window {
	p.t.Helper()
	w, err := xproto.NewWindowId(p.conn)
	p.check(err)
	p.check(xproto.CreateWindowChecked(p.conn, p.root.RootDepth, w, p.root.Root, int16(at.Min.X), int16(at.Min.Y), uint16(at.Dx()), uint16(at.Dy()), 0,
		xproto.WindowClassInputOutput, p.root.RootVisual, xproto.CwBackPixel, []uint32{colour}).Check())
	p.text(w, "_NET_WM_NAME", "UTF8_STRING", name)
	p.text(w, "WM_CLASS", "STRING", "instance\x00Painter\x00")
	p.check(xproto.MapWindowChecked(p.conn, w).Check())
	return w
}

func (p *program) text(w xproto.Window, name, kind, value string) {
	p.t.Helper()
	p.check(xproto.ChangePropertyChecked(p.conn, xproto.PropModeReplace, w, p.atom(name), p.atom(kind), 8, uint32(len(value)), []byte(value)).Check())
}

func (p *program) numbers(w xproto.Window, name string, kind xproto.Atom, values ...uint32) {
	p.t.Helper()
	b := make([]byte, 4*len(values))
	for i, v := range values {
		xgb.Put32(b[4*i:], v)
	}
	p.check(xproto.ChangePropertyChecked(p.conn, xproto.PropModeReplace, w, p.atom(name), kind, 32, uint32(len(values)), b).Check())
}

// configure changes a window, see ConfigureWindow of the protocol.
func (p *program) configure(w xproto.Window, mask uint16, values ...uint32) {
	p.t.Helper()
	p.check(xproto.ConfigureWindowChecked(p.conn, w, mask, values).Check())
}

// sharing opens a surface.
func sharing(t *testing.T, s *Set, c media.Capture) media.VideoSource {
	t.Helper()
	source, err := s.OpenScreen(timeout(t), c)
	if err != nil {
		t.Fatal(err)
	}
	closing(t, source)
	return source
}

// filled says why a picture is not all of that luma.
func filled(img *image.YCbCr, luma byte) string {
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if !near(img.YCbCrAt(x, y).Y, luma) {
				return fmt.Sprintf("at %d,%d of %v: luma %d, want %d", x, y, img.Rect.Max, img.YCbCrAt(x, y).Y, luma)
			}
		}
	}
	return ""
}

func TestSurfaces(t *testing.T) {
	withDisplay(t)
	p := startProgram(t)
	s := selected(t, Selection{Camera: None, Microphone: None, Speaker: None}, Options{})
	first := p.window("Первый", 0xff0000, image.Rect(10, 20, 110, 80))
	second := p.window("second", 0x00ff00, image.Rect(50, 60, 250, 260))
	hidden := p.window("put away", 0x00ff00, image.Rect(0, 0, 50, 50))
	p.check(xproto.UnmapWindowChecked(p.conn, hidden).Check())
	for name, change := range map[string]func(xproto.Window){
		"ours":        func(w xproto.Window) { p.numbers(w, atomPID, xproto.AtomCardinal, uint32(os.Getpid())) },
		"panel":       func(w xproto.Window) { p.numbers(w, atomType, xproto.AtomAtom, uint32(p.atom(atomDock))) },
		"desktop":     func(w xproto.Window) { p.numbers(w, atomType, xproto.AtomAtom, uint32(p.atom(atomDesktop))) },
		"skipped":     func(w xproto.Window) { p.numbers(w, atomState, xproto.AtomAtom, uint32(p.atom(atomSkipTaskbar))) },
		"other pages": func(w xproto.Window) { p.numbers(w, atomState, xproto.AtomAtom, 1, uint32(p.atom(atomHidden))) },
	} {
		change(p.window(name, 0, image.Rect(0, 0, 40, 40)))
	}
	shadowed := p.window("shadow", 0x0000ff, image.Rect(300, 300, 400, 400))
	p.numbers(shadowed, atomExtents, xproto.AtomCardinal, 10, 20, 5, 15) // left, right, top, bottom

	want := []media.Surface{
		{ID: "screen", Kind: media.ScreenSurface, Area: image.Rect(0, 0, screenW, screenH)},
		{ID: windowID(shadowed), Label: "shadow", App: "Painter", Kind: media.WindowSurface, Area: image.Rect(310, 305, 380, 385)},
		{ID: windowID(second), Label: "second", App: "Painter", Kind: media.WindowSurface, Area: image.Rect(50, 60, 250, 260)},
		{ID: windowID(first), Label: "Первый", App: "Painter", Kind: media.WindowSurface, Area: image.Rect(10, 20, 110, 80)},
	}
	got, err := s.Surfaces(timeout(t))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("surfaces %+v (%v), want %+v", got, err, want)
	}
	p.configure(first, xproto.ConfigWindowX|xproto.ConfigWindowStackMode, 400, xproto.StackModeAbove)
	if got, _ := s.Surfaces(timeout(t)); len(got) != 4 || got[1].ID != windowID(first) || got[1].Area != image.Rect(400, 20, 500, 80) {
		t.Errorf("after it was moved to the front: %+v", got)
	}
}

func TestTitle(t *testing.T) {
	for in, want := range map[string]string{" a b ": "a b", "日本": "日本", "caf\xe9": "café", "": ""} {
		if got := title([]byte(in)); got != want {
			t.Errorf("%q reads %q, want %q", in, got, want)
		}
	}
	cut := make([]byte, maxTitle)
	for i := range cut {
		cut[i] = 'x'
	}
	cut[maxTitle-1] = 0xc3
	if got := title(cut); len(got) != maxTitle-1 {
		t.Errorf("a title that is cut off within a letter has %d bytes", len(got))
	}
}

func TestThumbnails(t *testing.T) {
	withDisplay(t)
	p := startProgram(t)
	s := selected(t, Selection{Camera: None, Microphone: None, Speaker: None}, Options{})
	low := p.window("low", 0xff0000, image.Rect(100, 100, 420, 280))
	p.window("high", 0x0000ff, image.Rect(90, 90, 300, 300)) // covers a part of it
	for id, want := range map[string]image.Point{"screen": {160, 120}, windowID(low): {160, 90}} {
		m, err := s.Thumbnail(timeout(t), id, 160, 160)
		if err != nil || m.Rect != (image.Rectangle{Max: want}) || m.Stride != 4*want.X {
			t.Fatalf("%s: %v, want %v (%v)", id, m, want, err)
		}
		for i := 3; i < len(m.Pix); i += 4 {
			if m.Pix[i] != 0xff {
				t.Fatalf("%s: pixel %d is not opaque", id, i/4)
			}
		}
	}
	until(t, func() string { // the display has painted what was hidden so far
		m, err := s.Thumbnail(timeout(t), windowID(low), 32, 18)
		if err != nil {
			return err.Error()
		}
		for i := 0; i < len(m.Pix); i += 4 {
			if m.Pix[i] < 250 || m.Pix[i+1] > 5 || m.Pix[i+2] > 5 {
				return fmt.Sprintf("pixel %d is %v, want red", i/4, m.Pix[i:i+4])
			}
		}
		return ""
	})
	if m, err := s.Thumbnail(timeout(t), windowID(low), 4000, 4000); err != nil || m.Rect.Dx() != 320 {
		t.Errorf("a thumbnail larger than the window: %v (%v)", m.Rect, err)
	}
	for _, id := range []string{windowID(0x7777777), "nowhere"} {
		_, err := s.Thumbnail(timeout(t), id, 32, 32)
		reasonOf(t, err, media.ScreenDevice, media.ErrDeviceNotFound)
	}
}

func TestWindowIsShared(t *testing.T) {
	withDisplay(t)
	p := startProgram(t)
	s := selected(t, Selection{Camera: None, Microphone: None, Speaker: None}, Options{})
	point(t, 630, 470)
	w := p.window("work", 0xff0000, image.Rect(100, 100, 301, 200)) // of odd width
	over := p.window("over", 0x0000ff, image.Rect(0, 0, 250, 250))
	shared := sharing(t, s, media.Capture{Surface: windowID(w), Rate: 60})
	if shared.Label() != "work" {
		t.Errorf("it is called %q", shared.Label())
	}
	shows := func(size image.Point, luma byte) {
		t.Helper()
		until(t, func() string {
			img := picture(t, shared)
			if img.Rect.Max != size {
				return fmt.Sprintf("picture of %v, want %v", img.Rect.Max, size)
			}
			return filled(img, luma)
		})
	}
	shows(image.Pt(200, 100), lumaRed)

	p.configure(w, xproto.ConfigWindowX|xproto.ConfigWindowY, 320, 300)
	shows(image.Pt(200, 100), lumaRed)
	p.configure(w, xproto.ConfigWindowX, 560) // hangs over the edge of the display
	shows(image.Pt(200, 100), lumaRed)
	p.configure(w, xproto.ConfigWindowX|xproto.ConfigWindowWidth|xproto.ConfigWindowHeight, 100, 333, 151)
	shows(image.Pt(332, 150), lumaRed)
	p.configure(w, xproto.ConfigWindowWidth, 80)
	shows(image.Pt(80, 150), lumaRed)

	cursor := func() bool { return filled(picture(t, shared), lumaRed) != "" }
	point(t, 140, 400)
	until(t, func() string {
		if !cursor() {
			return "the cursor is not in the picture"
		}
		return ""
	})
	p.configure(over, xproto.ConfigWindowHeight|xproto.ConfigWindowStackMode, 480, xproto.StackModeAbove)
	until(t, func() string {
		if cursor() {
			return "the cursor of the window in front is in the picture"
		}
		return ""
	})

	p.check(xproto.UnmapWindowChecked(p.conn, w).Check())
	for range 5 {
		shows(image.Pt(80, 150), lumaRed)
	}
	p.check(xproto.ChangeWindowAttributesChecked(p.conn, w, xproto.CwBackPixel, []uint32{0x00ff00}).Check())
	p.check(xproto.MapWindowChecked(p.conn, w).Check())
	shows(image.Pt(80, 150), lumaGreen)

	p.check(xproto.DestroyWindowChecked(p.conn, w).Check())
	until(t, func() string {
		_, release, err := shared.Read()
		if release(); err == nil {
			return "the window is closed and is shown on"
		}
		reasonOf(t, err, media.ScreenDevice, media.ErrDeviceLost)
		return ""
	})
}

// TestWindowIsSharedAsItIsSeen is for displays that do not keep what is behind other windows.
func TestWindowIsSharedAsItIsSeen(t *testing.T) {
	withDisplay(t, "-extension", "Composite")
	p := startProgram(t)
	s := selected(t, Selection{Camera: None, Microphone: None, Speaker: None}, Options{})
	point(t, 630, 470)
	w := p.window("work", 0xff0000, image.Rect(100, 100, 300, 200))
	shared := sharing(t, s, media.Capture{Surface: windowID(w), Rate: 60})
	until(t, func() string { return filled(picture(t, shared), lumaRed) })
	over := p.window("over", 0x0000ff, image.Rect(0, 0, 400, 400))
	until(t, func() string { return filled(picture(t, shared), lumaBlue) })
	p.check(xproto.DestroyWindowChecked(p.conn, over).Check())
	p.configure(w, xproto.ConfigWindowX, screenW-50)
	until(t, func() string {
		img := picture(t, shared)
		if img.Rect.Dx() != 50 {
			return fmt.Sprintf("picture of %v, of which 50 columns are on the display", img.Rect)
		}
		return filled(img, lumaRed)
	})
	p.check(xproto.UnmapWindowChecked(p.conn, w).Check())
	for range 5 {
		if why := filled(picture(t, shared), lumaRed); why != "" {
			t.Errorf("put away: %s", why)
		}
	}
}

func TestSecondScreenIsShared(t *testing.T) {
	withDisplay(t)
	p := startProgram(t)
	p.check(xconn.Enable(p.conn, xconn.RandR))
	for i, name := range []string{"LEFT", "RIGHT"} {
		m := randr.MonitorInfo{
			Name: p.atom(name), Primary: name == "RIGHT", X: int16(i * screenW / 2), Width: screenW / 2, Height: screenH, WidthInMillimeters: 100, HeightInMillimeters: 100,
		}
		p.check(randr.SetMonitorChecked(p.conn, p.root.Root, m).Check())
	}
	point(t, 10, 10)
	paint(t, 0x0000ff, 0xff0000, image.Rect(0, 0, screenW/2, screenH)) // blue, to the left red
	s := selected(t, Selection{Camera: None, Microphone: None, Speaker: None}, Options{})
	all, err := s.Surfaces(timeout(t))
	want := []media.Surface{
		{ID: "RIGHT", Label: "RIGHT", Kind: media.ScreenSurface, Area: image.Rect(screenW/2, 0, screenW, screenH)},
		{ID: "LEFT", Label: "LEFT", Kind: media.ScreenSurface, Area: image.Rect(0, 0, screenW/2, screenH)},
	}
	if err != nil || len(all) < 2 || !slices.Equal(all[:2], want) {
		t.Fatalf("surfaces %+v (%v), want the primary screen first", all, err)
	}
	if why := filled(picture(t, sharing(t, s, media.Capture{})), lumaBlue); why != "" {
		t.Errorf("the primary screen: %s", why)
	}
	if why := filled(picture(t, sharing(t, s, media.Capture{Surface: "LEFT", Region: image.Rect(100, 100, 200, 200)})), lumaRed); why != "" {
		t.Errorf("a part of the other: %s", why)
	}
	other := sharing(t, s, media.Capture{Surface: "LEFT"})
	picture(t, other)
	p.check(randr.DeleteMonitorChecked(p.conn, p.root.Root, p.atom("LEFT")).Check())
	until(t, func() string {
		_, release, err := other.Read()
		if release(); err == nil {
			return "the screen is gone and is shown on"
		}
		reasonOf(t, err, media.ScreenDevice, media.ErrDeviceLost)
		return ""
	})
}

func TestPartOfWindow(t *testing.T) {
	withDisplay(t)
	p := startProgram(t)
	s := selected(t, Selection{Camera: None, Microphone: None, Speaker: None}, Options{})
	point(t, 630, 470)
	w := p.window("work", 0xff0000, image.Rect(100, 100, 300, 300))
	half := sharing(t, s, media.Capture{Surface: windowID(w), Region: image.Rect(0, 100, 5000, 160), Rate: 60})
	if img := picture(t, half); img.Rect.Max != image.Pt(200, 60) {
		t.Errorf("picture of %v", img.Rect)
	}
	p.configure(w, xproto.ConfigWindowHeight, 150)
	until(t, func() string {
		if img := picture(t, half); img.Rect.Max != image.Pt(200, 50) {
			return fmt.Sprintf("picture of %v", img.Rect)
		}
		return ""
	})
	p.configure(w, xproto.ConfigWindowHeight, 40) // nothing of the part is left
	for range 3 {
		if img := picture(t, half); img.Rect.Max != image.Pt(200, 50) {
			t.Errorf("picture of %v, want the last one", img.Rect)
		}
	}
}

func TestSharedWindowIsClosedWhileItIsRead(t *testing.T) {
	withDisplay(t)
	p := startProgram(t)
	s := selected(t, Selection{Camera: None, Microphone: None, Speaker: None}, Options{})
	noLeak(t)
	for range 10 {
		w := p.window("work", 0xff0000, image.Rect(100, 100, 300, 300))
		shared, err := s.OpenScreen(timeout(t), media.Capture{Surface: windowID(w), Rate: 120})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for {
				if _, _, err := shared.Read(); err != nil {
					return
				}
			}
		}()
		p.check(xproto.DestroyWindowChecked(p.conn, w).Check())
		if err := shared.Close(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-ended:
		case <-time.After(patience):
			t.Fatal("a read goes on after close")
		}
	}
	_, err := s.OpenScreen(timeout(t), media.Capture{Surface: windowID(0x7777777)})
	reasonOf(t, err, media.ScreenDevice, media.ErrDeviceNotFound)
}

// TestWindowsOfAWindowManager shares a window with a frame around it, which the window manager hides and shows.
func TestWindowsOfAWindowManager(t *testing.T) {
	for _, program := range []string{"openbox", "xdotool"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	withDisplay(t)
	ready := filepath.Join(t.TempDir(), "ready")
	wm := exec.Command("openbox", "--startup", "touch "+ready) // a window that is mapped while it starts may be left out
	if err := wm.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = wm.Process.Kill()
		_ = wm.Wait()
	})
	p := startProgram(t)
	s := selected(t, Selection{Camera: None, Microphone: None, Speaker: None}, Options{})
	until(t, func() string {
		if _, err := os.Stat(ready); err != nil {
			return "the window manager does not start"
		}
		return ""
	})
	w := p.window("work", 0xff0000, image.Rect(100, 100, 300, 220))
	listed := func() (media.Surface, bool) {
		all, err := s.Surfaces(timeout(t))
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(all, func(s media.Surface) bool { return s.ID == windowID(w) })
		if i < 0 {
			return media.Surface{}, false
		}
		return all[i], true
	}
	until(t, func() string {
		if got, ok := listed(); !ok || got.Area.Size() != image.Pt(200, 120) {
			return fmt.Sprintf("the window is listed as %+v (%t)", got, ok)
		}
		return ""
	})
	point(t, 630, 470)
	shared := sharing(t, s, media.Capture{Surface: windowID(w), Rate: 30})
	until(t, func() string { return filled(picture(t, shared), lumaRed) })

	area := func() image.Rectangle { got, _ := listed(); return got.Area }()
	point(t, area.Min.X+30, area.Min.Y+30)
	until(t, func() string {
		if filled(picture(t, shared), lumaRed) == "" {
			return "the cursor is not in the picture"
		}
		return ""
	})
	point(t, 630, 470)
	until(t, func() string { return filled(picture(t, shared), lumaRed) })

	if out, err := exec.Command("xdotool", "windowminimize", fmt.Sprint(uint32(w))).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	until(t, func() string {
		if _, ok := listed(); ok {
			return "a window that was put away is listed"
		}
		return ""
	})
	until(t, func() string { return filled(picture(t, shared), lumaRed) })
}
