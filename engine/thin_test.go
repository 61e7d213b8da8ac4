package engine

import (
	"context"
	"encoding/json"
	"errors"
	"image"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

func TestThinness(t *testing.T) {
	t.Parallel()
	type look struct {
		after time.Duration
		bps   int
		want  bool
	}
	for name, looks := range map[string][]look{
		"a wide path":             {{0, 900_000, false}, {time.Hour, 200_000, false}},
		"unknown":                 {{0, 0, false}, {time.Hour, 0, false}},
		"a dip":                   {{0, 90_000, false}, {2 * time.Second, 90_000, false}, {time.Second / 2, 150_000, false}, {time.Second, 90_000, false}, {2 * time.Second, 90_000, false}},
		"weak for some seconds":   {{0, 90_000, false}, {thinTime, 100_000, true}, {time.Hour, 150_000, true}},
		"and wide again":          {{0, 90_000, false}, {thinTime, 90_000, true}, {time.Second, 300_000, true}, {wideTime - 1, 300_000, true}, {1, 200_000, false}},
		"it comes and goes":       {{0, 90_000, false}, {thinTime, 90_000, true}, {time.Second, 300_000, true}, {2 * time.Second, 90_000, true}, {3 * time.Second, 300_000, true}},
		"weak again after a time": {{0, 90_000, false}, {thinTime, 90_000, true}, {0, 300_000, true}, {wideTime, 300_000, false}, {0, 90_000, false}, {thinTime, 90_000, true}},
	} {
		now, s := epoch, thinness{}
		for i, l := range looks {
			now = now.Add(l.after)
			if s = s.next(l.bps, now); s.on != l.want {
				t.Errorf("%s: look %d says %v", name, i, s.on)
			}
		}
	}
}

// Both sides know why there is no picture: we, that ours does not get through, and the member, that it is not his doing.
func TestBothSidesKnowOfAThinPath(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.take(intended{"c1", pending{want: intent{microphone: true, camera: true}}})
	y.call(ana, bob, true)
	y.party(bob, signal.Joined, bobPhone)
	y.take(pathMoved{"c1", bob.ID, bobPhone, link.Connected})
	y.take(thinned{"c1", bob.ID, bobPhone, true})
	y.did(DeviceFailed)
	if a := must[announce](y); a.to != bob.ID || !a.Camera {
		t.Errorf("told: %+v", a)
	}
	shown := func() CallState { return show(y.s).Calls[0] }
	if c := shown(); !errors.Is(c.CameraErr, ErrThinPath) || !c.Members[0].Thin || !c.Camera {
		t.Errorf("ours: %v, %+v", c.CameraErr, c.Members[0])
	}
	y.take(thinned{"c1", bob.ID, bobPhone, true})
	y.did()
	y.take(thinned{"c1", bob.ID, bobPhone, false})
	y.did()
	if c := shown(); c.CameraErr != nil || c.Members[0].Thin {
		t.Errorf("wide again: %v, %+v", c.CameraErr, c.Members[0])
	}

	y.take(told{"c1", bob.ID, bobPhone, switches{Microphone: true, CameraTrouble: "thin-path"}})
	y.did(MediaChanged, DeviceFailed)
	if m := shown().Members[0]; m.CameraTrouble != "thin-path" || m.Camera {
		t.Errorf("the member: %+v", m)
	}
	if e := y.events(); !errors.Is(e[len(e)-1].Err, ErrThinPath) {
		t.Errorf("event: %v", e)
	}
}

// overheard is a link that keeps what is said on it.
type overheard struct {
	link.Session
	mu       sync.Mutex
	told     map[link.MemberID]switches
	withheld map[link.MemberID]bool
}

func (o *overheard) SendData(to link.MemberID, message []byte) error {
	var e envelope
	if err := json.Unmarshal(message, &e); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if e.State != nil {
		o.told[to] = *e.State
	}
	return nil
}

func (o *overheard) SetLayer(to link.MemberID, k link.Kind, layer uint8) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if k == link.Camera {
		o.withheld[to] = layer == link.NoLayer
	}
	return nil
}

