package engine_test

import (
	"errors"
	"testing"

	"github.com/parley-calls/parley/engine"
)

// Two people open the same ID: who is first waits, and when both have left the room can be used again.
func TestOpenCall(t *testing.T) {
	t.Parallel()
	at := board(t)
	ana, bob := join(t, at, "ana"), join(t, at, "bob")
	open := engine.JoinOptions{Video: true, Camera: new(bool), Open: &engine.Rules{Adding: "members"}}
	if err := bob.Join(t.Context(), "lobby", engine.JoinOptions{}); err == nil {
		t.Fatalf("a call that nobody made: %v", err)
	}
	for range 2 {
		if err := ana.Join(t.Context(), "lobby", open); err != nil {
			t.Fatal(err)
		}
		c, _ := ana.Snapshot().Call("lobby")
		if c.Phase != engine.Alone || !c.Video || c.Camera || !c.Microphone || !c.CanAdd || !c.Rules.Open {
			t.Fatalf("the first one is in %+v", c)
		}
		if _, sent := ana.seen(engine.OutgoingSent); sent {
			t.Error("nobody was called")
		}
		if err := bob.Join(t.Context(), "lobby", open); err != nil {
			t.Fatal(err)
		}
		ana.awaitLive()
		bob.awaitLive()
		if err := bob.Call("lobby").HangUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		ana.awaitEnd(engine.RemoteHangUp)
	}
	cyd := join(t, at, "cyd")
	id := ana.invite("bob", false)
	bob.awaitRing()
	if err := cyd.Join(t.Context(), id, open); !errors.Is(err, engine.ErrForbidden) {
		t.Errorf("a stranger opens a call of others: %v", err)
	}
}
