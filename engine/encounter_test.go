package engine

import (
	"context"
	"fmt"
	"image"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/logging"
	"github.com/pion/mediadevices/pkg/wave"
	"github.com/pion/transport/v5/vnet"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/internal/netem"
	"github.com/parley-calls/parley/internal/speech"
)

// encounter is two rooms in a call over a network that is as bad as a test wants, in virtual time: all that is between microphone
// and speaker, and between camera and window, is what a real call has.
type encounter struct {
	ana, bob *room
	wires    [2]*netem.Wire // from ana, from bob
	studio   *studio        // of ana
	theatre  *studio        // of bob
	met      time.Time      // when both were told of each other
	seen     atomic.Int64   // how long after that bob had ana's first picture, in ns
}

// studio is devices that keep what was said, and what was heard, from the moment of birth on. A camera has detail that moves.
type studio struct {
	stalled
	born   time.Time
	speech []float32 // said over and over; empty: silence
	film   []*image.YCbCr

	mu    sync.Mutex
	said  []float32
	heard []float32
}

// at is the sample of now.
func (s *studio) at() int { return int(time.Since(s.born) * media.SampleRate / time.Second) }

// keep adds a block to a recording, at now.
func (s *studio) keep(recording *[]float32, block []float32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := s.at(); at > len(*recording) {
		*recording = append(*recording, make([]float32, at-len(*recording))...)
	}
	*recording = append(*recording, block...)
}

// between is a part of a recording.
func (s *studio) between(recording *[]float32, from, to time.Time) []float32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, b := from.Sub(s.born)*media.SampleRate/time.Second, to.Sub(s.born)*media.SampleRate/time.Second
	return slices.Clone((*recording)[a:min(int(b), len(*recording))])
}

// device is an open one of a studio.
type device struct {
	studio *studio
	name   string
	tick   *time.Ticker
	closed chan struct{}
	once   sync.Once
	n      int
}

func (s *studio) device(name string, every time.Duration) *device {
	return &device{studio: s, name: name, tick: time.NewTicker(every), closed: make(chan struct{})}
}

func (d *device) Label() string         { return d.name }
func (d *device) Lost() <-chan struct{} { return nil }

func (d *device) Close() error {
	d.once.Do(func() {
		d.tick.Stop()
		close(d.closed)
	})
	return nil
}

func (d *device) wait() error {
	select {
	case <-d.tick.C:
		d.n++
		return nil
	case <-d.closed:
		return io.EOF
	}
}

type mouth struct{ *device }

func (m mouth) Read() (wave.Audio, func(), error) {
	if err := m.wait(); err != nil {
		return nil, func() {}, err
	}
	block := wave.NewFloat32Interleaved(wave.ChunkInfo{Len: media.Block, Channels: 1, SamplingRate: media.SampleRate})
	if pcm := m.studio.speech; len(pcm) > 0 {
		copy(block.Data, pcm[(m.n-1)*media.Block%(len(pcm)-media.Block):])
	}
	m.studio.keep(&m.studio.said, block.Data)
	return block, func() {}, nil
}

type lens struct{ *device }

func (l lens) Read() (image.Image, func(), error) {
	if err := l.wait(); err != nil {
		return nil, func() {}, err
	}
	return l.studio.film[l.n%len(l.studio.film)], func() {}, nil
}

func (s *studio) OpenCamera(context.Context, string, media.VideoFormat) (media.VideoSource, error) {
	if s.film == nil {
		return nil, s.missing(media.CameraDevice)
	}
	return lens{s.device("camera", time.Second/30)}, nil
}

func (s *studio) OpenMicrophone(context.Context, string) (media.AudioSource, error) {
	return mouth{s.device("microphone", 10*time.Millisecond)}, nil
}

func (s *studio) OpenSpeaker(_ context.Context, _ string, render func([]float32)) (media.AudioOutput, error) {
	d := s.device("speaker", 10*time.Millisecond)
	go func() {
		block := make([]float32, media.Block)
		for d.wait() == nil {
			render(block)
			s.keep(&s.heard, block)
		}
	}()
	return d, nil
}

