package ui

import (
	"testing"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

func TestWordsForAnotherDevice(t *testing.T) {
	speakEnglish(t)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	moved := func(after time.Duration, k media.DeviceKind, from, to string) engine.Event {
		return engine.Event{Type: engine.DeviceMoved, Call: "call", At: at.Add(after), Kind: k, Data: from, Label: to}
	}
	back := func(from, to string) engine.Event {
		e := moved(time.Minute, media.SpeakerDevice, from, to)
		e.On = true
		return e
	}
	other := moved(0, media.MicrophoneDevice, "Headset", "Desk")
	other.Call = "another"
	for _, c := range []struct {
		want   string
		events []engine.Event
	}{
		{"Headset was unplugged. You are heard through Desk now.", []engine.Event{moved(0, media.MicrophoneDevice, "Headset", "Desk")}},
		{"Box was unplugged. You hear others on Desk now.", []engine.Event{moved(0, media.SpeakerDevice, "Box", "Desk")}},
		{"Webcam was unplugged. You are seen through Laptop now.", []engine.Event{moved(0, media.CameraDevice, "Webcam", "Laptop")}},
		{"Headset was unplugged. You are heard through Desk and hear others on Box now.",
			[]engine.Event{moved(0, media.MicrophoneDevice, "Headset", "Desk"), moved(time.Second, media.SpeakerDevice, "Headset", "Box")}},
		{"Headset was unplugged. You hear others on Box now.",
			[]engine.Event{moved(0, media.MicrophoneDevice, "Headset", "Desk"), moved(time.Hour, media.SpeakerDevice, "Headset", "Box")}},
		{"Headset was unplugged. You hear others on Box now.", []engine.Event{other, moved(0, media.SpeakerDevice, "Headset", "Box")}},
		{"Back on Headset.", []engine.Event{moved(0, media.SpeakerDevice, "Headset", "Box"), back("Box", "Headset")}},
		{"Now on Headset.", []engine.Event{back("Box", "Headset")}},
	} {
		var m replugs
		for _, e := range c.events {
			m = m.add(e)
		}
		if got := m.words(); got != c.want {
			t.Errorf("it says %q, want %q", got, c.want)
		}
	}
}

func TestReplacedDeviceIsTold(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	s.engine.emit(engine.Event{Type: engine.DeviceMoved, Call: "call", Kind: media.MicrophoneDevice, Data: "Headset", Label: "Desk"})
	s.settle()
	n := s.ui.notice
	if want := "Headset was unplugged. You are heard through Desk now."; !n.box.Visible() || n.title.Text != want {
		t.Errorf("it says (%t) %q", n.box.Visible(), n.title.Text)
	}
	n.button.OnTapped()
	n.button.OnTapped()
	if !s.ui.pages.call.Menu.root.Visible() {
		t.Error("there is no way to another device")
	}
	s.show(world())
	n.button.OnTapped()
	s.settle()
	if s.ui.shown.main != viewSettings {
		t.Error("there is no way to another device when the call is over")
	}
}
