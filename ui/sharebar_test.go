package ui

import (
	"errors"
	"fmt"
	"image"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/profile"
)

// weShare makes a call one in which we share the n-th thing of onDisplay.
func weShare(n int, change ...func(*engine.ShareState)) func(*engine.CallState) {
	return func(c *engine.CallState) {
		c.Share.On, c.Share.Surface = true, onDisplay()[n]
		for _, f := range change {
			f(&c.Share)
		}
	}
}

func TestBarOfAShareIsThereWhileTheCallIsNot(t *testing.T) {
	t.Parallel()
	share := inCall(weShare(0))
	held := func(s *engine.Snapshot) {
		inCall(weShare(0))(s)
		s.Calls[len(s.Calls)-1].Phase = engine.Over
	}
	for name, c := range map[string]struct {
		desk desk
		snap engine.Snapshot
		bar  bool
	}{
		"the call is in front":      {desk{connected: true, front: true}, world(share), false},
		"another program is":        {desk{connected: true}, world(share), true},
		"the settings are in front": {desk{connected: true, front: true, settings: true}, world(share), true},
		"minimized":                 {desk{connected: true, front: true, minimized: true}, world(share), true},
		"in the tray":               {desk{connected: true, hidden: true}, world(share), true},
		"nothing is shared":         {desk{connected: true}, world(inCall()), false},
		"the call is over":          {desk{connected: true}, world(held), false},
		"no call":                   {desk{connected: true}, world(), false},
		"no engine":                 {desk{}, world(share), false},
	} {
		if got := plan(c.desk, &c.snap, time.Now()); got.shareBar != c.bar {
			t.Errorf("%s: bar %t", name, got.shareBar)
		}
	}
}

func TestFrameFollowsTheShare(t *testing.T) {
	d := &fakeDesktop{hosted: true}
	s := newStageOn(t, d)
	s.engine.surfaces = onDisplay()
	framed := func(what string, want image.Rectangle, paused bool) {
		t.Helper()
		colour := lightPalette.accent
		if paused {
			colour = darkPalette.warning
		}
		s.until(t, func() string {
			if got, c := d.framed(); got != want || !want.Empty() && c != colour {
				return fmt.Sprintf("%s: a frame round %v in %v, want %v", what, got, c, want)
			}
			return ""
		})
	}
	s.enter(world(inCall(weShare(1))))
	framed("a window", image.Rect(10, 10, 810, 610), false)
	s.show(world(inCall(weShare(1, func(s *engine.ShareState) { s.Paused = true }))))
	framed("paused", image.Rect(10, 10, 810, 610), true)
	s.engine.mu.Lock()
	s.engine.surfaces[1].Area = image.Rect(100, 200, 300, 400)
	s.engine.mu.Unlock()
	framed("moved", image.Rect(100, 200, 300, 400), true)
	s.engine.mu.Lock()
	s.engine.surfaces = s.engine.surfaces[:1]
	s.engine.mu.Unlock()
	framed("put away", image.Rectangle{}, false)
	s.show(world(inCall(weShare(0, func(s *engine.ShareState) { s.Region = image.Rect(1900, 10, 2000, 60) }))))
	framed("a region", image.Rect(1900, 10, 1920, 60), false)
	s.show(world(inCall(weShare(0))))
	framed("the screen", image.Rect(0, 0, 1920, 1080), false)
	s.show(world(inCall()))
	framed("stopped", image.Rectangle{}, false)
	s.show(world(inCall(weShare(0))))
	framed("again", image.Rect(0, 0, 1920, 1080), false)
	s.show(world())
	framed("the call is over", image.Rectangle{}, false)
	s.show(world(inCall(weShare(0))))
	framed("in another call", image.Rect(0, 0, 1920, 1080), false)
	s.ui.use(nil)
	framed("without an engine", image.Rectangle{}, false)
}

