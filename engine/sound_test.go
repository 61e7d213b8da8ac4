package engine

import (
	"math"
	"slices"
	"testing"

	"github.com/parley-calls/parley/engine/media"
)

// loud is how loud an outlet is at the moment.
func loud(o *outlet) float32 {
	block := make([]float32, media.Block)
	for range 3 { // a new loudness comes without a click
		o.mixer.Mix(block)
	}
	return block[len(block)-1]
}

// tone is a second of the same sample.
func tone(level float32) []float32 { return slices.Repeat([]float32{level}, media.SampleRate) }

func TestRingHasItsOwnSpeakerAndLoudness(t *testing.T) {
	t.Parallel()
	none := keeping{report: func(error) {}}
	voice := newOutlet(t.Context(), &stalled{}, nothingChosen, none)
	ring := newOutlet(t.Context(), &stalled{}, nothingChosen, none)
	p := Preferences{Tones: Tones{Incoming: tone(0.5), Waiting: tone(0.5), RingBack: tone(0.25), Reconnecting: tone(0.125)}}
	player := &tones{voice: voice, ring: ring}
	for _, c := range []struct {
		what            string
		tone            sounding
		volume          float32
		onVoice, onRing float32
	}{
		{"a ring", ringing, 0, 0, 0.5},
		{"a soft ring", ringing, 0.5, 0, 0.25},
		{"a ring that is too loud", ringing, 3, 0, 0.5},
		{"somebody waits", callWaiting, 0.5, 0.5 * softly, 0},
		{"ring-back", ringBack, 0.5, 0.25, 0},
		{"a broken call", reconnecting, 0.5, 0.125, 0},
		{"nothing", quiet, 0.5, 0, 0},
		{"a ring again", ringing, 1, 0, 0.5},
	} {
		p.RingVolume = c.volume
		player.set(c.tone, p)
		if v, r := loud(voice), loud(ring); !near(v, c.onVoice) || !near(r, c.onRing) {
			t.Errorf("%s: voice %v, ring %v", c.what, v, r)
		}
	}
	p.Tones.Incoming = tone(0.125) // chosen while it rings
	player.set(ringing, p)
	if r := loud(ring); !near(r, 0.125) {
		t.Errorf("the other tone: %v", r)
	}
	player.set(quiet, p)
	if len(voice.users)+len(ring.users) > 0 {
		t.Error("a speaker stays open")
	}
}

func near(a, b float32) bool { return math.Abs(float64(a-b)) < 0.01 }
