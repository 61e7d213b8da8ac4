package engine

import (
	"context"
	"image"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
)

// set switches our devices. Muting keeps the microphone open, so that speaking again is instant; the camera is closed. While the call
// is held both are closed, so that another call can have them, the speaker is let go of, and what members send is thrown away.
func (r *room) set(want intent, held bool) {
	r.mu.Lock()
	resumed := r.held && !held
	r.muted, r.held = !want.microphone || held, held
	r.on = sending{camera: want.camera && !held, screen: want.share.on && !held, system: want.share.sounds() && !held}
	on := r.on
	if v := r.voice.Load(); v != nil {
		v.SetMuted(r.muted)
	}
	if held {
		r.host.voice.remove(r.name())
	} else {
		r.host.voice.hold(r.name())
	}
	for _, p := range r.remotes {
		r.listen(p.voice)
		if p.system != nil {
			r.listen(p.system)
		}
		if resumed {
			p.video.Resume()
			if p.screen != nil {
				p.screen.Resume()
			}
		}
	}
	r.mu.Unlock()
	r.microphone.want(!held)
	r.reserve(on.camera)
	r.camera.want(on.camera)
	r.system.want(on.system)
	r.direct(want.share, held)
	r.allot()
}

// keep keeps a microphone or camera for the room.
func (r *room) keep(kind media.DeviceKind, use deviceUse, start func(context.Context, string) (running, error)) *keeper {
	return newKeeper(r.ctx, keeping{
		start:  start,
		pick:   func(home string) media.Device { return r.host.choice().pick(r.host.devices.Devices(), kind, home) },
		report: func(err error) { r.host.post(deviceState{r.call, use, fail("open "+string(kind), err)}) },
		moved:  func(to, from string, back bool) { r.host.post(replaced{r.call, kind, to, from, back}) },
	})
}

// voiceCodec is how voices are sent at first.
var voiceCodec = media.Opus{BitRate: voiceBitRate, FEC: true, LossPercent: 5, DTX: true}

func (r *room) openMicrophone(ctx context.Context, id string) (running, error) {
	source, err := r.host.devices.OpenMicrophone(ctx, id)
	if err != nil {
		return nil, err
	}
	begun := time.Since(r.born)
	var copies media.Redundancy
	v, err := media.NewVoiceSender(media.VoiceSenderOptions{
		Source:    source,
		Codec:     voiceCodec,
		Processor: processor(r.host.cleaner, r.host.devices, id),
		Short:     true,
		Muted:     true, // until it is known here, for it may be switched meanwhile
		Out: func(f media.EncodedFrame) {
			r.publish(link.Voice, link.Sample{Data: copies.Wrap(f, int(r.copies.Load())), Timestamp: ticks(begun+f.At, media.SampleRate)})
		},
	})
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.voice.Store(v)
	v.SetMuted(r.muted)
	return v, nil
}

func (r *room) openCamera(ctx context.Context, id string) (running, error) {
	self := r.feed(r.host.me, link.Camera)
	out := func(begun time.Duration) func(media.EncodedFrame) {
		return func(f media.EncodedFrame) {
			r.publish(link.Camera, link.Sample{Data: f.Data, Timestamp: ticks(begun+f.At, videoClock), Layer: f.Layer, Key: f.Key, Spare: f.Spare})
		}
	}
	p := r.takeOver(id, self, out)
	if p == nil {
		source, err := r.host.devices.OpenCamera(ctx, id, r.host.video)
		if err != nil {
			return nil, err
		}
		rate, _ := r.parts()
		p, err = media.NewVideoSender(media.VideoSenderOptions{
			Source: source,
			Self:   self,
			Codec:  media.Video{BitRate: rate},
			Card:   r.host.card,
			Paused: true, // until somebody is connected
			Warm:   true,
			Out:    out(time.Since(r.born)),
		})
		if err != nil {
			return nil, err
		}
	}
	r.picture.Store(p)
	r.mu.Lock()
	p.SetMaxSize(r.most.X, r.most.Y) // size and rate may have changed meanwhile
	r.mu.Unlock()
	r.pauseUnseen()
	r.allot()
	return p, nil
}

// scale sends the camera no larger than a size in pixels; zero is as large as usual.
func (r *room) scale(most image.Point) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.most = most
	if p := r.picture.Load(); p != nil {
		p.SetMaxSize(most.X, most.Y)
	}
}

// ticks is a media time in units of an RTP clock; it wraps as RTP does.
func ticks(d time.Duration, rate int64) uint32 { return uint32(d.Microseconds() * rate / 1e6) }

func (r *room) publish(k link.Kind, s link.Sample) {
	r.mu.RLock()
	session := r.session
	r.mu.RUnlock()
	if session != nil {
		_ = session.Publish(k, s) // what a path cannot take is counted there
	}
}
