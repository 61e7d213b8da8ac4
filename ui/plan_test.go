package ui

import (
	"testing"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

func TestPlan(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ringsOut := inCall(outgoingTo(bob, signal.Ringing))
	offline := func(s *engine.Snapshot) { s.Connection.State = engine.Offline }
	joined := desk{connected: true}
	for _, c := range []struct {
		name string
		desk desk
		snap *engine.Snapshot // nil: no engine
		want showing
	}{
		{"first start", desk{}, nil, showing{main: viewWelcome, visible: true}},
		{"closed before there is an engine", desk{hidden: true}, nil, showing{main: viewWelcome}},
		{"at home", joined, snap(), showing{main: viewHome, visible: true}},
		{"offline counts down", joined, snap(offline), showing{main: viewHome, visible: true, tick: time.Second}},
		{"offline in the tray does not", desk{connected: true, hidden: true}, snap(offline), showing{main: viewHome}},
		{"in the tray", desk{connected: true, hidden: true}, snap(), showing{main: viewHome}},
		{"another switchboard", desk{connected: true, choosing: true}, snap(), showing{main: viewWelcome, visible: true}},
		{"settings", desk{connected: true, settings: true}, snap(), showing{main: viewSettings, visible: true, tick: 100 * time.Millisecond}},
		{"it rings", joined, snap(rung(true)), showing{main: viewHome, visible: true, incoming: "ring"}},
		{"it rings in the tray", desk{connected: true, hidden: true}, snap(rung(false)), showing{main: viewHome, incoming: "ring"}},
		{"it rings in place of all else", desk{connected: true, inside: true, settings: true}, snap(rung(true)), showing{main: viewIncoming, visible: true, incoming: "ring"}},
		{"but not in place of a call", desk{connected: true, inside: true}, snap(inCall(), rung(true)),
			showing{main: viewCall, visible: true, incoming: "ring", call: "call", tick: 100 * time.Millisecond}},
		{"nor of why one ended", desk{connected: true, inside: true, until: now.Add(time.Second)}, snap(rung(true)),
			showing{main: viewParting, visible: true, incoming: "ring", tick: time.Second}},
		{"we ring", joined, snap(ringsOut), showing{main: viewOutgoing, visible: true, call: "call", tick: time.Second}},
		{"we ring several", joined, snap(inCall(outgoingTo(bob, signal.Ringing), func(c *engine.CallState) {
			c.Waiting = append(c.Waiting, engine.Waiting{User: cyd, State: signal.Declined})
		})), showing{main: viewCall, visible: true, call: "call", tick: 100 * time.Millisecond}},
		{"we ring, put away", desk{connected: true, minimized: true}, snap(ringsOut), showing{main: viewOutgoing, mini: true, call: "call", tick: time.Second}},
		{"a call", joined, snap(inCall()), showing{main: viewCall, visible: true, call: "call", tick: 100 * time.Millisecond}},
		{"a call, put away", desk{connected: true, minimized: true}, snap(inCall()), showing{main: viewCall, mini: true, call: "call", tick: time.Second}},
		{"a call in the tray", desk{connected: true, hidden: true}, snap(inCall()), showing{main: viewCall, mini: true, call: "call", tick: time.Second}},
		{"a call with the settings over it", desk{connected: true, settings: true}, snap(inCall()), showing{main: viewSettings, visible: true, call: "call", tick: 100 * time.Millisecond}},
		{"a live call before one that rings", joined, snap(func(s *engine.Snapshot) {
			ringsOut(s)
			inCall(func(c *engine.CallState) { c.ID = "live" })(s)
		}), showing{main: viewCall, visible: true, call: "live", tick: 100 * time.Millisecond}},
		{"a call before one that is held", joined, snap(heldCall, inCall(func(c *engine.CallState) { c.ID = "live" })),
			showing{main: viewCall, visible: true, call: "live", tick: 100 * time.Millisecond}},
		{"one that rings before one that is held", joined, snap(heldCall, ringsOut, func(s *engine.Snapshot) { s.Calls[1].ID = "rings" }),
			showing{main: viewOutgoing, visible: true, call: "rings", tick: time.Second}},
		{"a held call alone leaves the list of people", joined, snap(heldCall), showing{main: viewHome, visible: true, call: "held", tick: time.Second}},
		{"a held call, put away", desk{connected: true, minimized: true}, snap(heldCall), showing{main: viewHome, mini: true, call: "held", tick: time.Second}},
		{"the end of a call beside one that is held", desk{connected: true, until: now.Add(time.Second)}, snap(heldCall),
			showing{main: viewParting, visible: true, call: "held", tick: time.Second}},
		{"it rings, put away", desk{connected: true, away: "ring"}, snap(rung(true)), showing{main: viewHome, mini: true}},
		{"it rings beside a call that is put away", desk{connected: true, minimized: true}, snap(inCall(), rung(true)),
			showing{main: viewCall, mini: true, incoming: "ring", call: "call", tick: time.Second}},
		{"the end is told where the call was", desk{connected: true, minimized: true, until: now.Add(time.Second)}, snap(),
			showing{main: viewParting, mini: true, tick: time.Second}},
		{"a call that is over counts no more", joined, snap(inCall(func(c *engine.CallState) { c.Phase = engine.Over })), showing{main: viewHome, visible: true}},
		{"the end is told", desk{connected: true, until: now.Add(time.Second)}, snap(), showing{main: viewParting, visible: true, tick: time.Second}},
		{"the end was told", desk{connected: true, until: now}, snap(), showing{main: viewHome, visible: true}},
		{"a new call before the end of the last", desk{connected: true, until: now.Add(time.Second)}, snap(inCall()), showing{main: viewCall, visible: true, call: "call", tick: 100 * time.Millisecond}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := plan(c.desk, c.snap, now); got != c.want {
				t.Errorf("plan = %+v\nwant   %+v", got, c.want)
			}
		})
	}
}

