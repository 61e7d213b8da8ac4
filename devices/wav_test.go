package devices

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/media"
)

// wavBytes makes a file of a format; the size of the data chunk may lie.
func wavBytes(tag, channels, bits uint16, rate uint32, data []byte, size uint32) []byte {
	var b bytes.Buffer
	w := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) }
	b.WriteString("RIFF")
	w(uint32(36 + len(data)))
	b.WriteString("WAVELIST")
	w(uint32(3))
	b.WriteString("abc\x00") // odd chunks are padded
	b.WriteString("fmt ")
	w(uint32(16))
	w(tag)
	w(channels)
	w(rate)
	w(rate * uint32(channels*bits/8))
	w(channels * bits / 8)
	w(bits)
	b.WriteString("data")
	w(size)
	b.Write(data)
	return b.Bytes()
}

func TestReadWAV(t *testing.T) {
	t.Parallel()
	pcm := []byte{0, 0x40, 0, 0xc0, 0xff, 0x7f, 1} // 0.5, -0.5, 1 and half a sample
	float := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, math.Float32bits(0.25)), math.Float32bits(float32(math.NaN())))
	tests := map[string]struct {
		file []byte
		want []float32
		err  string
	}{
		"mono":         {file: wavBytes(1, 1, 16, 48000, pcm, 7), want: []float32{0.5, -0.5, 32767.0 / 32768}},
		"stereo":       {file: wavBytes(1, 2, 16, 48000, pcm, 7), want: []float32{0}},
		"float":        {file: wavBytes(3, 1, 32, 48000, float, 8), want: []float32{0.25, 0}},
		"live":         {file: wavBytes(1, 1, 16, 48000, pcm, 0xffffffff), want: []float32{0.5, -0.5, 32767.0 / 32768}},
		"shorter":      {file: wavBytes(1, 1, 16, 48000, pcm, 2), want: []float32{0.5}},
		"empty":        {file: wavBytes(1, 1, 16, 48000, nil, 0), err: "no sound"},
		"8 bits":       {file: wavBytes(1, 1, 8, 48000, pcm, 7), err: "format 1 with 8 bits"},
		"mu-law":       {file: wavBytes(7, 1, 8, 8000, pcm, 7), err: "format 7"},
		"surround":     {file: wavBytes(1, 6, 16, 48000, pcm, 7), err: "6 channels"},
		"slow":         {file: wavBytes(1, 1, 16, 1, pcm, 7), err: "sample rate 1 Hz"},
		"not WAV":      {file: []byte("YUV4MPEG2 W2 H2 F30:1\n"), err: "not a RIFF"},
		"cut off":      {file: wavBytes(1, 1, 16, 48000, pcm, 7)[:30], err: "cut off|no data chunk"},
		"data first":   {file: []byte("RIFF\x00\x00\x00\x00WAVEdata\x00\x00\x00\x00"), err: "no format chunk"},
		"huge format":  {file: []byte("RIFF\x00\x00\x00\x00WAVEfmt \xff\xff\xff\xff"), err: "too long"},
		"short format": {file: []byte("RIFF\x00\x00\x00\x00WAVEfmt \x02\x00\x00\x00ab"), err: "too short"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := readWAV(bytes.NewReader(tt.file))
			if tt.err != "" {
				if err == nil || !matches(tt.err, err.Error()) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil || len(got) != len(tt.want) {
				t.Fatalf("%v %v, want %v", got, err, tt.want)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("%v, want %v", got, tt.want)
				}
			}
		})
	}
}

// strength is the part of a sound's power that a frequency has.
func strength(pcm []float32, rate, frequency float64) float64 {
	var re, im, power float64
	for i, v := range pcm {
		sin, cos := math.Sincos(2 * math.Pi * frequency * float64(i) / rate)
		re, im, power = re+float64(v)*cos, im+float64(v)*sin, power+float64(v)*float64(v)
	}
	return 2 * (re*re + im*im) / (power*float64(len(pcm)) + 1e-12)
}

func TestResample(t *testing.T) {
	t.Parallel()
	for _, rate := range []int{8000, 16000, 44100, 96000} {
		in := make([]float32, rate/2)
		for i := range in {
			in[i] = 0.5 * float32(math.Sin(2*math.Pi*1000*float64(i)/float64(rate)))
		}
		out := resample(in, rate, media.SampleRate)
		if d := len(out) - media.SampleRate/2; d < -1 || d > 1 {
			t.Errorf("from %d: %d samples", rate, len(out))
		}
		if s := strength(out[1000:len(out)-1000], media.SampleRate, 1000); s < 0.999 {
			t.Errorf("from %d: %.4f of the power is the tone", rate, s)
		}
	}
	high := make([]float32, 48000) // what 48 kHz cannot carry must not come back as something else
	for i := range high {
		high[i] = float32(math.Sin(2 * math.Pi * 40000 * float64(i) / 96000))
	}
	var loudest float32
	for _, v := range resample(high, 96000, 48000)[500:20000] {
		loudest = max(loudest, v, -v)
	}
	if loudest > 0.02 {
		t.Errorf("an alias of %.3f", loudest)
	}
}

func FuzzWAV(f *testing.F) {
	f.Add(wavBytes(1, 1, 16, 48000, []byte{1, 2, 3, 4}, 4))
	f.Add(wavBytes(3, 2, 32, 44100, make([]byte, 64), 64))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<12 {
			return
		}
		pcm, err := readWAV(bytes.NewReader(b))
		if err != nil {
			return
		}
		for _, v := range pcm {
			if v != v || v > 8 || v < -8 {
				t.Fatalf("sample %v", v)
			}
		}
	})
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
	pcm, err := loadWAV(path) // whole already, though the other still plays
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
	whole, err := loadWAV(path)
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
