package engine

import (
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// The end of an open call may be lost on its way, and be followed by another call in the same place.
func TestReopened(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.record = signal.Call{ID: "c1", Revision: 1, Initiator: "ana", Created: epoch, Rules: signal.Rules{Open: true}, Parties: []signal.Party{
		{User: ana, State: signal.Joined, Device: anaPhone},
	}}
	y.take(intended{"c1", pending{}})
	y.take(changed{y.record})
	if phase := show(y.s).Calls[0].Phase; phase != Alone || toneOf(y.s) != quiet {
		t.Errorf("the first one is %s", phase)
	}
	y.edit(func(r *signal.Call) {
		r.Live = epoch
		r.Parties = append(r.Parties, signal.Party{User: bob, State: signal.Joined, Device: bobPhone})
	})
	y.take(intended{"c1", pending{}})
	y.edit(func(r *signal.Call) {
		r.Created, r.Live, r.Initiator = epoch.Add(time.Hour), epoch.Add(time.Hour), "bob"
		r.Parties = []signal.Party{{User: bob, State: signal.Joined, Device: bobPhone}, {User: ana, State: signal.Joined, Device: anaPhone}}
	})
	c := show(y.s).Calls[0]
	if ended := y.s.ended; len(ended) != 1 || ended[0].Reason != NetworkLost || c.Outgoing || !c.Since.Equal(epoch) {
		t.Errorf("ended %+v, and now %+v", ended, c)
	}
}

// Who leaves an open call and enters it again is in it, although somebody whom he invited before is refused only now.
func TestNewerWishStays(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	y.record = signal.Call{ID: "c1", Revision: 1, Initiator: "ana", Created: epoch, Rules: signal.Rules{Open: true}, Parties: []signal.Party{
		{User: ana, State: signal.Joined, Device: anaPhone},
	}}
	y.take(intended{"c1", pending{opens: true, wish: 1}})
	y.take(changed{y.record})
	y.take(forgotten{"c1", 1})
	y.take(intended{"c1", pending{to: []UserID{bob.ID}, wish: 2}})
	y.take(done{call: "c1", reason: LocalHangUp})
	y.take(intended{"c1", pending{opens: true, wish: 3}})
	y.take(forgotten{"c1", 2})
	y.edit(func(r *signal.Call) { r.Created = epoch.Add(time.Second) })
	if c := y.s.calls["c1"]; !c.inside || c.wish != 3 {
		t.Errorf("inside %v by wish %d", c.inside, c.wish)
	}
}
