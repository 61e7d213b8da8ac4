package engine_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/server"
)

const patience = 30 * time.Second

// board runs a switchboard on loopback.
func board(t *testing.T) string {
	t.Helper()
	return newBox(t, server.Options{}).Address().String()
}

// box is a switchboard that can be taken away and put back. Options.Listen is only its host, loopback if it is empty.
type box struct {
	*server.Server
	t *testing.T
	o server.Options
}

// boxes counts the ports that were given away, from anywhere, for other processes do the same.
var (
	boxes    atomic.Uint32
	firstBox = rand.Uint32N(10_000)
)

func newBox(t *testing.T, o server.Options) *box {
	t.Helper()
	o.DataDir, o.Logger = t.TempDir(), slog.New(slog.DiscardHandler)
	o.Grace, o.RingGrace = time.Minute, time.Minute // machines may be slow
	b := &box{t: t, o: o}
	host := cmp.Or(o.Listen, "127.0.0.1")
	for attempt := 0; b.Server == nil; attempt++ {
		// Not one of the ports from which connections go out, nor that of another box: one of them might have it when the switchboard
		// comes back.
		b.o.Listen = fmt.Sprintf("%s:%d", host, 10_000+2*((firstBox+boxes.Add(1))%10_000))
		var err error
		if b.Server, err = server.Start(context.Background(), b.o); err != nil && attempt == 20 {
			t.Fatal(err)
		}
	}
	t.Cleanup(b.off)
	return b
}

func (b *box) on() {
	b.t.Helper()
	s, err := server.Start(context.Background(), b.o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Server = s
}

func (b *box) off() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = b.Close(ctx)
}

// person is a client with what it was told.
type person struct {
	*engine.Client
	t      *testing.T
	deck   *deck
	mu     sync.Mutex
	events []engine.Event
}

// join starts a client and waits until it is online.
func join(t *testing.T, at, name string, change ...func(*engine.Options)) *person {
	t.Helper()
	p := begin(t, at, name, change...)
	p.awaitLine(engine.Online)
	return p
}

// begin starts a client.
func begin(t *testing.T, at, name string, change ...func(*engine.Options)) *person {
	t.Helper()
	p := &person{t: t, deck: newDeck()}
	o := engine.Options{Server: at, User: engine.User{ID: engine.UserID(name), Name: name}, Devices: p.deck,
		Preferences: engine.Preferences{Cleaning: media.Cleaning{KeepEcho: true, KeepNoise: true}, // the microphone gives a steady tone
			Tones: engine.Tones{Incoming: make([]float32, 4800), RingBack: make([]float32, 4800), Busy: make([]float32, 480), Ended: make([]float32, 480)}}}
	for _, f := range change {
		f(&o)
	}
	c, err := engine.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	p.Client = c
	c.Subscribe(func(e engine.Event) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.events = append(p.events, e)
	})
	t.Cleanup(func() {
		_ = c.Close()
		if why := p.deck.allClosed(); why != "" {
			t.Errorf("after Close of %s: %s", name, why)
		}
	})
	return p
}

func (p *person) await(what string, missing func(*engine.Snapshot) string) *engine.Snapshot {
	p.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		s := p.Snapshot()
		why := missing(s)
		if why == "" {
			return s
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%s waited for %q: %s", s.Me.ID, what, why)
		}
	}
}

func (p *person) awaitRing() engine.Incoming {
	p.t.Helper()
	return p.await("a ring", func(s *engine.Snapshot) string {
		if len(s.Incoming) == 0 {
			return "nothing rings"
		}
		return ""
	}).Incoming[0]
}

func (p *person) awaitLive() engine.CallState {
	p.t.Helper()
	return p.await("a live call", func(s *engine.Snapshot) string {
		if len(s.Calls) == 1 && s.Calls[0].Phase == engine.Live {
			return ""
		}
		return fmt.Sprintf("%+v, ended %+v", s.Calls, s.Ended)
	}).Calls[0]
}

