package ui

import (
	"fmt"
	"image"
	"image/color"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	soft "fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

// patience is how long a test waits for another goroutine before it fails.
const patience = 10 * time.Second

func init() {
	typeShortcut = func(c fyne.Canvas, s fyne.Shortcut) {
		reflect.ValueOf(c).Elem().FieldByName("WindowlessCanvas").Interface().(fyne.Shortcutable).TypedShortcut(s)
	}
}

// loop stands in for Fyne's goroutine: what is queued runs on the test's own goroutine when it settles.
type loop struct {
	mu     sync.Mutex
	queued []func()
}

func (d *loop) do(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.queued = append(d.queued, f)
}

// drain runs what is queued and reports whether there was anything.
func (d *loop) drain() bool {
	d.mu.Lock()
	now := d.queued
	d.queued = nil
	d.mu.Unlock()
	for _, f := range now {
		f()
	}
	return len(now) > 0
}

// until drains the queue until done returns "". What it returns last is why it failed.
func (d *loop) until(t *testing.T, done func() string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		d.drain()
		why := done()
		if why == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(why)
		}
		time.Sleep(time.Millisecond)
	}
}

// stage is a whole UI on Fyne's test driver with a fake engine and a clock that stands still.
type stage struct {
	*loop
	t       *testing.T
	ui      *UI
	program *fakeProgram
	engine  *fakeEngine
	now     time.Time
}

func newStage(t *testing.T) *stage {
	t.Helper()
	return newStageOn(t, nil)
}

// newStageOn is a stage on a desktop. change may change what the windows begin with.
func newStageOn(t *testing.T, d Desktop, change ...func(*Params)) *stage {
	t.Helper()
	app := newApp(t)
	s := &stage{loop: &loop{}, t: t, program: &fakeProgram{settings: profile.Settings{Theme: profile.DarkTheme, Language: "en", CloseToTray: true, RingVolume: 1}}, engine: newFakeEngine(), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	p := Params{App: app, Program: s.program, Desktop: d}
	for _, f := range change {
		f(&p)
	}
	s.ui = newUI(p, s.do, func() time.Time { return s.now })
	s.ui.applyNow()
	t.Cleanup(func() {
		s.ui.Close()
		if n := s.engine.watchers(); n != 0 {
			t.Errorf("%d subscriptions are left after Close", n)
		}
	})
	return s
}

// enter gives the UI its engine.
func (s *stage) enter(snap engine.Snapshot) {
	s.t.Helper()
	s.engine.set(snap)
	s.do(func() { s.ui.use(s.engine) })
	s.settle()
}

// show changes the snapshot.
func (s *stage) show(snap engine.Snapshot) {
	s.t.Helper()
	s.engine.set(snap)
	s.settle()
}

// settle waits for the commands under way and runs what they queued.
func (s *stage) settle() {
	s.t.Helper()
	s.until(s.t, func() string {
		c := s.ui.commands
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.running) > 0 {
			return fmt.Sprint("commands still under way: ", c.running)
		}
		return ""
	})
	for s.drain() {
		continue
	}
}

// pass lets time go by.
func (s *stage) pass(d time.Duration) {
	s.now = s.now.Add(d)
	s.ui.applyNow()
}

func (s *stage) key(k fyne.KeyName) {
	s.t.Helper()
	s.ui.main.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: k})
	s.settle()
}

// window presses a key in another window than the main one.
func (s *stage) window(w fyne.Window, k fyne.KeyName) {
	s.t.Helper()
	w.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: k})
	s.settle()
}

// click clicks on a tile of the call.
func (s *stage) click(t *videoTile) {
	s.t.Helper()
	s.ui.pages.call.ground.Tapped(&fyne.PointEvent{Position: boxOf(t).middle()})
	s.settle()
}

// want fails if the engine was not asked for exactly these since the last time.
func (s *stage) want(asked ...string) {
	s.t.Helper()
	if got := s.engine.take(); !slices.Equal(got, asked) {
		s.t.Errorf("asked for %q, want %q", got, asked)
	}
}

