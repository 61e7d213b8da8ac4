package soundfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"regexp"
	"testing"
	"time"
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

func TestWAV(t *testing.T) {
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
		"surround":     {file: wavBytes(1, 3, 16, 48000, pcm, 7), want: []float32{32767.0 / 32768 / 3}},
		"float":        {file: wavBytes(3, 1, 32, 48000, float, 8), want: []float32{0.25, 0}},
		"8 bits":       {file: wavBytes(1, 1, 8, 48000, []byte{128, 192, 0}, 3), want: []float32{0, 0.5, -1}},
		"24 bits":      {file: wavBytes(1, 1, 24, 48000, []byte{0, 0, 0x40, 0, 0, 0xc0, 1}, 7), want: []float32{0.5, -0.5}},
		"32 bits":      {file: wavBytes(1, 1, 32, 48000, []byte{0, 0, 0, 0x40, 0, 0, 0, 0xc0}, 8), want: []float32{0.5, -0.5}},
		"live":         {file: wavBytes(1, 1, 16, 48000, pcm, 0xffffffff), want: []float32{0.5, -0.5, 32767.0 / 32768}},
		"shorter":      {file: wavBytes(1, 1, 16, 48000, pcm, 2), want: []float32{0.5}},
		"empty":        {file: wavBytes(1, 1, 16, 48000, nil, 0), err: "no sound"},
		"12 bits":      {file: wavBytes(1, 1, 12, 48000, pcm, 7), err: "format 1 with 12 bits"},
		"mu-law":       {file: wavBytes(7, 1, 8, 8000, pcm, 7), err: "format 7"},
		"no channel":   {file: wavBytes(1, 0, 16, 48000, pcm, 7), err: "0 channels"},
		"a crowd":      {file: wavBytes(1, 9, 16, 48000, pcm, 7), err: "9 channels"},
		"slow":         {file: wavBytes(1, 1, 16, 1, pcm, 7), err: "sample rate 1 Hz"},
		"not WAV":      {file: []byte("YUV4MPEG2 W2 H2 F30:1\n"), err: "no known kind"},
		"not sound":    {file: []byte("RIFF\x00\x00\x00\x00WEBP"), err: "not a RIFF WAVE"},
		"cut off":      {file: wavBytes(1, 1, 16, 48000, pcm, 7)[:30], err: "cut off|no data chunk"},
		"data first":   {file: []byte("RIFF\x00\x00\x00\x00WAVEdata\x00\x00\x00\x00"), err: "no format chunk"},
		"huge format":  {file: []byte("RIFF\x00\x00\x00\x00WAVEfmt \xff\xff\xff\xff"), err: "too long"},
		"short format": {file: []byte("RIFF\x00\x00\x00\x00WAVEfmt \x02\x00\x00\x00ab"), err: "too short"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, whole, err := read(bytes.NewReader(tt.file), time.Second)
			if tt.err != "" {
				if !errors.Is(err, ErrFormat) || !regexp.MustCompile(tt.err).MatchString(err.Error()) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil || !whole || len(got) != len(tt.want) {
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
