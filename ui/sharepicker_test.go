package ui

import (
	"fmt"
	"image"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// onDisplay are a screen and two windows.
func onDisplay() []media.Surface {
	return []media.Surface{
		{ID: "screen", Kind: media.ScreenSurface, Area: image.Rect(0, 0, 1920, 1080)},
		{ID: "w1", Label: "Report.odt", App: "Writer", Kind: media.WindowSurface, Area: image.Rect(10, 10, 810, 610)},
		{ID: "w2", Label: "shell", App: "Terminal", Kind: media.WindowSurface, Area: image.Rect(50, 50, 650, 450)},
	}
}

// picking opens the picker for the call and waits until it shows what there is.
func picking(t *testing.T, s *stage, change ...func(*engine.CallState)) *sharePicker {
	t.Helper()
	s.enter(world(inCall(change...)))
	s.engine.take()
	s.ui.pickShare("call")
	k := s.picker()
	s.until(t, func() string {
		if !k.seen.looked {
			return "the display was not looked at"
		}
		return ""
	})
	return k
}

// picker is the open one; nil if none is.
func (s *stage) picker() *sharePicker { return s.ui.sharing }

func (c *shareCard) press() {
	c.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
	c.MouseUp(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
}

func TestShareIsPicked(t *testing.T) {
	for name, c := range map[string]struct {
		act  func(k *sharePicker, s *stage)
		want string
	}{
		"the screen, at once":     {func(k *sharePicker, s *stage) { test.Tap(k.start) }, "share call screen (0,0)-(0,0) text false"},
		"the screen, by keyboard": {func(k *sharePicker, s *stage) { s.ui.key(fyne.KeyReturn) }, "share call screen (0,0)-(0,0) text false"},
		"a window by mouse": {func(k *sharePicker, s *stage) {
			test.Tap(k.tabs[shareWindows])
			k.cards["w2"].press()
			test.Tap(k.start)
		}, "share call w2 (0,0)-(0,0) text false"},
		"a window by a double click": {func(k *sharePicker, s *stage) {
			test.Tap(k.tabs[shareWindows])
			test.DoubleTap(k.cards["w1"])
		}, "share call w1 (0,0)-(0,0) text false"},
		"a window by arrows, smooth": {func(k *sharePicker, s *stage) {
			test.Tap(k.tabs[shareWindows])
			test.Tap(k.profiles[1])
			s.ui.key(fyne.KeyRight)
			s.ui.key(fyne.KeyRight)
			s.ui.key(fyne.KeyRight) // there is no other
			s.ui.key(fyne.KeyEnter)
		}, "share call w2 (0,0)-(0,0) motion false"},
		"with sound": {func(k *sharePicker, s *stage) {
			k.sound.SetChecked(true)
			test.Tap(k.start)
		}, "share call screen (0,0)-(0,0) text true"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.program.settings.ShareText = true
			s.engine.surfaces = onDisplay()
			c.act(picking(t, s), s)
			s.settle()
			s.want(c.want)
			if s.picker() != nil || s.ui.sheet != nil {
				t.Error("the picker stays")
			}
		})
	}
}

func TestShareChoicesAreRemembered(t *testing.T) {
	s := newStage(t)
	s.program.settings.ShareText = true
	s.engine.surfaces = onDisplay()
	k := picking(t, s)
	test.Tap(k.profiles[1])
	k.sound.SetChecked(true)
	if v := s.program.Settings(); v.ShareText || !v.ShareSound {
		t.Errorf("remembered: sharp %t, with sound %t", v.ShareText, v.ShareSound)
	}
	s.ui.key(fyne.KeyEscape)
	s.ui.pickShare("call")
	if k := s.picker(); k.profiles[0].chosen || !k.sound.Checked {
		t.Error("the next picker begins otherwise")
	}
}

func TestRegionIsDrawn(t *testing.T) {
	s := newStage(t)
	s.engine.surfaces = onDisplay()
	k := picking(t, s)
	test.Tap(k.tabs[shareRegion])
	if !k.start.Disabled() {
		t.Error("nothing is drawn and can be shared")
	}
	at, size, scale := k.pane.canvasArea()
	place := func(x, y float32) fyne.Position { return at.AddXY(x*scale, y*scale) }
	draw := func(from, to fyne.Position) {
		k.pane.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: from}, Button: desktop.MouseButtonPrimary})
		k.pane.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: to}})
		k.pane.DragEnd()
		k.pane.MouseUp(&desktop.MouseEvent{})
	}
	draw(place(300, 300), place(305, 305))
	if !k.pane.region.Empty() || !k.start.Disabled() {
		t.Errorf("a slip of the hand made %v", k.pane.region)
	}
	draw(place(1000, 500), at.AddXY(size.Width+50, size.Height+50)) // beyond the edge
	if want := image.Rect(1000, 500, 1920, 1080); k.pane.region != want {
		t.Errorf("region %v, want %v", k.pane.region, want)
	}
	draw(place(640, 480), place(100, 200)) // from the lower right
	test.Tap(k.start)
	s.settle()
	s.want("share call screen (100,200)-(640,480) motion false")
}