func TestAdvance(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	declined := engine.Ended{Call: "call", Reason: engine.DeclinedCall, With: []engine.User{bob}, Outgoing: true, At: now}
	hungUp := engine.Ended{Call: "call", Reason: engine.LocalHangUp, With: []engine.User{bob}, Answered: true, At: now}
	unanswered := engine.Ended{Call: "call", Reason: engine.Unanswered, With: []engine.User{bob}, At: now}
	for _, c := range []struct {
		name          string
		desk          desk
		before, after *engine.Snapshot
		want          desk
	}{
		{"the engine comes", desk{}, nil, snap(), desk{connected: true}},
		{"the engine goes", desk{connected: true, settings: true, minimized: true, hidden: true}, snap(), nil, desk{hidden: true}},
		{"a call shows itself", desk{connected: true, hidden: true, settings: true, choosing: true}, snap(), snap(inCall()), desk{connected: true}},
		{"a call whose ring was put away is put away", desk{connected: true, away: "ring"}, snap(rung(true)), snap(inCall()), desk{connected: true, minimized: true}},
		{"another call than the one that was put away shows itself", desk{connected: true, away: "ring"}, snap(rung(true)),
			snap(inCall(func(c *engine.CallState) { c.ID = "other" })), desk{connected: true}},
		{"a ring that was put away and ends", desk{connected: true, away: "ring"}, snap(rung(true)), snap(), desk{connected: true}},
		{"a ring goes on, put away", desk{connected: true, away: "ring"}, snap(rung(true)), snap(rung(true)), desk{connected: true, away: "ring"}},
		{"a ring that was put away gives way to the next", desk{connected: true, away: "other"}, snap(rung(true)), snap(rung(true)), desk{connected: true}},
		{"an answered call stays put away", desk{connected: true, minimized: true}, snap(inCall(outgoingTo(bob, signal.Ringing))), snap(inCall()), desk{connected: true, minimized: true}},
		{"a refusal is told where the call was put away", desk{connected: true, minimized: true}, snap(inCall(outgoingTo(bob, signal.Ringing))), snap(over(declined)),
			desk{connected: true, minimized: true, parting: declined, until: now.Add(partingTime)}},
		{"and then the mini window goes", desk{connected: true, minimized: true, parting: declined, until: now}, snap(over(declined)), snap(over(declined)), desk{connected: true}},
		{"swapping two calls leaves them put away", desk{connected: true, minimized: true}, snap(heldCall, inCall()),
			snap(inCall(func(c *engine.CallState) { c.ID = "held" }), inCall(func(c *engine.CallState) { c.Held = true })), desk{connected: true, minimized: true}},
		{"a second call takes the place of the settings", desk{connected: true, settings: true}, snap(heldCall),
			snap(heldCall, inCall()), desk{connected: true}},
		{"a held call that stays behind lets the end of the other be told", desk{connected: true}, snap(heldCall, inCall()), snap(heldCall, over(declined)),
			desk{connected: true, parting: declined, until: now.Add(partingTime)}},
		{"a call that goes on stays put away", desk{connected: true, minimized: true}, snap(inCall()), snap(inCall()), desk{connected: true, minimized: true}},
		{"it goes into the tray after the call", desk{connected: true, minimized: true, tray: true}, snap(inCall()), snap(),
			desk{connected: true, hidden: true, tray: true}},
		{"and is still there while the end is told", desk{connected: true, minimized: true, tray: true}, snap(inCall()), snap(over(declined)),
			desk{connected: true, minimized: true, tray: true, parting: declined, until: now.Add(partingTime)}},
		{"which the desktop tells when the mini window goes", desk{connected: true, minimized: true, tray: true, parting: declined, until: now},
			snap(over(declined)), snap(over(declined)), desk{connected: true, hidden: true, tray: true, unseen: declined}},
		{"until another call is there", desk{connected: true, hidden: true, tray: true, unseen: declined}, snap(over(declined)),
			snap(over(declined), inCall()), desk{connected: true, tray: true}},
		{"a ring that was put away and ends leaves the window in the tray", desk{connected: true, away: "ring", tray: true}, snap(rung(true)), snap(),
			desk{connected: true, hidden: true, tray: true}},
		{"the window comes back after the call", desk{connected: true, minimized: true}, snap(inCall()), snap(), desk{connected: true}},
		{"it stays in the tray after the call", desk{connected: true, minimized: true, hidden: true}, snap(inCall()), snap(), desk{connected: true, hidden: true}},
		{"a refusal is told", desk{connected: true}, snap(inCall()), snap(over(declined)), desk{connected: true, parting: declined, until: now.Add(partingTime)}},
		{"our own hanging up needs no words", desk{connected: true}, snap(inCall()), snap(over(hungUp)), desk{connected: true}},
		{"a missed call does not fill the window", desk{connected: true}, snap(), snap(over(unanswered)), desk{connected: true}},
		{"old news is not told", desk{}, nil, snap(over(declined)), desk{connected: true}},
		{"what was told before is not told again", desk{connected: true}, snap(over(declined)), snap(over(declined)), desk{connected: true}},
		{"the words go", desk{connected: true, parting: declined, until: now}, snap(over(declined)), snap(over(declined)), desk{connected: true}},
		{"a new call ends the words", desk{connected: true, until: now.Add(time.Second)}, snap(over(declined)), snap(over(declined), inCall()), desk{connected: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := advance(c.desk, c.before, c.after, now)
			if got.parting.Call != c.want.parting.Call || got.parting.Reason != c.want.parting.Reason {
				t.Errorf("parting = %+v, want %+v", got.parting, c.want.parting)
			}
			if got.unseen.Call != c.want.unseen.Call {
				t.Errorf("unseen = %+v, want %+v", got.unseen, c.want.unseen)
			}
			got.parting, c.want.parting = engine.Ended{}, engine.Ended{}
			if !sameDesk(got, c.want) {
				t.Errorf("advance = %+v\nwant      %+v", got, c.want)
			}
		})
	}
}

