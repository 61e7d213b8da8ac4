package engine

import (
	"context"
	"sync"
	"time"

	"github.com/parley-calls/parley/engine/media"
)

// outlet is one speaker with its mixer. It is open while anything is, or may soon be, to be heard and closed otherwise.
type outlet struct {
	mixer  *media.Mixer
	keeper *keeper

	mu     sync.Mutex
	device string
	users  map[string]bool // what keeps the speaker open
}

// newOutlet makes an outlet that lives until ctx is done.
func newOutlet(ctx context.Context, devices Devices, report func(error)) *outlet {
	o := &outlet{mixer: media.NewMixer(), users: map[string]bool{}}
	o.keeper = newKeeper(ctx, func(ctx context.Context, id string) (running, error) {
		out, err := devices.OpenSpeaker(ctx, id, o.mixer.Mix)
		if err != nil {
			return nil, err
		}
		return speaker{out}, nil
	}, report)
	return o
}

// add makes a source heard under a name, in place of what the name stood for.
func (o *outlet) add(name string, s media.Source) *media.Input {
	in := o.mixer.Add(name, s, 1)
	o.hold(name)
	return in
}

// hold keeps the speaker open under a name, so that it does not close between two sources.
func (o *outlet) hold(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.users[name] = true
	o.keeper.want(true, o.device)
}

// remove ends a source or a hold. The last one closes the speaker.
func (o *outlet) remove(name string) {
	o.mixer.Remove(name)
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.users, name)
	o.keeper.want(len(o.users) > 0, o.device)
}

// use changes the speaker, also while it plays.
func (o *outlet) use(device string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.device = device
	o.keeper.want(len(o.users) > 0, o.device)
}

// playOnce plays a clip and lets go of the speaker after it, or when ctx is done.
func (o *outlet) playOnce(ctx context.Context, name string, pcm []float32) {
	if len(pcm) == 0 {
		return
	}
	o.add(name, media.NewClip(pcm, false))
	length := time.Duration(len(pcm)) * time.Second / media.SampleRate
	select {
	case <-ctx.Done():
	case <-time.After(length + 300*time.Millisecond): // the speaker opens and drains meanwhile
	}
	o.remove(name)
}

// speaker makes an open output a running device.
type speaker struct{ media.AudioOutput }

func (s speaker) Close() { _ = s.AudioOutput.Close() }

func (s speaker) Done() <-chan struct{} { return s.Lost() }

func (s speaker) Err() error {
	return &media.DeviceError{Kind: media.SpeakerDevice, Label: s.Label(), Reason: media.ErrDeviceLost}
}

// tones plays the tone that the state calls for, and no other.
type tones struct {
	pcm   Tones
	voice *outlet
	ring  *outlet
	now   sounding
}

// set changes the looping tone. It is called by the client's loop only.
func (t *tones) set(want sounding) {
	if want == t.now {
		return
	}
	switch t.now {
	case ringing:
		t.ring.remove("tone")
	case ringBack:
		t.voice.remove("tone")
	}
	t.now = want
	switch want {
	case ringing:
		if len(t.pcm.Incoming) > 0 {
			t.ring.add("tone", media.NewClip(t.pcm.Incoming, true))
		}
	case ringBack:
		if len(t.pcm.RingBack) > 0 {
			t.voice.add("tone", media.NewClip(t.pcm.RingBack, true))
		}
	}
}

// ending is the sound of an end: nothing for what the person did here.
func (t *tones) ending(reason EndReason) []float32 {
	switch reason {
	case BusyCall, DeclinedCall, NoAnswer, Unreachable:
		return t.pcm.Busy
	case RemoteHangUp, KickedOut, NetworkLost, JoinFailed, CallerLost:
		return t.pcm.Ended
	}
	return nil
}
