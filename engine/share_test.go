package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

// meet puts people into a voice call of the first one's.
func meet(t *testing.T, people ...*person) engine.CallID {
	t.Helper()
	to := []engine.UserID{}
	for _, p := range people[1:] {
		to = append(to, p.Snapshot().Me.ID)
	}
	id, _, err := people[0].Invite(t.Context(), engine.Invite{To: to, Rules: &engine.Rules{Adding: signal.MembersAdd}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		p.awaitLive()
	}
	return id
}

func accepts(o *engine.Options) { o.AutoAccept = true }

func (p *person) share(id engine.CallID, surface, label string, change ...func(*engine.Share)) {
	p.t.Helper()
	s := engine.Share{Surface: media.Surface{ID: surface, Label: label}}
	for _, f := range change {
		f(&s)
	}
	if err := p.Call(id).Share(p.t.Context(), s); err != nil {
		p.t.Fatal(err)
	}
}

// screen is a window in which somebody's screen is watched.
type screen struct {
	*media.View
	of *person
}

func (p *person) watch(id engine.CallID, user engine.UserID) screen {
	v := media.NewView(media.Contain)
	v.SetSize(320, 200)
	p.t.Cleanup(p.Call(id).WatchScreen(user, v))
	return screen{v, p}
}

// await waits until a page is seen.
func (s screen) await(page int32) {
	s.of.t.Helper()
	want := 1.164 * (float64(shade(page)) - 16)
	got := "nothing"
	s.of.await(fmt.Sprint("page ", page), func(*engine.Snapshot) string {
		if img, ok := s.Take(); ok {
			c := img.RGBAAt(img.Rect.Dx()/2, img.Rect.Dy()/2)
			got = fmt.Sprint(c)
			if d := float64(c.G) - want; d > -12 && d < 12 {
				return ""
			}
		}
		return "seen: " + got
	})
}

func (p *person) sharing(of engine.UserID) engine.Sharing {
	for _, c := range p.Snapshot().Calls {
		for _, m := range c.Members {
			if m.ID == of {
				return m.Sharing
			}
		}
	}
	return engine.Sharing{}
}

func (p *person) awaitSharing(of engine.UserID, want engine.Sharing) {
	p.t.Helper()
	p.await(fmt.Sprintf("%+v", want), func(*engine.Snapshot) string {
		return unless(p.sharing(of) == want, fmt.Sprintf("%+v", p.sharing(of)))
	})
}

func (p *person) openNow(k media.DeviceKind) int {
	p.deck.mu.Lock()
	defer p.deck.mu.Unlock()
	return p.deck.open[k]
}

func (p *person) awaitOpen(k media.DeviceKind, n int) {
	p.t.Helper()
	p.await(fmt.Sprintf("%d × %s", n, k), func(*engine.Snapshot) string { return unless(p.openNow(k) == n, fmt.Sprint(p.openNow(k))) })
}

// track finds the figures of one track.
func (p *person) track(id engine.CallID, user engine.UserID, kind string) (engine.TrackStats, bool) {
	all := p.Call(id).Stats().Tracks
	i := slices.IndexFunc(all, func(t engine.TrackStats) bool { return t.User == user && t.Kind == kind })
	if i < 0 {
		return engine.TrackStats{}, false
	}
	return all[i], true
}

func TestShare(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob := join(t, at, "ana"), join(t, at, "bob", accepts)
	id := meet(t, ana, bob)
	seen, own := bob.watch(id, "ana"), ana.watch(id, "ana")

	ana.share(id, "desk", "Desk")
	if s := ana.Snapshot().Calls[0].Share; !s.On || s.Surface.ID != "desk" || s.Profile != engine.TextShare {
		t.Errorf("Share returned before the snapshot shows it: %+v", s)
	}
	bob.awaitSharing("ana", engine.Sharing{On: true, Label: "Desk"})
	if e := bob.awaitEvent(engine.ShareStarted); e.User.ID != "ana" || e.Label != "Desk" || e.Call != id {
		t.Errorf("%+v", e)
	}
	seen.await(0)
	own.await(0)
	ana.deck.page.Store(1)
	seen.await(1)
	own.await(1)
	bob.await("figures", func(*engine.Snapshot) string {
		in, ok := bob.track(id, "ana", "screen")
		return unless(ok && in.Direction == "in" && in.Width == 320 && in.Height == 200 && in.Codec == "VP9" && in.Frames > 0 && in.Packets > 0, fmt.Sprintf("%+v", in))
	})
	if out, ok := ana.track(id, "ana", "screen"); !ok || out.Direction != "out" || out.Width != 320 || out.Packets == 0 || out.TargetKbps == 0 {
		t.Errorf("%+v", out)
	}

	bobs := ana.watch(id, "bob") // several share at once
	bob.deck.page.Store(3)
	bob.share(id, "desk", "Bob's")
	ana.awaitSharing("bob", engine.Sharing{On: true, Label: "Bob's"})
	bobs.await(3)

	ana.deck.page.Store(2)
	ana.share(id, "mail", "Mail") // in place of the desk, on the same track
	ana.awaitOpen(media.ScreenDevice, 1)
	bob.awaitSharing("ana", engine.Sharing{On: true, Label: "Mail"})
	seen.await(2)
	if err := ana.Call(id).Share(t.Context(), engine.Share{Surface: media.Surface{ID: "none"}}); engine.Code(err) != "screen-missing" {
		t.Errorf("sharing nothing: %v", err)
	}
	ana.deck.page.Store(3)
	seen.await(3) // it goes on

	if err := ana.Call(id).StopShare(t.Context()); err != nil {
		t.Error(err)
	}
	bob.awaitSharing("ana", engine.Sharing{})
	if e := bob.awaitEvent(engine.ShareStopped); e.User.ID != "ana" || e.Err != nil {
		t.Errorf("%+v", e)
	}
	ana.awaitOpen(media.ScreenDevice, 0)
	if _, ok := bob.track(id, "ana", "screen"); ok {
		t.Error("a share that is over has figures")
	}
	if _, ok := ana.seen(engine.MediaChanged); ok {
		t.Error("a share is told as a change of the camera or microphone")
	}
	ana.share(id, "desk", "Desk") // once more
	seen.await(3)
	_ = ana.Call(id).HangUp(t.Context())
	ana.awaitEnd(engine.LocalHangUp) // with everything closed
	bob.awaitEnd(engine.RemoteHangUp)
	bob.awaitEvent(engine.ShareStopped)
}

func TestPauseAndHoldOfAShare(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob := join(t, at, "ana"), join(t, at, "bob", accepts)
	id := meet(t, ana, bob)
	call, seen := ana.Call(id), bob.watch(id, "ana")
	ana.share(id, "desk", "Desk", func(s *engine.Share) { s.Sound, s.Profile = true, engine.MotionShare })
	bob.awaitSharing("ana", engine.Sharing{On: true, Label: "Desk", Sound: true})
	seen.await(0)
	bob.await("what ana's machine plays", func(*engine.Snapshot) string {
		in, _ := bob.track(id, "ana", "system")
		return unless(in.LevelNow > 0.05 && in.Kbps > 10, fmt.Sprintf("%+v", in))
	})
	if out, ok := ana.track(id, "ana", "system"); !ok || out.Kbps == 0 {
		t.Errorf("%+v", out)
	}

	if err := call.PauseShare(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	bob.awaitSharing("ana", engine.Sharing{On: true, Paused: true, Label: "Desk", Sound: true})
	if e := bob.awaitEvent(engine.ShareChanged); !e.On || e.User.ID != "ana" {
		t.Errorf("%+v", e)
	}
	ana.awaitOpen(systemSound, 0)
	ana.deck.page.Store(2)
	late := bob.watch(id, "ana") // who begins to look now sees the last picture
	late.await(0)
	pushed := seen.Stats().Pushed
	bob.await("more of the paused picture", func(*engine.Snapshot) string { return unless(seen.Stats().Pushed > pushed, "none") })
	seen.await(0)
	_ = call.PauseShare(t.Context(), false)
	seen.await(2)
	ana.awaitOpen(systemSound, 1)

	if err := call.SetHeld(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	bob.awaitSharing("ana", engine.Sharing{})
	if err := call.Share(t.Context(), engine.Share{}); !errors.Is(err, engine.ErrHeld) {
		t.Errorf("sharing in a held call: %v", err)
	}
	ana.deck.page.Store(1)
	_ = call.SetHeld(t.Context(), false)
	bob.awaitSharing("ana", engine.Sharing{On: true, Label: "Desk", Sound: true})
	seen.await(1)
}

// What is shared is closed: the share ends with words, and the call goes on. Pain 58, and the kit's autoStop.
func TestShareStopsByItself(t *testing.T) {
	t.Parallel()
	at := board(t)
	var mayEnd atomic.Bool
	asked := make(chan bool, 100)
	ana := join(t, at, "ana", func(o *engine.Options) {
		o.ShareAutoStop = engine.ShareAutoStop{InvalidCount: 1, CanEnd: func() bool {
			asked <- true
			return mayEnd.Load()
		}}
	})
	bob := join(t, at, "bob", accepts)
	id := meet(t, ana, bob)
	stopped := func(want string) {
		t.Helper()
		s := ana.await("the end of the share", func(s *engine.Snapshot) string { return unless(!s.Calls[0].Share.On, "on") })
		if got := engine.Code(s.Calls[0].Share.Err); got != want {
			t.Errorf("it ended with %q: %v", got, s.Calls[0].Share.Err)
		}
		bob.awaitSharing("ana", engine.Sharing{})
		ana.awaitOpen(media.ScreenDevice, 0)
	}
	ana.share(id, "mail", "Mail")
	bob.awaitSharing("ana", engine.Sharing{On: true, Label: "Mail"})
	ana.deck.closed.Store(true)
	stopped("screen-lost")
	if e := ana.awaitEvent(engine.ShareStopped); engine.Code(e.Err) != "screen-lost" || e.User.ID != "ana" {
		t.Errorf("%+v", e)
	}

	ana.deck.closed.Store(false)
	ana.share(id, "mail", "Mail")
	ana.deck.frozen.Store(true)
	<-asked
	<-asked
	if !ana.Snapshot().Calls[0].Share.On {
		t.Error("it ended although it must not")
	}
	mayEnd.Store(true)
	stopped("screen-lost")
}

// Sound that cannot be had costs only the sound, and comes by itself when it can.
func TestShareWithoutItsSound(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob := join(t, at, "ana"), join(t, at, "bob", accepts)
	id := meet(t, ana, bob)
	ana.deck.silent.Store(true)
	ana.share(id, "desk", "Desk", func(s *engine.Share) { s.Sound = true })
	ana.await("words about the sound", func(s *engine.Snapshot) string {
		share := s.Calls[0].Share
		return unless(share.On && engine.Code(share.SoundErr) == "speaker-no-sound-server", fmt.Sprintf("%+v", share))
	})
	bob.awaitSharing("ana", engine.Sharing{On: true, Label: "Desk"})
	ana.deck.silent.Store(false)
	ana.deck.plug()
	bob.awaitSharing("ana", engine.Sharing{On: true, Label: "Desk", Sound: true})
}

// Who comes while somebody shares sees it, although nothing moves; who does not look costs nothing.
func TestThirdJoinsDuringAShare(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob, cyd := join(t, at, "ana"), join(t, at, "bob", accepts), join(t, at, "cyd", accepts)
	id := meet(t, ana, bob)
	ana.share(id, "desk", "Desk")
	bob.awaitSharing("ana", engine.Sharing{On: true, Label: "Desk"})
	if _, _, err := ana.Invite(t.Context(), engine.Invite{To: []engine.UserID{"cyd"}, Call: id}); err != nil {
		t.Fatal(err)
	}
	cyd.awaitLive()
	began := time.Now()
	cyd.watch(id, "ana").await(0)
	t.Logf("seen %v after the call was live", time.Since(began))
	bob.await("that he is not looking", func(*engine.Snapshot) string {
		in, _ := bob.track(id, "ana", "screen")
		return unless(in.Unseen, fmt.Sprintf("%+v", in))
	})
	cyds := func() engine.TrackStats { in, _ := cyd.track(id, "ana", "screen"); return in }
	was, before := cyds(), engine.TrackStats{}
	cyd.await("the picture to be sent again and again", func(*engine.Snapshot) string {
		if in := cyds(); in.Packets < was.Packets+2 {
			before, _ = bob.track(id, "ana", "screen")
			return fmt.Sprintf("%+v", in)
		}
		return unless(cyds().Packets >= was.Packets+4, fmt.Sprintf("%+v", cyds()))
	})
	if in, _ := bob.track(id, "ana", "screen"); in.Packets != before.Packets || in.Frames != before.Frames {
		t.Errorf("Bob gets what he does not look at: %+v, before %+v", in, before)
	}
}

// Whoever is in a call with Echo may share: Echo has a voice and a face, but no screen.
func TestShareToEcho(t *testing.T) {
	t.Parallel()
	ana := join(t, board(t), "ana")
	id := ana.invite("echo", true)
	ana.awaitLive()
	ana.share(id, "desk", "Desk")
	_ = ana.Call(id).SetMicrophone(t.Context(), false)
	ana.await("the mute", func(s *engine.Snapshot) string { return unless(!s.Calls[0].Members[0].Microphone, "not seen") })
	if s := ana.sharing("echo"); s != (engine.Sharing{}) {
		t.Errorf("Echo says that it shares: %+v", s)
	}
}

func TestSurfaces(t *testing.T) {
	t.Parallel()
	ana := join(t, board(t), "ana")
	list, err := ana.Surfaces(t.Context())
	if err != nil || len(list) != 2 || list[0].Label != "Desk" {
		t.Errorf("%+v, %v", list, err)
	}
	if img, err := ana.Thumbnail(t.Context(), "desk", 16, 9); err != nil || img.Rect.Dx() != 16 {
		t.Errorf("%v", err)
	}
	if _, err := ana.Thumbnail(t.Context(), "gone", 16, 9); engine.Code(err) != "screen-missing" {
		t.Errorf("%v", err)
	}
	if err := ana.Call("nothing").Share(t.Context(), engine.Share{}); !errors.Is(err, engine.ErrNotInCall) {
		t.Errorf("%v", err)
	}
	if err := ana.Call("nothing").Share(t.Context(), engine.Share{Profile: "blurred"}); !errors.Is(err, engine.ErrBadRequest) {
		t.Errorf("%v", err)
	}
}