// The people of the tests.
var (
	ana  = engine.User{ID: "ana", Name: "Ana"}
	bob  = engine.User{ID: "bob", Name: "Bob Meier"}
	cyd  = engine.User{ID: "cyd", Name: "Cyd"}
	echo = engine.User{ID: "echo", Name: "Echo"}
)

// world is a snapshot of somebody online among others.
func world(with ...func(*engine.Snapshot)) engine.Snapshot {
	s := engine.Snapshot{
		Me: ana, Connection: engine.Connection{State: engine.Online, Server: "127.0.0.1:4455"},
		People: []engine.Person{{User: echo, Presence: signal.Online}, {User: bob, Presence: signal.Online}, {User: cyd, Presence: signal.Offline}},
	}
	for _, f := range with {
		f(&s)
	}
	return s
}

// inCall adds a call with Bob.
func inCall(change ...func(*engine.CallState)) func(*engine.Snapshot) {
	return func(s *engine.Snapshot) {
		c := engine.CallState{
			ID: "call", Phase: engine.Live, Video: true, Since: time.Date(2026, 3, 1, 11, 59, 0, 0, time.UTC), Microphone: true, Camera: true,
			Members: []engine.Member{{User: bob, Microphone: true, Camera: true, Quality: engine.Good}},
		}
		for _, f := range change {
			f(&c)
		}
		s.Calls = append(s.Calls, c)
	}
}

// heldCall adds a call with Cyd that waits.
func heldCall(s *engine.Snapshot) {
	inCall(func(c *engine.CallState) {
		c.ID, c.Held, c.Members = "held", true, []engine.Member{{User: cyd, Microphone: true, Quality: engine.Good}}
		c.Since = c.Since.Add(-91 * time.Second)
	})(s)
}

// outgoingTo makes a call one that still rings.
func outgoingTo(u engine.User, state signal.PartyState) func(*engine.CallState) {
	return func(c *engine.CallState) {
		c.Phase, c.Members, c.Since, c.Outgoing = engine.RingingUp, nil, time.Time{}, true
		c.Waiting = []engine.Waiting{{User: u, State: state}}
	}
}

// rung adds an invitation from Bob.
func rung(video bool) func(*engine.Snapshot) {
	return func(s *engine.Snapshot) {
		s.Incoming = append(s.Incoming, engine.Incoming{ID: "ring", Call: "call", From: bob, Video: video, Data: "Hello"})
	}
}

// waits makes the invitations ring while we are in another call.
func waits(s *engine.Snapshot) {
	for i := range s.Incoming {
		s.Incoming[i].Waiting = true
	}
}

// alsoRung adds an invitation from somebody else.
func alsoRung(id engine.InvitationID, from engine.User) func(*engine.Snapshot) {
	return func(s *engine.Snapshot) {
		s.Incoming = append(s.Incoming, engine.Incoming{ID: id, Call: engine.CallID(id), From: from})
	}
}

// over adds the end of a call.
func over(e engine.Ended) func(*engine.Snapshot) {
	return func(s *engine.Snapshot) { s.Ended = append([]engine.Ended{e}, s.Ended...) }
}

// picture is a test card of vertical stripes from dark to bright.
func picture(w, h int) *image.YCbCr {
	m := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	for y := range h {
		for x := range w {
			m.Y[y*m.YStride+x] = uint8(16 + 219*x/w)
		}
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = 90, 160
	}
	return m
}

// testCard is a picture as a view would give it to a tile.
func testCard() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, 640, 360))
	for y := range 360 {
		for x := range 640 {
			m.Set(x, y, color.RGBA{uint8(x / 4), uint8(80 + y/4), 120, 255})
		}
	}
	return m
}

// newApp makes an app on the test driver in Parley's dark colours, which do not depend on the machine.
func newApp(t *testing.T) fyne.App {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(look{choice: profile.DarkTheme})
	// Fyne dates what it keeps by its last picture, and forgets it when it is a minute old: where that picture was taken a minute ago, as
	// on a slow machine, everything that a test makes would be gone in its first.
	soft.NewCanvas().Capture()
	return a
}
