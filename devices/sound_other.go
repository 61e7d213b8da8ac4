//go:build !linux

package devices

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/gen2brain/malgo"

	"github.com/parley-calls/parley/devices/internal/portaudio"
	"github.com/parley-calls/parley/engine/media"
)

// soundPoll is how often the lists are looked at: these systems have no event for both directions that we could use.
const soundPoll = 2 * time.Second

// soundSystem lists microphones with miniaudio and speakers with PortAudio. Its one goroutine looks now and then.
type soundSystem struct {
	log     *slog.Logger
	changed func()
	held    holdings
	looked  chan struct{} // closed after the first look
	stop    context.CancelFunc
	done    chan struct{}

	mu          sync.Mutex
	microphones []media.Device
	speakers    []media.Device
	outputs     map[string]portaudio.Output // by ID
	err         error                       // why nothing can be listed
}

func newSoundSystem(log *slog.Logger, changed func()) *soundSystem {
	ctx, cancel := context.WithCancel(context.Background())
	s := &soundSystem{log: log, changed: changed, looked: make(chan struct{}), stop: cancel, done: make(chan struct{})}
	go s.run(ctx)
	return s
}

// Close stops following. It may be called again.
func (s *soundSystem) Close() error {
	s.stop()
	<-s.done
	return nil
}

func (s *soundSystem) run(ctx context.Context) {
	defer close(s.done)
	look := sync.OnceFunc(func() { close(s.looked) })
	defer look()
	lists, err := malgo.InitContext(nil, malgo.ContextConfig{}, nil)
	if err == nil {
		defer lists.Free()
		defer func() { _ = lists.Uninit() }()
		if err = portaudio.Acquire(); err == nil {
			defer func() { _ = portaudio.Release() }()
		}
	}
	if err != nil {
		s.log.Warn("there is no sound", "err", err)
		s.mu.Lock()
		s.err = err
		s.mu.Unlock()
		return
	}
	tick := time.NewTicker(soundPoll)
	defer tick.Stop()
	var playing []string
	for ctx.Err() == nil {
		s.look(lists, &playing)
		look()
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// look lists everything. PortAudio has to start again to see new speakers, so miniaudio says when that is worth it.
func (s *soundSystem) look(lists *malgo.AllocatedContext, playing *[]string) {
	inputs, err := lists.Devices(malgo.Capture)
	if err != nil {
		s.log.Warn("microphones cannot be listed", "err", err)
	}
	var microphones []media.Device
	for _, i := range inputs {
		d := media.Device{ID: i.ID.String(), Label: i.Name(), Kind: media.MicrophoneDevice, Default: i.IsDefault != 0}
		microphones = append(microphones, described(d, nature{}))
	}
	if outs, err := lists.Devices(malgo.Playback); err == nil {
		var names []string
		for _, o := range outs {
			names = append(names, o.Name())
		}
		if *playing != nil && !slices.Equal(names, *playing) {
			if err := portaudio.Rescan(); err != nil {
				s.log.Warn("speakers cannot be listed again", "err", err)
			}
		}
		*playing = names
	}
	outs, err := portaudio.Outputs()
	if err != nil {
		s.log.Warn("speakers cannot be listed", "err", err)
	}
	var speakers []media.Device
	outputs := map[string]portaudio.Output{}
	for _, o := range outs {
		id := o.Host + ": " + o.Name
		if _, twice := outputs[id]; twice {
			continue
		}
		outputs[id] = o
		speakers = append(speakers, described(media.Device{ID: id, Label: o.Name, Kind: media.SpeakerDevice, Default: o.Default}, nature{}))
	}
	s.mu.Lock()
	same := slices.Equal(s.microphones, microphones) && slices.Equal(s.speakers, speakers)
	s.microphones, s.speakers, s.outputs = microphones, speakers, outputs
	s.mu.Unlock()
	if !same {
		s.held.settle(s.devices)
		s.changed()
	}
}

// devices lists the microphones or the speakers.
func (s *soundSystem) devices(kind media.DeviceKind) []media.Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kind == media.MicrophoneDevice {
		return slices.Clone(s.microphones)
	}
	return slices.Clone(s.speakers)
}

// choose returns the device with that ID, or the default one, after the first look at the machine.
func (s *soundSystem) choose(ctx context.Context, kind media.DeviceKind, id string) (media.Device, error) {
	select {
	case <-s.looked:
	case <-ctx.Done():
		return media.Device{}, ctx.Err()
	}
	s.mu.Lock()
	err := s.err
	s.mu.Unlock()
	if err != nil {
		return media.Device{}, refused(kind, id, fmt.Errorf("%w: %w", media.ErrNoSoundServer, err))
	}
	list := s.devices(kind)
	at := first(list)
	if id != "" {
		at = slices.IndexFunc(list, func(d media.Device) bool { return d.ID == id })
	}
	if at < 0 {
		return media.Device{}, refused(kind, id, media.ErrDeviceNotFound)
	}
	return list[at], nil
}

// backends are the sound systems in which to look for microphones: all.
func (s *soundSystem) backends() []malgo.Backend { return nil }

// captureID is the device as miniaudio names it.
func captureID(d media.Device) (id malgo.DeviceID, err error) {
	b, err := hex.DecodeString(d.ID)
	if err != nil || len(b) > len(id) {
		return id, fmt.Errorf("%q is no microphone: %w", d.ID, media.ErrDeviceNotFound)
	}
	copy(id[:], b)
	return id, nil
}

// play starts a stream on a device.
func (s *soundSystem) play(d media.Device, latency time.Duration, render func([]float32)) (*portaudio.Stream, error) {
	s.mu.Lock()
	out, ok := s.outputs[d.ID]
	s.mu.Unlock()
	if !ok {
		return nil, media.ErrDeviceNotFound
	}
	return portaudio.Play(out, speakerBlock, latency, render)
}