func TestBarOfAShare(t *testing.T) {
	s := newStage(t)
	s.engine.surfaces = onDisplay()
	s.enter(world(inCall(weShare(1))))
	s.ui.setFront(false)
	s.settle()
	b := s.ui.pages.sharing
	if !b.up {
		t.Fatal("there is no bar")
	}
	if got := b.bar.title.Text; got != "You are sharing Report.odt" {
		t.Errorf("it says %q", got)
	}
	if got := b.bar.detail.Text; got != "1 person sees it" {
		t.Errorf("it says %q", got)
	}
	s.engine.take()
	test.Tap(b.bar.pause)
	s.settle()
	test.Tap(b.bar.mic)
	s.settle()
	s.want("pause share call true", "microphone call false")
	s.show(world(inCall(weShare(1, func(s *engine.ShareState) { s.Paused = true }), func(c *engine.CallState) { c.Microphone = false })))
	test.Tap(b.bar.pause)
	s.settle()
	test.Tap(b.bar.mic)
	s.settle()
	test.Tap(b.bar.stop)
	s.settle()
	s.want("pause share call false", "microphone call true", "stop share call")
	test.Tap(b.bar.other)
	if s.picker() == nil || s.picker().title.Text != word("share.again") {
		t.Error("something else cannot be shared from the bar")
	}
	s.show(world(inCall()))
	if b.up {
		t.Error("the bar stays after the share")
	}
}

func TestWordsOfAShare(t *testing.T) {
	screen := engine.ShareState{Share: engine.Share{Surface: onDisplay()[0]}}
	if got := sharedName(screen); got != "your screen" {
		t.Errorf("the only screen is called %q", got)
	}
	screen.Region = image.Rect(0, 0, 10, 10)
	if got := sharedName(screen); got != "a part of your screen" {
		t.Errorf("a part of it is called %q", got)
	}
	for want, c := range map[string]engine.CallState{
		"Nobody sees it yet":                          {},
		"2 people see it":                             {Members: make([]engine.Member, 2)},
		"Paused: the others see the last picture":     {Share: engine.ShareState{Paused: true}, Members: make([]engine.Member, 2)},
		"The sound of this computer cannot be shared": {Share: engine.ShareState{SoundErr: errors.New("x")}, Members: make([]engine.Member, 2)},
	} {
		if got := sharedWords(c); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestShareStripOverACall(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	strip := s.ui.pages.call.shares
	if strip.root.Visible() {
		t.Error("nothing is shared and a strip says so")
	}
	s.show(world(inCall(weShare(0))))
	if !strip.root.Visible() || strip.title.Text != "You are sharing your screen" {
		t.Errorf("strip %t %q", strip.root.Visible(), strip.title.Text)
	}
	s.engine.take()
	test.Tap(strip.stop)
	s.settle()
	s.want("stop share call")
	s.show(world(inCall()))
	if strip.root.Visible() {
		t.Error("the strip stays after the share")
	}
}

func TestShareThatEndsByItselfIsTold(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	s.engine.emit(engine.Event{Type: engine.ShareStopped, Call: "call", User: ana})
	s.settle()
	if s.ui.notice.box.Visible() {
		t.Error("a share that was stopped is told as a failure")
	}
	s.engine.emit(engine.Event{Type: engine.ShareStopped, Call: "call", User: ana, Err: &media.DeviceError{Kind: media.ScreenDevice, Reason: media.ErrDeviceLost}})
	s.settle()
	if n := s.ui.notice; !n.box.Visible() || n.title.Text != word("error.title.screen-lost") || n.button.Text != word("share.again") {
		t.Errorf("notice %t %q with the button %q", n.box.Visible(), n.title.Text, n.button.Text)
	}
}

func TestPlaceOfTheBar(t *testing.T) {
	t.Parallel()
	screens := []monitor{
		{"left", image.Rect(0, 0, 1000, 800), image.Rect(0, 30, 1000, 800)},
		{"right", image.Rect(1000, 0, 3000, 1000), image.Rect(1000, 0, 3000, 1000)},
	}
	size := image.Pt(500, 60)
	for name, c := range map[string]struct {
		left *profile.Place
		home int
		want image.Point
	}{
		"at first":                    {nil, 1, image.Pt(1750, placeMargin/2)},
		"below a panel":               {nil, 0, image.Pt(250, 30+placeMargin/2)},
		"where it was left":           {&profile.Place{Screen: "right", X: 10, Y: 20}, 0, image.Pt(1010, 20)},
		"on a screen that has gone":   {&profile.Place{Screen: "gone", X: 10, Y: 20}, 0, image.Pt(250, 30+placeMargin/2)},
		"beyond the edge of a screen": {&profile.Place{Screen: "left", X: 900, Y: 900}, 0, image.Pt(500, 740)},
		"on the panel of its screen":  {&profile.Place{Screen: "left", X: 0, Y: 0}, 0, image.Pt(0, 30)},
	} {
		if got := barPlace(c.left, size, screens, c.home); got != c.want {
			t.Errorf("%s: at %v, want %v", name, got, c.want)
		}
	}
}
