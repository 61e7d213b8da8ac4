package authority

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/law"
)

// TestVanishing takes leases away, as their expiry does.
func TestVanishing(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	o := Options{Grace: 4 * time.Second, RingGrace: 100 * time.Millisecond, Sweep: 50 * time.Millisecond}
	a := startAuthority(t, s, o)
	startAuthority(t, s, o)
	ana, bob := startApp(t, s, "ana", "ana-1"), startApp(t, s, "bob", "bob-1")
	vanish := func(x *app) {
		t.Helper()
		if err := a.store.release(t.Context(), hold{user: x.user, device: x.device}); err != nil {
			t.Fatal(err)
		}
	}
	ana.hello()
	bob.hello()

	// The callee vanishes while it rings, comes back, and the ring is there again.
	c := ana.invite("bob")
	bob.ask(signal.VerbReceived, bob.about(c.ID), nil)
	vanish(bob)
	ana.sees(c.ID, "bob", signal.Unreached)
	ana.seesPresence("bob", signal.Offline)
	bob.hello()
	bob.sees(c.ID, "bob", signal.Calling)
	ana.seesPresence("bob", signal.Online)

	// A member vanishes and comes back within the grace.
	bob.ask(signal.VerbAccept, bob.about(c.ID), nil)
	vanish(bob)
	ana.sees(c.ID, "bob", signal.Lost)
	bob.hello()
	ana.sees(c.ID, "bob", signal.Joined)

	// ... and does not come back.
	vanish(bob)
	ana.sees(c.ID, "bob", signal.Left)
	ana.seesEnd(c.ID, signal.EndLost)
	if got := ana.call(c.ID); got.EndedBy != "bob" {
		t.Errorf("lost %q, want bob", got.EndedBy)
	}

	// The caller vanishes while it rings.
	bob.hello()
	c = ana.invite("bob")
	vanish(ana)
	bob.seesEnd(c.ID, signal.EndCallerLost)

	// A call whose two members vanish ends as well.
	ana.hello()
	c = ana.invite("bob")
	bob.ask(signal.VerbAccept, bob.about(c.ID), nil)
	vanish(ana)
	vanish(bob)
	bob.seesEnd(c.ID, signal.EndLost)

	// Nobody answers.
	ana.hello()
	ana.until(func() string {
		if a.view.online("bob") {
			return "bob still seems to be there"
		}
		return ""
	})
	var r signal.InviteReply
	ana.ask(signal.VerbInvite, signal.Invite{Device: "ana-1", To: []signal.UserID{"bob"}, Timeout: time.Second}, &r)
	bob.seesEnd(r.Call.ID, signal.EndTimeout)
}

// TestLeaseEnds has an app that does not renew its lease, and one that does.
func TestLeaseEnds(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	startAuthority(t, s, Options{Lease: time.Second, Sweep: 100 * time.Millisecond})
	ana, bob := startApp(t, s, "ana", "ana-1"), startApp(t, s, "bob", "bob-1")
	if lease := bob.hello().Lease; lease != time.Second {
		t.Errorf("lease is %v", lease)
	}
	bob.seesPresence("bob", signal.Online)
	ana.hello()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Millisecond):
				_ = ana.try(signal.VerbHello, signal.Hello{Device: ana.device, Version: signal.Version}, nil)
			}
		}
	}()
	ana.seesPresence("bob", signal.Offline)
	close(stop)
	<-done
	ana.seesPresence("ana", signal.Offline)
}

func TestBye(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	startAuthority(t, s, Options{Sweep: 50 * time.Millisecond})
	ana, bob, bob2 := startApp(t, s, "ana", "ana-1"), startApp(t, s, "bob", "bob-1"), startApp(t, s, "bob", "bob-2")
	ana.hello()
	bob.hello()
	bob2.hello()
	c := ana.invite("bob")
	bob.ask(signal.VerbAccept, bob.about(c.ID), nil)
	bob2.ask(signal.VerbBye, signal.Bye{Device: "bob-2"}, nil) // not the one in the call
	bob.ask(signal.VerbBye, signal.Bye{Device: "bob-1"}, nil)
	ana.seesEnd(c.ID, signal.EndHangUp)
	ana.seesPresence("bob", signal.Offline)
	if c := ana.invite("bob"); c.Parties[1].State != signal.Unreached {
		t.Errorf("bob is %s", c.Parties[1].State)
	}
}

