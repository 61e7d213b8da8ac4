package authority

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/law"
)

// talk lets two people talk for a moment, and returns the call.
func talk(from, to *app) signal.CallID {
	from.t.Helper()
	id := from.invite(to.user).ID
	to.ask(signal.VerbAccept, to.about(id), nil)
	from.ask(signal.VerbLeave, from.about(id), nil)
	return id
}

func TestHistory(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	unlimited(startAuthority(t, s, Options{Sweep: 20 * time.Millisecond, Unlimited: []signal.UserID{"echo"}}))
	ana, bob, bob2, echo := startApp(t, s, "ana", "ana-1"), startApp(t, s, "bob", "bob-1"), startApp(t, s, "bob", "bob-2"), startApp(t, s, "echo", "echo-1")
	for _, x := range []*app{ana, bob, bob2, echo} {
		x.hello()
	}
	if r := bob.history(signal.HistoryRequest{}); len(r.Entries) != 0 || r.More || r.Missed != 0 || !r.Seen.IsZero() {
		t.Errorf("bob remembers before he was born: %+v", r)
	}

	// Taken back, busy and answered: the first two are missed.
	var invited signal.InviteReply
	ana.ask(signal.VerbInvite, signal.Invite{Device: "ana-1", To: []signal.UserID{"bob"}, Video: true, Request: signal.Request{Data: "tea?"}}, &invited)
	cancelled := invited.Call.ID
	ana.ask(signal.VerbCancel, ana.about(cancelled), nil)
	busy := ana.invite("bob").ID
	refusal := bob.about(busy)
	refusal.Reason = string(signal.Refused)
	bob.ask(signal.VerbReject, refusal, nil)
	answered := talk(ana, bob2)
	for _, x := range []*app{ana, bob} {
		r := x.remembers(3)
		var calls []signal.CallID
		for _, e := range r.Entries {
			calls = append(calls, e.Call)
		}
		if !reflect.DeepEqual(calls, []signal.CallID{answered, busy, cancelled}) {
			t.Errorf("%s remembers %v", x.user, calls)
		}
	}
	r := bob.history(signal.HistoryRequest{})
	if r.Missed != 2 || !r.Entries[0].Answered || r.Entries[1].State != signal.Refused || !r.Entries[2].Missed() || r.Entries[2].Data != "tea?" || !r.Entries[2].Video {
		t.Errorf("bob remembers %+v", r)
	}
	if e := r.Entries[2]; !e.Incoming || e.By.Name != "The ana" || len(e.With) != 1 || e.With[0].ID != "ana" {
		t.Errorf("bob remembers ana as %+v", e)
	}
	if r := ana.history(signal.HistoryRequest{}); r.Missed != 0 || r.Entries[0].Incoming {
		t.Errorf("ana remembers %+v", r)
	}

	// All devices hear of it, and of what another one has seen and deleted.
	hinted := func(x *app, n int) {
		t.Helper()
		x.until(func() string {
			if x.hints != n {
				return fmt.Sprintf("%d hints, not %d", x.hints, n)
			}
			return ""
		})
	}
	hinted(bob, 3)
	hinted(bob2, 3)
	bob2.ask(signal.VerbSeen, signal.SeenRequest{Until: r.Entries[2].Over}, nil)
	if r := bob.history(signal.HistoryRequest{}); r.Missed != 1 || !r.Seen.Equal(r.Entries[2].Over) {
		t.Errorf("one was seen, but %d are news since %v", r.Missed, r.Seen)
	}
	hinted(bob, 4)
	bob.ask(signal.VerbSeen, signal.SeenRequest{Until: time.Now().Add(time.Hour)}, nil)
	bob.ask(signal.VerbSeen, signal.SeenRequest{Until: r.Entries[2].Over}, nil) // it does not go back
	if r := bob.history(signal.HistoryRequest{}); r.Missed != 0 || r.Seen.After(time.Now()) {
		t.Errorf("all were seen, but %d are news since %v", r.Missed, r.Seen)
	}
	hinted(bob2, 5)

	// Pages.
	first := bob.history(signal.HistoryRequest{Limit: 2})
	rest := bob.history(signal.HistoryRequest{Before: first.Entries[1].Over})
	if len(first.Entries) != 2 || !first.More || len(rest.Entries) != 1 || rest.More || rest.Entries[0].Call != cancelled {
		t.Errorf("pages: %+v, then %+v", first, rest)
	}

	// Deleting is for one's own.
	ana.ask(signal.VerbForget, signal.ForgetRequest{IDs: []signal.HistoryID{r.Entries[0].ID}}, nil)
	bob.ask(signal.VerbForget, signal.ForgetRequest{IDs: []signal.HistoryID{r.Entries[1].ID, "nonsense"}}, nil)
	if r := bob.remembers(2); r.Entries[0].Call != answered || r.Entries[1].Call != cancelled {
		t.Errorf("bob remembers %+v", r)
	}
	hinted(bob2, 6)
	bob.ask(signal.VerbForget, signal.ForgetRequest{}, nil)
	bob.remembers(0)
	ana.remembers(3)

	// Who takes any number of calls remembers none, but those who call do.
	talk(ana, echo)
	ana.remembers(4)
	if r := echo.history(signal.HistoryRequest{}); len(r.Entries) != 0 {
		t.Errorf("echo remembers %+v", r)
	}
	ana.refused(signal.CodeBadRequest, signal.VerbHistory, signal.HistoryRequest{Limit: maxPage + 1})
	ana.refused(signal.CodeBadRequest, signal.VerbHistory, signal.HistoryRequest{Limit: -1})
	ana.refused(signal.CodeBadRequest, signal.VerbSeen, signal.SeenRequest{})
	ana.refused(signal.CodeBadRequest, signal.VerbForget, signal.ForgetRequest{IDs: make([]signal.HistoryID, maxPage+1)})
}

