package main

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// tonesOf waits for the tones of files.
func tonesOf(t *testing.T, j *jukebox, files profile.ToneFiles) engine.Tones {
	t.Helper()
	done := make(chan struct{}, 1)
	j.get(files, func() { done <- struct{}{} })
	select {
	case <-done:
	case <-t.Context().Done():
		t.Fatal("the tones are never ready")
	}
	return j.get(files, func() {})
}

func TestJukebox(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	j := &jukebox{log: slog.New(slog.NewTextHandler(&log, nil))}
	own := tonesOf(t, j, profile.ToneFiles{})
	for name, pcm := range map[string][]float32{
		"incoming": own.Incoming, "waiting": own.Waiting, "ring-back": own.RingBack, "busy": own.Busy, "declined": own.Declined,
		"ended": own.Ended, "dropped": own.Dropped, "reconnecting": own.Reconnecting,
	} {
		if len(pcm) == 0 {
			t.Errorf("there is no tone for %s", name)
		}
	}
	mixed := tonesOf(t, j, profile.ToneFiles{Incoming: "internal/soundfile/testdata/two.ogg", RingBack: "nowhere.wav"})
	if len(mixed.Incoming) == 0 || len(mixed.Incoming) >= len(own.Incoming) {
		t.Errorf("the file has %d samples", len(mixed.Incoming))
	}
	if len(mixed.RingBack) != len(assets.RingBack()) || !strings.Contains(log.String(), "nowhere.wav") {
		t.Errorf("in place of a file that is gone there are %d samples, and the log says %q", len(mixed.RingBack), log.String())
	}
	if &mixed.Busy[0] != &own.Busy[0] {
		t.Error("a tone is made twice")
	}
	if again := tonesOf(t, j, profile.ToneFiles{}); len(again.Incoming) != len(own.Incoming) {
		t.Error("our own tone does not come back")
	}
}

// TestJukeboxMakesWhatIsWantedLast changes its mind while the tones are being made.
func TestJukeboxMakesWhatIsWantedLast(t *testing.T) {
	t.Parallel()
	j := &jukebox{log: slog.New(slog.DiscardHandler)}
	if first := j.get(profile.ToneFiles{Incoming: "one.wav"}, func() {}); len(first.Incoming) != 0 {
		t.Error("the tones are there at once: who waited for them?")
	}
	for range 50 {
		j.get(profile.ToneFiles{Incoming: "other.wav"}, func() {})
	}
	tones := tonesOf(t, j, profile.ToneFiles{Incoming: "internal/soundfile/testdata/two.ogg"})
	if len(tones.Incoming) == 0 || len(tones.Incoming) == len(assets.Incoming()) {
		t.Errorf("there are %d samples, not those of the last file", len(tones.Incoming))
	}
}