// meet calls test with an encounter over a profile, in which both are connected. Only ana speaks, and has a camera if there is a film.
func meet(t *testing.T, p netem.Profile, spoken []float32, film []*image.YCbCr, test func(t *testing.T, e *encounter)) {
	t.Helper()
	apart(t, p, spoken, film, func(t *testing.T, e *encounter) {
		e.connect()
		time.Sleep(3 * time.Second)
		e.ana.mu.RLock()
		session := e.ana.session
		e.ana.mu.RUnlock()
		if state := session.Stats().Members[memberID(bob.ID, bobPhone)].State; state != link.Connected {
			t.Fatalf("ana's path is %v", state)
		}
		test(t, e)
	})
}

// connect tells both that the other one is in the call.
func (e *encounter) connect() {
	e.met = time.Now()
	e.bob.connect(ana.ID, anaPhone, false)
	e.ana.connect(bob.ID, bobPhone, true)
}

// apart calls test with an encounter whose two know nothing of each other yet.
func apart(t *testing.T, p netem.Profile, spoken []float32, film []*image.YCbCr, test func(t *testing.T, e *encounter)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		router, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "10.0.0.0/24", QueueSize: 4096, LoggerFactory: quietFactory{}})
		if err != nil {
			t.Fatal(err)
		}
		var e encounter
		hosts := [2]*host{}
		rooms := [2]*room{}
		people := [2]UserID{ana.ID, bob.ID}
		phones := [2]DeviceID{anaPhone, bobPhone}
		nets := virtualHosts(t, router)
		if err := router.Start(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		studios := [2]*studio{{born: time.Now(), speech: spoken, film: film}, {born: time.Now()}}
		for i := range hosts {
			seeded := p
			if p.Seed != 0 {
				seeded.Seed += uint64(i)
			}
			e.wires[i] = netem.NewWire(seeded)
			other := 1 - i
			hosts[i] = &host{
				me: people[i], device: phones[i], devices: studios[i], choice: nothingChosen,
				voice: newOutlet(ctx, studios[i], nothingChosen, keeping{report: func(error) {}}),
				turn:  func(context.Context, CallID) []link.ICEServer { return nil },
				send: func(_ UserID, m signal.PeerMessage) error {
					rooms[other].deliver(people[i], m)
					return nil
				},
				post: func(in input) { e.note(in) }, apply: func(input) *state { return nil },
				net: netem.Behind(nets[i], e.wires[i]), log: slog.New(slog.DiscardHandler),
			}
		}
		for i := range hosts {
			rooms[i] = newRoom(ctx, hosts[i], "c1", intent{microphone: true, camera: i == 0 && film != nil}, false)
		}
		e.ana, e.bob, e.studio, e.theatre = rooms[0], rooms[1], studios[0], studios[1]
		synctest.Wait() // both have their session
		test(t, &e)
		for i, r := range rooms {
			r.shut()
			cancel()
			<-hosts[i].voice.keeper.done
			e.wires[i].Close()
		}
		if err := router.Stop(); err != nil {
			t.Error(err)
		}
	})
}

// note looks at what a room tells its client.
func (e *encounter) note(in input) {
	switch in := in.(type) {
	case pictured:
		e.seen.CompareAndSwap(0, int64(time.Since(e.met)))
	case knocked: // at whoever is called: see [turn.admit]
		e.ana.approach(in.user, in.device, true)
	}
}

// newVirtualHost guards the numbers that vnet gives to network cards.
var newVirtualHost sync.Mutex

func virtualHosts(t *testing.T, router *vnet.Router) (hosts [2]*vnet.Net) {
	t.Helper()
	newVirtualHost.Lock()
	defer newVirtualHost.Unlock()
	for i := range hosts {
		n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{fmt.Sprintf("10.0.0.%d", i+1)}})
		if err != nil {
			t.Fatal(err)
		}
		if err := router.AddNet(n); err != nil {
			t.Fatal(err)
		}
		hosts[i] = n
	}
	return hosts
}

// play changes the network, both ways.
func (e *encounter) play(p netem.Profile) {
	for i, w := range e.wires {
		q := p
		q.Seed += uint64(i)
		w.Play(q)
	}
}

