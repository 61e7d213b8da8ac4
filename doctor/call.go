package doctor

import (
	"context"
	"errors"
	"image"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/parley-calls/parley/devices"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

const echoID = engine.UserID("echo")

// The size of the picture in the call.
const width, height = 1280, 720

// errNotAnswered says that Echo did not take the call, which no switchboard should let happen.
var errNotAnswered = errors.New("the echo contact does not answer")

// callEcho calls Echo and measures what comes back.
func callEcho(ctx context.Context, o Options, r *Report) {
	lab, err := newLab(o)
	if err != nil {
		r.Call.Trial = failed(err)
		return
	}
	defer lab.close()
	begun := time.Now()
	client, err := o.Connect(ctx, lab)
	if err != nil {
		r.Switchboard.Trial = failed(err)
		return
	}
	defer client.Close()
	client.SetPreferences(engine.Preferences{DoNotDisturb: true})
	s, err := wait(ctx, client, onlineTime, func(s *engine.Snapshot) bool {
		return s.Connection.State == engine.Online || s.Connection.Err != nil
	})
	r.Switchboard.Address = s.Connection.Server
	if s.Connection.State != engine.Online {
		r.Switchboard.Trial = failed(errors.Join(s.Connection.Err, err))
		return
	}
	r.Switchboard.Online = millis(time.Since(begun))

	begun = time.Now()
	on := true
	id, _, err := client.Invite(ctx, engine.Invite{To: []engine.UserID{echoID}, Video: true, Camera: &on, Microphone: &on})
	if err != nil {
		r.Call.Trial = failed(err)
		return
	}
	defer forget(client, id)
	s, err = wait(ctx, client, answerTime, func(s *engine.Snapshot) bool {
		c, there := s.Call(id)
		return !there || c.Phase == engine.Live
	})
	if c, there := s.Call(id); !there || c.Phase != engine.Live {
		if c.Err != nil {
			err = c.Err
		}
		r.Call.Trial = failed(errors.Join(errNotAnswered, err))
		return
	}
	r.Call.Answered = millis(time.Since(begun))
	lab.measure(ctx, client.Call(id), r)
}

// measure watches the call for a while.
func (l *lab) measure(ctx context.Context, call *engine.Call, r *Report) {
	sleep(ctx, settleTime)
	before := call.Stats()
	l.begin()
	g := newGlass()
	stop := call.Watch(echoID, g.view)
	asking, cancel := context.WithTimeout(ctx, relayTime)
	relays, err := call.Relays(asking)
	cancel()
	if err == nil {
		for _, a := range relays {
			r.Relays = append(r.Relays, Relay{URL: a.URL, Took: millis(a.Took), Reached: a.Err == nil})
		}
	}
	sleep(ctx, callTime-settleTime)
	stop()
	after := call.Stats()
	ages, ticks := g.all(), l.all()

	c := &r.Call
	c.Path, c.RoundTrip = after.Path, after.RoundTripMS
	c.Ticks, c.Pictures = len(ticks), len(ages)
	c.MouthToEar = millis(quantile(ticks, 0.5))
	c.GlassToGlass, c.GlassWorst = millis(quantile(ages, 0.5)), millis(quantile(ages, 0.95))
	voice, picture := came(after, "voice"), came(after, "camera")
	wasVoice, wasPicture := came(before, "voice"), came(before, "camera")
	c.VoiceLost, c.PictureLost = lost(wasVoice, voice), lost(wasPicture, picture)
	c.FPS = picture.FPSCoded
	c.Freezes = picture.Freezes - min(wasPicture.Freezes, picture.Freezes)
	c.Concealed = max(0, voice.ConcealMS-wasVoice.ConcealMS)
}

// came are the figures of a kind that comes back.
func came(s engine.CallStats, kind string) engine.TrackStats {
	i := slices.IndexFunc(s.Tracks, func(t engine.TrackStats) bool { return t.Direction == "in" && t.Kind == kind })
	if i < 0 {
		return engine.TrackStats{}
	}
	return s.Tracks[i]
}

// lost is how many percent of the packets between two looks are missing.
func lost(before, after engine.TrackStats) float64 {
	missing, there := float64(after.Lost-before.Lost), float64(after.Packets-before.Packets)
	if missing <= 0 || there < 0 {
		return 0
	}
	return 100 * missing / (missing + there)
}

// quantile returns the value below which a part of them lies; 0 without any.
func quantile(all []time.Duration, part float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, int(part*float64(len(sorted))))]
}

