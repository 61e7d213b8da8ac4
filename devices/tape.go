package devices

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/pion/mediadevices/pkg/io/audio"
	"github.com/pion/mediadevices/pkg/prop"
	"github.com/pion/mediadevices/pkg/wave"

	"github.com/parley-calls/parley/engine/media"
)

const (
	tapeBlock = media.SampleRate / 100
	tapeRate  = 100 // blocks/s
	tapeLate  = 5   // blocks that a late reader still gets
)

// tapeMicrophone is the one synthetic microphone of a Set: it repeats a sound for ever.
type tapeMicrophone struct {
	device media.Device
	faults *Faults
	pcm    []float32 // 48 kHz mono, never empty
	// phase returns at which sample the tape starts at a time.
	phase func(time.Time) int
}

func (m *tapeMicrophone) list() []media.Device { return []media.Device{m.device} }

func (m *tapeMicrophone) open(ctx context.Context, id string) (media.AudioSource, error) {
	if id != "" && id != m.device.ID {
		return nil, refused(media.MicrophoneDevice, id, media.ErrDeviceNotFound)
	}
	if err := m.faults.check(media.MicrophoneDevice, m.device.Label); err != nil {
		return nil, err
	}
	return openAudio(ctx, media.MicrophoneDevice, m.device.Label, &tape{tapeMicrophone: m})
}

// tape is the driver that plays the sound.
type tape struct {
	*tapeMicrophone

	mu      sync.Mutex
	closed  chan struct{} // nil until it runs
	release func()
}

// Open does nothing: there is no device.
func (t *tape) Open() error { return nil }

// Properties says that it gives 48 kHz mono float32.
func (t *tape) Properties() []prop.Media {
	return []prop.Media{{Audio: prop.Audio{ChannelCount: 1, SampleRate: media.SampleRate, SampleSize: 4, IsFloat: true, IsInterleaved: true, Latency: time.Second / tapeRate}}}
}

// AudioRecord starts the sound.
func (t *tape) AudioRecord(prop.Media) (audio.Reader, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	closed := make(chan struct{})
	lost, release := t.faults.watch(media.MicrophoneDevice)
	t.closed, t.release = closed, release
	clock := every(tapeRate, tapeLate)
	origin := t.phase(clock.start)
	return audio.ReaderFunc(func() (wave.Audio, func(), error) {
		beat, err := clock.wait(closed, lost)
		if err != nil {
			return nil, func() {}, err
		}
		data := make([]float32, tapeBlock)
		at := (origin + int(beat-1)*tapeBlock) % len(t.pcm)
		for rest := data; len(rest) > 0; at = 0 {
			rest = rest[copy(rest, t.pcm[at:]):]
		}
		return &wave.Float32Interleaved{Data: data, Size: wave.ChunkInfo{Len: tapeBlock, Channels: 1, SamplingRate: media.SampleRate}}, func() {}, nil
	}), nil
}

// Close ends the sound. A read in progress returns.
func (t *tape) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed != nil {
		close(t.closed)
		t.closed = nil
		t.release()
	}
	return nil
}

// Frequencies of the test sound, in Hz, and its loudness.
const (
	toneFrequency         = 440
	chirpLow, chirpHigh   = 1000, 3000
	chirpLength           = media.SampleRate / 10
	toneLevel, chirpLevel = 0.2, 0.5
)

// testSound is one second: a chirp of 100 ms from 1 to 3 kHz, then a tone of 440 Hz. Repeated, the tone has no seams but at the
// chirps.
func testSound() []float32 {
	pcm := make([]float32, media.SampleRate)
	for i := range pcm {
		t := float64(i) / media.SampleRate
		if i >= chirpLength {
			pcm[i] = float32(toneLevel * math.Sin(2*math.Pi*toneFrequency*t))
			continue
		}
		length := float64(chirpLength) / media.SampleRate
		edge := min(1, float64(min(i, chirpLength-i))/(media.SampleRate/200))
		pcm[i] = float32(chirpLevel * edge * math.Sin(2*math.Pi*(chirpLow*t+(chirpHigh-chirpLow)*t*t/(2*length))))
	}
	return pcm
}

// onTheSecond starts the test sound so that the chirps begin with the seconds of the clock.
func onTheSecond(at time.Time) int {
	return int(int64(at.Nanosecond()) * media.SampleRate / int64(time.Second))
}
