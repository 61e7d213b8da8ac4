package ui

import (
	"image"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// bobShares makes Bob share something.
func bobShares(c *engine.CallState) {
	c.Members[0].Sharing = engine.Sharing{On: true, Label: "Screen 1"}
}

func (s *stage) fill(user engine.UserID, on bool) {
	s.t.Helper()
	if err := s.ui.FullScreen(user, on); err != nil {
		s.t.Fatal(err)
	}
	s.settle()
}

// A share fills a screen as long as there is the share, whatever becomes of the main window.
func TestShareInFullScreen(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(bobShares)))
	if s.ui.FullScreenOf() != "" || s.ui.pages.share.shown {
		t.Fatal("a share fills the screen that nobody asked for")
	}
	s.fill("bob", true)
	w := s.ui.pages.share
	if s.ui.FullScreenOf() != "bob" || !w.shown || !w.window.FullScreen() || s.engine.watching("screen of bob") == 0 {
		t.Fatalf("of %q, shown %t", s.ui.FullScreenOf(), w.shown)
	}
	if w.name.Text != "Screen 1 – Bob Meier" {
		t.Errorf("title %q", w.name.Text)
	}
	if err := s.ui.Minimize(); err != nil {
		t.Fatal(err)
	}
	s.settle()
	if !w.shown {
		t.Error("it went with the main window")
	}
	s.show(world(inCall(bobShares, func(c *engine.CallState) { c.Members[0].Sharing.Paused = true })))
	if !w.held.Visible() {
		t.Error("nothing says that it is paused")
	}
	s.show(world(inCall()))
	if w.shown || s.ui.FullScreenOf() != "" || s.engine.watching("screen of bob") != 0 {
		t.Error("the view stays after the share has ended")
	}
	s.show(world(inCall(bobShares)))
	if w.shown {
		t.Error("another share fills the screen unasked")
	}
	for name, leave := range map[string]func(){
		"escape":     func() { s.window(w.window, fyne.KeyEscape) },
		"the call":   func() { s.show(world()) },
		"ctl":        func() { s.fill("bob", false) },
		"being held": func() { s.show(world(inCall(bobShares, func(c *engine.CallState) { c.Held = true }))) },
	} {
		s.show(world(inCall(bobShares)))
		s.fill("bob", true)
		if leave(); w.shown || s.ui.FullScreenOf() != "" {
			t.Errorf("%s does not end it", name)
		}
	}
}

func TestWhoseShareFillsTheScreen(t *testing.T) {
	t.Parallel()
	shot := func(change ...func(*engine.CallState)) *engine.Snapshot {
		s := world(inCall(change...))
		return &s
	}
	two := func(c *engine.CallState) {
		bobShares(c)
		c.Members = append(c.Members, engine.Member{User: cyd, Sharing: engine.Sharing{On: true}})
	}
	for _, tt := range []struct {
		name          string
		desk          desk
		before, after *engine.Snapshot
		want          engine.UserID
	}{
		{"nobody asked", desk{}, shot(), shot(bobShares), ""},
		{"asked", desk{wide: "bob"}, shot(bobShares), shot(bobShares), "bob"},
		{"ended", desk{wide: "bob"}, shot(bobShares), shot(), ""},
		{"who shares nothing", desk{wide: "cyd"}, shot(bobShares), shot(bobShares), ""},
		{"each new one", desk{fills: true}, shot(), shot(bobShares), "bob"},
		{"left by hand, and not new", desk{fills: true}, shot(bobShares), shot(bobShares), ""},
		{"the newest", desk{fills: true, wide: "bob"}, shot(bobShares), shot(two), "cyd"},
	} {
		if got := tt.desk.widen(tt.before, tt.after); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestErrorsOfFullScreen(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	if code := engine.Code(s.ui.FullScreen("bob", true)); code != "not-in-call" {
		t.Errorf("without a call: %q", code)
	}
	s.show(world(inCall()))
	if code := engine.Code(s.ui.FullScreen("bob", true)); code != "not-sharing" {
		t.Errorf("without a share: %q", code)
	}
}

// Zooming asks for all pixels, and pointing tells where in the picture, not where in the window.
func TestShareViewZoomsAndPoints(t *testing.T) {
	s := newStage(t)
	feed := &media.Feed{}
	s.engine.feeds["screen of bob"] = feed
	s.enter(world(inCall(bobShares)))
	s.fill("bob", true)
	w := s.ui.pages.share
	v, hand := w.view, w.hand
	v.Resize(fyne.NewSize(800, 600))
	feed.Push(image.NewYCbCr(image.Rect(0, 0, 1600, 900), image.YCbCrSubsampleRatio420))
	v.flush()
	if v.img.Position() != fyne.NewPos(0, 75) || v.img.Image.Bounds().Dx() != 800 || !v.whole() {
		t.Fatalf("the whole picture is at %v, %v", v.img.Position(), v.img.Image.Bounds())
	}
	hand.DoubleTapped(&fyne.PointEvent{Position: fyne.NewPos(400, 300)})
	feed.Push(image.NewYCbCr(image.Rect(0, 0, 1600, 900), image.YCbCrSubsampleRatio420))
	v.flush()
	if v.img.Size() != fyne.NewSize(1600, 900) || v.img.Image.Bounds().Dx() != 1600 || v.percent() != 100 {
		t.Fatalf("own size: %v, %v, %d %%", v.img.Size(), v.img.Image.Bounds(), v.percent())
	}
	hand.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(400, 150)})
	if v.img.Position() != fyne.NewPos(0, 0) {
		t.Errorf("dragged to %v", v.img.Position())
	}
	s.engine.take()
	s.window(w.window, fyne.KeyL)
	hand.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(400, 450)}})
	if got := s.engine.take(); !slices.Equal(got, []string{"point call bob 0.25 0.50"}) {
		t.Errorf("pointed at %q", got)
	}
	if hand.Cursor() != desktop.CrosshairCursor {
		t.Error("the pointer does not say that it points")
	}
	s.window(w.window, fyne.Key0)
	if !v.whole() || v.percent() != 50 {
		t.Errorf("not all of it after 0: %d %%", v.percent())
	}
	s.pass(idleTime + time.Second)
	if w.bar.Visible() {
		t.Error("the bar stays")
	}
}

// What others point at is shown at its place in the picture, for as long as they do.
func TestPointersAreShown(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(bobShares)))
	s.fill("bob", true)
	v := s.ui.pages.share.view
	v.Resize(fyne.NewSize(800, 450))
	v.w, v.h = 1600, 900
	v.mark([]engine.Pointer{{User: bob, X: 0.5, Y: 0.5}, {User: cyd, X: 0, Y: 1}})
	if len(v.marks) != 2 {
		t.Fatalf("%d marks", len(v.marks))
	}
	for i, want := range []fyne.Position{{X: 400, Y: 225}, {X: 0, Y: 450}} {
		if at := v.marks[i].dot.Position().AddXY(6, 6); at != want {
			t.Errorf("mark %d at %v, want %v", i, at, want)
		}
	}
	v.mark(nil)
	if len(v.marks) != 0 {
		t.Error("a mark stays")
	}
}
