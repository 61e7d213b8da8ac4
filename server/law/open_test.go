package law

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// opened is a user who opens the call.
func opened(u signal.UserID) Open {
	return Open{By: who(u), Device: signal.DeviceID(u + "-1"), Video: true, Rules: signal.Rules{Adding: signal.MembersAdd}}
}

// An open call is the room of an ID: it is there while somebody is in it, lets in whoever comes, and can be used again.
func TestOpen(t *testing.T) {
	t.Parallel()
	const s = time.Second
	ana, bob := step{in: opened("ana")}, step{at: s, in: opened("bob")}
	ringing := step{at: 2 * s, in: ring("ana", "cyd")}
	for name, test := range map[string]struct {
		steps  []step
		reason signal.EndReason
		by     signal.UserID
		states string
	}{
		"alone":              {[]step{ana, {at: 24 * time.Hour, in: Tick{}}}, "", "", "[joined]"},
		"again":              {[]step{ana, ana}, "", "", "[joined]"},
		"two":                {[]step{ana, bob}, "", "", "[joined joined]"},
		"leaves alone":       {[]step{ana, {at: s, in: Leave{"ana", "ana-1"}}}, signal.EndCancelled, "ana", "[left]"},
		"lost alone":         {[]step{ana, {in: Lost{"ana", "ana-1", false, patience}}, {at: 6 * s, in: Tick{}}}, signal.EndCallerLost, "ana", "[left]"},
		"back alone":         {[]step{ana, {in: Lost{"ana", "ana-1", false, patience}}, {at: 5 * s, in: Back{"ana", "ana-1"}}}, "", "", "[joined]"},
		"the last stays":     {[]step{ana, bob, {at: 2 * s, in: Leave{"ana", "ana-1"}}}, signal.EndHangUp, "ana", "[left joined]"},
		"comes back":         {[]step{ana, bob, {in: opened("cyd")}, {in: Leave{"bob", "bob-1"}}, bob}, "", "", "[joined joined joined]"},
		"another device":     {[]step{ana, {in: Open{By: who("ana"), Device: "ana-2"}, want: signal.CodeElsewhere}}, "", "", "[joined]"},
		"takes it":           {[]step{ana, {in: Open{By: who("ana"), Device: "ana-2", Take: true}}, {in: Leave{"ana", "ana-1"}, want: signal.CodeElsewhere}}, "", "", "[joined]"},
		"calls from it":      {[]step{ana, ringing}, "", "", "[joined calling]"},
		"called in vain":     {[]step{ana, ringing, {at: 3 * s, in: Reject{"cyd", signal.Declined, ""}}}, "", "", "[joined declined]"},
		"enters as it rings": {[]step{ana, ringing, {at: 3 * s, in: opened("cyd")}}, "", "", "[joined joined]"},
		"kicked":             {[]step{ana, bob, {in: opened("cyd")}, {in: Kick{"ana", "ana-1", []signal.UserID{"bob"}}}, {in: opened("bob"), want: signal.CodeForbidden}}, "", "", "[joined kicked joined]"},
		"used again":         {[]step{ana, bob, {in: Leave{"bob", "bob-1"}}, {at: 3 * s, in: opened("bob")}}, "", "", "[joined]"},
		"joined when over":   {[]step{ana, bob, {in: Leave{"bob", "bob-1"}}, {in: Join{"bob", "bob-1", false}, want: signal.CodeExpired}}, signal.EndHangUp, "bob", "[joined left]"},

		"strangers open no closed call":  {[]step{{in: ring("ana", "bob")}, {in: opened("eve"), want: signal.CodeForbidden}}, "", "", "[joined calling]"},
		"who is called opens it":         {[]step{{in: ring("ana", "bob")}, bob}, "", "", "[joined joined]"},
		"a closed call stays over":       {[]step{{in: ring("ana", "bob")}, {in: Leave{"ana", "ana-1"}}, {in: opened("bob"), want: signal.CodeExpired}}, signal.EndCancelled, "ana", "[left cancelled]"},
		"an invitation opens no call":    {[]step{{in: ring("ana", "bob").under(signal.Rules{Open: true})}, {in: opened("eve"), want: signal.CodeForbidden}}, "", "", "[joined calling]"},
		"strangers do not join by plain": {[]step{ana, {in: Join{"bob", "bob-1", false}, want: signal.CodeForbidden}}, "", "", "[joined]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call := play(t, test.steps)
			var states []signal.PartyState
			for _, p := range call.Parties {
				states = append(states, p.State)
			}
			if fmt.Sprint(states) != test.states || call.Reason != test.reason || call.EndedBy != test.by {
				t.Errorf("%v, ended %q by %q; want %s, %q by %q", states, call.Reason, call.EndedBy, test.states, test.reason, test.by)
			}
			check(t, call)
		})
	}
}

func TestOpenIsFull(t *testing.T) {
	t.Parallel()
	var steps []step
	for i := range MaxParties {
		steps = append(steps, step{in: opened(signal.UserID(fmt.Sprint("u", i)))})
	}
	play(t, append(steps, step{in: opened("eve"), want: signal.CodeTooMany}))

	small := opened("ana")
	small.Limit = 2
	full := []step{{in: small}, {in: opened("bob")}, {in: opened("cyd"), want: signal.CodeFull}}
	play(t, append(full, step{in: Leave{"bob", "bob-1"}}, step{in: small}, step{in: opened("cyd")}))
}

// Who opens a call first sets its rules, and another call in the same place has nothing of the one before.
func TestOpenAgain(t *testing.T) {
	t.Parallel()
	first := opened("ana")
	first.Rules.Hosts = []signal.UserID{"bob"}
	call := play(t, []step{{in: first}, {in: Open{By: who("bob"), Device: "bob-1", Rules: signal.Rules{EndWithInitiator: true}}}})
	if !call.Rules.Open || call.Rules.EndWithInitiator || !slices.Equal(call.Rules.Hosts, first.Rules.Hosts) || !call.Video || call.Initiator != "ana" || call.Live.IsZero() {
		t.Errorf("the second one changed what the first one opened: %+v", call)
	}
	call.Revision = 7
	call, err := Next(call, Leave{"ana", "ana-1"}, zero.Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	again, err := Next(call, opened("cyd"), zero.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	want := play(t, []step{{at: time.Minute, in: opened("cyd")}})
	want.Revision = call.Revision
	if !same(again, want) {
		t.Errorf("the next call is\n%+v, want\n%+v", again, want)
	}
}
