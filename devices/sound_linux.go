package devices

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/gen2brain/malgo"

	"github.com/parley-calls/parley/devices/internal/portaudio"
	"github.com/parley-calls/parley/devices/internal/pulse"
	"github.com/parley-calls/parley/engine/media"
)

const (
	dialPause  = 300 * time.Millisecond // between attempts to reach the sound server, at first
	dialRest   = 3 * time.Second        // and later
	routeTime  = time.Second            // in which a new stream must appear at the server
	routePause = 5 * time.Millisecond
)

// soundSystem follows the sound server of the machine. Its one goroutine connects, lists, and waits for changes.
type soundSystem struct {
	log     *slog.Logger
	changed func()
	held    holdings
	looked  chan struct{} // closed after the first look
	stop    context.CancelFunc
	done    chan struct{}

	mu   sync.Mutex
	conn *pulse.Conn // nil while there is no server
	inv  pulse.Inventory
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
	pause := dialPause
	for ctx.Err() == nil {
		conn, err := pulse.Dial(ctx)
		if err == nil {
			pause = dialPause
			s.follow(ctx, conn, look)
			_ = conn.Close()
			s.set(nil, pulse.Inventory{})
		} else {
			s.log.Debug("no sound server", "err", err)
		}
		look()
		select {
		case <-ctx.Done():
		case <-time.After(pause):
			pause = min(2*pause, dialRest)
		}
	}
}

// follow keeps the lists true until the connection ends.
func (s *soundSystem) follow(ctx context.Context, conn *pulse.Conn, look func()) {
	for {
		inv, err := conn.Inventory()
		if err != nil {
			if ctx.Err() == nil {
				s.log.Warn("the sound server does not answer", "err", err)
			}
			return
		}
		s.set(conn, inv)
		look()
		select {
		case <-conn.Changed():
		case <-conn.Gone():
			s.log.Info("the sound server has gone")
			return
		case <-ctx.Done():
			return
		}
	}
}

// set takes over what there is now and tells those who are concerned, if it differs.
func (s *soundSystem) set(conn *pulse.Conn, inv pulse.Inventory) {
	s.mu.Lock()
	same := s.conn == conn && slices.Equal(s.inv.Sinks, inv.Sinks) && slices.Equal(s.inv.Sources, inv.Sources)
	s.conn, s.inv = conn, inv
	s.mu.Unlock()
	if same {
		return
	}
	s.held.settle(s.devices)
	s.changed()
}

// devices lists the microphones or the speakers.
func (s *soundSystem) devices(kind media.DeviceKind) []media.Device {
	s.mu.Lock()
	defer s.mu.Unlock()
	ports := s.inv.Sinks
	if kind == media.MicrophoneDevice {
		ports = s.inv.Sources
	}
	out := make([]media.Device, 0, len(ports))
	for _, p := range ports {
		out = append(out, media.Device{ID: p.Name, Label: p.Label, Kind: kind, Default: p.Default})
	}
	return out
}

// choose returns the device with that ID, or the default one, after the first look at the machine.
func (s *soundSystem) choose(ctx context.Context, kind media.DeviceKind, id string) (media.Device, error) {
	select {
	case <-s.looked:
	case <-ctx.Done():
		return media.Device{}, ctx.Err()
	}
	s.mu.Lock()
	conn := s.conn
	s.mu.Unlock()
	if conn == nil {
		return media.Device{}, refused(kind, id, media.ErrNoSoundServer)
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

// backends are the sound systems in which to look for microphones.
func (s *soundSystem) backends() []malgo.Backend { return []malgo.Backend{malgo.BackendPulseaudio} }

// captureID is the device as miniaudio names it: with PulseAudio, the source's name.
func captureID(d media.Device) (id malgo.DeviceID, err error) {
	if len(d.ID) >= len(id) {
		return id, fmt.Errorf("the name of %s is too long", d.Label)
	}
	copy(id[:], d.ID)
	return id, nil
}

// play starts a stream on a device. PortAudio cannot see the sinks, so the stream is moved by the server, which leaves no gap.
func (s *soundSystem) play(ctx context.Context, d media.Device, render func([]float32)) (*portaudio.Stream, func(media.Device) error, error) {
	out, err := bridge()
	if err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	conn := s.conn
	s.mu.Unlock()
	if conn == nil {
		return nil, nil, media.ErrNoSoundServer
	}
	before, err := conn.Playing(os.Getpid())
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", media.ErrNoSoundServer, err)
	}
	stream, err := portaudio.Play(out, speakerBlock, speakerLatency, render)
	if err != nil {
		return nil, nil, err
	}
	input, err := appeared(ctx, conn, before)
	if err == nil {
		err = moveTo(conn, input, d.ID)
	}
	if err != nil {
		return nil, nil, errors.Join(err, stream.Close())
	}
	return stream, func(to media.Device) error { return moveTo(conn, input, to.ID) }, nil
}

// bridge finds the PortAudio device that leads to the sound server.
func bridge() (portaudio.Output, error) {
	for range 2 {
		outs, err := portaudio.Outputs()
		if err != nil {
			return portaudio.Output{}, err
		}
		for _, name := range []string{"pulse", "pipewire", "default"} {
			if i := slices.IndexFunc(outs, func(o portaudio.Output) bool { return o.Name == name }); i >= 0 {
				return outs[i], nil
			}
		}
		if err := portaudio.Rescan(); err != nil { // the server was not there when PortAudio looked
			return portaudio.Output{}, err
		}
	}
	return portaudio.Output{}, errors.New("ALSA has no device for the sound server: its PulseAudio plugin is missing")
}

// appeared waits for the one stream of this process that was not there before.
func appeared(ctx context.Context, conn *pulse.Conn, before []pulse.Input) (pulse.Input, error) {
	ctx, cancel := context.WithTimeout(ctx, routeTime)
	defer cancel()
	for {
		now, err := conn.Playing(os.Getpid())
		if err != nil {
			return pulse.Input{}, err
		}
		for _, in := range now {
			if !slices.ContainsFunc(before, func(b pulse.Input) bool { return b.Index == in.Index }) {
				return in, nil
			}
		}
		select {
		case <-ctx.Done():
			return pulse.Input{}, fmt.Errorf("the stream did not appear at the sound server: %w", media.ErrDeviceNotFound)
		case <-time.After(routePause):
		}
	}
}

func moveTo(conn *pulse.Conn, in pulse.Input, sink string) error {
	at, err := conn.Sink(sink)
	if err != nil {
		return err
	}
	if at == in.Sink {
		return nil
	}
	return conn.Move(in.Index, sink)
}
