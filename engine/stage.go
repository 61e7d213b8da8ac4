package engine

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
)

// act is one share of ours while it lasts: a surface that is captured, coded once and sent to all.
type act struct {
	*media.VideoSender
	n    uint64 // counts the shares of the room, from 1
	over chan struct{}

	captured uint64 // pictures at the last inspection; with idle owned by the room's goroutine
	idle     int    // inspections in a row without a new one
}

// stage has the share of ours in a room. Members keep one track whatever stands on it.
type stage struct {
	now   atomic.Pointer[act]
	turn  chan struct{} // a token: who holds it puts something else on. The client's loop never does.
	count uint64        // guarded by turn
}

// remove takes an act off and makes it end, unless another one did. It does not wait.
func (s *stage) remove(a *act) bool {
	if !s.now.CompareAndSwap(a, nil) {
		return false
	}
	close(a.over)
	return true
}

// present captures what s says and sends it in place of what was shared before. It returns once the state shows it.
func (r *room) present(ctx context.Context, s Share) error {
	if !r.begin() {
		return ErrNotInCall
	}
	defer r.tasks.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(r.ctx, cancel)()
	codec, rate := media.Video{Format: media.VP9, Screen: true, Motion: s.Profile == MotionShare}, textRate
	if codec.Motion {
		rate = motionRate
	}
	source, err := r.host.devices.OpenScreen(ctx, media.Capture{Surface: s.Surface.ID, Region: s.Region, Rate: rate})
	if err == nil {
		select {
		case r.stage.turn <- struct{}{}:
			defer func() { <-r.stage.turn }()
		case <-ctx.Done():
			err = ctx.Err()
			_ = source.Close()
		}
	}
	switch {
	case r.ctx.Err() != nil:
		if err == nil {
			_ = source.Close()
		}
		return ErrNotInCall
	case err != nil:
		return err
	}
	s.Surface.Label = cleanLabel(cmp.Or(s.Surface.Label, source.Label()))

	if old := r.stage.now.Load(); old != nil && r.stage.remove(old) {
		<-old.Done() // two encoders on one track would spoil each other's pictures
	}
	begun := time.Since(r.born)
	r.mu.RLock()
	_, codec.BitRate = split(r.slowest(), sending{camera: true, screen: true})
	r.mu.RUnlock()
	sender, err := media.NewVideoSender(media.VideoSenderOptions{
		Source: source,
		Self:   r.feed(r.host.me, link.Screen),
		Codec:  codec,
		Paused: true, // until the members know
		Out: func(f media.EncodedFrame) {
			r.publish(link.Screen, link.Sample{Data: f.Data, Timestamp: ticks(begun+f.At, videoClock), Key: f.Key})
		},
	})
	if err != nil {
		return err
	}
	r.stage.count++
	a := &act{VideoSender: sender, n: r.stage.count, over: make(chan struct{})}
	r.stage.now.Store(a)
	r.host.apply(shared{r.call, s, a.n})
	r.tasks.Add(1)
	go r.perform(a)
	return nil
}

// perform sees an act to its end.
func (r *room) perform(a *act) {
	defer r.tasks.Done()
	select {
	case <-a.over:
	case <-a.Done():
	case <-r.ctx.Done():
	}
	a.Close()
	if r.stage.remove(a) && r.ctx.Err() == nil {
		r.host.post(unshared{r.call, a.n, fail("share", a.Err())})
	}
}

// direct makes the share of the moment as it is wanted. One that the state has not heard of yet is left alone.
func (r *room) direct(w showing, held bool) {
	a := r.stage.now.Load()
	switch {
	case a == nil || a.n > w.n:
	case !w.on:
		r.stage.remove(a)
	default:
		a.SetPaused(held)
		a.Freeze(w.paused)
	}
}

// watchStage ends a share that has given no pictures for too long: what was shared is gone without a word. It runs with each inspection.
func (r *room) watchStage() {
	a, rule := r.stage.now.Load(), r.host.autoStop
	if a == nil || rule.InvalidCount < 0 {
		return
	}
	captured := a.Stats().Captured
	if captured != a.captured {
		a.captured, a.idle = captured, 0
		return
	}
	if a.idle++; a.idle < cmp.Or(rule.InvalidCount, DefaultInvalidCount) || rule.CanEnd != nil && !rule.CanEnd() {
		return
	}
	if r.stage.remove(a) {
		r.host.post(unshared{r.call, a.n, fail("share", &media.DeviceError{Kind: media.ScreenDevice, Reason: media.ErrDeviceLost})})
	}
}

func (r *room) openSystemSound(ctx context.Context, _ string) (running, error) {
	source, err := r.host.devices.OpenSystemSound(ctx)
	if err != nil {
		return nil, err
	}
	begun := time.Since(r.born)
	var copies media.Redundancy
	v, err := media.NewVoiceSender(media.VoiceSenderOptions{
		Source: source,
		Codec:  media.Opus{BitRate: systemBitRate, Music: true},
		Out: func(f media.EncodedFrame) {
			r.publish(link.System, link.Sample{Data: copies.Wrap(f, 0), Timestamp: ticks(begun+f.At, media.SampleRate)})
		},
	})
	if err != nil {
		return nil, err
	}
	r.music.Store(v)
	return v, nil
}
