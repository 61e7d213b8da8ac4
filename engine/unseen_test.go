package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// look shows a member's camera in a window of a size, until stop is called.
func (p *person) look(id engine.CallID, user engine.UserID, w, h int) (v *media.View, stop func()) {
	v = media.NewView(media.Contain)
	v.SetSize(w, h)
	return v, p.Call(id).Watch(user, v)
}

// A camera that nobody looks at is neither coded nor sent nor decoded, and nobody takes it for a lost one. It is back as soon as somebody
// looks again.
func TestCameraThatNobodySees(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob := join(t, at, "ana"), join(t, at, "bob", accepts)
	id := ana.invite("bob", true)
	ana.awaitLive()
	bob.awaitLive()
	anas, stop := ana.look(id, "bob", 1280, 720)
	defer stop()
	bobs, away := bob.look(id, "ana", 1280, 720)
	out := func() engine.TrackStats { s, _ := ana.track(id, "ana", "camera"); return s }
	in := func() engine.TrackStats { s, _ := bob.track(id, "ana", "camera"); return s }
	bob.await("ana's picture", func(*engine.Snapshot) string { return unless(bobs.Stats().Pushed > 10, "none") })

	away()
	began := time.Now()
	ana.await("that nobody looks", func(*engine.Snapshot) string { return unless(out().Unseen, fmt.Sprintf("%+v", out())) })
	if passed := time.Since(began); passed < media.LookAway-100*time.Millisecond {
		t.Errorf("it is said after %v", passed)
	}
	bob.await("the last pictures", func(*engine.Snapshot) string {
		return unless(in().Unseen && out().Encoders == 0, fmt.Sprintf("%+v", out()))
	})
	sent, came, pushed := out(), in(), anas.Stats().Pushed
	captured := time.Now()
	ana.await("a while to pass", func(*engine.Snapshot) string {
		return unless(time.Since(captured) > 3*time.Second && anas.Stats().Pushed > pushed+10, "bob's picture still comes")
	})
	if now := out(); now.Frames > sent.Frames+1 || now.Packets > sent.Packets+20 { // one may be on its way
		t.Errorf("it is still sent: %+v, before %+v", now, sent)
	}
	if now := in(); now.Frames > came.Frames+1 {
		t.Errorf("it is still decoded: %+v, before %+v", now, came)
	}
	if m := bob.awaitLive().Members[0]; m.Quality != engine.Good || !m.Camera || !m.HasPicture || m.Thin || m.CameraTrouble != "" {
		t.Errorf("it is taken for a lost one: %+v", m)
	}

	began = time.Now()
	bobs, stop = bob.look(id, "ana", 1280, 720)
	defer stop()
	bob.await("ana's picture again", func(*engine.Snapshot) string { return unless(bobs.Stats().Pushed > 0, fmt.Sprintf("%+v", in())) })
	t.Logf("it is seen %v after somebody looks again", time.Since(began))
	bob.await("more of it", func(*engine.Snapshot) string { return unless(bobs.Stats().Pushed > 10, fmt.Sprintf("%+v", in())) })
	if now := in(); now.Freezes > came.Freezes || now.PLIs > came.PLIs || now.KeyFrames != came.KeyFrames+1 {
		t.Errorf("it came back as %+v, before %+v", now, came)
	}
	if now := out(); now.Unseen || now.Width != sent.Width {
		t.Errorf("it goes on as %+v, before %+v", now, sent)
	}
}

// Who is muted and whose camera nobody sees sends nothing at all, and is no reason to worry.
func TestNothingIsDueOfWhoIsUnseen(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob := join(t, at, "ana"), join(t, at, "bob", accepts)
	id := ana.invite("bob", true)
	ana.awaitLive()
	if err := ana.Call(id).SetMicrophone(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	bob.await("that he sees nothing of her", func(*engine.Snapshot) string {
		s, _ := bob.track(id, "ana", "camera")
		return unless(s.Unseen, fmt.Sprintf("%+v", s))
	})
	silent := time.Now()
	bob.await("a while to pass", func(*engine.Snapshot) string {
		if quiet := time.Since(bob.Call(id).LastHeard("ana")); quiet > time.Second {
			t.Fatalf("she was last heard of %v ago", quiet)
		}
		return unless(time.Since(silent) > 2*time.Second, "not yet")
	})
	view, stop := bob.look(id, "ana", 640, 360)
	defer stop()
	bob.await("her picture", func(*engine.Snapshot) string {
		if quiet := time.Since(bob.Call(id).LastHeard("ana")); quiet > 5*time.Second {
			t.Fatalf("she was last heard of %v ago", quiet)
		}
		return unless(view.Stats().Pushed > 0, "none")
	})
}
