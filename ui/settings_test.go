package ui

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/profile"
)

// opened is a stage with its settings open.
func opened(t *testing.T) (*stage, *settings) {
	t.Helper()
	s := newStage(t)
	s.engine.devices = []media.Device{
		{ID: "c1", Label: "Webcam", Kind: media.CameraDevice}, {ID: "c2", Label: "Webcam", Kind: media.CameraDevice},
		{ID: "m1", Label: "Headset", Kind: media.MicrophoneDevice}, {ID: "s1", Label: "Headphones", Kind: media.SpeakerDevice},
	}
	s.enter(world())
	s.ui.openSettings()
	s.settle()
	return s, s.ui.pages.settings
}

func TestSettingsOpenByKey(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	focused, _ := s.ui.main.Canvas().Focused().(fyne.Shortcutable)
	if focused == nil {
		t.Fatal("the list has not the keyboard")
	}
	focused.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyComma, Modifier: fyne.KeyModifierShortcutDefault})
	s.settle()
	if s.ui.shown.main != viewSettings {
		t.Fatalf("view %d", s.ui.shown.main)
	}
	s.key(fyne.KeyEscape)
	if s.ui.shown.main != viewHome {
		t.Errorf("Escape leads to view %d", s.ui.shown.main)
	}
}

// Escape leaves the page from every control on it.
func TestEscapeLeavesTheSettingsFromEverywhere(t *testing.T) {
	s, _ := opened(t)
	c := s.ui.main.Canvas()
	c.Unfocus()
	c.FocusNext()
	first := c.Focused()
	for stop := 1; ; stop++ {
		at := c.Focused()
		at.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		s.settle()
		if s.ui.shown.main != viewHome {
			t.Errorf("Escape stays in the settings at stop %d, %T", stop, at)
		} else {
			s.ui.openSettings()
			s.settle()
		}
		c.Focus(at)
		c.FocusNext()
		if c.Focused() == first {
			if stop < 30 {
				t.Errorf("there are only %d stops", stop)
			}
			return
		}
	}
}

func TestSettingsAreRememberedAtOnce(t *testing.T) {
	s, page := opened(t)
	test.Tap(page.scheme[slices.Index(themes, profile.LightTheme)])
	if s.program.settings.Theme != profile.LightTheme {
		t.Errorf("theme = %q", s.program.settings.Theme)
	}
	if got := s.ui.params.App.Settings().Theme(); got != (look{choice: profile.LightTheme}) {
		t.Errorf("the app shows %v", got)
	}
	page.desktop.toTray.SetChecked(false)
	if s.program.settings.CloseToTray {
		t.Error("closing into the tray is still remembered")
	}
	page.devices.speaker.SetSelected("Headphones")
	page.devices.ring.SetSelected("Headphones")
	page.devices.camera.SetSelected("Webcam (2)")
	page.devices.microphone.SetSelected("Headset")
	s.settle()
	want := engine.DeviceChoice{Camera: "c2", Microphone: "m1", Speaker: "s1", Ring: "s1"}
	if s.engine.choice != want {
		t.Errorf("the engine uses %+v, want %+v", s.engine.choice, want)
	}
	if g := s.program.settings; g.Camera != "c2" || g.Microphone != "m1" || g.Speaker != "s1" || g.Ring != "s1" {
		t.Errorf("remembered: %+v", g)
	}
	page.devices.camera.SetSelectedIndex(0)
	s.settle()
	if s.engine.choice.Camera != "" {
		t.Error("the system's choice cannot be chosen again")
	}
}

