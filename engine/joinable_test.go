package engine

import (
	"testing"

	"github.com/parley-calls/parley/engine/signal"
)

// While we ask for a call that we started on another device, older records of it still come.
func TestOldRecordWhileTakingOurCall(t *testing.T) {
	t.Parallel()
	y := asAna(t)
	there := signal.Call{ID: "c1", Revision: 8, Initiator: ana.ID, Live: epoch, Parties: []signal.Party{
		{User: ana, State: signal.Joined, Device: "ana-laptop.1"}, {User: bob, State: signal.Joined, Device: bobPhone}}}
	y.take(synced{SyncReply: signal.SyncReply{Calls: []signal.Call{there}}})
	y.take(intended{"c1", pending{want: intent{microphone: true}}})
	y.take(synced{SyncReply: signal.SyncReply{Calls: []signal.Call{there}}, asked: []CallID{"c1"}})
	y.did(PeopleChanged)
	here := there
	here.Revision, here.Parties = 9, []signal.Party{{User: ana, State: signal.Joined, Device: anaPhone}, there.Parties[1]}
	y.take(changed{here})
	if o := must[open](y); !o.want.microphone {
		t.Fatalf("%+v", o)
	}
	mustNot[leave](y)
}
