package engine

import (
	"context"
	"encoding/json"
	"errors"
	"image"
	"log/slog"
	"sync"
	"testing"

	"github.com/pion/mediadevices/pkg/wave"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

// stalled is a set of devices whose microphone opens when told to; it has no others.
type stalled struct{ open chan struct{} }

func (s *stalled) Devices() []media.Device    { return nil }
func (s *stalled) Watch(func()) (stop func()) { return func() {} }
func (s *stalled) missing(k media.DeviceKind) error {
	return &media.DeviceError{Kind: k, Reason: media.ErrDeviceNotFound}
}

func (s *stalled) OpenCamera(context.Context, string, media.VideoFormat) (media.VideoSource, error) {
	return nil, s.missing(media.CameraDevice)
}

func (s *stalled) OpenScreen(context.Context, media.Capture) (media.VideoSource, error) {
	return nil, s.missing(media.ScreenDevice)
}

func (s *stalled) OpenSpeaker(context.Context, string, func([]float32)) (media.AudioOutput, error) {
	return nil, s.missing(media.SpeakerDevice)
}

func (s *stalled) OpenMicrophone(ctx context.Context, _ string) (media.AudioSource, error) {
	select {
	case <-s.open:
		return &hush{closed: make(chan struct{})}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hush is a microphone that hears nothing until it is closed.
type hush struct {
	closed chan struct{}
	once   sync.Once
}

func (h *hush) Label() string { return "hush" }

func (h *hush) Read() (wave.Audio, func(), error) {
	<-h.closed
	return nil, func() {}, errors.New("closed")
}

func (h *hush) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

func nothingChosen() DeviceChoice { return DeviceChoice{} }

// bareRoom is a room without a client. What it posts goes to inputs.
func bareRoom(t *testing.T, relays ...link.ICEServer) (r *room, devices *stalled) {
	devices = &stalled{open: make(chan struct{})}
	return roomWith(t, devices, relays...), devices
}

// between puts what a test returns in the place of a room's link, which it is given.
func between(r *room, wrap func(link.Session) link.Session) {
	ready := make(chan struct{})
	r.do(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.session = wrap(r.session)
		close(ready)
	})
	<-ready
}

// roomWith is bareRoom with other devices.
func roomWith(t *testing.T, devices Devices, relays ...link.ICEServer) *room {
	ctx, cancel := context.WithCancel(t.Context())
	voice := newOutlet(ctx, devices, nothingChosen, keeping{report: func(error) {}})
	r := newRoom(ctx, &host{
		me: ana.ID, device: anaPhone, devices: devices, voice: voice, choice: nothingChosen,
		turn: func(context.Context, CallID) []link.ICEServer { return relays },
		send: func(UserID, signal.PeerMessage) error { return signal.ErrUnreachable },
		post: func(input) {}, apply: func(input) *state { return nil }, local: true, log: slog.New(slog.DiscardHandler),
	}, "c1", intent{microphone: true}, false)
	t.Cleanup(func() {
		r.shut()
		cancel()
		<-voice.keeper.done
	})
	return r
}

func TestMutedBeforeTheMicrophoneOpened(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{true, false} {
		r, devices := bareRoom(t)
		r.set(intent{microphone: on}, false)
		opened := make(chan struct{})
		go func() {
			defer close(opened)
			v, err := r.openMicrophone(r.ctx, "")
			if err != nil {
				t.Error(err)
				return
			}
			if got := v.(*media.VoiceSender).Muted(); got == on {
				t.Errorf("wanted on: %v, muted: %v", on, got)
			}
			v.Close()
		}()
		devices.open <- struct{}{}
		devices.open <- struct{}{} // one is the keeper's
		<-opened
	}
}

// Relays that the switchboard names wrongly cost only the relays.
func TestRoomWithoutRelays(t *testing.T) {
	t.Parallel()
	r, _ := bareRoom(t, link.ICEServer{URLs: []string{"no such scheme"}})
	done := make(chan error, 1)
	r.do(func() { done <- r.session.Add(memberID(bob.ID, bobPhone), true) })
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// However much a member says, the client's loop finds room in the queue.
func TestFloodDoesNotBlockTheLoop(t *testing.T) {
	t.Parallel()
	r, _ := bareRoom(t)
	hold := make(chan struct{})
	r.do(func() { <-hold })
	body, err := json.Marshal(link.Message{Need: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 4 * roomQueue {
		r.deliver(bob.ID, signal.PeerMessage{Call: "c1", From: bobPhone, Body: body})
	}
	for range roomQueue / 4 {
		r.announce("", switches{})
	}
	close(hold)
	done := make(chan int, 1)
	r.do(func() { done <- len(r.early[memberID(bob.ID, bobPhone)]) })
	if n := <-done; n != maxEarly {
		t.Errorf("%d messages are kept for a member to come, want %d", n, maxEarly)
	}
}

func (*stalled) Surfaces(context.Context) ([]media.Surface, error) { return nil, nil }

func (*stalled) Thumbnail(context.Context, string, int, int) (*image.RGBA, error) { return nil, nil }

func (*stalled) OpenSystemSound(context.Context) (media.AudioSource, error) {
	return nil, &media.DeviceError{Kind: media.MicrophoneDevice, Reason: media.ErrDeviceNotFound}
}
