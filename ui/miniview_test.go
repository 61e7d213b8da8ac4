package ui

import (
	"image"
	"image/color"
	"image/draw"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// minimized is a stage with a call in the mini window.
func minimized(t *testing.T, change ...func(*engine.CallState)) (*stage, *mini) {
	t.Helper()
	s := newStage(t)
	s.enter(world(inCall(change...)))
	s.ui.Minimize()
	s.settle()
	return s, s.ui.pages.mini
}

func TestMiniButtonsComeWithThePointerAndTheKeyboard(t *testing.T) {
	s, m := minimized(t)
	expect := func(when string, on bool) {
		t.Helper()
		if m.buttons.Visible() != on || m.fader.on != on {
			t.Errorf("%s: the buttons are there: %t, want %t", when, m.buttons.Visible(), on)
		}
	}
	expect("at first", false)
	m.point(true)
	expect("with the pointer", true)
	m.point(false) // Fyne tells that it has left the picture before it tells that it is on a button
	m.leave.MouseIn(nil)
	expect("on a button", true)
	m.deserted()
	expect("without it", false)
	if m.leave.hovered {
		t.Error("a button stays lit")
	}
	m.mic.FocusGained()
	expect("with the keyboard", true)
	m.mic.FocusLost()
	s.pass(time.Second)
	expect("after it", false)
	s.show(world(inCall(func(c *engine.CallState) { c.Phase, c.Err = engine.Rejoining, engine.ErrJoinFailed })))
	expect("when there is something to decide", true)
}

func TestMiniSaysWhatIsOff(t *testing.T) {
	s, m := minimized(t, func(c *engine.CallState) { c.Microphone, c.Camera = false, false })
	has := func(marks *miniMarks, want ...assets.Symbol) bool {
		if len(marks.shown) != len(want) {
			return false
		}
		for i, k := range marks.shown {
			if k.symbol != want[i] {
				return false
			}
		}
		return true
	}
	if !m.state.Visible() || !has(m.ours, assets.MicrophoneOff, assets.CameraOff) || !has(m.theirs) || m.own.Visible() {
		t.Errorf("of ours it says %v, of theirs %v", m.ours.shown, m.theirs.shown)
	}
	m.point(true)
	if m.state.Visible() || m.mic.tone != toneOff {
		t.Error("what the buttons say is said twice, or not at all")
	}
	m.point(false)
	s.show(world(inCall(func(c *engine.CallState) {
		c.Share.On = true
		c.Members[0].Microphone, c.Members[0].Camera, c.Members[0].Sharing.On = false, false, true
	})))
	if !has(m.ours, assets.Share) || !has(m.theirs, assets.MicrophoneOff, assets.CameraOff, assets.Share) || !m.own.Visible() {
		t.Errorf("of ours it says %v, of theirs %v", m.ours.shown, m.theirs.shown)
	}
	if !m.unshare.Visible() {
		t.Fatal("our share cannot be stopped")
	}
	test.Tap(m.unshare)
	s.settle()
	s.want("stop share call")
}

// Pain 67: that nobody could be reached is said, with the ways out, wherever the call is.
func TestJoinFailureInTheMiniWindow(t *testing.T) {
	s, m := minimized(t, func(c *engine.CallState) { c.Phase, c.Err = engine.Rejoining, engine.ErrJoinFailed })
	if m.tile.over.words != word("error.title.join-failed") || !m.buttons.Visible() || !m.again.Visible() || !m.leave.Visible() {
		t.Errorf("it says %q", m.tile.over.words)
	}
	test.Tap(m.again)
	s.settle()
	test.Tap(m.leave)
	s.settle()
	s.want("retry call", "hangup call")
}

func TestSpotlight(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	c := engine.CallState{ID: "call", Members: []engine.Member{{User: bob}, {User: cyd}}}
	l := spotlight{}
	step := func(after time.Duration, speaker, want engine.UserID) {
		t.Helper()
		now, c.Speaker = now.Add(after), speaker
		if l = l.turn(c, now); l.user != want {
			t.Errorf("with %q speaking it is on %q, want %q", speaker, l.user, want)
		}
	}
	step(0, "", "bob") // nobody has spoken
	step(100*time.Millisecond, "cyd", "bob")
	step(spotlightTime, "cyd", "cyd")
	step(spotlightTime/2, "bob", "cyd") // not more than once a second
	step(spotlightTime/2, "bob", "bob")
	step(spotlightTime, "ana", "bob") // not one of the others
	c.Members = c.Members[1:]
	step(0, "bob", "cyd") // who has left is gone at once
	c.Members = nil
	step(0, "", "")
	c.ID, c.Members = "other", []engine.Member{{User: bob}}
	step(0, "", "bob")
}

func TestMiniShowsWhoSpeaks(t *testing.T) {
	three := func(speaker engine.UserID) func(*engine.CallState) {
		return func(c *engine.CallState) {
			c.Members = append(c.Members, engine.Member{User: cyd, Microphone: true, Camera: true})
			c.Speaker = speaker
		}
	}
	s, m := minimized(t, three(cyd.ID))
	if m.name.Text != "Cyd" || m.tile.user != cyd {
		t.Errorf("it shows %q", m.name.Text)
	}
	s.now = s.now.Add(spotlightTime)
	s.show(world(inCall(three(bob.ID))))
	if m.name.Text != "Bob Meier" || m.tile.user != bob {
		t.Errorf("then it shows %q", m.name.Text)
	}
}

// Pictures are converted for the window that is seen, and for no other.
func TestPicturesAreConvertedOnlyWhereTheyAreSeen(t *testing.T) {
	s := newStage(t)
	feed := &media.Feed{}
	s.engine.feeds[bob.ID] = feed
	s.enter(world(inCall()))
	large, small := s.ui.pages.call.scene.tileOf(bob.ID).view, s.ui.pages.mini.tile.view
	converts := func(v *media.View) bool {
		before := v.Stats()
		feed.Push(picture(640, 360))
		after := v.Stats()
		return after.Pushed > before.Pushed && after.Skipped == before.Skipped
	}
	if !converts(large) || converts(small) {
		t.Error("in the main window the picture is not converted, or for the mini window too")
	}
	s.ui.Minimize()
	s.settle()
	if converts(large) || !converts(small) {
		t.Error("in the mini window the picture is not converted, or for the main window too")
	}
	s.ui.Restore()
	s.settle()
	if !converts(large) || converts(small) {
		t.Error("after the way back it is converted for the wrong window")
	}
}

// witness is a window that looks around when it is shown or hidden.
type witness struct {
	fyne.Window
	shown, hidden func()
}

func (w witness) Show() {
	w.Window.Show()
	w.shown()
}

func (w witness) Hide() {
	w.hidden()
	w.Window.Hide()
}

// Pain 4: what takes the place of a window is there before that one goes.
func TestNoMomentWithoutAWindow(t *testing.T) {
	s, _ := minimized(t)
	shows, hides := 0, 0
	s.ui.main = witness{s.ui.main, func() {
		if shows++; shows == 1 && !s.ui.pages.small {
			t.Error("the mini window goes before the main one is there")
		}
	}, func() {
		if hides++; !s.ui.pages.small {
			t.Error("the main window goes before the mini one is there")
		}
	}}
	s.ui.Restore()
	s.settle()
	if shows == 0 || s.ui.pages.small {
		t.Error("it does not come back")
	}
	s.ui.Minimize()
	s.settle()
	if hides != 1 {
		t.Errorf("the main window was hidden %d times", hides)
	}
}

func TestEndThatNobodyMayHaveSeenIsToldByTheDesktop(t *testing.T) {
	s, d := newDesktopStage(t)
	s.ui.tray = &tray{}
	s.enter(world(inCall()))
	s.ui.closeMain()
	s.settle()
	e := s.ended(engine.RemoteHangUp)
	s.show(world(over(e)))
	if s.ui.up || !s.ui.pages.small {
		t.Error("the mini window does not tell why it ended")
	}
	s.wantTitles(d)
	s.pass(partingTime)
	s.settle()
	if s.ui.up || s.ui.pages.small {
		t.Error("a window comes up by itself, or stays")
	}
	s.wantTitles(d, "Bob Meier hung up")
	d.press(t, "Open Parley")
	s.settle()
	s.wantTitles(d)
	if !s.ui.up {
		t.Error("the notification does not bring the window back")
	}
	s.ui.tray = nil
}

// The masters of the mini window. Pictures are made here, so that they do not depend on the converter of the machine.
func TestMiniLooks(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*engine.CallState)
		point  bool
		light  bool
	}{
		"dark":   {func(c *engine.CallState) { c.Camera = false }, true, false},
		"light":  {func(c *engine.CallState) { c.Camera, c.Share.On = false, true }, true, true},
		"muted":  {func(c *engine.CallState) { c.Microphone, c.Camera = false, false; c.Members[0].Microphone = false }, false, true},
		"failed": {func(c *engine.CallState) { c.Phase, c.Err, c.Camera = engine.Rejoining, engine.ErrJoinFailed, false }, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, m := minimized(t, c.change)
			if name != "failed" {
				m.tile.set(flat(304, 192, c.light))
			}
			m.point(c.point)
			test.AssertImageMatches(t, "mini-"+name+".png", s.ui.pages.miniWindow.Canvas().Capture())
		})
	}
}

// flat is a picture of one colour, as light or as dark as pictures get.
func flat(w, h int, light bool) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	c := color.RGBA{10, 10, 12, 255}
	if light {
		c = color.RGBA{250, 250, 250, 255}
	}
	draw.Draw(m, m.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	return m
}
