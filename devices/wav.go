package devices

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/parley-calls/parley/engine/media"
)

const (
	wavMaxFile  = 256 << 20 // bytes; a file is held in memory
	wavMaxChunk = 1 << 16   // of a format
	wavPCM      = 1
	wavFloat    = 3
	wavExt      = 0xfffe
)

// wavFormat is the format chunk of a WAV file: http://www-mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html
type wavFormat struct {
	float    bool
	channels int
	rate     int
}

func parseWAVFormat(b []byte) (wavFormat, error) {
	if len(b) < 16 {
		return wavFormat{}, errors.New("wav: the format chunk is too short")
	}
	tag, channels, rate := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:]), binary.LittleEndian.Uint32(b[4:])
	bits := binary.LittleEndian.Uint16(b[14:])
	if tag == wavExt && len(b) >= 26 {
		tag = binary.LittleEndian.Uint16(b[24:])
	}
	f := wavFormat{float: tag == wavFloat, channels: int(channels), rate: int(rate)}
	switch {
	case tag == wavPCM && bits == 16, tag == wavFloat && bits == 32:
	default:
		return f, fmt.Errorf("wav: format %d with %d bits; 16-bit PCM and 32-bit float are supported", tag, bits)
	}
	if channels < 1 || channels > 2 {
		return f, fmt.Errorf("wav: %d channels; mono and stereo are supported", channels)
	}
	if rate < 4000 || rate > 384000 {
		return f, fmt.Errorf("wav: sample rate %d Hz; 4000 to 384000 is supported", rate)
	}
	return f, nil
}

// readWAV reads a whole file as 48 kHz mono.
func readWAV(r io.Reader) ([]float32, error) {
	var riff [12]byte
	if _, err := io.ReadFull(r, riff[:]); err != nil || string(riff[:4]) != "RIFF" || string(riff[8:]) != "WAVE" {
		return nil, errors.New("wav: not a RIFF WAVE file")
	}
	var format *wavFormat
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return nil, errors.New("wav: no data chunk")
		}
		name, size := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
		switch name {
		case "fmt ":
			if size > wavMaxChunk {
				return nil, errors.New("wav: the format chunk is too long")
			}
			b := make([]byte, size)
			if _, err := io.ReadFull(r, b); err != nil {
				return nil, errors.New("wav: the format chunk is cut off")
			}
			f, err := parseWAVFormat(b)
			if err != nil {
				return nil, err
			}
			format = &f
		case "data":
			if format == nil {
				return nil, errors.New("wav: no format chunk before the data")
			}
			// What was recorded live may have any size here; the file's end counts.
			var b bytes.Buffer
			if n, err := io.Copy(&b, io.LimitReader(r, min(size, wavMaxFile)+1)); err != nil {
				return nil, fmt.Errorf("wav: %w", err)
			} else if n > wavMaxFile {
				return nil, fmt.Errorf("wav: more than %d MiB of sound", wavMaxFile>>20)
			}
			pcm := format.decode(b.Bytes()[:min(int64(b.Len()), size)])
			if len(pcm) == 0 {
				return nil, errors.New("wav: no sound in it")
			}
			return resample(pcm, format.rate, media.SampleRate), nil
		default:
			if _, err := io.CopyN(io.Discard, r, size+size%2); err != nil {
				return nil, errors.New("wav: no data chunk")
			}
			continue
		}
		if size%2 == 1 {
			_, _ = io.CopyN(io.Discard, r, 1)
		}
	}
}

// decode turns samples into mono. An unfinished one at the end is left out.
func (f wavFormat) decode(b []byte) []float32 {
	width := 2
	if f.float {
		width = 4
	}
	out := make([]float32, 0, len(b)/(width*f.channels))
	for ; len(b) >= width*f.channels; b = b[width*f.channels:] {
		var sum float32
		for c := range f.channels {
			if s := b[c*width:]; f.float {
				v := math.Float32frombits(binary.LittleEndian.Uint32(s))
				if !(v >= -1 && v <= 1) { // also NaN
					v = max(-1, min(1, v))
					if v != v {
						v = 0
					}
				}
				sum += v
			} else {
				sum += float32(int16(binary.LittleEndian.Uint16(s))) / 32768
			}
		}
		out = append(out, sum/float32(f.channels))
	}
	return out
}

// resample changes the rate with a windowed sinc of 16 zero crossings on each side.
func resample(in []float32, from, to int) []float32 {
	if from == to {
		return in
	}
	const lobes = 16
	step := float64(from) / float64(to)
	cut := min(1, 1/step) // below both Nyquist frequencies
	half := lobes / cut
	out := make([]float32, int(float64(len(in))/step))
	for i := range out {
		at := float64(i) * step
		var sum, weight float64
		for j := max(0, int(math.Ceil(at-half))); j <= min(len(in)-1, int(at+half)); j++ {
			x := (float64(j) - at) * cut
			w := 0.5 + 0.5*math.Cos(math.Pi*x/lobes)
			if x != 0 {
				w *= math.Sin(math.Pi*x) / (math.Pi * x)
			}
			sum += w * float64(in[j])
			weight += w
		}
		if weight != 0 {
			out[i] = float32(sum / weight)
		}
	}
	return out
}

// loadWAV reads a file.
func loadWAV(path string) ([]float32, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pcm, err := readWAV(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return pcm, nil
}
