package authority

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parley-calls/parley/engine/signal"
)

func (a *app) opening(id signal.CallID) signal.OpenRequest {
	return signal.OpenRequest{Device: a.device, Call: id, Video: true}
}

// Two people who only agreed on an ID meet, also if both are first, and also the next day.
func TestOpenCalls(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	x := startAuthority(t, s, Options{})
	y := startAuthority(t, s, Options{})
	all := apps(t, func(u signal.UserID, d signal.DeviceID) *app { return startApp(t, s, u, d) }, "ana", "bob", "cyd")
	ana, bob, cyd := all[0], all[1], all[2]
	unlimited(x, y)
	opens := func(a *app) func() error {
		return func() error { return a.try(signal.VerbOpen, a.opening("lobby"), nil) }
	}
	for round := range 3 {
		race(t, map[string]func() error{"ana": opens(ana), "bob": opens(bob)})
		for _, a := range []*app{ana, bob} {
			a.sees("lobby", "ana", signal.Joined)
			a.sees("lobby", "bob", signal.Joined)
		}
		if c := ana.call("lobby"); !c.Video || !c.Rules.Open || c.Live.IsZero() || len(c.Parties) != 2 || c.Parties[0].Name == "" {
			t.Fatalf("round %d: %+v", round, c)
		}
		cyd.refused(signal.CodeForbidden, signal.VerbJoin, cyd.about("lobby"))
		ana.ask(signal.VerbLeave, ana.about("lobby"), nil)
		bob.seesEnd("lobby", signal.EndHangUp)
	}
	ana.ask(signal.VerbOpen, ana.opening("empty"), nil)
	ana.ask(signal.VerbLeave, ana.about("empty"), nil)
	ana.remembers(3)
	bob.remembers(3)
}

func TestWrongOpening(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a := startAuthority(t, s, Options{})
	ana := apps(t, func(u signal.UserID, d signal.DeviceID) *app { return startApp(t, s, u, d) }, "ana")[0]
	for _, in := range []signal.OpenRequest{
		{Call: "lobby"}, {Device: "ana-1"}, {Device: "ana-1", Call: signal.CallID(strings.Repeat("x", maxID+1))}, {Device: "ana-1", Call: "lobby", Rules: signal.Rules{Adding: "all"}},
	} {
		ana.refused(signal.CodeBadRequest, signal.VerbOpen, in)
	}
	a.invites.mu.Lock()
	clear(a.invites.buckets)
	a.invites.mu.Unlock()
	for n := range int(inviteRate.burst) {
		ana.ask(signal.VerbOpen, ana.opening(signal.CallID(fmt.Sprint(n))), nil)
	}
	ana.refused(signal.CodeTooMany, signal.VerbOpen, ana.opening("one more"))
}
