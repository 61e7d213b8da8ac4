package engine

import (
	"testing"
	"time"

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
	y.take(synced{SyncReply: signal.SyncReply{Calls: []signal.Call{there}}, asked: afterAll("c1")})
	y.did(PeopleChanged)
	here := there
	here.Revision, here.Parties = 9, []signal.Party{{User: ana, State: signal.Joined, Device: anaPhone}, there.Parties[1]}
	y.take(changed{here})
	if o := must[open](y); !o.want.microphone {
		t.Fatalf("%+v", o)
	}
	mustNot[leave](y)
}

// Deadlines are shown on our clock, though they are set on that of the switchboard, which is an hour ahead here.
func TestDeadlinesAreShownOnOurClock(t *testing.T) {
	t.Parallel()
	theirs := epoch.Add(time.Hour)
	ring := ringFrom(cyd, "c1")
	ring.Parties[1].Deadline = theirs.Add(time.Minute)
	lost := signal.Call{ID: "c2", Revision: 8, Initiator: ana.ID, Live: theirs.Add(-time.Minute), Parties: []signal.Party{
		{User: ana, State: signal.Lost, Device: "ana-laptop.1", Deadline: theirs.Add(20 * time.Second)}, {User: bob, State: signal.Joined, Device: bobPhone}}}
	y := asAna(t)
	y.s, _ = next(y.s, synced{SyncReply: signal.SyncReply{Calls: []signal.Call{ring, lost}}, ahead: time.Hour}, epoch)
	s := show(y.s)
	if len(s.Incoming) != 1 || !s.Incoming[0].Expires.Equal(epoch.Add(time.Minute)) {
		t.Errorf("incoming %+v", s.Incoming)
	}
	if len(s.Joinable) != 1 || !s.Joinable[0].Until.Equal(epoch.Add(20*time.Second)) || !s.Joinable[0].Since.Equal(epoch.Add(-time.Minute)) {
		t.Errorf("joinable %+v", s.Joinable)
	}

	ring.Initiator = ana.ID // and of a call of ours
	ring.Parties[0] = signal.Party{User: ana, State: signal.Joined, Device: anaPhone}
	ring.Parties[1] = signal.Party{User: cyd, State: signal.Ringing, Invitation: "i", By: ana.ID, Deadline: theirs.Add(time.Minute)}
	y = asAna(t)
	y.take(intended{"c1", pending{to: []UserID{cyd.ID}}})
	y.s, _ = next(y.s, synced{SyncReply: signal.SyncReply{Calls: []signal.Call{ring}}, ahead: time.Hour}, epoch)
	if s := show(y.s); len(s.Calls) != 1 || len(s.Calls[0].Waiting) != 1 || !s.Calls[0].Waiting[0].Deadline.Equal(epoch.Add(time.Minute)) {
		t.Errorf("calls %+v", s.Calls)
	}
}

func TestAheadOf(t *testing.T) {
	t.Parallel()
	sent, heard := epoch, epoch.Add(3*time.Second)
	for told, want := range map[time.Time]time.Duration{
		{}:                         0,
		sent:                       0,
		sent.Add(time.Second):      0,
		heard:                      0,
		heard.Add(time.Hour):       time.Hour,
		sent.Add(-24 * time.Hour):  -24 * time.Hour,
		sent.Add(-1 * time.Second): -time.Second,
	} {
		if got := aheadOf(told, sent, heard); got != want {
			t.Errorf("told %v: %v, want %v", told, got, want)
		}
	}
}
