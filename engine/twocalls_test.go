package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server"
)

// memory keeps the credentials that devices of one user share here.
type memory struct {
	mu   sync.Mutex
	kept map[string]signal.Credentials
}

func (m *memory) Load(at string) (signal.Credentials, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kept[at], nil
}

func (m *memory) Save(at string, c signal.Credentials) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = map[string]signal.Credentials{at: c}
	return nil
}

// waiting is an option for [join].
func waiting(o *engine.Options) { o.Preferences.CallWaiting = true }

func (d *deck) opens(k media.DeviceKind) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open[k]
}

func (p *person) accept(current engine.Current) engine.CallID {
	p.t.Helper()
	id, err := p.Accept(p.t.Context(), p.awaitRing().ID, engine.Answer{Current: current})
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

// ringBusy calls somebody who is in a call already.
func (p *person) ringBusy(to engine.UserID, video bool) engine.CallID {
	p.t.Helper()
	id, results, err := p.Invite(p.t.Context(), engine.Invite{To: []engine.UserID{to}, Video: video})
	if err != nil || len(results) != 1 || results[0].Result != "busy" {
		p.t.Fatalf("%+v, %v", results, err)
	}
	return id
}

// awaitCall waits until a call is as it should be.
func (p *person) awaitCall(id engine.CallID, what string, is func(engine.CallState) bool) engine.CallState {
	p.t.Helper()
	s := p.await(what, func(s *engine.Snapshot) string {
		if c, ok := s.Call(id); ok && is(c) {
			return ""
		}
		return fmt.Sprintf("%+v", s.Calls)
	})
	c, _ := s.Call(id)
	return c
}

func isLive(c engine.CallState) bool { return c.Phase == engine.Live }

// Two calls at once: the microphone and the camera belong to the one that is not held.
func TestHoldAndSwap(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob, cyd := join(t, at, "ana", waiting), join(t, at, "bob"), join(t, at, "cyd")
	first := bob.invite("ana", true)
	ana.accept(engine.KeepCurrent)
	ana.awaitCall(first, "the first call", isLive)

	second := cyd.ringBusy("ana", true)
	in := ana.awaitRing()
	if !in.Waiting {
		t.Fatalf("%+v", in)
	}
	if _, err := ana.Accept(t.Context(), in.ID, engine.Answer{}); !errors.Is(err, engine.ErrBusy) {
		t.Fatalf("accepted beside the current call: %v", err)
	}
	ana.accept(engine.HoldCurrent)
	ana.awaitCall(second, "the second call", isLive)
	held := func(c engine.CallState) bool {
		return len(c.Members) == 1 && c.Members[0].Held && !c.Members[0].Microphone
	}
	bob.awaitCall(first, "that he is held", held)
	one := func(s *engine.Snapshot) string {
		cameras, microphones := ana.deck.opens(media.CameraDevice), ana.deck.opens(media.MicrophoneDevice)
		return unless(cameras == 1 && microphones == 1, fmt.Sprint(cameras, " cameras, ", microphones, " microphones"))
	}
	ana.await("one of each device", one)

	if err := ana.Call(first).SetHeld(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	cyd.awaitCall(second, "that she is held", held)
	bob.awaitCall(first, "that he is not held any more", func(c engine.CallState) bool {
		m := c.Members[0]
		return !m.Held && m.Microphone && m.Camera && m.HasPicture
	})
	ana.await("one of each device", one)

	if err := ana.Call(first).HangUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	bob.awaitEnd(engine.RemoteHangUp)
	if c := ana.awaitCall(second, "the second call", isLive); !c.Held {
		t.Fatal("it went on by itself")
	}
	ana.await("no device", func(*engine.Snapshot) string {
		return unless(ana.deck.opens(media.CameraDevice)+ana.deck.opens(media.MicrophoneDevice) == 0, "a device is open")
	})
	if err := ana.Call(second).SetHeld(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	cyd.awaitCall(second, "that she is not held any more", func(c engine.CallState) bool { return !c.Members[0].Held && c.Members[0].Microphone })
}

// A held call costs next to nothing: no device is open, also the speaker, and the other side sends no pictures. They go on with a whole
// one.
func TestHeldCallRests(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob := join(t, at, "ana"), join(t, at, "bob")
	id := bob.invite("ana", true)
	ana.accept(engine.KeepCurrent)
	seen := func(c engine.CallState) bool { return len(c.Members) == 1 && c.Members[0].HasPicture }
	ana.awaitCall(id, "Bob's picture", seen)
	_, stop := ana.look(id, "bob", 640, 360)
	defer stop()
	if err := ana.Call(id).SetHeld(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	ana.await("no device", func(*engine.Snapshot) string { return ana.deck.allClosed() })
	bob.await("that nobody sees him", func(*engine.Snapshot) string {
		out, _ := bob.track(id, "bob", "camera")
		return unless(out.Unseen, fmt.Sprintf("%+v", out))
	})
	before, spoken := ana.inbound(id)
	camera, voice := before, spoken
	ana.await("that Bob goes on speaking", func(*engine.Snapshot) string {
		camera, voice = ana.inbound(id)
		return unless(voice.Packets >= spoken.Packets+50, fmt.Sprint(voice.Packets, " packets"))
	})
	if got := camera.Packets - before.Packets; got > 40 { // a key frame that was on its way
		t.Errorf("%d packets of pictures came while the call was held", got)
	}
	if camera.Frames > before.Frames+2 { // those that were in the decoder
		t.Errorf("%d pictures were decoded while the call was held", camera.Frames-before.Frames)
	}
	if voice.LevelNow != 0 {
		t.Errorf("Bob is heard at %v", voice.LevelNow)
	}

	if err := ana.Call(id).SetHeld(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	ana.await("Bob again", func(*engine.Snapshot) string {
		c, v := ana.inbound(id)
		return unless(c.KeyFrames > before.KeyFrames && c.Frames > camera.Frames+5 && v.LevelNow > 0, fmt.Sprintf("%+v %+v", c, v))
	})
	if n := ana.deck.opens(media.SpeakerDevice); n != 1 {
		t.Errorf("%d speakers", n)
	}
}

// inbound are the figures of what the only member sends.
func (p *person) inbound(id engine.CallID) (camera, voice engine.TrackStats) {
	for _, s := range p.Call(id).Stats().Tracks {
		switch {
		case s.Direction == "in" && s.Kind == "camera":
			camera = s
		case s.Direction == "in" && s.Kind == "voice":
			voice = s
		}
	}
	return camera, voice
}

func TestEndAndAccept(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob, cyd := join(t, at, "ana", waiting), join(t, at, "bob"), join(t, at, "cyd")
	bob.invite("ana", false)
	ana.accept(engine.KeepCurrent)
	bob.awaitLive()
	second := cyd.ringBusy("ana", false)
	if got := ana.accept(engine.EndCurrent); got != second {
		t.Fatal(got)
	}
	bob.awaitEnd(engine.RemoteHangUp)
	ana.awaitCall(second, "the second call", isLive)
	if s := ana.Snapshot(); len(s.Calls) != 1 || s.Ended[0].Reason != engine.LocalHangUp {
		t.Fatalf("%+v", s)
	}
}

// An app that ended without a word is offered its call when it starts again, and the others never noticed.
func TestComeBackAfterACrash(t *testing.T) {
	t.Parallel()
	at := board(t)
	store := &memory{}
	same := func(o *engine.Options) { o.Device, o.Store = "desk", store }
	ana, bob := join(t, at, "ana", same), join(t, at, "bob", func(o *engine.Options) { o.AutoAccept = true })
	id := ana.invite("bob", false)
	bob.awaitLive()
	ana.Crash()

	again := join(t, at, "ana", same)
	j := again.await("the offer", func(s *engine.Snapshot) string {
		return unless(len(s.Joinable) == 1, "nothing to come back to")
	}).Joinable[0]
	if !j.Crashed || j.Call != id || len(j.With) != 1 || j.With[0].ID != "bob" {
		t.Fatalf("%+v", j)
	}
	if err := again.Join(t.Context(), id, engine.JoinOptions{}); err != nil {
		t.Fatal(err)
	}
	again.awaitLive()
	bob.awaitLive()
	if s := again.Snapshot(); len(s.Joinable) != 0 {
		t.Fatalf("%+v", s.Joinable)
	}
	if _, left := bob.seen(engine.UserLeft); left {
		t.Error("she left meanwhile")
	}
}

func TestDismissTheCallOfACrash(t *testing.T) {
	t.Parallel()
	at := board(t)
	store := &memory{}
	same := func(o *engine.Options) { o.Device, o.Store = "desk", store }
	ana, bob := join(t, at, "ana", same), join(t, at, "bob", func(o *engine.Options) { o.AutoAccept = true })
	id := ana.invite("bob", false)
	bob.awaitLive()
	ana.Crash()
	again := join(t, at, "ana", same)
	again.await("the place that is kept", func(s *engine.Snapshot) string {
		return unless(len(s.Joinable) == 1 && !s.Joinable[0].Until.IsZero(), fmt.Sprintf("%+v", s.Joinable))
	})
	if err := again.Dismiss(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	bob.awaitEnd(engine.RemoteHangUp)
	again.await("no offer", func(s *engine.Snapshot) string { return unless(len(s.Joinable) == 0, "still offered") })
	if err := again.Dismiss(t.Context(), id); !errors.Is(err, engine.ErrNotInCall) {
		t.Errorf("dismissed twice: %v", err)
	}
}

// "Take this call on this device."
func TestTakeACallToAnotherDevice(t *testing.T) {
	t.Parallel()
	at := board(t)
	store := &memory{}
	on := func(device engine.DeviceID) func(*engine.Options) {
		return func(o *engine.Options) { o.Device, o.Store = device, store }
	}
	desk := join(t, at, "ana", on("desk"))
	bob := join(t, at, "bob", func(o *engine.Options) { o.AutoAccept = true })
	id := desk.invite("bob", false)
	bob.awaitLive()
	laptop := join(t, at, "ana", on("laptop"))
	j := laptop.await("the offer", func(s *engine.Snapshot) string { return unless(len(s.Joinable) == 1, "no offer") }).Joinable[0]
	if j.Crashed || j.Since.IsZero() {
		t.Fatalf("%+v", j)
	}
	if err := laptop.Join(t.Context(), id, engine.JoinOptions{}); !errors.Is(err, engine.ErrElsewhere) {
		t.Fatalf("joined without taking: %v", err)
	}
	if err := laptop.Join(t.Context(), id, engine.JoinOptions{Take: true}); err != nil {
		t.Fatal(err)
	}
	desk.awaitEnd(engine.Elsewhere)
	laptop.awaitLive()
	bob.awaitLive()
	desk.await("the way back", func(s *engine.Snapshot) string { return unless(len(s.Joinable) == 1, "no offer") })
	if err := laptop.Call(id).HangUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	bob.awaitEnd(engine.RemoteHangUp)
	desk.await("no offer", func(s *engine.Snapshot) string { return unless(len(s.Joinable) == 0, "still offered") })
}

func TestReasonsOfTheProgram(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob := join(t, at, "ana"), join(t, at, "bob", func(o *engine.Options) { o.AutoAccept = true })
	id := ana.invite("bob", false)
	ana.awaitLive()
	if err := ana.Call(id).Leave(t.Context(), engine.KickedOut); !errors.Is(err, engine.ErrBadRequest) {
		t.Errorf("left as %v", err)
	}
	if err := ana.Call(id).Leave(t.Context(), engine.DeviceTrouble); err != nil {
		t.Fatal(err)
	}
	ana.awaitEnd(engine.DeviceTrouble)
	bob.awaitEnd(engine.RemoteHangUp)

	ana.invite("bob", false)
	ana.awaitLive()
	if err := ana.Close(); err != nil {
		t.Fatal(err)
	}
	ana.awaitEnd(engine.AppQuit)
	bob.awaitEnd(engine.RemoteHangUp)
}

// What the program wants of a call is asked when it starts, and what the person chose counts more.
func TestRequireConfig(t *testing.T) {
	t.Parallel()
	at := board(t)
	infos := make(chan engine.CallInfo, 4)
	quiet := func(o *engine.Options) {
		o.Rules = engine.Rules{Adding: "members"}
		o.RequireConfig = func(i engine.CallInfo) engine.CallConfig {
			infos <- i
			return engine.CallConfig{CameraOff: true, MicrophoneOff: true, Speaker: "headset"}
		}
	}
	ana, bob := join(t, at, "ana", quiet), join(t, at, "bob", quiet)
	id := ana.invite("bob", true)
	if i := <-infos; !i.Outgoing || !i.Video || i.Inviter.ID != "ana" || len(i.Invitees) != 1 || i.Group() || i.Data != "hello" || i.Call != id {
		t.Errorf("%+v", i)
	}
	yes, ring := true, bob.awaitRing()
	if _, err := bob.Accept(t.Context(), ring.ID, engine.Answer{Microphone: &yes}); err != nil {
		t.Fatal(err)
	}
	if i := <-infos; i.Outgoing || i.Inviter.ID != "ana" || len(i.Invitees) != 1 || i.Invitees[0].ID != "bob" || i.Data != "hello" || i.Call != id || i.Invitation != ring.ID {
		t.Errorf("%+v", i)
	}
	c := ana.awaitLive()
	if c.Camera || c.Microphone || c.Rules.Adding != "members" || !c.CanAdd {
		t.Errorf("%+v", c)
	}
	if i := c.Info(); !i.Outgoing || !i.Video || i.Inviter.ID != "ana" || len(i.Invitees) != 1 || i.Invitees[0].ID != "bob" || i.Data != "hello" || i.Call != id {
		t.Errorf("%+v", i)
	}
	if c := bob.awaitLive(); c.Camera || !c.Microphone || !c.CanAdd {
		t.Errorf("%+v", c)
	}
	ana.await("the speaker of the call", func(*engine.Snapshot) string {
		return unless(slices.Contains(ana.deck.history(media.SpeakerDevice), "speaker headset"), "another one")
	})
	if ana.deck.everOpened(media.CameraDevice)+bob.deck.everOpened(media.CameraDevice) > 0 {
		t.Error("a camera was opened")
	}
	if e := ana.awaitEvent(engine.OutputChanged); e.Label != "test speaker" {
		t.Errorf("%+v", e)
	}
}

// People are added to a running call, and everybody sees them as waiting.
func TestAddPeople(t *testing.T) {
	t.Parallel()
	at := newBox(t, server.Options{}).Address().String()
	ana := join(t, at, "ana", func(o *engine.Options) { o.Rules.Adding = "initiator" })
	bob, cyd := join(t, at, "bob", func(o *engine.Options) { o.AutoAccept = true }), join(t, at, "cyd")
	id := ana.invite("bob", false)
	ana.awaitLive()
	if c := bob.awaitLive(); c.CanAdd {
		t.Errorf("%+v", c)
	}
	if _, _, err := bob.Invite(t.Context(), engine.Invite{Call: id, To: []engine.UserID{"cyd"}}); !errors.Is(err, engine.ErrForbidden) {
		t.Errorf("bob added somebody: %v", err)
	}
	_, results, err := ana.Invite(t.Context(), engine.Invite{Call: id, To: []engine.UserID{"cyd"}, Data: "come"})
	if err != nil || len(results) != 1 || results[0].Result != "ringing" {
		t.Fatalf("%v, %v", results, err)
	}
	if in := cyd.awaitRing(); in.Data != "come" || len(in.Others) != 1 {
		t.Errorf("%+v", in)
	}
	for _, p := range []*person{ana, bob} {
		c := p.awaitCall(id, "a waiting tile", func(c engine.CallState) bool { return len(c.Waiting) == 1 })
		if w := c.Waiting[0]; w.ID != "cyd" || w.By != "ana" || w.Mine != (p == ana) || w.Deadline.IsZero() {
			t.Errorf("%+v", w)
		}
	}
	if err := ana.Call(id).Cancel(t.Context(), "never mind", "cyd"); err != nil {
		t.Fatal(err)
	}
	cyd.awaitEnd(engine.CancelledCall)
	if e := cyd.awaitEvent(engine.IncomingCancelled); e.Data != "never mind" || e.Reason != engine.CancelledCall {
		t.Errorf("%+v", e)
	}
	if e := ana.awaitEvent(engine.OutgoingCancelling); len(e.Users) != 1 || e.Users[0].ID != "cyd" {
		t.Errorf("%+v", e)
	}
	bob.awaitCall(id, "no tile", func(c engine.CallState) bool { return len(c.Waiting) == 0 })
	ana.awaitLive()
}
