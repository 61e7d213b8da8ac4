package soundfile

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// kinds are files with half a second of 600 Hz on the left and 1500 Hz on the right.
var kinds = []string{"two.wav", "two.mp3", "two.ogg", "two.flac"}

func TestEveryKindSoundsTheSame(t *testing.T) {
	t.Parallel()
	for _, name := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pcm, err := Load(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			if length := time.Duration(len(pcm)) * time.Second / Rate; length < 490*time.Millisecond || length > 600*time.Millisecond {
				t.Errorf("lasts %v, want half a second", length)
			}
			middle := pcm[len(pcm)/4 : len(pcm)*3/4]
			if left, right := strength(middle, Rate, 600), strength(middle, Rate, 1500); math.Abs(left-0.5) > 0.02 || math.Abs(right-0.5) > 0.02 {
				t.Errorf("the two tones are %.3f and %.3f of the sound", left, right)
			}
		})
	}
}

func TestLoadTone(t *testing.T) {
	t.Parallel()
	for _, name := range kinds {
		pcm, err := LoadTone(filepath.Join("testdata", name), 0.6)
		if err != nil {
			t.Fatal(err)
		}
		if p := peak(pcm); math.Abs(p-0.6) > 1e-3 {
			t.Errorf("%s has a peak of %.3f, want 0.6", name, p)
		}
		if end := peak(pcm[len(pcm)*9/10:]); name == "two.wav" && end < 0.3 {
			t.Errorf("%s fades to %.3f, though nothing is cut off", name, end)
		}
	}
	data := make([]byte, 8000*31) // 31 s of 8-bit samples
	for i := range data {
		data[i] = byte(128 + 20*(i%2))
	}
	pcm, err := LoadTone(write(t, wavBytes(1, 1, 8, 8000, data, uint32(len(data)))), 0.6)
	if err != nil || len(pcm) != 30*Rate {
		t.Fatalf("of 31 s there are %d samples: %v", len(pcm), err)
	}
	if last := pcm[len(pcm)-1]; last != 0 {
		t.Errorf("what is cut off ends at %.3f, which clicks", last)
	}
	quiet, err := LoadTone(write(t, wavBytes(1, 1, 8, 8000, bytes.Repeat([]byte{128}, 800), 800)), 0.6)
	if err != nil || peak(quiet) != 0 {
		t.Errorf("silence has a peak of %.3f: %v", peak(quiet), err)
	}
}

func TestWhatCannotBePlayedSaysWhy(t *testing.T) {
	t.Parallel()
	large := filepath.Join(t.TempDir(), "large.wav")
	if err := os.WriteFile(large, []byte("RIFF"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, toneBytes+1); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		large:                                ErrTooLarge,
		t.TempDir():                          ErrFormat,
		write(t, nil):                        ErrFormat,
		write(t, []byte("just words")):       ErrFormat,
		write(t, []byte("ID3")):              ErrFormat,
		write(t, []byte("OggS and no more")): ErrFormat,
		write(t, []byte("fLaC")):             ErrFormat,
		filepath.Join(t.TempDir(), "gone"):   ErrUnreadable,
	} {
		if pcm, err := LoadTone(path, 0.6); !errors.Is(err, want) {
			t.Errorf("%s: %d samples, %v, want %v", path, len(pcm), err, want)
		}
	}
}

// TestDamagedFiles changes and cuts off files. Each gives sound or an error.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	for _, name := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			for i := range 60 {
				bad := bytes.Clone(good)
				for at := i; at < len(bad); at += 97 + 31*i {
					bad[at] ^= byte(1 + i*7)
				}
				check(t, bad)
				check(t, good[:len(good)*i/60])
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(wavBytes(1, 1, 16, 48000, []byte{1, 2, 3, 4}, 4))
	f.Add(wavBytes(3, 2, 32, 44100, make([]byte, 64), 64))
	for _, name := range kinds {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:min(len(data), 2048)])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) <= 1<<13 {
			check(t, b)
		}
	})
}

// check reads a file that may be anything.
func check(t *testing.T, file []byte) {
	t.Helper()
	pcm, _, err := read(bytes.NewReader(file), 100*time.Millisecond)
	if err != nil && !errors.Is(err, ErrFormat) {
		t.Errorf("error %v", err)
	}
	if err == nil && len(pcm) == 0 || len(pcm) > Rate/10 {
		t.Errorf("%d samples", len(pcm))
	}
	for _, v := range pcm {
		if !(v >= -4 && v <= 4) { // what is resampled may overshoot
			t.Fatalf("sample %v", v)
		}
	}
}

func peak(pcm []float32) float64 {
	var p float32
	for _, v := range pcm {
		p = max(p, v, -v)
	}
	return float64(p)
}

// write makes a file.
func write(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sound")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
