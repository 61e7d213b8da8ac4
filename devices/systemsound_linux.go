package devices

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/pion/mediadevices/pkg/io/audio"
	"github.com/pion/mediadevices/pkg/prop"
	"github.com/pion/mediadevices/pkg/wave"

	"github.com/parley-calls/parley/devices/internal/pulse"
	"github.com/parley-calls/parley/engine/media"
)

func openSystemSound(ctx context.Context) (media.AudioSource, error) {
	return openAudio(ctx, media.SpeakerDevice, "", &systemSound{})
}

// systemSound is a driver of mediadevices that gives what other programs play. It has no clock of its own: the reader's time paces.
type systemSound struct {
	mu     sync.Mutex
	tap    *pulse.Tap // nil while it is closed
	closed chan struct{}
}

// Open does nothing: listening begins with AudioRecord.
func (s *systemSound) Open() error { return nil }

// Properties says that it gives 48 kHz mono float32.
func (s *systemSound) Properties() []prop.Media {
	return []prop.Media{{Audio: prop.Audio{ChannelCount: 1, SampleRate: media.SampleRate, SampleSize: 4, IsFloat: true, IsInterleaved: true, Latency: micPeriod}}}
}

// AudioRecord starts to listen.
func (s *systemSound) AudioRecord(prop.Media) (audio.Reader, error) {
	tap, err := pulse.OpenTap(context.Background(), os.Getpid()) // it bounds its waiting itself
	if errors.Is(err, pulse.ErrNoServer) {
		return nil, fmt.Errorf("%w: %w", media.ErrNoSoundServer, err)
	}
	if err != nil {
		return nil, err
	}
	closed := make(chan struct{})
	s.mu.Lock()
	s.tap, s.closed = tap, closed
	s.mu.Unlock()
	clock := every(tapeRate, tapeLate)
	return audio.ReaderFunc(func() (wave.Audio, func(), error) {
		if _, err := clock.wait(closed, tap.Gone()); err != nil {
			return nil, func() {}, err
		}
		data := make([]float32, tapeBlock)
		tap.Read(data)
		return &wave.Float32Interleaved{Data: data, Size: wave.ChunkInfo{Len: tapeBlock, Channels: 1, SamplingRate: media.SampleRate}}, func() {}, nil
	}), nil
}

// Close stops listening. A read in progress returns.
func (s *systemSound) Close() error {
	s.mu.Lock()
	tap := s.tap
	s.tap = nil
	s.mu.Unlock()
	if tap == nil {
		return nil
	}
	close(s.closed)
	return tap.Close()
}
