package ui

import (
	"maps"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

func TestVolumeSilencesAndGoesBack(t *testing.T) {
	newApp(t)
	speakEnglish(t)
	var got []float32
	v := newVolume("bob", func() float32 { return 0.5 }, func(u engine.UserID, to float32) {
		if u != "bob" {
			t.Errorf("changed %s", u)
		}
		got = append(got, to)
	}).(*volume)
	test.NewTempWindow(t, v)
	if len(got) != 0 || v.percent.Text != "50 %" || v.mute.symbol != assets.Speaker {
		t.Fatalf("at first: %v, %q, %s", got, v.percent.Text, v.mute.symbol)
	}
	for _, step := range []struct {
		what string
		do   func()
		want float32
		says string
		mark assets.Symbol
	}{
		{"silenced", v.mute.press, 0, "0 %", assets.SpeakerOff},
		{"brought back", v.mute.press, 0.5, "50 %", assets.Speaker},
		{"louder by key", func() { v.slider.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight}) }, 0.55, "55 %", assets.Speaker},
		{"to the end", func() { v.slider.SetValue(2) }, 2, "200 %", assets.Speaker},
		{"reset", func() { test.Tap(v.percent) }, 1, "100 %", assets.Speaker},
		{"dragged to nothing", func() { v.slider.SetValue(0) }, 0, "0 %", assets.SpeakerOff},
		{"back to the last", v.mute.press, 1, "100 %", assets.Speaker},
	} {
		step.do()
		if n := len(got); n == 0 || got[n-1] != step.want || v.percent.Text != step.says || v.mute.symbol != step.mark {
			t.Errorf("%s: %v, %q, %s", step.what, got, v.percent.Text, v.mute.symbol)
		}
	}
}

func TestVolumesAreHeardAtOnceAndRememberedSoon(t *testing.T) {
	s := newStage(t)
	s.enter(world(func(n *engine.Snapshot) {
		n.Preferences.Volumes = map[engine.UserID]float32{"cyd": 0.5}
		n.Preferences.CallWaiting = true
	}))
	s.program.settings.Volumes = map[engine.UserID]float32{"cyd": 0.5}
	s.engine.take()
	s.ui.setVolume("bob", 0.25)
	s.ui.setVolume("bob", 0.3)
	s.want("prefer waiting=true quiet=false volume=0 volumes=map[bob:0.25 cyd:0.5]", "prefer waiting=true quiet=false volume=0 volumes=map[bob:0.3 cyd:0.5]")
	s.settle()
	if got := s.program.settings.Volumes; len(got) != 1 {
		t.Errorf("remembered while it moves: %v", got)
	}
	if got := s.ui.volume("bob"); got != 0.3 {
		t.Errorf("bob is heard at %v", got)
	}
	s.pass(volumeRest)
	if got := s.program.settings.Volumes; !maps.Equal(got, map[engine.UserID]float32{"bob": 0.3, "cyd": 0.5}) {
		t.Errorf("remembered: %v", got)
	}
	s.ui.setVolume("cyd", 1)
	s.ui.Close()
	if got := s.program.settings.Volumes; !maps.Equal(got, map[engine.UserID]float32{"bob": 0.3}) {
		t.Errorf("remembered at the end: %v", got)
	}
	if got := s.ui.volume("cyd"); got != 1 {
		t.Errorf("cyd is heard at %v", got)
	}
}
