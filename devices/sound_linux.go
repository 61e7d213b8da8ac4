package devices

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gen2brain/malgo"

	"github.com/parley-calls/parley/devices/internal/portaudio"
	"github.com/parley-calls/parley/devices/internal/pulse"
	"github.com/parley-calls/parley/engine/media"
)

const (
	dialPause = 300 * time.Millisecond // between attempts to reach the sound server, at first
	dialRest  = 3 * time.Second        // and later
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
			s.log.Info("the sound server has gone", "err", err)
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
		d := media.Device{ID: p.Name, Label: p.Label, Kind: kind, Default: p.Default}
		out = append(out, described(d, nature{form: p.Form, bus: p.Bus, api: p.API, port: p.Socket, card: p.Card}))
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

// play starts a stream on a device. PortAudio cannot list the sinks, but opens what ALSA's PulseAudio plugin is given for a name.
// Moving the stream at the server instead would last until it runs dry: the plugin then makes a new one.
func (s *soundSystem) play(d media.Device, latency time.Duration, render func([]float32)) (*portaudio.Stream, error) {
	if strings.ContainsAny(d.ID, "\"\\") {
		return nil, fmt.Errorf("ALSA does not take the name %q", d.ID)
	}
	stream, err := portaudio.Play(portaudio.Output{ALSA: fmt.Sprintf(`pulse:{ DEVICE "%s" }`, d.ID)}, speakerBlock, latency, render)
	if err != nil && d.Default { // without the plugin, or with an old one
		if other, otherErr := portaudio.Play(portaudio.Output{ALSA: "default"}, speakerBlock, latency, render); otherErr == nil {
			return other, nil
		}
	}
	return stream, err
}
