package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

func TestDialingWordsTellStatesApart(t *testing.T) {
	for _, c := range []struct {
		state    signal.PartyState
		presence engine.Presence
		want     string
	}{
		{signal.Calling, signal.Online, "Calling…"},
		{signal.Ringing, signal.Online, "Ringing…"},
		{signal.Ringing, signal.Busy, "In another call…"},
		{signal.Calling, signal.Busy, "In another call…"},
		{signal.Unreached, signal.Offline, "Offline. It rings as soon as they come online."},
	} {
		call := engine.CallState{Waiting: []engine.Waiting{{User: bob, State: c.state}}}
		if got := dialingWords(call, []engine.Person{{User: cyd, Presence: signal.Busy}, {User: bob, Presence: c.presence}}); got != c.want {
			t.Errorf("%s at somebody %s is %q, want %q", c.state, c.presence, got, c.want)
		}
	}
}

func TestDevicesAreChosenWhileItRings(t *testing.T) {
	s := newStage(t)
	s.engine.devices = []media.Device{
		{ID: "m1", Label: "Headset", Kind: media.MicrophoneDevice}, {ID: "s1", Label: "Headset", Kind: media.SpeakerDevice},
		{ID: "c1", Label: "Webcam", Kind: media.CameraDevice},
	}
	s.enter(world(inCall(outgoingTo(bob, signal.Ringing))))
	o := s.ui.pages.outgoing
	s.key(fyne.KeyD)
	if !o.Menu.root.Visible() {
		t.Fatal("D does not open the devices")
	}
	s.engine.take()
	o.Menu.microphone.SetSelected("Headset")
	o.Menu.speaker.SetSelected("Headset")
	o.Menu.camera.SetSelected("Webcam")
	want := engine.DeviceChoice{Microphone: "m1", Speaker: "s1", Camera: "c1"}
	if s.engine.choice != want {
		t.Errorf("chosen is %+v", s.engine.choice)
	}
	if v := s.program.settings; v.Microphone != "m1" || v.Speaker != "s1" || v.Camera != "c1" {
		t.Errorf("remembered is %+v", v)
	}
	s.engine.take()
	s.key(fyne.KeyEscape) // closes the devices, not the call
	s.want()
	test.Tap(o.cancel)
	s.settle()
	s.want("hangup call")
	s.key(fyne.KeyD)
	s.show(world())
	if o.Menu.root.Visible() {
		t.Error("the devices stay open after the call")
	}
}

// A notice hides neither who is called nor what becomes of it, in a small window too.
func TestNoticeLeavesTheNameFree(t *testing.T) {
	for _, size := range []fyne.Size{fyne.NewSize(640, 360), fyne.NewSize(640, 480), fyne.NewSize(960, 540), fyne.NewSize(960, 640)} {
		s := newStage(t)
		s.ui.main.Resize(size)
		s.enter(world(inCall(outgoingTo(bob, signal.Ringing))))
		s.ui.warn(word("link.wrong"), word("link.unknown.text"))
		s.settle()
		where := func(o fyne.CanvasObject) (top, low float32) {
			y := s.ui.params.App.Driver().AbsolutePositionForObject(o).Y
			return y, y + o.Size().Height
		}
		top, low := where(s.ui.notice.object())
		for _, o := range []fyne.CanvasObject{s.ui.pages.outgoing.name, s.ui.pages.outgoing.state, s.ui.pages.outgoing.bar} {
			if from, to := where(o); !s.ui.notice.object().Visible() || from < low && top < to {
				t.Errorf("in a window of %v the notice is from %v to %v, over what is from %v to %v", size, top, low, from, to)
			}
		}
	}
}