func TestPickerFollowsTheDisplay(t *testing.T) {
	s := newStage(t)
	s.engine.surfaces = onDisplay()
	k := picking(t, s)
	test.Tap(k.tabs[shareWindows])
	k.choose("w1")
	s.until(t, func() string {
		if k.cards["w1"].img.Image == nil || k.cards["w2"].img.Image == nil {
			return "no pictures of the windows"
		}
		return ""
	})
	s.engine.mu.Lock()
	s.engine.surfaces = s.engine.surfaces[:1]
	s.engine.mu.Unlock()
	s.until(t, func() string {
		if len(k.cards) > 0 && len(k.shelf.Objects) > 0 {
			return "closed windows are still offered"
		}
		return ""
	})
	if !k.start.Disabled() || !k.state.Visible() || k.what.Text != word("share.windows.none") {
		t.Errorf("without windows: can start %t, words %t %q", !k.start.Disabled(), k.state.Visible(), k.what.Text)
	}
	s.engine.mu.Lock()
	s.engine.blind = &media.DeviceError{Kind: media.ScreenDevice, Reason: media.ErrWayland}
	s.engine.surfaces = nil
	s.engine.mu.Unlock()
	s.until(t, func() string {
		if k.what.Text != word("error.title.screen-wayland") || k.why.Text != word("error.text.screen-wayland") {
			return fmt.Sprintf("it says %q, %q", k.what.Text, k.why.Text)
		}
		return ""
	})
}

func TestPicturesAreTakenOfWhatIsSeen(t *testing.T) {
	s := newStage(t)
	s.engine.surfaces = onDisplay()
	for i := range 40 {
		s.engine.surfaces = append(s.engine.surfaces, media.Surface{ID: fmt.Sprint("more", i), Kind: media.WindowSurface, Area: image.Rect(0, 0, 100, 100)})
	}
	k := picking(t, s)
	test.Tap(k.tabs[shareWindows])
	taken := func(id string) int {
		s.engine.mu.Lock()
		defer s.engine.mu.Unlock()
		return s.engine.thumbnails[id]
	}
	s.until(t, func() string {
		if taken("w1") < 2 {
			return "the first window is not followed"
		}
		return ""
	})
	if n := taken("more39"); n > 0 {
		t.Errorf("%d pictures of a window that is scrolled out", n)
	}
	k.scroll.ScrollToBottom()
	s.until(t, func() string {
		if taken("more39") == 0 {
			return "no picture of the last window"
		}
		return ""
	})
}

func TestPickerEndsWithTheCall(t *testing.T) {
	for name, change := range map[string]engine.Snapshot{
		"over": world(),
		"held": world(inCall(func(c *engine.CallState) { c.Held = true })),
	} {
		s := newStage(t)
		s.engine.surfaces = onDisplay()
		picking(t, s)
		s.show(change)
		if s.ui.sheet != nil {
			t.Errorf("%s: the picker stays", name)
		}
	}
}

func TestPickerOffersToStop(t *testing.T) {
	s := newStage(t)
	s.engine.surfaces = onDisplay()
	k := picking(t, s)
	if k.stop.Visible() {
		t.Error("nothing is shared and can be stopped")
	}
	s.show(world(inCall(func(c *engine.CallState) { c.Share.On = true })))
	if !k.stop.Visible() || k.title.Text != word("share.again") {
		t.Errorf("while we share: stop %t, title %q", k.stop.Visible(), k.title.Text)
	}
	test.Tap(k.stop)
	s.settle()
	s.want("stop share call")
	if s.ui.sheet != nil {
		t.Error("the picker stays")
	}
}

func TestFailedShareHasAWayOut(t *testing.T) {
	s := newStage(t)
	s.engine.surfaces = onDisplay()
	k := picking(t, s)
	s.engine.fail = &media.DeviceError{Kind: media.ScreenDevice, Reason: media.ErrDeviceNotFound}
	test.Tap(k.start)
	s.settle()
	if n := s.ui.notice; !n.box.Visible() || n.title.Text != word("error.title.screen-missing") || !n.button.Visible() {
		t.Fatalf("notice %t %q", n.box.Visible(), n.title.Text)
	}
	test.Tap(s.ui.notice.button)
	if s.picker() == nil {
		t.Error("the button does not open the picker")
	}
}
