package devices

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-calls/parley/devices/internal/portaudio"
	"github.com/parley-calls/parley/engine/media"
)

const (
	speakerBlock = media.SampleRate / 100 // smaller blocks run dry, larger ones only add delay
	speakerTicks = 10                     // of watchTick without a call: lost

	// A stream starts with the least delay. Where it runs dry so often in so many ticks, it is opened again with twice as much.
	leastLatency, mostLatency = 20 * time.Millisecond, 160 * time.Millisecond
	dryTimes, dryTicks        = 4, 10
)

// speakers are those of the sound system. PortAudio is started by the first that is opened and stopped by Close.
type speakers struct {
	sys *soundSystem
	log *slog.Logger

	mu               sync.Mutex
	acquired, closed bool
	latency          time.Duration // with which the last speaker did not run dry
	playing          map[*speaker]struct{}
}

func newSpeakers(sys *soundSystem, log *slog.Logger) *speakers {
	return &speakers{sys: sys, log: log, latency: leastLatency, playing: map[*speaker]struct{}{}}
}

func (s *speakers) list() []media.Device { return s.sys.devices(media.SpeakerDevice) }

func (s *speakers) open(ctx context.Context, id string, render func([]float32)) (media.AudioOutput, error) {
	d, err := s.sys.choose(ctx, media.SpeakerDevice, id)
	if err != nil {
		return nil, err
	}
	out, err := await(ctx, func() (media.AudioOutput, error) { return s.start(d, id == "", render) })
	if err != nil {
		return nil, deviceError(media.SpeakerDevice, d.Label, err)
	}
	return out, nil
}

// acquire starts PortAudio if that has not been done, and returns the latency to begin with.
func (s *speakers) acquire() (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, errClosed
	}
	if !s.acquired {
		if err := portaudio.Acquire(); err != nil {
			return 0, err
		}
		s.acquired = true
	}
	return s.latency, nil
}

func (s *speakers) start(d media.Device, follows bool, render func([]float32)) (media.AudioOutput, error) {
	latency, err := s.acquire()
	if err != nil {
		return nil, err
	}
	p := &speaker{owner: s, render: render, device: d, latency: latency, target: make(chan media.Device, 1), lost: make(chan struct{}), stop: make(chan struct{}), done: make(chan struct{})}
	p.label.Store(&d.Label)
	p.lose = sync.OnceFunc(func() { close(p.lost) })
	p.close = sync.OnceValue(p.shut)
	if p.stream, err = s.sys.play(d, latency, p.fill); err != nil {
		return nil, err
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errors.Join(errClosed, p.stream.Close())
	}
	h := &holding{kind: media.SpeakerDevice, id: d.ID, follows: follows, lose: p.lose, move: p.moveTo}
	p.release = s.sys.held.add(h)
	s.playing[p] = struct{}{}
	go p.watch()
	return p, nil
}

// Close closes what is still open and stops PortAudio. It may be called again.
func (s *speakers) Close() error {
	s.mu.Lock()
	s.closed = true
	acquired := s.acquired
	s.acquired = false
	left := make([]*speaker, 0, len(s.playing))
	for p := range s.playing {
		left = append(left, p)
	}
	s.mu.Unlock()
	var errs []error
	for _, p := range left {
		errs = append(errs, p.Close())
	}
	if acquired {
		errs = append(errs, portaudio.Release())
	}
	return errors.Join(errs...)
}

// speaker is an open speaker. Its watchdog owns the stream and what belongs to it, until it ends.
type speaker struct {
	owner   *speakers
	render  func([]float32)
	release func()

	device  media.Device
	latency time.Duration
	stream  *portaudio.Stream
	target  chan media.Device // the newest device to move to

	label      atomic.Pointer[string]
	shutting   atomic.Bool
	lost       chan struct{}
	lose       func()
	stop, done chan struct{} // of the watchdog
	close      func() error
}

// Label names the device for people.
func (p *speaker) Label() string { return *p.label.Load() }

// Lost is closed when the device has stopped by itself.
func (p *speaker) Lost() <-chan struct{} { return p.lost }

// Close stops at once what plays. It may be called again.
func (p *speaker) Close() error { return p.close() }

// fill is called by the realtime thread.
func (p *speaker) fill(out []float32) {
	if p.shutting.Load() {
		clear(out)
		return
	}
	p.render(out)
}

// moveTo asks the watchdog to go on with another device. It is called by one goroutine and does not wait.
func (p *speaker) moveTo(to media.Device) {
	select {
	case <-p.target:
	default:
	}
	p.target <- to
}

// watch notices that the device does not ask for sound any more, which PortAudio does not say, and that it asks too late.
func (p *speaker) watch() {
	defer close(p.done)
	tick := time.NewTicker(watchTick)
	defer tick.Stop()
	var calls, dry uint64
	ticks, idle := 0, 0 // since the stream was opened, and since it last asked for sound
	for {
		device, latency := p.device, p.latency
		select {
		case <-p.stop:
			return
		case <-p.lost:
			return
		case device = <-p.target:
		case <-tick.C:
			ticks, idle = ticks+1, idle+1
			if now := p.stream.Calls(); now != calls {
				calls, idle = now, 0
			} else if idle >= speakerTicks && ticks >= firstTicks { // it takes the first blocks at once, and may sleep then
				p.lose()
				return
			}
			if ticks%dryTicks == 0 {
				now := p.stream.Underflows()
				if now-dry >= dryTimes && latency < mostLatency {
					latency *= 2
				}
				dry = now
			}
		}
		if device == p.device && latency == p.latency {
			continue
		}
		if err := p.reopen(device, latency); err != nil {
			p.owner.log.Warn("the speaker does not open again", "label", device.Label, "err", err)
			p.lose()
			return
		}
		calls, dry, ticks, idle = 0, 0, 0, 0
	}
}

// reopen goes on with another device or latency. The gap is about 10 ms.
func (p *speaker) reopen(d media.Device, latency time.Duration) error {
	p.owner.log.Info("speaker", "label", d.Label, "latency", latency, "ran dry", p.stream.Underflows())
	if err := p.stream.Close(); err != nil {
		p.owner.log.Warn("the speaker does not close", "err", err)
	}
	stream, err := p.owner.sys.play(d, latency, p.fill)
	if err != nil {
		return err
	}
	p.stream, p.device, p.latency = stream, d, latency
	p.label.Store(&d.Label)
	p.owner.mu.Lock()
	p.owner.latency = max(p.owner.latency, latency)
	p.owner.mu.Unlock()
	return nil
}

func (p *speaker) shut() error {
	p.shutting.Store(true)
	p.release()
	close(p.stop)
	err := patiently(func() error {
		<-p.done
		return p.stream.Close()
	})
	p.owner.mu.Lock()
	delete(p.owner.playing, p)
	p.owner.mu.Unlock()
	return err
}
