package engine

import (
	"context"
	"sync"
	"time"

	"github.com/parley-calls/parley/engine/media"
)

// outlet is one speaker with its mixer. It is open while anything is, or may soon be, to be heard and closed otherwise.
type outlet struct {
	mixer   *media.Mixer
	keeper  *keeper
	devices Devices
	choice  func() DeviceChoice

	mu     sync.Mutex
	device string          // chosen for this outlet
	users  map[string]bool // what keeps the speaker open
}

// newOutlet makes an outlet that lives until ctx is done. tell says whom to tell what happens to the speaker.
func newOutlet(ctx context.Context, devices Devices, choice func() DeviceChoice, tell keeping) *outlet {
	o := &outlet{mixer: media.NewMixer(), devices: devices, choice: choice, users: map[string]bool{}}
	tell.start, tell.pick = o.open, o.pick
	o.keeper = newKeeper(ctx, tell)
	return o
}

func (o *outlet) open(ctx context.Context, id string) (running, error) {
	out, err := o.devices.OpenSpeaker(ctx, id, o.mixer.Mix)
	if err != nil {
		return nil, err
	}
	return speaker{out}, nil
}

func (o *outlet) pick(home string) media.Device {
	c := o.choice()
	o.mu.Lock()
	c.Speaker = o.device
	o.mu.Unlock()
	return c.pick(o.devices.Devices(), media.SpeakerDevice, home)
}

// add makes a source heard under a name, in place of what the name stood for.
func (o *outlet) add(name string, s media.Source, gain float32) *media.Input {
	in := o.mixer.Add(name, s, gain)
	o.hold(name)
	return in
}

// hold keeps the speaker open under a name, so that it does not close between two sources.
func (o *outlet) hold(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.users[name] = true
	o.keeper.want(true)
}

// remove ends a source or a hold. The last one closes the speaker.
func (o *outlet) remove(name string) {
	o.mixer.Remove(name)
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.users, name)
	o.keeper.want(len(o.users) > 0)
}

// use changes the speaker, also while it plays.
func (o *outlet) use(device string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.device != device {
		o.device = device
		o.keeper.choose()
	}
}

// playOnce plays a clip and lets go of the speaker after it, or when ctx is done.
func (o *outlet) playOnce(ctx context.Context, name string, pcm []float32) {
	if len(pcm) == 0 {
		return
	}
	o.add(name, media.NewClip(pcm, false), 1)
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

// softly is the gain of the tone of a waiting call: it is heard beside who speaks.
const softly = 0.4

// tones plays the tone that the state calls for, and no other.
type tones struct {
	voice *outlet
	ring  *outlet

	prefs   Preferences
	now     sounding
	playing []float32 // what is heard of it; empty: nothing
	input   *media.Input
}

// set changes the looping tone, and how it sounds. It is called by the client's loop only.
func (t *tones) set(want sounding, p Preferences) {
	t.prefs = p
	pcm, gain := p.looping(want)
	if want == t.now && sameClip(pcm, t.playing) {
		if t.input != nil {
			t.input.SetGain(gain)
		}
		return
	}
	if t.input != nil {
		t.outlet().remove("tone")
	}
	t.now, t.playing, t.input = want, pcm, nil
	if len(pcm) > 0 {
		t.input = t.outlet().add("tone", media.NewClip(pcm, true), gain)
	}
}

// outlet is where the tone of the moment is heard: only a ring has a speaker of its own.
func (t *tones) outlet() *outlet {
	if t.now == ringing {
		return t.ring
	}
	return t.voice
}

// looping is a tone, and how loud it is.
func (p *Preferences) looping(s sounding) (pcm []float32, gain float32) {
	switch s {
	case ringing:
		if p.RingVolume > 0 {
			return p.Tones.Incoming, min(p.RingVolume, 1)
		}
		return p.Tones.Incoming, 1
	case callWaiting:
		return p.Tones.Waiting, softly
	case ringBack:
		return p.Tones.RingBack, 1
	case reconnecting:
		return p.Tones.Reconnecting, 1
	}
	return nil, 0
}

func sameClip(a, b []float32) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// ending is the sound of an end: nothing for what the person did here.
func (t *Tones) ending(reason EndReason) []float32 {
	switch reason {
	case BusyCall:
		return t.Busy
	case DeclinedCall, NoAnswer, Unreachable:
		return t.Declined
	case RemoteHangUp, KickedOut, Abandoned:
		return t.Ended
	case NetworkLost, JoinFailed:
		return t.Dropped
	}
	return nil
}