func TestDevicesAreTriedOnlyWhileThePageIsSeen(t *testing.T) {
	s, page := opened(t)
	got := s.engine.take() // both at once, in any order
	slices.Sort(got)
	if want := []string{`listen ""`, `preview ""`}; !slices.Equal(got, want) {
		t.Errorf("asked for %q, want %q", got, want)
	}
	if n := s.engine.testing; n != 2 {
		t.Errorf("%d devices are open, want the microphone and the camera", n)
	}
	if page.devices.meter.step != meterSteps/2 {
		s.ui.applyNow()
	}
	if page.devices.meter.step != meterSteps/2 {
		t.Errorf("the meter stands at %d of %d", page.devices.meter.step, meterSteps)
	}
	page.devices.camera.SetSelected("Webcam")
	s.settle()
	s.want("choose {Camera:c1 Microphone: Speaker: Ring:}", `preview "c1"`)
	s.until(t, func() string {
		s.engine.mu.Lock()
		defer s.engine.mu.Unlock()
		if s.engine.testing != 2 {
			return "the old camera was not closed"
		}
		return ""
	})
	s.ui.closeSettings()
	s.until(t, func() string {
		s.engine.mu.Lock()
		defer s.engine.mu.Unlock()
		if s.engine.testing != 0 {
			return "devices are still open after the page was left"
		}
		return ""
	})
}

func TestTestTone(t *testing.T) {
	s, page := opened(t)
	s.engine.take()
	test.Tap(page.devices.tone)
	s.settle()
	s.want(`tone ""`)
	s.engine.fail = &media.DeviceError{Kind: media.SpeakerDevice, Reason: media.ErrDeviceNotFound}
	test.Tap(page.devices.tone)
	s.settle()
	if n := s.ui.notice; !n.box.Visible() || n.title.Text != word("error.title.speaker-missing") {
		t.Errorf("it says (%t) %q", n.box.Visible(), n.title.Text)
	}
	if page.devices.tone.Disabled() {
		t.Error("the button is stuck")
	}
}

func TestDeviceThatFailsSaysWhy(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	s.engine.fail = &media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceBusy}
	s.ui.openSettings()
	s.settle()
	d := s.ui.pages.settings.devices
	if !d.blind.Visible() || d.blind.Text == "" || !d.deaf.Visible() {
		t.Errorf("nothing says why there is no picture: %q", d.blind.Text)
	}
	s.engine.fail = nil
	s.engine.emit(engine.Event{Type: engine.DevicesChanged})
	s.settle()
	s.settle()
	if d.blind.Visible() || d.deaf.Visible() {
		t.Error("it still complains after the device was plugged in")
	}
}

func TestPickerFollowsWhatIsPluggedIn(t *testing.T) {
	s, page := opened(t)
	page.devices.camera.SetSelected("Webcam (2)")
	s.settle()
	s.engine.devices = s.engine.devices[:1]
	s.engine.emit(engine.Event{Type: engine.DevicesChanged})
	s.settle()
	want := []string{"Automatic (Webcam)", "Webcam", "Chosen, but not plugged in"}
	if got := page.devices.camera.Options; !slices.Equal(got, want) {
		t.Errorf("options = %q, want %q", got, want)
	}
	if page.devices.camera.Selected != want[2] || s.engine.choice.Camera != "c2" {
		t.Errorf("%q is shown as chosen, %q is", page.devices.camera.Selected, s.engine.choice.Camera)
	}
}

// A call that comes while the camera is tried out takes the place of the page, which lets go of camera and microphone: the engine has
// kept the camera for the call by then.
func TestCallEndsWhatTheSettingsTryOut(t *testing.T) {
	s, page := opened(t)
	trying := func(n int, when string) {
		t.Helper()
		s.until(t, func() string {
			s.engine.mu.Lock()
			defer s.engine.mu.Unlock()
			if s.engine.testing != n {
				return fmt.Sprintf("%s %d devices are tried out, want %d", when, s.engine.testing, n)
			}
			return ""
		})
		if shown := page.devices.preview.stop != nil; shown != (n > 0) {
			t.Errorf("%s the page has the camera: %t", when, shown)
		}
	}
	trying(2, "at first")
	s.show(world(inCall()))
	trying(0, "in the call")
	s.show(world())
	s.ui.openSettings()
	s.settle()
	trying(2, "after it")
}