func TestPuttingAwayAndBack(t *testing.T) {
	t.Parallel()
	d := desk{connected: true}
	for _, c := range []struct {
		name       string
		desk       desk
		snap       *engine.Snapshot
		away, back desk // the same as desk: nothing happens
	}{
		{"without an engine", desk{}, nil, desk{}, desk{}},
		{"with nothing going on", d, snap(), d, d},
		{"a call that is over", d, snap(inCall(func(c *engine.CallState) { c.Phase = engine.Over })), d, d},
		{"a call", d, snap(inCall()), desk{connected: true, minimized: true}, d},
		{"our own ring", d, snap(inCall(outgoingTo(bob, signal.Calling))), desk{connected: true, minimized: true}, d},
		{"a ring here", d, snap(rung(true)), desk{connected: true, away: "ring"}, d},
		{"a held call", d, snap(heldCall), desk{connected: true, minimized: true}, d},
		{"a call while it rings: the ring stays in sight", d, snap(inCall(), rung(true)), desk{connected: true, minimized: true}, d},
		{"a call that is away", desk{connected: true, minimized: true}, snap(inCall()), desk{connected: true, minimized: true}, d},
		{"a ring that is away", desk{connected: true, away: "ring"}, snap(rung(true)), desk{connected: true, away: "ring"}, d},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ok := c.desk.minimize(c.snap)
			if !sameDesk(got, c.away) || ok == sameDesk(c.desk, c.away) {
				t.Errorf("minimize = %+v, %t, want %+v", got, ok, c.away)
			}
			got, ok = c.desk.restore()
			if !sameDesk(got, c.back) || ok == sameDesk(c.desk, c.back) {
				t.Errorf("restore = %+v, %t, want %+v", got, ok, c.back)
			}
		})
	}
}

