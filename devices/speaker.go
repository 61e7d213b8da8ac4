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
	speakerBlock   = media.SampleRate / 100 // smaller blocks run dry, larger ones only add delay
	speakerLatency = 20 * time.Millisecond
	speakerTicks   = 10 // of watchTick without a call: lost
)

// speakers are those of the sound system. PortAudio is started by the first that is opened and stopped by Close.
type speakers struct {
	sys     *soundSystem
	log     *slog.Logger
	opening chan struct{} // one at a time, so that each knows its stream at the server; guards acquired and closed

	acquired, closed bool

	mu      sync.Mutex
	playing map[*speaker]struct{}
}

func newSpeakers(sys *soundSystem, log *slog.Logger) *speakers {
	return &speakers{sys: sys, log: log, opening: make(chan struct{}, 1), playing: map[*speaker]struct{}{}}
}

func (s *speakers) list() []media.Device { return s.sys.devices(media.SpeakerDevice) }

func (s *speakers) open(ctx context.Context, id string, render func([]float32)) (media.AudioOutput, error) {
	d, err := s.sys.choose(ctx, media.SpeakerDevice, id)
	if err != nil {
		return nil, err
	}
	out, err := await(ctx, func() (media.AudioOutput, error) {
		select {
		case s.opening <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		defer func() { <-s.opening }()
		return s.start(ctx, d, id == "", render)
	})
	if err != nil {
		return nil, deviceError(media.SpeakerDevice, d.Label, err)
	}
	return out, nil
}

func (s *speakers) start(ctx context.Context, d media.Device, follows bool, render func([]float32)) (media.AudioOutput, error) {
	if s.closed {
		return nil, errClosed
	}
	if !s.acquired {
		if err := portaudio.Acquire(); err != nil {
			return nil, err
		}
		s.acquired = true
	}
	p := &speaker{owner: s, render: render, lost: make(chan struct{}), stop: make(chan struct{}), done: make(chan struct{})}
	p.label.Store(&d.Label)
	p.lose = sync.OnceFunc(func() { close(p.lost) })
	p.close = sync.OnceValue(p.shut)
	stream, move, err := s.sys.play(ctx, d, p.fill)
	if err != nil {
		return nil, err
	}
	p.stream = stream
	h := &holding{kind: media.SpeakerDevice, id: d.ID, follows: follows, lose: p.lose}
	if move != nil {
		h.move = func(to media.Device) error {
			p.moved.Store(true)
			p.label.Store(&to.Label)
			return move(to)
		}
	}
	p.release = s.sys.held.add(h)
	s.mu.Lock()
	s.playing[p] = struct{}{}
	s.mu.Unlock()
	go p.watch()
	return p, nil
}

// Close closes what is still open and stops PortAudio.
func (s *speakers) Close() error {
	s.opening <- struct{}{}
	defer func() { <-s.opening }()
	s.closed = true
	s.mu.Lock()
	left := make([]*speaker, 0, len(s.playing))
	for p := range s.playing {
		left = append(left, p)
	}
	s.mu.Unlock()
	var errs []error
	for _, p := range left {
		errs = append(errs, p.Close())
	}
	if s.acquired {
		s.acquired = false
		errs = append(errs, portaudio.Release())
	}
	return errors.Join(errs...)
}

// speaker is an open speaker.
type speaker struct {
	owner   *speakers
	stream  *portaudio.Stream
	render  func([]float32)
	release func()

	label      atomic.Pointer[string]
	shutting   atomic.Bool
	moved      atomic.Bool // since the watchdog last looked
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

// watch notices that the device does not ask for sound any more: PortAudio does not say so.
func (p *speaker) watch() {
	defer close(p.done)
	tick := time.NewTicker(watchTick)
	defer tick.Stop()
	last, patience := uint64(0), firstTicks
	for {
		select {
		case <-p.stop:
			return
		case <-p.lost:
			return
		case <-tick.C:
		}
		calls := p.stream.Calls()
		switch {
		case p.moved.Swap(false):
			patience = firstTicks // the other device may sleep
		case calls != last:
			patience = speakerTicks
		default:
			patience--
		}
		last = calls
		if patience <= 0 {
			p.lose()
		}
	}
}

func (p *speaker) shut() error {
	p.shutting.Store(true)
	p.release()
	close(p.stop)
	<-p.done
	if n := p.stream.Underflows(); n > 0 {
		p.owner.log.Info("the speaker ran dry", "label", p.Label(), "times", n)
	}
	err := patiently(p.stream.Close)
	p.owner.mu.Lock()
	delete(p.owner.playing, p)
	p.owner.mu.Unlock()
	return err
}