// TestHistoryOfParts leaves and comes back: each stay has an entry. Answered elsewhere is answered.
func TestHistoryOfParts(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	unlimited(startAuthority(t, s, Options{}), startAuthority(t, s, Options{}))
	ana, bob, bob2, cyd := startApp(t, s, "ana", "ana-1"), startApp(t, s, "bob", "bob-1"), startApp(t, s, "bob", "bob-2"), startApp(t, s, "cyd", "cyd-1")
	for _, x := range []*app{ana, bob, bob2, cyd} {
		x.hello()
	}
	id := ana.invite("bob", "cyd").ID
	cyd.ask(signal.VerbAccept, cyd.about(id), nil)
	bob.ask(signal.VerbAccept, bob.about(id), nil)
	bob.ask(signal.VerbLeave, bob.about(id), nil)
	bob.remembers(1)
	bob2.ask(signal.VerbJoin, bob2.about(id), nil)
	take := bob.about(id)
	bob.refused(signal.CodeElsewhere, signal.VerbJoin, take)
	take.Take = true
	bob.ask(signal.VerbJoin, take, nil)
	cyd.until(func() string {
		c := cyd.calls[id]
		if p, _ := c.Party("bob"); p.State != signal.Joined || p.Device != "bob-1" {
			return fmt.Sprintf("bob is %+v", p)
		}
		return ""
	})
	bob2.refused(signal.CodeElsewhere, signal.VerbLeave, bob2.about(id))
	bob.ask(signal.VerbLeave, bob.about(id), nil)
	r := bob.remembers(2)
	if a, b := r.Entries[0], r.Entries[1]; a.Call != id || b.Call != id || !a.Answered || !b.Answered || a.ID == b.ID || a.Reason != "" || a.Missed() {
		t.Errorf("bob remembers %+v", r)
	}
	ana.ask(signal.VerbLeave, ana.about(id), nil)
	if e := cyd.remembers(1).Entries[0]; e.Reason != signal.EndHangUp || e.EndedBy != "ana" {
		t.Errorf("cyd remembers %+v", e)
	}
	bob.remembers(2)
}

// TestHistoryOnce has two authorities that sweep as fast as they can write each entry once.
func TestHistoryOnce(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	o := Options{Sweep: 10 * time.Millisecond}
	a, b := startAuthority(t, s, o), startAuthority(t, s, o)
	unlimited(a, b)
	ana, bob := startApp(t, s, "ana", "ana-1"), startApp(t, s, "bob", "bob-1")
	ana.hello()
	bob.hello()
	const rounds = 20
	for range rounds {
		talk(ana, bob)
	}
	ana.remembers(rounds)
	forgotten := bob.remembers(rounds)
	for _, x := range []*Authority{a, b} { // until they have nothing left to sweep
		for deadline := time.Now().Add(patient); len(x.view.sights()) > 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("never swept: %+v", x.view.sights())
			}
		}
	}
	ana.remembers(rounds)
	if r := bob.remembers(rounds); !reflect.DeepEqual(r, forgotten) {
		t.Errorf("it changed from %+v to %+v", forgotten, r)
	}
	bob.mu.Lock()
	defer bob.mu.Unlock()
	if bob.hints != rounds {
		t.Errorf("%d hints for %d calls", bob.hints, rounds)
	}
}

