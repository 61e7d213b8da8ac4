package authority

import (
	"errors"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// on returns the app on another line.
func (a *app) on(line signal.LineID) *app { a.line = line; return a }

// announced returns what was announced of a user's presence since he came, in order, without repetitions.
func (a *app) announced(u signal.UserID) (all []signal.Presence) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range a.people {
		fresh := len(all) == 0 && p.Presence != signal.Offline || len(all) > 0 && all[len(all)-1] != p.Presence
		if p.ID == u && fresh {
			all = append(all, p.Presence)
		}
	}
	return all
}

// TestLineCloses closes lines of which it tells two authorities. Leases last an hour, so nothing else ends them. Lines end in
// the order of closing: when carl, who closes last, is offline, all before him has been judged.
func TestLineCloses(t *testing.T) {
	t.Parallel()
	const gone, stays = signal.Offline, signal.Online
	for name, tc := range map[string]struct {
		hellos []signal.LineID // of ana's device, in order
		closed []signal.LineID
		want   signal.Presence
	}{
		"crash":                      {[]signal.LineID{"1"}, []signal.LineID{"1"}, gone},
		"told twice":                 {[]signal.LineID{"1"}, []signal.LineID{"1", "1"}, gone},
		"after many hellos":          {[]signal.LineID{"1", "1", "1"}, []signal.LineID{"1"}, gone},
		"back on another line":       {[]signal.LineID{"1", "2"}, []signal.LineID{"1"}, stays},
		"back, and away":             {[]signal.LineID{"1", "2"}, []signal.LineID{"1", "2"}, gone},
		"two lines, the newer falls": {[]signal.LineID{"1", "2", "1"}, []signal.LineID{"2"}, stays},
		"two lines, both fall":       {[]signal.LineID{"1", "2", "1"}, []signal.LineID{"2", "1"}, gone},
		"somebody else's line":       {[]signal.LineID{"1"}, []signal.LineID{"m"}, stays},
		"no line":                    {[]signal.LineID{""}, []signal.LineID{"", "1"}, stays},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startNATS(t)
			o := Options{LineGrace: time.Millisecond}
			a, b := startAuthority(t, s, o), startAuthority(t, s, o)
			bob := startApp(t, s, "bob", "bob-1")
			bob.hello()
			ana, carl := startApp(t, s, "ana", "ana-1"), startApp(t, s, "carl", "carl-1").on("c")
			for _, line := range tc.hellos {
				ana.on(line).hello()
			}
			carl.hello()
			bob.seesPresence("ana", signal.Online)
			bob.seesPresence("carl", signal.Online)
			for _, line := range tc.closed {
				a.Vanished("ana", line)
				b.Vanished("ana", line)
			}
			a.Vanished("carl", "c")
			b.Vanished("carl", "c")
			bob.seesPresence("carl", signal.Offline)
			bob.seesPresence("ana", tc.want)
			if got := bob.announced("ana"); len(got) > 2 || tc.want == stays && len(got) != 1 {
				t.Errorf("announced %v", got)
			}
		})
	}
}

// TestNobodyElsesLine has mallory claim ana's device and line: only his own lease depends on it.
func TestNobodyElsesLine(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a := startAuthority(t, s, Options{LineGrace: time.Millisecond})
	ana, bob := startApp(t, s, "ana", "ana-1").on("1"), startApp(t, s, "bob", "bob-1")
	mallory := startApp(t, s, "mallory", "ana-1").on("1")
	for _, x := range []*app{ana, bob, mallory} {
		x.hello()
	}
	bob.seesPresence("mallory", signal.Online)
	a.Vanished("mallory", "1")
	bob.seesPresence("mallory", signal.Offline)
	if got := bob.announced("ana"); len(got) > 1 || !a.view.holds("ana", "ana-1") {
		t.Errorf("ana: announced %v", got)
	}
}