// TestOneWins lets many devices and two authorities race for one ring.
func TestOneWins(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	unlimited(startAuthority(t, s, Options{}), startAuthority(t, s, Options{}))
	ana := startApp(t, s, "ana", "ana-1")
	ana.hello()
	devices := make([]*app, 6)
	for i := range devices {
		devices[i] = startApp(t, s, "bob", signal.DeviceID(fmt.Sprintf("bob-%d", i)))
		devices[i].hello()
	}
	for round := range 25 {
		id := ana.invite("bob").ID
		var won, cancelled sync.Map
		var wg sync.WaitGroup
		for _, d := range devices {
			wg.Go(func() {
				err := d.try(signal.VerbAccept, d.about(id), nil)
				var refused *signal.Error
				switch {
				case err == nil:
					won.Store(d.device, true)
				case !errors.As(err, &refused) || refused.Code != signal.CodeElsewhere && refused.Code != signal.CodeExpired:
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		if round%2 == 0 {
			wg.Go(func() {
				if ana.try(signal.VerbCancel, ana.about(id), nil) == nil {
					cancelled.Store("ana", true)
				}
			})
		}
		wg.Wait()
		winners := 0
		won.Range(func(any, any) bool { winners++; return true })
		_, was := cancelled.Load("ana")
		if winners > 1 || (winners == 1) == was {
			t.Fatalf("round %d: %d devices accepted, cancelled: %v", round, winners, was)
		}
		if !was {
			ana.ask(signal.VerbLeave, ana.about(id), nil)
		}
		ana.until(func() string {
			if c := ana.calls[id]; c.Ended.IsZero() {
				return fmt.Sprintf("round %d: still open: %+v", round, c)
			}
			return ""
		})
	}
}

// unlimited lets everybody invite as often as he likes.
func unlimited(all ...*Authority) {
	for _, a := range all {
		a.invites.mu.Lock()
		a.invites.burst = 1e9
		a.invites.mu.Unlock()
	}
}

// TestGlare lets two people call each other at the same moment, through two authorities.
func TestGlare(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	unlimited(startAuthority(t, s, Options{Sweep: 100 * time.Millisecond}), startAuthority(t, s, Options{Sweep: 100 * time.Millisecond}))
	ana, bob := startApp(t, s, "ana", "ana-1"), startApp(t, s, "bob", "bob-1")
	ana.hello()
	bob.hello()
	merged := 0
	for round := range 60 {
		var one, two signal.Call
		var wg sync.WaitGroup
		wg.Go(func() {
			time.Sleep(time.Duration(round%4) * 200 * time.Microsecond) // some rounds cross earlier, some later
			one = ana.invite("bob")
		})
		wg.Go(func() {
			time.Sleep(time.Duration(round/4%4) * 200 * time.Microsecond)
			two = bob.invite("ana")
		})
		wg.Wait()
		// Bob's answer may be his own call, merged a moment later, or ana's.
		if one.Initiator != "ana" {
			t.Fatalf("round %d: ana got %+v, not her own call", round, one)
		}
		for _, x := range []*app{ana, bob} {
			x.sees(one.ID, "ana", signal.Joined)
			x.sees(one.ID, "bob", signal.Joined)
		}
		if two.ID != one.ID {
			merged++
			for _, x := range []*app{ana, bob} {
				x.seesEnd(two.ID, signal.EndMerged)
				if c := x.call(two.ID); c.MergedInto != one.ID {
					t.Fatalf("round %d: merged into %q, want %q", round, c.MergedInto, one.ID)
				}
			}
		}
		if c := ana.call(one.ID); c.Live.IsZero() || c.Parties[1].Device != "bob-1" || !c.Ended.IsZero() {
			t.Fatalf("round %d: the winner is %+v", round, c)
		}
		for _, x := range []*app{ana, bob} {
			var r signal.SyncReply
			x.ask(signal.VerbSync, signal.Sync{Device: x.device}, &r)
			if len(r.Calls) != 1 || r.Calls[0].ID != one.ID {
				t.Fatalf("round %d: %s is in %+v", round, x.user, r.Calls)
			}
		}
		bob.ask(signal.VerbLeave, bob.about(one.ID), nil)
		ana.seesEnd(one.ID, signal.EndHangUp)
	}
	t.Logf("%d of 60 rounds had two records to merge", merged)
}

// TestGlareRepaired merges what an authority that died left behind: both records are there, and nobody is being asked.
func TestGlareRepaired(t *testing.T) {
	t.Parallel()
	for _, joined := range []bool{false, true} {
		t.Run(fmt.Sprintf("joined %v", joined), func(t *testing.T) {
			t.Parallel()
			s := startNATS(t)
			a := startAuthority(t, s, Options{})
			ana, bob := startApp(t, s, "ana", "ana-1"), startApp(t, s, "bob", "bob-1")
			ana.hello()
			bob.hello()
			var calls []signal.Call
			for _, in := range []law.Invite{ring("ana", "bob"), ring("bob", "ana")} {
				c, err := law.Next(signal.Call{ID: "of " + signal.CallID(in.By.ID)}, in, time.Now())
				if err != nil {
					t.Fatal(err)
				}
				if joined && in.By.ID == "ana" {
					if c, err = law.Next(c, law.Accept{User: "bob", Device: "bob-1"}, time.Now()); err != nil {
						t.Fatal(err)
					}
				}
				if c, err = a.store.save(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				calls = append(calls, c)
			}
			for _, x := range []*app{ana, bob} {
				x.seesEnd(calls[1].ID, signal.EndMerged)
				x.sees(calls[0].ID, "bob", signal.Joined)
			}
		})
	}
}

// TestDeadAuthority kills an authority between a change and its delivery: another one delivers.
func TestDeadAuthority(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a := startAuthority(t, s, Options{Sweep: 50 * time.Millisecond})
	ana, bob := startApp(t, s, "ana", "ana-1"), startApp(t, s, "bob", "bob-1")
	ana.hello()
	bob.hello()
	c, err := law.Next(signal.Call{ID: "c"}, ring("ana", "bob"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if c, err = a.store.save(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	bob.sees("c", "bob", signal.Calling)
	if c, err = law.Next(c, law.Cancel{By: "ana"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err = a.store.save(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	bob.seesEnd("c", signal.EndCancelled)
}

// TestRestart starts an authority on the buckets that another one has left.
func TestRestart(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a := startAuthority(t, s, Options{Lease: 10 * time.Second})
	ana, bob := startApp(t, s, "ana", "ana-1"), startApp(t, s, "bob", "bob-1")
	ana.hello()
	bob.hello()
	c := ana.invite("bob")
	bob.seesPresence("ana", signal.Busy)
	a.Close()
	b := startAuthority(t, s, Options{Lease: time.Hour})
	if r := bob.hello(); r.Lease != 10*time.Second {
		t.Errorf("lease is %v, but the bucket's is 10s", r.Lease)
	}
	if b.Calls() != 1 {
		t.Errorf("%d calls, want 1", b.Calls())
	}
	var r signal.SyncReply
	bob.ask(signal.VerbSync, signal.Sync{Device: "bob-1"}, &r)
	if len(r.Calls) != 1 || r.Calls[0].ID != c.ID || len(r.People) != 2 || r.People[0].Name != "The ana" || r.People[0].Presence != signal.Busy {
		t.Errorf("sync says %+v", r)
	}
	bob.ask(signal.VerbAccept, bob.about(c.ID), nil)
	ana.sees(c.ID, "bob", signal.Joined)
}

// TestAnnouncedOnce counts how often two authorities tell the same change.
func TestAnnouncedOnce(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	startAuthority(t, s, Options{Sweep: 20 * time.Millisecond})
	b := startAuthority(t, s, Options{Sweep: 20 * time.Millisecond})
	ana, bob := startApp(t, s, "ana", "ana-1"), startApp(t, s, "bob", "bob-1")
	ana.hello()
	ana.seesPresence("ana", signal.Online)
	for range 10 {
		bob.hello()
		ana.seesPresence("bob", signal.Online)
		bob.ask(signal.VerbBye, signal.Bye{Device: "bob-1"}, nil)
		ana.seesPresence("bob", signal.Offline)
	}
	if err := b.Register(t.Context(), signal.User{ID: "bob", Name: "  Bob\n the\x00 Builder "}); err != nil {
		t.Fatal(err)
	}
	ana.until(func() string {
		if last := ana.people[len(ana.people)-1]; last.Name != "Bob the Builder" {
			return fmt.Sprintf("the last news is %+v", last)
		}
		return ""
	})
	ana.mu.Lock()
	defer ana.mu.Unlock()
	times := map[signal.Presence]int{}
	var last signal.Person
	for _, p := range ana.people {
		if p.ID == "bob" && p == last {
			t.Errorf("%+v was announced twice", p)
		}
		if p.ID == "bob" {
			last = p
			times[p.Presence]++
		}
	}
	if times[signal.Online] != 10 || times[signal.Busy] > 0 {
		t.Errorf("bob came 10 times, but this was announced: %v", times)
	}
}
