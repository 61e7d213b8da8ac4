package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/parley-calls/parley/ctl"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

// TestPreferencesReachTheEngine checks that what a person changes, in the settings or by ctl, counts at once and at the next start.
func TestPreferencesReachTheEngine(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ana, _ := launch(t, options{})
	by := remote{ana}
	if err := by.Prefer(ctl.CallWaiting, true); err != nil { // before there is an engine
		t.Fatal(err)
	}
	if err := ana.StartHere(ctx, "Ana"); err != nil {
		t.Fatal(err)
	}
	if p := by.Snapshot().Preferences; !p.CallWaiting || p.DoNotDisturb || p.RingVolume != 1 {
		t.Errorf("at the start: waiting %v, quiet %v, volume %v", p.CallWaiting, p.DoNotDisturb, p.RingVolume)
	}
	tones := make(chan engine.Tones, 1)
	stop := ana.current().client.Updates(func(s *engine.Snapshot) {
		if p := s.Preferences; len(p.Tones.Incoming) > 0 {
			select {
			case tones <- p.Tones:
			default:
			}
		}
	})
	defer stop()
	select { // they are made meanwhile
	case made := <-tones:
		if len(made.RingBack) == 0 || len(made.Waiting) == 0 {
			t.Errorf("%d samples of ring-back, %d of a waiting call", len(made.RingBack), len(made.Waiting))
		}
	case <-ctx.Done():
		t.Fatal("no tones reach the engine")
	}
	if err := by.Prefer(ctl.DoNotDisturb, true); err != nil {
		t.Fatal(err)
	}
	s := ana.Settings()
	s.RingVolume, s.JoinMuted = 0, true
	if err := ana.SaveSettings(s); err != nil {
		t.Fatal(err)
	}
	if p := by.Snapshot().Preferences; !p.DoNotDisturb || p.RingVolume <= 0 || p.RingVolume > 0.001 { // 0 is loud to the engine
		t.Errorf("changed: quiet %v, volume %v", p.DoNotDisturb, p.RingVolume)
	}
	if !by.Preferred(ctl.CallWaiting) || !by.Preferred(ctl.DoNotDisturb) || !ana.profile.Settings().DoNotDisturb {
		t.Errorf("kept %+v", ana.profile.Settings())
	}
	if got := ana.require(engine.CallInfo{}); got != (engine.CallConfig{MicrophoneOff: true}) {
		t.Errorf("calls begin with %+v", got)
	}
}

// TestDeviceLink checks that the link for another device says who and where, and lets nobody else in.
func TestDeviceLink(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ana, _ := launch(t, options{})
	if ana.DeviceLink("code") != "" {
		t.Error("a link to nowhere")
	}
	if err := ana.StartHere(ctx, "Ana Maria"); err != nil {
		t.Fatal(err)
	}
	want, err := signal.ParseAddress(ana.InviteLink())
	if err != nil {
		t.Fatal(err)
	}
	want.JoinCode, want.User, want.DeviceCode = "", "ana.maria", "k7pm"
	if got, err := signal.ParseAddress(ana.DeviceLink("k7pm")); err != nil || got != want {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
}

// TestPinOfTheLink checks that a device that joined without knowing the pin hands on the one that it saw.
func TestPinOfTheLink(t *testing.T) {
	t.Parallel()
	p, err := profile.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Save("h:1", signal.Credentials{Pin: "seen"}); err != nil {
		t.Fatal(err)
	}
	for _, known := range []string{"", "given"} {
		s := session{address: signal.Address{Host: "h", Port: 1, Pin: known, JoinCode: "secret"}, store: store{kept: p}}
		want := signal.Address{Host: "h", Port: 1, Pin: "seen"}
		if known != "" {
			want.Pin = known
		}
		if got := s.link(); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

// TestAcceptAtTheStart checks that the call that a start was for is accepted by the first session, and by no later one.
func TestAcceptAtTheStart(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ana, _ := launch(t, options{accept: "c1"})
	told := make(chan engine.Event, 16)
	defer ana.events.subscribe(func(e engine.Event) {
		if e.Type == engine.ErrorOccurred {
			told <- e
		}
	})()
	if err := ana.StartHere(ctx, "Ana"); err != nil {
		t.Fatal(err)
	}
	select {
	case e := <-told: // nobody calls
		if e.Call != "c1" || !errors.Is(e.Err, engine.ErrExpired) {
			t.Errorf("%+v", e)
		}
	case <-ctx.Done():
		t.Fatal("the call was forgotten")
	}
	if ana.accept != "" {
		t.Error("the next session would accept it again")
	}
	remote{ana}.AcceptEarly("c2")
	select {
	case e := <-told:
		if e.Call != "c2" {
			t.Errorf("%+v", e)
		}
	case <-ctx.Done():
		t.Fatal("the second call was forgotten")
	}
}

func TestSettingsChangeOnlyTheDevicesThatTheyName(t *testing.T) {
	t.Parallel()
	run := engine.DeviceChoice{Speaker: "", Microphone: "mine"} // the command line named another speaker
	was := profile.Settings{Speaker: "box", Microphone: "desk"}
	now := was
	now.Theme, now.Ring = profile.DarkTheme, "bell"
	if got := rechosen(run, was, now); got != (engine.DeviceChoice{Microphone: "mine", Ring: "bell"}) {
		t.Errorf("got %+v", got)
	}
	now.Speaker, now.Camera, now.Microphone = "hdmi", "back", ""
	if got := rechosen(run, was, now); got != (engine.DeviceChoice{Camera: "back", Speaker: "hdmi", Ring: "bell"}) {
		t.Errorf("got %+v", got)
	}
}
