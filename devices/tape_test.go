package devices

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/internal/soundfile"
)

// strength is the part of a sound's power that a frequency has.
func strength(pcm []float32, rate, frequency float64) float64 {
	var re, im, power float64
	for i, v := range pcm {
		sin, cos := math.Sincos(2 * math.Pi * frequency * float64(i) / rate)
		re, im, power = re+float64(v)*cos, im+float64(v)*sin, power+float64(v)*float64(v)
	}
	return 2 * (re*re + im*im) / (power*float64(len(pcm)) + 1e-12)
}

func TestTestToneIsHeard(t *testing.T) {
	t.Parallel()
	s := Synthetic()
	closing(t, s)
	mic, err := s.OpenMicrophone(timeout(t), "")
	if err != nil {
		t.Fatal(err)
	}
	closing(t, mic)
	var pcm []float32
	for len(pcm) < media.SampleRate+tapeBlock {
		block, _, err := mic.Read()
		if err != nil {
			t.Fatal(err)
		}
		pcm = append(pcm, samplesOf(t, block)...)
	}
	tones, chirps := 0, 0
	for ; len(pcm) >= tapeBlock; pcm = pcm[tapeBlock:] {
		switch block := pcm[:tapeBlock]; {
		case strength(block, media.SampleRate, toneFrequency) > 0.9:
			tones++
		case strength(block, media.SampleRate, toneFrequency) < 0.2:
			chirps++
		}
	}
	if tones < 85 || chirps < 8 {
		t.Errorf("%d blocks of tone and %d of chirp in a second", tones, chirps)
	}
	if at := onTheSecond(time.Unix(5, 250_000_000)); at != media.SampleRate/4 {
		t.Errorf("a quarter past the second begins at sample %d", at)
	}
}

// TestSpeakerRecords plays a known sound from two sides into a file, and plays that file as a microphone.
func TestSpeakerRecords(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "heard.wav")
	s := selected(t, Selection{Camera: None, Microphone: None, Speaker: Record + path}, Options{})
	tone := func(frequency float64) func([]float32) {
		n := 0
		return func(out []float32) {
			for i := range out {
				out[i] = 0.3 * float32(math.Sin(2*math.Pi*frequency*float64(n)/media.SampleRate))
				n++
			}
		}
	}
	started := time.Now()
	a, err := s.OpenSpeaker(timeout(t), "", tone(600))
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.OpenSpeaker(timeout(t), "", tone(1500))
	if err != nil {
		t.Fatal(err)
	}
	until(t, func() string {
		if info, err := os.Stat(path); err != nil || info.Size() < media.SampleRate*2 {
			return "nothing is written while it plays"
		}
		return ""
	})
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	elapsed := time.Since(started)
	pcm, err := soundfile.Load(path) // whole already, though the other still plays
	if err != nil {
		t.Fatal(err)
	}
	if length := time.Duration(len(pcm)) * time.Second / media.SampleRate; length > elapsed+50*time.Millisecond || length < elapsed/2 {
		t.Errorf("%v of sound in %v", length, elapsed)
	}
	middle := pcm[len(pcm)/2:][:4800]
	if low, high := strength(middle, media.SampleRate, 600), strength(middle, media.SampleRate, 1500); low < 0.4 || high < 0.4 || low+high < 0.98 {
		t.Errorf("the two tones are %.3f and %.3f of the sound", low, high)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := soundfile.Load(path)
	if err != nil || len(whole) < len(pcm) {
		t.Errorf("%d samples after close, %d before: %v", len(whole), len(pcm), err)
	}

	again := selected(t, Selection{Camera: None, Microphone: File + path, Speaker: None}, Options{})
	mic, err := again.OpenMicrophone(timeout(t), "")
	if err != nil {
		t.Fatal(err)
	}
	closing(t, mic)
	block, _, err := mic.Read()
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range samplesOf(t, block) {
		if v != whole[i] {
			t.Fatalf("sample %d is %v, want %v", i, v, whole[i])
		}
	}
}
