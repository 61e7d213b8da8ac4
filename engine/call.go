package engine

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

// Call is a handle on one call of a client. Its methods return ErrNotInCall when the client is not in that call.
type Call struct {
	client *Client
	id     CallID
}

// Call returns a handle; it does not check that there is such a call.
func (c *Client) Call(id CallID) *Call { return &Call{c, id} }

// ID returns the call's ID.
func (k *Call) ID() CallID { return k.id }

func (k *Call) state() (call, bool) {
	c, ok := k.client.inside.Load().calls[k.id]
	return c, ok && c.inside
}

// HangUp leaves the call; a call that only rings is taken back. It is over here at once, even if the switchboard cannot be
// reached and hears of it later. The reason is LocalHangUp, CancelledHere if nobody had answered, or JoinFailed if nobody could be
// connected to.
func (k *Call) HangUp(ctx context.Context) error {
	c, ok := k.state()
	if !ok {
		return fail("hang up", ErrNotInCall)
	}
	reason := LocalHangUp
	if _, err := phaseOf(c); err != nil && !c.reached() {
		reason = JoinFailed
	}
	if c.record.Live.IsZero() {
		reason = CancelledHere
	}
	return k.leave(ctx, reason)
}

// Leave is HangUp with a reason of the program: DeviceTrouble, JoinFailed, AppQuit or LocalHangUp.
func (k *Call) Leave(ctx context.Context, reason EndReason) error {
	switch reason {
	case LocalHangUp, DeviceTrouble, JoinFailed, AppQuit:
	default:
		return fail("hang up", fmt.Errorf("%w: %q is no reason to leave", ErrBadRequest, reason))
	}
	if _, ok := k.state(); !ok {
		return fail("hang up", ErrNotInCall)
	}
	return k.leave(ctx, reason)
}

func (k *Call) leave(ctx context.Context, reason EndReason) error {
	defer k.client.departures.begin(k.id)()
	k.client.apply(done{call: k.id, reason: reason})
	return fail("hang up", k.client.request(ctx, signal.VerbLeave, signal.CallRequest{Call: k.id}))
}

// Cancel takes back the invitations of people who have not answered; without names, all of them. They are told data.
func (k *Call) Cancel(ctx context.Context, data string, to ...UserID) error {
	if _, ok := k.state(); !ok {
		return fail("cancel", ErrNotInCall)
	}
	k.client.apply(cancelling{k.id, to})
	return fail("cancel", k.client.request(ctx, signal.VerbCancel, signal.CallRequest{Call: k.id, To: to, Data: data}))
}

// SetHeld holds a call, in which nothing is sent and nothing is heard then, or goes on with it. Going on with one call holds the
// other: at most one call of ours is not held. When that one ends, a held call stays held until a person goes on with it.
func (k *Call) SetHeld(_ context.Context, on bool) error {
	if _, ok := k.state(); !ok {
		return fail("hold", ErrNotInCall)
	}
	k.client.apply(held{k.id, on})
	return nil
}

// Retry connects again to members whose connection was given up (Phase Rejoining with ErrJoinFailed).
func (k *Call) Retry(context.Context) error {
	r := k.client.room(k.id)
	if r == nil {
		return fail("retry", ErrNotInCall)
	}
	r.reconnect()
	return nil
}

// SetMicrophone mutes or unmutes us. The microphone stays open while muted, so that speaking again is instant; nothing is sent.
func (k *Call) SetMicrophone(_ context.Context, on bool) error {
	return k.change("switch the microphone", switched{k.id, true, on})
}

// SetCamera opens or closes our camera.
func (k *Call) SetCamera(_ context.Context, on bool) error {
	return k.change("switch the camera", switched{k.id, false, on})
}

func (k *Call) change(op string, in input) error {
	if _, ok := k.state(); !ok {
		return fail(op, ErrNotInCall)
	}
	k.client.apply(in)
	return nil
}

// Watch shows a user's camera in a view until stop is called; our own ID gives the self view. It may be called before the
// first picture, and survives reconnections. Who watches looks as long as the view has a size: a camera that nobody in the call looks at is
// not sent, and one that is shown in a small view is sent in a small size.
func (k *Call) Watch(user UserID, v *media.View) (stop func()) {
	r := k.client.room(k.id)
	if r == nil {
		return func() {}
	}
	return r.feed(user, link.Camera).Attach(v)
}

// Level is how loud a user is at the moment, 0 to 1. It is cheap: poll it as often as it is drawn.
func (k *Call) Level(user UserID) float32 {
	r := k.client.room(k.id)
	if r == nil {
		return 0
	}
	return r.level(user)
}