// A member behind a thin path gets no camera, and is told so; the others get theirs at the rate of their own paths.
func TestOnlyTheThinPathLosesThePicture(t *testing.T) {
	t.Parallel()
	r, _ := bareRoom(t)
	o := &overheard{told: map[link.MemberID]switches{}, withheld: map[link.MemberID]bool{}}
	b, c := memberID("bob", "b"), memberID("cyd", "c")
	r.mu.Lock()
	r.on.camera = true
	r.mu.Unlock()
	inRoom := func(f func()) {
		done := make(chan struct{})
		r.do(func() { defer close(done); f() })
		<-done
	}
	inRoom(func() {
		o.Session, r.session = r.session, o
		for m, u := range map[link.MemberID]UserID{b: "bob", c: "cyd"} {
			p, err := r.welcome(m, u, "")
			if err != nil {
				t.Error(err)
				return
			}
			r.mu.Lock()
			r.remotes[m] = p
			r.mu.Unlock()
		}
	})
	look := func(bobs int, at time.Duration) {
		r.rated(b, bobs)
		r.rated(c, 900_000)
		inRoom(func() { r.watchPaths(epoch.Add(at)) })
		r.announce("", switches{Camera: true, Microphone: true})
		inRoom(func() {})
	}
	rate := func() int {
		r.mu.RLock()
		defer r.mu.RUnlock()
		return r.slowest()
	}
	look(80_000, 0)
	if o.withheld[b] || !o.told[b].Camera || rate() != 80_000 {
		t.Errorf("at once: withheld %v, told %+v, the rate is %d", o.withheld, o.told[b], rate())
	}
	look(80_000, thinTime)
	if !o.withheld[b] || o.withheld[c] || rate() != 900_000 {
		t.Errorf("withheld %v, the rate is %d", o.withheld, rate())
	}
	if s := o.told[b]; s.Camera || s.CameraTrouble != "thin-path" || !s.Microphone {
		t.Errorf("bob is told %+v", s)
	}
	if s := o.told[c]; !s.Camera || s.CameraTrouble != "" {
		t.Errorf("cyd is told %+v", s)
	}
	look(300_000, time.Minute)
	look(300_000, time.Minute+wideTime)
	if s := o.told[b]; o.withheld[b] || !s.Camera || s.CameraTrouble != "" || rate() != 300_000 {
		t.Errorf("wide again: withheld %v, told %+v, the rate is %d", o.withheld, s, rate())
	}
}

// steady is a camera that gives a picture each few milliseconds; there are no other devices.
type steady struct {
	*stalled
	closed chan struct{}
	once   *sync.Once
}

func (s steady) OpenCamera(context.Context, string, media.VideoFormat) (media.VideoSource, error) {
	return s, nil
}

func (s steady) Label() string { return "steady" }

func (s steady) Read() (image.Image, func(), error) {
	select {
	case <-s.closed:
		return nil, nil, io.EOF
	case <-time.After(5 * time.Millisecond):
		return image.NewYCbCr(image.Rect(0, 0, 320, 180), image.YCbCrSubsampleRatio420), func() {}, nil
	}
}

func (s steady) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

// Nothing is coded while nobody can get it, and the first picture for who is then connected is a key frame at once.
func TestCameraSleepsUntilSomebodyIsConnected(t *testing.T) {
	t.Parallel()
	r := roomWith(t, steady{&stalled{open: make(chan struct{})}, make(chan struct{}), &sync.Once{}})
	r.set(intent{camera: true}, false)
	figures := func() (s media.VideoSendStats) {
		if v := r.picture.Load(); v != nil {
			s = v.Stats()
		}
		return s
	}
	until := func(what string, so func() bool) {
		t.Helper()
		for late := time.Now().Add(20 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(late) {
				t.Fatalf("no %s: %+v", what, figures())
			}
		}
	}
	until("pictures", func() bool { return figures().Captured >= 5 })
	if s := figures(); s.Frames != 0 {
		t.Errorf("%d pictures were coded for nobody", s.Frames)
	}
	m := memberID(bob.ID, bobPhone)
	p, err := r.welcome(m, bob.ID, bobPhone)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	r.remotes[m] = p
	r.mu.Unlock()
	r.moved(m, true)
	until("coded pictures", func() bool { return figures().Frames >= 3 })
	if s := figures(); s.KeyFrames != 1 {
		t.Errorf("%d of %d pictures are key frames", s.KeyFrames, s.Frames)
	}
	r.moved(m, false)
	until("end of coding", func() bool { n := figures().Frames; time.Sleep(50 * time.Millisecond); return figures().Frames == n })
}
