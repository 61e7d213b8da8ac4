package doctor

import (
	"io"
	"math"
	"sync"
	"time"

	"github.com/pion/mediadevices/pkg/wave"

	"github.com/parley-calls/parley/engine/media"
)

// Ticks are so far apart that each is back before the next is made, and so long that a codec for voices keeps them.
const (
	tickEvery = 800 * time.Millisecond
	tickTime  = 40 * time.Millisecond
	tickPitch = 1000 // Hz
	tickLevel = 0.5
)

// ticker is a microphone that hears a tick now and then, and otherwise nothing.
type ticker struct {
	ticked func(at time.Time)
	begun  time.Time
	next   int // sample
	closed chan struct{}
	close  func()
}

func newTicker(ticked func(at time.Time)) *ticker {
	t := &ticker{ticked: ticked, begun: time.Now(), closed: make(chan struct{})}
	t.close = sync.OnceFunc(func() { close(t.closed) })
	return t
}

func (t *ticker) Label() string { return "ticks" }

// Read gives 10 ms when they are over, as a device does.
func (t *ticker) Read() (wave.Audio, func(), error) {
	first := t.next
	t.next += media.Block
	due := t.begun.Add(at(t.next))
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.closed:
	}
	select {
	case <-t.closed: // also if it is time
		return nil, func() {}, io.EOF
	default:
	}
	data := make([]float32, media.Block)
	for i := range data {
		n := (first + i) % samples(tickEvery)
		if n == 0 {
			t.ticked(t.begun.Add(at(first + i)))
		}
		if n < samples(tickTime) {
			data[i] = float32(tickLevel * math.Sin(2*math.Pi*tickPitch*float64(n)/media.SampleRate))
		}
	}
	return &wave.Float32Interleaved{Data: data, Size: wave.ChunkInfo{Len: len(data), Channels: 1, SamplingRate: media.SampleRate}}, func() {}, nil
}

// at is when a sample is due, from the beginning.
func at(sample int) time.Duration { return time.Duration(sample) * time.Second / media.SampleRate }

func (t *ticker) Close() error {
	t.close()
	return nil
}
