package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// The devices of a desk with a headset.
var (
	front   = media.Device{ID: "front", Label: "A front", Kind: media.CameraDevice, Default: true}
	back    = media.Device{ID: "back", Label: "B back", Kind: media.CameraDevice}
	deskMic = media.Device{ID: "desk", Label: "Desk", Kind: media.MicrophoneDevice, Default: true}
	deskOut = media.Device{ID: "box", Label: "Box", Kind: media.SpeakerDevice, Default: true, Route: media.RouteSpeaker}
	monitor = media.Device{ID: "hdmi", Label: "Monitor", Kind: media.SpeakerDevice, Route: media.RouteOther}
	wornMic = media.Device{ID: "hm", Label: "Headset", Kind: media.MicrophoneDevice, Route: media.RouteUSB, Headset: true, Group: "7"}
	wornOut = media.Device{ID: "hs", Label: "Headset", Kind: media.SpeakerDevice, Route: media.RouteUSB, Headset: true, Group: "7"}
	desk    = []media.Device{front, back, deskMic, deskOut, monitor}
	headset = append([]media.Device{wornMic, wornOut}, desk...)
)

// equip says what is plugged in, and pulls out what is not.
func (d *deck) equip(there []media.Device) {
	d.mu.Lock()
	d.there = there
	for _, p := range d.parts {
		if !slices.ContainsFunc(there, func(v media.Device) bool { return v.Kind == p.kind && v.ID == p.id }) {
			select {
			case <-p.lost:
			default:
				close(p.lost)
			}
		}
	}
	f := d.watcher
	d.mu.Unlock()
	if f != nil {
		f()
	}
}

// using is what is open of a kind.
func (d *deck) using(k media.DeviceKind) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var ids []string
	for _, p := range d.parts {
		select {
		case <-p.closed:
		default:
			if p.kind == k {
				ids = append(ids, p.id)
			}
		}
	}
	return strings.Join(ids, "+")
}

func (p *person) awaitUsing(k media.DeviceKind, want string) {
	p.t.Helper()
	p.await(string(k)+" "+want, func(*engine.Snapshot) string {
		got := p.deck.using(k)
		return unless(got == want, got)
	})
}

// A headset is pulled out in a call, and plugged in again: microphone and speaker move together, with words, and come back.
func TestHeadsetIsUnpluggedInACall(t *testing.T) {
	t.Parallel()
	ana := join(t, board(t), "ana")
	ana.deck.equip(headset)
	moves := make(chan engine.Event, 8)
	defer ana.Subscribe(func(e engine.Event) {
		if e.Type == engine.DeviceMoved {
			moves <- e
		}
	})()
	moved := func() map[media.DeviceKind]engine.Event { // of the microphone and the speaker
		all := map[media.DeviceKind]engine.Event{}
		for range 2 {
			select {
			case e := <-moves:
				all[e.Kind] = e
			case <-time.After(20 * time.Second):
				t.Fatal("not told")
			}
		}
		return all
	}
	id := ana.invite("echo", false)
	ana.awaitLive()
	ana.awaitUsing(media.MicrophoneDevice, "hm")
	ana.awaitUsing(media.SpeakerDevice, "hs")
	ana.await("the route", func(s *engine.Snapshot) string {
		return unless(s.Output == engine.Output{Route: media.RouteUSB, Label: "Headset"}, s.Output.Label)
	})

	ana.deck.equip(desk)
	ana.awaitUsing(media.MicrophoneDevice, "desk")
	ana.awaitUsing(media.SpeakerDevice, "box")
	away := moved()
	if m := away[media.MicrophoneDevice]; m.Call != id || m.Label != "Desk" || m.Data != "Headset" || m.On {
		t.Errorf("microphone: %+v", m)
	}
	if m := away[media.SpeakerDevice]; m.Call != id || m.Label != "Box" || m.Data != "Headset" || m.On {
		t.Errorf("speaker: %+v", m)
	}
	ana.await("the route", func(s *engine.Snapshot) string {
		return unless(s.Output == engine.Output{Route: media.RouteSpeaker, Label: "Box"}, s.Output.Label)
	})
	if c := ana.Snapshot().Calls[0]; c.MicrophoneErr != nil || c.SpeakerErr != nil || !c.Microphone {
		t.Errorf("the call is in trouble: %+v", c)
	}

	ana.deck.equip(headset)
	ana.awaitUsing(media.MicrophoneDevice, "hm")
	ana.awaitUsing(media.SpeakerDevice, "hs")
	for kind, e := range moved() {
		if e.Label != "Headset" || !e.On {
			t.Errorf("%s back: %+v", kind, e)
		}
	}
}