// SpokenMuted is how loud we speak while our microphone is off, 0 to 1, so that windows can say that nobody hears it. It is 0 while the
// microphone is on. Poll it like [Call.Level].
func (k *Call) SpokenMuted() float32 {
	r := k.client.room(k.id)
	if r == nil {
		return 0
	}
	return r.spokenMuted()
}

// Stats returns the figures of the call: counts of the moment, rates of the last second.
func (k *Call) Stats() CallStats {
	r := k.client.room(k.id)
	if r == nil {
		return CallStats{ID: k.id}
	}
	return r.figures()
}

// borrow opens a device without any call. stop closes it, at the latest the client's Close does; it may be called again.
func (c *Client) borrow(op string, open func() (shut func(), err error)) (stop func(), err error) {
	if c.ctx.Err() != nil {
		return nil, fail(op, ErrClosed)
	}
	shut, err := open()
	if err != nil {
		return nil, fail(op, err)
	}
	once := sync.OnceFunc(shut)
	stopped := make(chan struct{})
	if !c.spawn(func(ctx context.Context) {
		select {
		case <-ctx.Done():
			once()
		case <-stopped:
		}
	}) {
		once()
		return nil, fail(op, ErrClosed)
	}
	return sync.OnceFunc(func() {
		once()
		close(stopped)
	}), nil
}

// TestMicrophone opens a microphone without any call, until stop; level is how loud it is at the moment. ctx is for the opening only.
func (c *Client) TestMicrophone(ctx context.Context, id string) (level func() float32, stop func(), err error) {
	stop, err = c.borrow("open microphone", func() (func(), error) {
		source, err := c.options.Devices.OpenMicrophone(ctx, c.device(media.MicrophoneDevice, id))
		if err != nil {
			return nil, err
		}
		v, err := media.NewVoiceSender(media.VoiceSenderOptions{Source: source, Muted: true, Out: func(media.EncodedFrame) {}})
		if err != nil {
			return nil, err
		}
		level = v.Level
		return v.Close, nil
	})
	return level, stop, err
}

// PlayTestTone plays a second of the ring-back tone on a speaker and returns when it is over.
func (c *Client) PlayTestTone(ctx context.Context, id string) error {
	pcm := c.Snapshot().Preferences.Tones.RingBack
	return c.Play(ctx, id, pcm[:min(len(pcm), media.SampleRate)], 1)
}

// Play plays 48 kHz mono samples on a speaker, with a gain of 0 to 1, and returns when it is over.
func (c *Client) Play(ctx context.Context, id string, pcm []float32, gain float32) error {
	return c.play(ctx, id, pcm, gain, func(float64) {})
}

// play is Play, and tells how far it is.
func (c *Client) play(ctx context.Context, id string, pcm []float32, gain float32, tell func(done float64)) error {
	mixer := media.NewMixer()
	mixer.Add("test", media.NewClip(pcm, false), gain)
	var out media.AudioOutput
	stop, err := c.borrow("open speaker", func() (shut func(), err error) {
		out, err = c.options.Devices.OpenSpeaker(ctx, c.device(media.SpeakerDevice, id), mixer.Mix)
		return func() { _ = out.Close() }, err
	})
	if err != nil {
		return err
	}
	defer stop()
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	length := time.Duration(len(pcm))*time.Second/media.SampleRate + 200*time.Millisecond
	whole, err := progress(within, length, tell, out.Lost())
	switch {
	case whole:
		return nil
	case c.ctx.Err() != nil:
		return fail("play a tone", ErrClosed)
	case err != nil:
		return fail("play a tone", err)
	}
	return fail("play a tone", &media.DeviceError{Kind: media.SpeakerDevice, Label: out.Label(), Reason: media.ErrDeviceLost})
}

// Relays asks each STUN and TURN server of the call whether it serves us, all at once, until ctx ends. One that does not, although others
// do, costs a call nothing; without any, a call fails where networks let nothing pass directly.
func (k *Call) Relays(ctx context.Context) ([]Relay, error) {
	if _, ok := k.state(); !ok {
		return nil, fail("try the relays", ErrNotInCall)
	}
	var out []Relay
	for _, r := range link.Reach(ctx, k.client.relays(ctx, k.id), link.Options{Loopback: k.client.host.local, Logger: k.client.log}) {
		out = append(out, Relay(r))
	}
	return out, nil
}

// Relay says whether one address of a STUN or TURN server serves us.
type Relay struct {
	URL  string
	Took time.Duration // until it did; 0 with an error
	Err  error
}