func TestAsideIsWhatIsNotShown(t *testing.T) {
	t.Parallel()
	s := snap(heldCall, inCall(), inCall(func(c *engine.CallState) { c.ID, c.Phase = "gone", engine.Over }))
	if got := aside(s, "call"); len(got) != 1 || got[0].ID != "held" {
		t.Errorf("beside the call are %+v, want the held one", got)
	}
	if got := aside(s, ""); len(got) != 2 {
		t.Errorf("%d calls wait beside a page of none, want 2", len(got))
	}
}

func TestFreshCountsFromTheLastKnown(t *testing.T) {
	t.Parallel()
	at := func(n int) engine.Ended { return engine.Ended{Call: "c", At: time.Unix(int64(n), 0)} }
	for _, c := range []struct {
		name          string
		before, after []engine.Ended
		want          []int64
	}{
		{"nothing", nil, nil, nil},
		{"the first", nil, []engine.Ended{at(1)}, []int64{1}},
		{"none", []engine.Ended{at(1)}, []engine.Ended{at(1)}, nil},
		{"two, oldest first", []engine.Ended{at(1)}, []engine.Ended{at(3), at(2), at(1)}, []int64{2, 3}},
		{"the known one fell off the end", []engine.Ended{at(1)}, []engine.Ended{at(3), at(2)}, []int64{2, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := fresh(c.before, c.after)
			if len(got) != len(c.want) {
				t.Fatalf("%d are fresh, want %d", len(got), len(c.want))
			}
			for i, e := range got {
				if e.At.Unix() != c.want[i] {
					t.Errorf("number %d is %d, want %d", i, e.At.Unix(), c.want[i])
				}
			}
		})
	}
}

func snap(with ...func(*engine.Snapshot)) *engine.Snapshot {
	s := world(with...)
	return &s
}

// sameDesk compares all but parting, which holds a list.
func sameDesk(a, b desk) bool {
	return a.connected == b.connected && a.choosing == b.choosing && a.settings == b.settings && a.hidden == b.hidden && a.tray == b.tray &&
		a.minimized == b.minimized && a.away == b.away && a.until.Equal(b.until)
}