// What a person chose counts until it is unplugged, and again when it is back; it can be changed in the call.
func TestChosenDeviceIsUnplugged(t *testing.T) {
	t.Parallel()
	ana := join(t, board(t), "ana")
	ana.deck.equip(headset)
	ana.SetChoice(engine.DeviceChoice{Camera: "back", Microphone: "desk", Speaker: "hdmi"})
	ana.invite("echo", true)
	ana.awaitLive()
	for k, id := range map[media.DeviceKind]string{media.CameraDevice: "back", media.MicrophoneDevice: "desk", media.SpeakerDevice: "hdmi"} {
		ana.awaitUsing(k, id)
	}
	ana.deck.equip([]media.Device{front, wornMic, wornOut, deskOut})
	for k, id := range map[media.DeviceKind]string{media.CameraDevice: "front", media.MicrophoneDevice: "hm", media.SpeakerDevice: "hs"} {
		ana.awaitUsing(k, id)
	}
	ana.deck.equip(headset)
	for k, id := range map[media.DeviceKind]string{media.CameraDevice: "back", media.MicrophoneDevice: "desk", media.SpeakerDevice: "hdmi"} {
		ana.awaitUsing(k, id)
	}
	ana.SetChoice(engine.DeviceChoice{Camera: "front", Microphone: "desk", Speaker: "box"})
	for k, id := range map[media.DeviceKind]string{media.CameraDevice: "front", media.MicrophoneDevice: "desk", media.SpeakerDevice: "box"} {
		ana.awaitUsing(k, id)
	}
}

func TestSwitchToSpeaker(t *testing.T) {
	t.Parallel()
	ana := join(t, board(t), "ana")
	missing := func(on bool) {
		t.Helper()
		if err := ana.SwitchToSpeaker(t.Context(), on); !errors.Is(err, media.ErrDeviceNotFound) {
			t.Errorf("to what is not there: %v", err)
		}
	}
	to := func(on bool, want engine.Output) {
		t.Helper()
		if err := ana.SwitchToSpeaker(t.Context(), on); err != nil {
			t.Error(err)
		}
		ana.await(want.Label, func(s *engine.Snapshot) string { return unless(s.Output == want, s.Output.Label) })
	}
	box, worn := engine.Output{Route: media.RouteSpeaker, Label: "Box"}, engine.Output{Route: media.RouteUSB, Label: "Headset"}
	ana.deck.equip([]media.Device{})
	missing(true)
	missing(false)
	ana.deck.equip(desk)
	to(true, box)
	if c := ana.Choice(); c != (engine.DeviceChoice{}) {
		t.Errorf("it was so already, and became a choice: %+v", c)
	}
	missing(false)
	ana.deck.equip(headset)
	to(false, worn)
	to(true, box)
	to(false, worn)
	ana.deck.equip(desk)
	to(true, box)
	ana.deck.equip([]media.Device{wornMic, wornOut})
	missing(true)
}

func TestNextCamera(t *testing.T) {
	t.Parallel()
	ana := join(t, board(t), "ana")
	ana.deck.equip([]media.Device{})
	if err := ana.NextCamera(t.Context()); !errors.Is(err, media.ErrDeviceNotFound) {
		t.Errorf("without any: %v", err)
	}
	ana.deck.equip([]media.Device{back, front})
	ana.invite("echo", true)
	ana.awaitLive()
	ana.awaitUsing(media.CameraDevice, "front")
	for _, want := range []string{"back", "front", "back"} {
		if err := ana.NextCamera(t.Context()); err != nil {
			t.Fatal(err)
		}
		ana.awaitUsing(media.CameraDevice, want)
	}
}

func TestRecordAndListen(t *testing.T) {
	t.Parallel()
	ana := join(t, board(t), "ana")
	ana.deck.equip(headset)
	var mu sync.Mutex
	var recorded, played []float64
	tell := func(playing bool, done float64) {
		mu.Lock()
		defer mu.Unlock()
		if playing {
			played = append(played, done)
		} else {
			recorded = append(recorded, done)
		}
	}
	if err := ana.RecordAndListen(t.Context(), "", "box", time.Second, tell); err != nil {
		t.Fatal(err)
	}
	for what, all := range map[string][]float64{"recording": recorded, "playing": played} {
		if len(all) < 2 || all[0] > 0.5 || all[len(all)-1] != 1 || !slices.IsSorted(all) {
			t.Errorf("%s: %v", what, all)
		}
	}
	ana.awaitOpened(media.MicrophoneDevice, "microphone hm")
	ana.awaitOpened(media.SpeakerDevice, "speaker box")
	if why := ana.deck.allClosed(); why != "" {
		t.Error(why)
	}
	if ana.deck.heard() < 0.05 {
		t.Errorf("what was recorded is played at %v", ana.deck.heard())
	}

	ctx, cancel := context.WithCancel(t.Context())
	if err := ana.RecordAndListen(ctx, "", "", time.Hour, func(bool, float64) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	if err := ana.RecordAndListen(t.Context(), "gone", "", time.Second, tell); engine.Code(err) != "microphone-missing" {
		t.Errorf("without a microphone: %v", err)
	}
	if err := ana.RecordAndListen(t.Context(), "", "", 0, tell); !errors.Is(err, engine.ErrBadRequest) {
		t.Errorf("of no length: %v", err)
	}
	lost := func(bool, float64) { ana.deck.equip(desk) }
	if err := ana.RecordAndListen(t.Context(), "hm", "", time.Hour, lost); engine.Code(err) != "microphone-lost" {
		t.Errorf("pulled out: %v", err)
	}
}