// nearby is the path of the benchmark under all others.
var nearby = netem.Conditions{Delay: 20 * time.Millisecond, Jitter: 3 * time.Millisecond}

func losing(l netem.Loss, seed uint64) netem.Profile {
	c := nearby
	c.Loss = l
	return netem.Profile{Phases: []netem.Phase{{Conditions: c}}, Seed: seed}
}

// voice is ana's, as bob hears it.
func (e *encounter) voice() *audible { return e.guest().voice }

// camera is ana's, as bob sees it.
func (e *encounter) camera() *media.VideoReceiver { return e.guest().video }

// guest is ana, as bob has her.
func (e *encounter) guest() *remote {
	e.bob.mu.RLock()
	defer e.bob.mu.RUnlock()
	return e.bob.remotes[memberID(ana.ID, anaPhone)]
}

// understood is how well what ana said in a time is understood by bob, as the benchmark has it.
func (e *encounter) understood(from, to time.Time) float64 {
	const part = 2 * time.Second
	sum, n := 0.0, 0
	for at := from; !at.Add(part).After(to); at = at.Add(part) {
		said := e.studio.between(&e.studio.said, at, at.Add(part))
		heard := e.theatre.between(&e.theatre.heard, at, at.Add(part+time.Second))
		aligned, _ := speech.Align(said, heard, media.SampleRate, 0.8)
		sum += speech.STOI(said, aligned, media.SampleRate)
		n++
	}
	return sum / float64(n)
}

func spokenText(t *testing.T) []float32 {
	t.Helper()
	pcm, err := speech.Say(t.Context(), speech.Text, media.SampleRate)
	if err != nil {
		t.Skip(err)
	}
	return pcm
}

// quietFactory makes loggers of pion that say nothing.
type quietFactory struct{}

func (quietFactory) NewLogger(string) logging.LeveledLogger {
	return logging.NewDefaultLeveledLoggerForScope("", logging.LogLevelDisabled, io.Discard)
}

// detailed is a film of pictures that are hard to code: noise of several sizes, which moves in a circle.
func detailed(w, h, n int) (film []*image.YCbCr) {
	const radius = 100
	random := rand.New(rand.NewPCG(1, 2))
	wall := image.NewYCbCr(image.Rect(0, 0, w+2*radius, h+2*radius), image.YCbCrSubsampleRatio420)
	for _, octave := range []struct{ size, strength int }{{64, 48}, {16, 24}, {4, 12}} {
		for y := 0; y < wall.Rect.Dy(); y += octave.size {
			for x := 0; x < wall.Rect.Dx(); x += octave.size {
				tile, shade := image.Rect(x, y, x+octave.size, y+octave.size).Intersect(wall.Rect), byte(random.IntN(octave.strength))
				for y := tile.Min.Y; y < tile.Max.Y; y++ {
					for x := tile.Min.X; x < tile.Max.X; x++ {
						wall.Y[wall.YOffset(x, y)] += shade
					}
				}
			}
		}
	}
	for i := range n {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		left, top := radius+int(radius*cos), radius+int(radius*sin)
		img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
		for y := range h {
			copy(img.Y[y*img.YStride:][:w], wall.Y[wall.YOffset(left, top+y):])
		}
		for k := range img.Cb {
			img.Cb[k], img.Cr[k] = 128, 128
		}
		film = append(film, img)
	}
	return film
}

// watch looks at ana's camera in bob's window for a time.
func (e *encounter) watch(length time.Duration) (s sight) {
	const gap = time.Second/30 + 150*time.Millisecond // as the benchmark has it
	view := media.NewView(media.Contain)
	view.SetSize(640, 360)
	defer e.bob.feed(ana.ID, link.Camera).Attach(view)()
	began := time.Now()
	last := began
	for time.Since(began) < length {
		time.Sleep(5 * time.Millisecond)
		_, fresh := view.Take()
		if fresh {
			s.pictures++
		}
		if now := time.Now(); fresh || now.Sub(began) >= length {
			if now.Sub(last) > gap {
				s.frozen += now.Sub(last)
			}
			last = now
		}
	}
	return s
}

// sight is what somebody saw: how many pictures, and how long one stood.
type sight struct {
	pictures int
	frozen   time.Duration
}