// unwritten makes the record that a dead authority left: changed by the law, and told nobody.
func unwritten(t *testing.T, a *Authority, c signal.Call, inputs ...law.Input) signal.Call {
	t.Helper()
	for _, in := range inputs {
		var err error
		if c, err = law.Next(c, in, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	c, err := a.store.save(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDeadAuthorityAndHistory kills an authority between a change and the histories.
func TestDeadAuthorityAndHistory(t *testing.T) {
	t.Parallel()
	declined := law.Reject{User: "bob", As: signal.Declined}
	for name, test := range map[string]func(*testing.T, *server.Server, *Authority, *app, *app){
		"another sweeps": func(t *testing.T, s *server.Server, a *Authority, ana, bob *app) {
			startAuthority(t, s, Options{Sweep: 20 * time.Millisecond})
			unwritten(t, a, signal.Call{ID: "c"}, ring("ana", "bob"), declined)
			ana.remembers(1)
			if e := bob.remembers(1).Entries[0]; e.State != signal.Declined || e.Reason != signal.EndDeclined {
				t.Errorf("bob remembers %+v", e)
			}
		},
		"the next one starts later": func(t *testing.T, s *server.Server, a *Authority, ana, bob *app) {
			unwritten(t, a, signal.Call{ID: "c"}, ring("ana", "bob"), declined)
			a.Close()
			startAuthority(t, s, Options{Sweep: 20 * time.Millisecond})
			ana.remembers(1)
			bob.remembers(1)
		},
		"bob rings again at once": func(t *testing.T, s *server.Server, a *Authority, ana, bob *app) {
			first := ring("ana", "bob", "cyd")
			first.Rules.Adding = signal.MembersAdd
			unwritten(t, a, signal.Call{ID: "c"}, first, declined)
			ana.ask(signal.VerbInvite, signal.Invite{Device: "ana-1", Call: "c", To: []signal.UserID{"bob"}}, nil)
			if e := bob.remembers(1).Entries[0]; e.State != signal.Declined {
				t.Errorf("bob remembers %+v", e)
			}
			ana.ask(signal.VerbCancel, ana.about("c"), nil)
			if r := bob.remembers(2); r.Entries[0].State != signal.Cancelled || r.Missed != 1 {
				t.Errorf("bob remembers %+v", r)
			}
		},
		"what bob deleted stays deleted": func(t *testing.T, s *server.Server, a *Authority, ana, bob *app) {
			c := unwritten(t, a, signal.Call{ID: "c"}, ring("ana", "bob"), declined)
			b := startAuthority(t, s, Options{Sweep: 20 * time.Millisecond})
			bob.remembers(1)
			bob.ask(signal.VerbForget, signal.ForgetRequest{}, nil)
			bob.remembers(0)
			for range 2 {
				if !b.sweepHistory(t.Context(), &c) {
					t.Error("not swept")
				}
			}
			bob.remembers(0)
			ana.remembers(1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startNATS(t)
			a := startAuthority(t, s, Options{Sweep: time.Hour})
			ana, bob := startApp(t, s, "ana", "ana-1"), startApp(t, s, "bob", "bob-1")
			ana.hello()
			bob.hello()
			startApp(t, s, "cyd", "cyd-1").hello()
			test(t, s, a, ana, bob)
		})
	}
}

// TestMergedIsNotRemembered lets two people call each other: they have talked once.
func TestMergedIsNotRemembered(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	unlimited(startAuthority(t, s, Options{Sweep: 20 * time.Millisecond}), startAuthority(t, s, Options{Sweep: 20 * time.Millisecond}))
	ana, bob := startApp(t, s, "ana", "ana-1"), startApp(t, s, "bob", "bob-1")
	ana.hello()
	bob.hello()
	const rounds = 10
	for range rounds {
		var wg sync.WaitGroup
		var one signal.Call
		wg.Go(func() { one = ana.invite("bob") })
		wg.Go(func() { bob.invite("ana") })
		wg.Wait()
		ana.sees(one.ID, "bob", signal.Joined)
		bob.ask(signal.VerbLeave, bob.about(one.ID), nil)
		ana.seesEnd(one.ID, signal.EndHangUp)
	}
	for _, x := range []*app{ana, bob} {
		for _, e := range x.remembers(rounds).Entries {
			if !e.Answered {
				t.Errorf("%s remembers %+v", x.user, e)
			}
		}
	}
}

// TestHistoryIsBounded writes more than a user may keep.
func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a := startAuthority(t, s, Options{})
	ana := startApp(t, s, "ana", "ana-1")
	ana.hello()
	start := time.Now().Add(-time.Hour).UTC()
	const total = maxEntries + 2*trimAfter
	for i := range total {
		e := signal.HistoryEntry{ID: signal.HistoryID(fmt.Sprintf("e%d", i)), Over: start.Add(time.Duration(i) * time.Second), Incoming: true, State: signal.TimedOut}
		if fresh, err := a.store.history.add(t.Context(), "ana", e); err != nil || !fresh {
			t.Fatal(fresh, err)
		}
	}
	entries, _, err := a.store.history.read(t.Context(), "ana")
	if err != nil || len(entries) < maxEntries || len(entries) > maxEntries+trimAfter || entries[0].ID != signal.HistoryID(fmt.Sprintf("e%d", total-1)) {
		t.Errorf("%d entries are kept, %v", len(entries), err)
	}
	found, before := 0, time.Time{}
	for more := true; more; {
		r := ana.history(signal.HistoryRequest{Before: before, Limit: maxPage})
		if r.Missed != maxEntries {
			t.Errorf("%d are news", r.Missed)
		}
		for _, e := range r.Entries {
			if !before.IsZero() && !e.Over.Before(before) {
				t.Fatalf("%v comes after %v", e.Over, before)
			}
			before = e.Over
		}
		found, more = found+len(r.Entries), r.More
	}
	if found != maxEntries {
		t.Errorf("%d entries were found", found)
	}
}

// TestHistoryPage cuts pages where a moment ends, and when the answer is full.
func TestHistoryPage(t *testing.T) {
	t.Parallel()
	at := func(n int) time.Time { return zero.Add(time.Duration(n) * time.Second) }
	entries := []signal.HistoryEntry{{ID: "e", Over: at(4)}, {ID: "d", Over: at(3)}, {ID: "c", Over: at(3)}, {ID: "b", Over: at(2)}, {ID: "a", Over: at(1)}}
	ids := func(r signal.HistoryReply) (s string) {
		for _, e := range r.Entries {
			s += string(e.ID)
		}
		return s
	}
	for _, c := range []struct {
		in   signal.HistoryRequest
		want string
		more bool
	}{
		{signal.HistoryRequest{Limit: 1}, "e", true},
		{signal.HistoryRequest{Limit: 2}, "edc", true},
		{signal.HistoryRequest{Limit: 5}, "edcba", false},
		{signal.HistoryRequest{Limit: 5, Before: at(3)}, "ba", false},
		{signal.HistoryRequest{Limit: 1, Before: at(3)}, "b", true},
		{signal.HistoryRequest{Limit: 1, Before: at(1)}, "", false},
	} {
		if r := historyPage(entries, time.Time{}, c.in); ids(r) != c.want || r.More != c.more {
			t.Errorf("%+v: %q, more %v", c.in, ids(r), r.More)
		}
	}
	long := make([]signal.HistoryEntry, maxPage)
	for i := range long {
		long[i] = signal.HistoryEntry{ID: "x", Over: at(-i), Data: string(make([]byte, maxData))}
	}
	if r := historyPage(long, time.Time{}, signal.HistoryRequest{Limit: maxPage}); size(r) > signal.MaxReply || !r.More || len(r.Entries) == 0 {
		t.Errorf("%d entries, %d bytes", len(r.Entries), size(r))
	}
}

// TestKeepHistory lets another authority decide how long entries are kept.
func TestKeepHistory(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a := startAuthority(t, s, Options{})
	for _, c := range []struct{ option, want time.Duration }{{0, 90 * 24 * time.Hour}, {48 * time.Hour, 48 * time.Hour}, {48 * time.Hour, 48 * time.Hour}} {
		startAuthority(t, s, Options{KeepHistory: c.option})
		stream, err := a.store.js.Stream(t.Context(), "KV_"+historyBucket)
		if err != nil {
			t.Fatal(err)
		}
		if got := stream.CachedInfo().Config.MaxAge; got != c.want {
			t.Errorf("kept for %v, want %v", got, c.want)
		}
	}
}
