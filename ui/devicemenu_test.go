package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// desk is what is plugged in: two cameras, and a headset beside what the machine has.
func deskDevices() []media.Device {
	return []media.Device{
		{ID: "c1", Label: "Webcam", Kind: media.CameraDevice, Default: true}, {ID: "c2", Label: "Webcam", Kind: media.CameraDevice},
		{ID: "m1", Label: "Built-in", Kind: media.MicrophoneDevice, Default: true}, {ID: "m2", Label: "Headset", Kind: media.MicrophoneDevice, Headset: true, Group: "7"},
		{ID: "s1", Label: "Box", Kind: media.SpeakerDevice, Default: true, Route: media.RouteSpeaker},
		{ID: "s2", Label: "Headset", Kind: media.SpeakerDevice, Route: media.RouteBluetooth, Headset: true, Group: "7"},
	}
}

func TestMenuOfTheCall(t *testing.T) {
	s := newStage(t)
	s.engine.devices = deskDevices()
	s.enter(world(inCall()))
	m := s.ui.pages.call.Menu
	s.engine.take()
	listening := func(on bool) {
		t.Helper()
		s.until(t, func() string {
			s.ui.applyNow()
			s.engine.mu.Lock()
			defer s.engine.mu.Unlock()
			if got := s.engine.testing > 0; got != on {
				return "it listens to the microphone, or not"
			}
			return ""
		})
	}
	listening(false)
	m.toggle()
	listening(true)
	s.settle()
	s.ui.applyNow()
	if m.meter.step != meterSteps/2 {
		t.Errorf("the meter stands at %d", m.meter.step)
	}
	if got := m.heard.Resource.Name(); got != symbol(assets.Bluetooth).Name() {
		t.Errorf("heard on %s", got)
	}
	s.engine.take()
	m.speaker.SetSelected("Box")
	s.settle()
	s.want("choose {Camera: Microphone: Speaker:s1 Ring:}")
	if s.program.settings.Speaker != "s1" {
		t.Error("it is not remembered")
	}
	if got := m.heard.Resource.Name(); got != symbol(assets.Speaker).Name() {
		t.Errorf("heard on %s", got)
	}
	test.Tap(m.tone)
	s.settle()
	test.Tap(m.next)
	s.settle()
	s.want(`tone "s1"`, "next camera")
	s.engine.devices = slices.Delete(deskDevices(), 0, 1)
	s.engine.emit(engine.Event{Type: engine.DevicesChanged})
	s.settle()
	if m.next.Visible() {
		t.Error("there is no second camera to go to")
	}
	m.toggle()
	listening(false)
	m.toggle()
	listening(true)
	s.show(world()) // the call is over
	listening(false)
}

func TestHeadsetIsNamedUntilSomethingIsChosen(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	s.ui.openSettings()
	s.settle()
	d := s.ui.pages.settings.devices
	if d.hint.Visible() {
		t.Errorf("without a headset: %q", d.hint.Text)
	}
	s.engine.devices = deskDevices()
	s.engine.emit(engine.Event{Type: engine.DevicesChanged})
	s.settle()
	if want := "Calls use Headset, microphone and speaker together, until you choose otherwise."; !d.hint.Visible() || d.hint.Text != want {
		t.Errorf("it says (%t) %q", d.hint.Visible(), d.hint.Text)
	}
	d.speaker.SetSelected("Box")
	s.settle()
	if d.hint.Visible() {
		t.Error("it still says so after another choice")
	}
}

func TestMirrorIsAChoice(t *testing.T) {
	s, page := opened(t)
	d := page.devices
	d.mirror.SetChecked(true)
	if !s.program.settings.MirrorSelf {
		t.Error("it is not remembered")
	}
	d.mirror.SetChecked(false)
	if s.program.settings.MirrorSelf {
		t.Error("it is not undone")
	}
}

func TestRecordAndListen(t *testing.T) {
	s, page := opened(t)
	r := page.devices.rehearsal
	s.engine.choice = engine.DeviceChoice{Microphone: "m1", Speaker: "s1"}
	s.engine.take()
	test.Tap(r.button)
	under := []string{word("settings.rehearse.recording"), word("settings.rehearse.playing")} // the fake is quick
	if r.button.Text != word("settings.rehearse.stop") || !r.bar.Visible() || !slices.Contains(under, r.words.Text) {
		t.Errorf("while it goes on: %q, %q", r.button.Text, r.words.Text)
	}
	s.settle()
	s.want("record m1 s1")
	if r.button.Text != word("settings.rehearse") || r.bar.Visible() || r.words.Text != word("settings.rehearse.done") {
		t.Errorf("afterwards: %q, %q", r.button.Text, r.words.Text)
	}
	s.engine.fail = &media.DeviceError{Kind: media.MicrophoneDevice, Reason: media.ErrDeviceBusy}
	test.Tap(r.button)
	s.settle()
	if n := s.ui.notice; !n.box.Visible() || n.title.Text != word("error.title.microphone-busy") {
		t.Errorf("it says (%t) %q", n.box.Visible(), n.title.Text)
	}
	s.engine.fail = nil
	test.Tap(r.button)
	test.Tap(r.button) // stopped
	s.settle()
	if r.words.Text != word("settings.rehearse.text") || r.bar.Visible() {
		t.Errorf("stopped: %q", r.words.Text)
	}
}