// wait returns the first snapshot that will do, or the newest and an error when time is up.
func wait(ctx context.Context, client *engine.Client, atMost time.Duration, do func(*engine.Snapshot) bool) (*engine.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	found := make(chan *engine.Snapshot, 1)
	stop := client.Updates(func(s *engine.Snapshot) {
		if do(s) {
			select {
			case found <- s:
			default: // the first counts
			}
		}
	})
	defer stop()
	select {
	case s := <-found:
		return s, nil
	case <-ctx.Done():
		return client.Snapshot(), ctx.Err()
	}
}

// forget ends the call and takes it out of the history: nobody called anybody.
func forget(client *engine.Client, id engine.CallID) {
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeTime)
	defer cancel()
	_ = client.Call(id).HangUp(ctx)
	s, err := wait(ctx, client, goodbyeTime, func(s *engine.Snapshot) bool {
		return slices.ContainsFunc(s.History, func(e engine.HistoryEntry) bool { return e.Call == id })
	})
	if err != nil {
		return
	}
	for _, e := range s.History {
		if e.Call == id {
			_ = client.ForgetHistory(ctx, e.ID)
		}
	}
}

type machine interface{ engine.Devices }

// lab is the devices of the call: a camera and a microphone that say when something was made, and the machine's speaker, which takes
// what came at its own pace and is given silence.
type lab struct {
	machine
	test    *devices.Set
	speaker string

	mu    sync.Mutex
	made  []time.Time // ticks that did not come back
	delay []time.Duration
	quiet int // samples since the last loud one
}

func newLab(o Options) (*lab, error) {
	test, err := devices.Select(devices.Selection{Camera: devices.Test, Microphone: devices.None, Speaker: devices.None}, devices.Options{})
	if err != nil {
		return nil, err
	}
	return &lab{machine: o.Devices, test: test, speaker: o.device(media.SpeakerDevice).ID}, nil
}

func (l *lab) close() { _ = l.test.Close() }

// Devices lists only the microphone, whose ticks are no voice to be cleaned. The others open without a name.
func (l *lab) Devices() []media.Device {
	return []media.Device{{ID: "ticks", Label: "ticks", Kind: media.MicrophoneDevice, Default: true, Direct: true}}
}

func (l *lab) OpenCamera(ctx context.Context, _ string, _ media.VideoFormat) (media.VideoSource, error) {
	return l.test.OpenCamera(ctx, "", media.VideoFormat{Width: width, Height: height})
}

func (l *lab) OpenMicrophone(context.Context, string) (media.AudioSource, error) {
	return newTicker(l.ticked), nil
}

func (l *lab) OpenSpeaker(ctx context.Context, _ string, render func(out []float32)) (media.AudioOutput, error) {
	played := func(out []float32) {
		render(out)
		l.hear(out, time.Now())
		clear(out)
	}
	if out, err := l.machine.OpenSpeaker(ctx, l.speaker, played); err == nil {
		return out, nil
	}
	return l.test.OpenSpeaker(ctx, "", played) // what the call is like can be said without a speaker
}

// begin forgets what was measured so far.
func (l *lab) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.made, l.delay = nil, nil
}

// all returns how long each tick took.
func (l *lab) all() []time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.delay)
}

// mostTicks bounds what is remembered of ticks that never came back.
const mostTicks = 8

func (l *lab) ticked(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.made = append(l.made, at)
	l.made = l.made[max(0, len(l.made)-mostTicks):]
}

// hear looks for the beginning of a tick in a block that is about to be played.
func (l *lab) hear(block []float32, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, v := range block {
		if math.Abs(float64(v)) < tickLevel/3 {
			l.quiet++
			continue
		}
		fresh := l.quiet > samples(tickEvery/2)
		l.quiet = 0
		if !fresh {
			continue
		}
		at := now.Add(time.Duration(i) * time.Second / media.SampleRate)
		// It belongs to the youngest tick that was made before: no way is as long as the time between two of them.
		for j, v := range slices.Backward(l.made) {
			if v.Before(at) {
				l.delay = append(l.delay, at.Sub(v))
				l.made = l.made[j+1:]
				break
			}
		}
	}
}

// glass looks at the pictures that come back.
type glass struct {
	view *media.View

	mu   sync.Mutex
	ages []time.Duration
}

func newGlass() *glass {
	g := &glass{view: media.NewView(media.Contain)}
	g.view.SetSize(width, height)
	g.view.OnReady(func() {
		if img, ok := g.view.Take(); ok {
			g.look(img, time.Now())
		}
	})
	return g
}

func (g *glass) look(img *image.RGBA, now time.Time) {
	m, ok := devices.ReadMark(img, img.Bounds())
	if !ok {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ages = append(g.ages, m.Age(now))
}

func (g *glass) all() []time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.ages)
}
