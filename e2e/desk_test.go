//go:build e2e

// Package e2e runs the real program: processes of build/parley on a virtual display with a sound server of their own, steered
// through `parley ctl`, looked at through the X server and listened to through the sound server's monitors.
//
// `make test` builds the binaries and runs it; by hand: make build && go test -tags e2e ./e2e.
package e2e

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"github.com/parley-calls/parley/internal/soundtest"
)

// The programs under test.
var (
	parley = flag.String("parley", "../build/parley", "the desktop program")
	server = flag.String("parley-server", "../build/parley-server", "the switchboard")
	keep   = flag.String("screenshots", "../out", "where screenshots are kept")
)

// desk is the virtual desktop that all tests share: a display, a window manager and a sound server.
type desk struct {
	dir     string
	display string
	sound   *soundtest.Server
	x       *xgb.Conn
	screen  *xproto.ScreenInfo
	started []*exec.Cmd
	atoms   sync.Map // by name
}

var here *desk

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == guestsWord {
		if err := hostGuests(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "guests:", err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	code := 1
	d, err := newDesk()
	if err == nil {
		here = d
		code = m.Run()
	} else {
		fmt.Fprintln(os.Stderr, "no virtual desktop:", err)
	}
	d.close()
	os.Exit(code)
}

func newDesk() (*desk, error) {
	d := &desk{}
	for _, p := range []*string{parley, server, keep} {
		whole, err := filepath.Abs(*p)
		if err != nil {
			return d, err
		}
		*p = whole
	}
	for _, p := range []string{*parley, *server} {
		if _, err := os.Stat(p); err != nil {
			return d, fmt.Errorf("%w: run `make build` first", err)
		}
	}
	if err := os.MkdirAll(*keep, 0o755); err != nil {
		return d, err
	}
	dir, err := os.MkdirTemp("", "parley-e2e-")
	if err != nil {
		return d, err
	}
	d.dir = dir
	if err := d.startDisplay(); err != nil {
		return d, err
	}
	d.sound, err = soundtest.Start(dir, "ana", "bob") // what each of them hears
	return d, err
}

func (d *desk) startDisplay() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	size := "1920x1080x24"
	if *report != "" {
		size = "2720x1600x24" // two windows side by side, none hides a part of the other
	}
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", size, "+extension", "GLX", "+render", "-noreset", "-nolisten", "tcp")
	x.ExtraFiles = []*os.File{w}
	if err := d.start(x); err != nil {
		return err
	}
	w.Close()
	number := make([]byte, 16)
	n, err := r.Read(number)
	if err != nil {
		return fmt.Errorf("Xvfb did not start: %w", err)
	}
	d.display = ":" + strings.TrimSpace(string(number[:n]))
	wm := exec.Command("openbox")
	wm.Env = d.env()
	if err := d.start(wm); err != nil {
		return err
	}
	if d.x, err = xgb.NewConnDisplay(d.display); err != nil {
		return err
	}
	d.screen = xproto.Setup(d.x).DefaultScreen(d.x)
	// Out of the way: a pointer over the bars of a call keeps them.
	return xproto.WarpPointerChecked(d.x, 0, d.screen.Root, 0, 0, 0, 0, int16(d.screen.WidthInPixels-1), int16(d.screen.HeightInPixels-1)).Check()
}

// start runs a program of the desk until close.
func (d *desk) start(c *exec.Cmd) error {
	if err := c.Start(); err != nil {
		return err
	}
	d.started = append(d.started, c)
	return nil
}

// env is what a program on the desk sees: its display and sound, and no session bus.
func (d *desk) env() []string {
	drop := map[string]bool{"DISPLAY": true, "WAYLAND_DISPLAY": true, "DBUS_SESSION_BUS_ADDRESS": true, "PULSE_SERVER": true, "LANG": true, "LC_ALL": true}
	var env []string
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); !drop[name] && !strings.HasPrefix(name, "PARLEY_") {
			env = append(env, e)
		}
	}
	return append(env, "DISPLAY="+d.display, "PULSE_SERVER="+d.pulseServer(), "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(d.dir, "no-bus"),
		"LANG=en_US.UTF-8", "FYNE_SCALE=1", "LIBGL_ALWAYS_SOFTWARE=1")
}