func (p *person) awaitEnd(reason engine.EndReason) {
	p.t.Helper()
	p.await("the end", func(s *engine.Snapshot) string {
		switch {
		case len(s.Calls)+len(s.Incoming) > 0:
			return fmt.Sprintf("calls %+v, rings %+v", s.Calls, s.Incoming)
		case len(s.Ended) == 0 || s.Ended[0].Reason != reason:
			return fmt.Sprintf("%+v", s.Ended)
		}
		return p.deck.allClosed()
	})
}

func (p *person) seen(t engine.EventType) (engine.Event, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		if e.Type == t {
			return e, true
		}
	}
	return engine.Event{}, false
}

func (p *person) invite(to string, video bool) engine.CallID {
	p.t.Helper()
	id, results, err := p.Invite(p.t.Context(), engine.Invite{To: []engine.UserID{engine.UserID(to)}, Video: video, Data: "hello"})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(results) != 1 || results[0].Result != "ringing" {
		p.t.Fatalf("results %+v", results)
	}
	return id
}

func TestCall(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob := join(t, at, "ana"), join(t, at, "bob")
	id := ana.invite("bob", true)
	in := bob.awaitRing()
	if in.From.ID != "ana" || !in.Video || in.Data != "hello" || in.Call != id {
		t.Errorf("%+v", in)
	}
	if bob.deck.everOpened(media.CameraDevice)+bob.deck.everOpened(media.MicrophoneDevice) > 0 {
		t.Error("a device was opened before the call was accepted")
	}
	if _, err := bob.Accept(t.Context(), in.ID, engine.Answer{Data: "yes"}); err != nil {
		t.Fatal(err)
	}
	ana.awaitLive()
	bob.awaitLive()
	if e := ana.awaitEvent(engine.OutgoingAccepted); e.Data != "yes" || e.User.ID != "bob" {
		t.Errorf("accepted: %+v", e)
	}

	view := media.NewView(media.Contain)
	view.SetSize(160, 90)
	defer bob.Call(id).Watch("ana", view)()
	bob.await("pictures and sound", func(*engine.Snapshot) string {
		if s := view.Stats(); s.Pushed < 10 {
			return fmt.Sprintf("%+v", s)
		}
		if bob.Call(id).Level("ana") < 0.05 {
			return "nothing is heard"
		}
		return ""
	})

	began := time.Now()
	if err := ana.Call(id).SetMicrophone(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	bob.await("the mute", func(s *engine.Snapshot) string { return unless(!s.Calls[0].Members[0].Microphone, "not seen") })
	t.Logf("a mute is seen after %v", time.Since(began))
	ana.await("our voice that nobody hears", func(*engine.Snapshot) string {
		if spoken, level := ana.Call(id).SpokenMuted(), ana.Call(id).Level("ana"); spoken < 0.05 || level != 0 {
			return fmt.Sprintf("%.2f is spoken, and the level %.2f", spoken, level)
		}
		return ""
	})
	if err := ana.Call(id).SetCamera(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	bob.await("the camera off", func(s *engine.Snapshot) string {
		return unless(!s.Calls[0].Members[0].Camera && !s.Calls[0].Members[0].HasPicture, "not seen")
	})
	ana.await("a closed camera", func(*engine.Snapshot) string {
		ana.deck.mu.Lock()
		defer ana.deck.mu.Unlock()
		return unless(ana.deck.open[media.CameraDevice] == 0, "open")
	})
	_ = ana.Call(id).SetCamera(t.Context(), true)
	bob.await("the camera on", func(s *engine.Snapshot) string {
		return unless(s.Calls[0].Members[0].Camera && s.Calls[0].Members[0].HasPicture, "not seen")
	})

	if err := bob.Call(id).HangUp(t.Context()); err != nil {
		t.Error(err)
	}
	bob.awaitEnd(engine.LocalHangUp)
	ana.awaitEnd(engine.RemoteHangUp)
}

func unless(ok bool, why string) string {
	if ok {
		return ""
	}
	return why
}

func TestVoiceCallLeavesTheCameraAlone(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob := join(t, at, "ana"), join(t, at, "bob", func(o *engine.Options) { o.AutoAccept = true })
	id := ana.invite("bob", false)
	ana.awaitLive()
	bob.awaitLive()
	_ = ana.Call(id).HangUp(t.Context())
	bob.awaitEnd(engine.RemoteHangUp)
	ana.awaitEnd(engine.LocalHangUp)
	if n := ana.deck.everOpened(media.CameraDevice) + bob.deck.everOpened(media.CameraDevice); n > 0 {
		t.Errorf("the camera was opened %d times", n)
	}
}

func TestEcho(t *testing.T) {
	t.Parallel()
	ana := join(t, board(t), "ana")
	id := ana.invite("echo", true)
	ana.awaitLive()
	ana.await("one's own picture and sound", func(s *engine.Snapshot) string {
		if !s.Calls[0].Members[0].HasPicture {
			return "no picture"
		}
		return unless(ana.Call(id).Level("echo") > 0.05, "no sound")
	})
	_ = ana.Call(id).HangUp(t.Context())
	ana.awaitEnd(engine.LocalHangUp)
}

func TestDeclineAndCancel(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob := join(t, at, "ana"), join(t, at, "bob")
	ana.invite("bob", false)
	if err := bob.Reject(t.Context(), bob.awaitRing().ID, "later"); err != nil {
		t.Error(err)
	}
	ana.awaitEnd(engine.DeclinedCall)
	if e := ana.Snapshot().Ended[0]; e.Data != "later" || e.By.ID != "bob" {
		t.Errorf("%+v", e)
	}
	bob.awaitEnd(engine.DeclinedHere)
	if e := ana.awaitEvent(engine.OutgoingDeclined); e.Data != "later" {
		t.Errorf("%+v", e)
	}
	id := ana.invite("bob", true)
	bob.awaitRing()
	if err := ana.Call(id).Cancel(t.Context(), ""); err != nil {
		t.Error(err)
	}
	ana.awaitEnd(engine.CancelledHere)
	bob.awaitEnd(engine.CancelledCall)
}

// A busy camera costs only the picture: it is said, and it comes back when the other program lets go.
func TestBusyCamera(t *testing.T) {
	t.Parallel()
	ana := join(t, board(t), "ana")
	ana.deck.busy.Store(true)
	ana.invite("echo", true)
	ana.awaitLive()
	ana.await("words about the camera", func(s *engine.Snapshot) string {
		return unless(engine.Code(s.Calls[0].CameraErr) == "camera-busy", engine.Code(s.Calls[0].CameraErr))
	})
	ana.deck.busy.Store(false)
	ana.deck.plug()
	ana.await("a picture", func(s *engine.Snapshot) string {
		return unless(s.Calls[0].Camera && s.Calls[0].Members[0].HasPicture, fmt.Sprintf("%+v", s.Calls[0]))
	})
}

func TestSwitchboardAway(t *testing.T) {
	t.Parallel()
	c, err := engine.Start(engine.Options{Server: "127.0.0.1:1", User: engine.User{ID: "ana"}, Devices: newDeck()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := &person{Client: c, t: t}
	p.await("offline with words", func(s *engine.Snapshot) string {
		return unless(s.Connection.State == engine.Offline && engine.Code(s.Connection.Err) == "offline" && !s.Connection.RetryAt.IsZero(), fmt.Sprintf("%+v", s.Connection))
	})
	if _, _, err := c.Invite(t.Context(), engine.Invite{To: []engine.UserID{"bob"}}); engine.Code(err) != "offline" {
		t.Errorf("invite without a switchboard: %v", err)
	}
}

func TestWrongOptions(t *testing.T) {
	t.Parallel()
	for code, o := range map[string]engine.Options{
		"bad-request":   {Server: "127.0.0.1:4455", Devices: newDeck()},
		"wrong-address": {Server: "http://x y", User: engine.User{ID: "a"}, Devices: newDeck()},
	} {
		if _, err := engine.Start(o); engine.Code(err) != code {
			t.Errorf("want %s, got %v", code, err)
		}
	}
}
