package engine_test

import (
	"fmt"
	"testing"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// Who looks at himself while it rings keeps the camera that is open: a call takes it over when it is answered with a picture, gives it
// back when it is over, and leaves it alone otherwise.
func TestHandOver(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob := join(t, at, "ana"), join(t, at, "bob")
	for _, c := range []struct {
		camera bool
		early  bool // the preview ends before the answer
		opened int  // bob's camera, in all
	}{{true, false, 1}, {false, false, 2}, {true, true, 4}} {
		id := ana.invite("bob", true)
		ring := bob.awaitRing()
		view := media.NewView(media.Contain)
		view.SetSize(160, 90)
		stop, err := bob.PreviewCamera(t.Context(), "", view)
		if err != nil {
			t.Fatal(err)
		}
		bob.await("his own picture", func(*engine.Snapshot) string { return unless(view.Stats().Pushed > 0, "none") })
		if c.early {
			stop()
		}
		if _, err := bob.Accept(t.Context(), ring.ID, engine.Answer{Camera: &c.camera}); err != nil {
			t.Fatal(err)
		}
		ana.awaitLive()
		if c.camera {
			ana.await("bob's picture", func(*engine.Snapshot) string {
				track, _ := ana.track(id, "bob", "camera")
				return unless(track.Frames > 3, fmt.Sprintf("%+v", track))
			})
		}
		pushed := view.Stats().Pushed
		if !c.early {
			bob.await("more of his own picture", func(*engine.Snapshot) string { return unless(view.Stats().Pushed > pushed, "none") })
		}
		stop()
		bob.awaitOpen(media.CameraDevice, map[bool]int{true: 1}[c.camera])
		if n := bob.deck.everOpened(media.CameraDevice); n != c.opened {
			t.Errorf("answered with a camera %t: it was opened %d times, want %d", c.camera, n, c.opened)
		}
		_ = ana.Call(id).HangUp(t.Context())
		bob.awaitEnd(engine.RemoteHangUp)
		ana.awaitEnd(engine.LocalHangUp)
		bob.awaitOpen(media.CameraDevice, 0)
	}
}
