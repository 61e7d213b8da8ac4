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