// TestCrashInCalls closes the lines of a member and of a caller.
func TestCrashInCalls(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a := startAuthority(t, s, Options{LineGrace: time.Millisecond, RingGrace: time.Millisecond})
	ana, bob := startApp(t, s, "ana", "ana-1").on("1"), startApp(t, s, "bob", "bob-1").on("2")
	ana.hello()
	bob.hello()
	c := ana.invite("bob")
	bob.ask(signal.VerbAccept, bob.about(c.ID), nil)
	a.Vanished("bob", "2")
	ana.sees(c.ID, "bob", signal.Lost)
	bob.on("3").hello()
	ana.sees(c.ID, "bob", signal.Joined)
	bob.ask(signal.VerbLeave, bob.about(c.ID), nil)

	c = ana.invite("bob")
	a.Vanished("ana", "1")
	bob.seesEnd(c.ID, signal.EndCallerLost)
}

// TestBackWithinGrace lets a device come back on a new line, through another authority, while the grace of the old one runs.
func TestBackWithinGrace(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a := startAuthority(t, s, Options{LineGrace: 3 * time.Second})
	startAuthority(t, s, Options{})
	ana, bob := startApp(t, s, "ana", "ana-1").on("1"), startApp(t, s, "bob", "bob-1")
	carl := startApp(t, s, "carl", "carl-1").on("c")
	for _, x := range []*app{ana, bob, carl} {
		x.hello()
	}
	c := ana.invite("bob")
	bob.ask(signal.VerbAccept, bob.about(c.ID), nil)
	a.Vanished("ana", "1")
	a.Vanished("carl", "c")
	ana.on("2").hello()
	bob.seesPresence("carl", signal.Offline)
	for _, p := range bob.announced("ana") {
		if p == signal.Offline {
			t.Errorf("announced %v", bob.announced("ana"))
		}
	}
	if p := bob.party(c.ID, "ana"); p.State != signal.Joined {
		t.Errorf("ana is %s", p.State)
	}
}

func TestLaterRenewalWins(t *testing.T) {
	t.Parallel()
	a := startAuthority(t, startNATS(t), Options{})
	h := hold{"ana", "ana-1", "1"}
	first, err := a.store.renew(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	second, err := a.store.renew(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.store.revoke(t.Context(), h, first); !errors.Is(err, errConflict) {
		t.Errorf("revoked a renewed lease: %v", err)
	}
	if held, err := a.store.held(t.Context(), h); err != nil || !held {
		t.Errorf("the lease is gone: %v", err)
	}
	if err := a.store.revoke(t.Context(), h, second); err != nil {
		t.Error(err)
	}
	if held, err := a.store.held(t.Context(), h); err != nil || held {
		t.Errorf("the lease is still there: %v", err)
	}
}

// TestManyLines has a device come back more often than lines end. It is never refused, and its leases stay few.
func TestManyLines(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a := startAuthority(t, s, Options{})
	ana := startApp(t, s, "ana", "ana-1")
	for i := range uint64(maxLines + 20) {
		ana.on(signal.LineOf("N", i)).hello()
	}
	if n := len(a.view.leasesOf("ana", func(hold) bool { return true })); n > maxLines+1 {
		t.Errorf("%d leases", n)
	}
	ana.ask(signal.VerbBye, signal.Bye{Device: "ana-1"}, nil)
	if a.view.online("ana") {
		t.Error("still there after the goodbye")
	}
}

func FuzzParseHold(f *testing.F) {
	f.Add(hold{"ana", "d", ""}.key())
	f.Add(hold{"a *.>", "d.e", signal.LineOf("NB", 7)}.key())
	f.Add("-barrier")
	f.Add("..")
	f.Fuzz(func(t *testing.T, key string) {
		h, ok := parseHold(key)
		if !ok {
			return
		}
		if again, ok := parseHold(h.key()); !ok || again != h {
			t.Errorf("%q: %+v, then %+v", key, h, again)
		}
	})
}