func (d *desk) pulseServer() string {
	if d.sound == nil {
		return ""
	}
	return d.sound.Address()
}

// streams counts the recording and playing streams of a process at the sound server.
func (d *desk) streams(pid int) int {
	n := 0
	for _, what := range []string{"source-outputs", "sink-inputs"} {
		list, err := d.sound.Control("list", what)
		if err != nil {
			return -1
		}
		n += strings.Count(list, fmt.Sprintf("application.process.id = %q", fmt.Sprint(pid)))
	}
	return n
}

func (d *desk) close() {
	if d.x != nil {
		d.x.Close()
	}
	if d.sound != nil {
		d.sound.Stop()
	}
	for _, c := range slices.Backward(d.started) {
		_ = c.Process.Kill()
		_ = c.Wait()
	}
	if d.dir != "" {
		_ = os.RemoveAll(d.dir)
	}
}

// window is a mapped top-level window of a process.
type window struct {
	id    xproto.Window
	title string
	rect  image.Rectangle // of the content, on the screen
}

func (d *desk) atom(name string) xproto.Atom {
	if a, ok := d.atoms.Load(name); ok {
		return a.(xproto.Atom)
	}
	r, err := xproto.InternAtom(d.x, false, uint16(len(name)), name).Reply()
	if err != nil {
		return 0
	}
	d.atoms.Store(name, r.Atom)
	return r.Atom
}

func (d *desk) property(w xproto.Window, name string) []byte {
	r, err := xproto.GetProperty(d.x, false, w, d.atom(name), xproto.GetPropertyTypeAny, 0, 1024).Reply()
	if err != nil {
		return nil
	}
	return r.Value
}

// windows lists the visible windows of a process, as the window manager knows them.
func (d *desk) windows(pid int) []window {
	var found []window
	clients := d.property(d.screen.Root, "_NET_CLIENT_LIST")
	for ; len(clients) >= 4; clients = clients[4:] {
		id := xproto.Window(xgb.Get32(clients))
		if p := d.property(id, "_NET_WM_PID"); len(p) < 4 || int(xgb.Get32(p)) != pid {
			continue
		}
		attributes, err := xproto.GetWindowAttributes(d.x, id).Reply()
		if err != nil || attributes.MapState != xproto.MapStateViewable {
			continue
		}
		g, err := xproto.GetGeometry(d.x, xproto.Drawable(id)).Reply()
		if err != nil {
			continue
		}
		at, err := xproto.TranslateCoordinates(d.x, id, d.screen.Root, 0, 0).Reply()
		if err != nil {
			continue
		}
		found = append(found, window{id, string(d.property(id, "_NET_WM_NAME")),
			image.Rect(int(at.DstX), int(at.DstY), int(at.DstX)+int(g.Width), int(at.DstY)+int(g.Height))})
	}
	return found
}

// look takes the pixels of a window as they are on the screen.
func (d *desk) look(w window) (*image.RGBA, error) {
	return d.pixels(w.rect)
}

// pixels takes a part of the screen, as far as there is any.
func (d *desk) pixels(r image.Rectangle) (*image.RGBA, error) {
	r = r.Intersect(image.Rect(0, 0, int(d.screen.WidthInPixels), int(d.screen.HeightInPixels)))
	if r.Empty() {
		return nil, errors.New("the window is not on the screen")
	}
	reply, err := xproto.GetImage(d.x, xproto.ImageFormatZPixmap, xproto.Drawable(d.screen.Root),
		int16(r.Min.X), int16(r.Min.Y), uint16(r.Dx()), uint16(r.Dy()), 0xffffffff).Reply()
	if err != nil {
		return nil, err
	}
	img := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	for i := 0; i+3 < len(reply.Data); i += 4 { // BGRX
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = reply.Data[i+2], reply.Data[i+1], reply.Data[i], 255
	}
	return img, nil
}

// tail is the end of a log, for failure texts.
func tail(path string) string {
	b, _ := os.ReadFile(path)
	lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-15):], []byte("\n")))
}
