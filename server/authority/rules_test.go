package authority

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// callUnder starts a call with rules.
func (a *app) callUnder(r signal.Rules, to ...signal.UserID) signal.CallID {
	a.t.Helper()
	var reply signal.InviteReply
	a.ask(signal.VerbInvite, signal.Invite{Device: a.device, To: to, Rules: r}, &reply)
	return reply.Call.ID
}

// apps starts one app each for some people, and says hello.
func apps(t *testing.T, start func(signal.UserID, signal.DeviceID) *app, users ...signal.UserID) []*app {
	t.Helper()
	all := make([]*app, len(users))
	for i, u := range users {
		all[i] = start(u, signal.DeviceID(u+"-1"))
		all[i].hello()
	}
	return all
}

func TestRules(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	unlimited(startAuthority(t, s, Options{Sweep: 20 * time.Millisecond}))
	start := func(u signal.UserID, d signal.DeviceID) *app { return startApp(t, s, u, d) }
	all := apps(t, start, "ana", "bob", "cyd", "dan")
	ana, bob, cyd, dan := all[0], all[1], all[2], all[3]

	id := ana.callUnder(signal.Rules{}, "bob")
	bob.ask(signal.VerbAccept, bob.about(id), nil)
	for _, x := range []*app{ana, bob} {
		x.refused(signal.CodeForbidden, signal.VerbInvite, signal.Invite{Device: x.device, Call: id, To: []signal.UserID{"cyd"}, Rules: signal.Rules{Adding: signal.MembersAdd}})
	}
	ana.ask(signal.VerbLeave, ana.about(id), nil)

	// One who is busy is rung all the same, and what he is asked is his own.
	id = ana.callUnder(signal.Rules{Adding: signal.InitiatorAdds, EndWithInitiator: true}, "bob")
	bob.ask(signal.VerbAccept, bob.about(id), nil)
	other := cyd.callUnder(signal.Rules{}, "dan")
	dan.ask(signal.VerbAccept, dan.about(other), nil)
	bob.refused(signal.CodeForbidden, signal.VerbInvite, signal.Invite{Device: "bob-1", Call: id, To: []signal.UserID{"cyd"}})
	var reply signal.InviteReply
	asking := signal.Request{Data: "cake?", Notification: signal.Notification{Title: "Cake", Message: "in the kitchen", Resource: "bell"}}
	ana.ask(signal.VerbInvite, signal.Invite{Device: "ana-1", Call: id, To: []signal.UserID{"dan", "bob"}, Request: asking}, &reply)
	if want := []signal.InviteResult{{ID: "dan", Result: "busy"}, {ID: "bob", Result: "ringing"}}; !slices.Equal(reply.Results, want) {
		t.Errorf("results are %v, want %v", reply.Results, want)
	}
	dan.sees(id, "dan", signal.Calling)
	if c := dan.call(id); c.Asking("dan") != asking || c.Asking("bob") != (signal.Request{}) {
		t.Errorf("dan is asked %+v, bob %+v", c.Asking("dan"), c.Asking("bob"))
	}
	first := dan.party(id, "dan").Invitation
	withdrawal := ana.about(id)
	withdrawal.To, withdrawal.Data = []signal.UserID{"dan"}, "all eaten"
	ana.ask(signal.VerbCancel, withdrawal, nil)
	dan.sees(id, "dan", signal.Cancelled)
	if p := dan.party(id, "dan"); p.Data != "all eaten" {
		t.Errorf("dan is told %+v", p)
	}
	ana.ask(signal.VerbInvite, signal.Invite{Device: "ana-1", Call: id, To: []signal.UserID{"dan"}}, nil)
	dan.sees(id, "dan", signal.Calling)
	if p := dan.party(id, "dan"); p.Invitation == first || p.Invitation == "" || p.Request != nil || p.Data != "" {
		t.Errorf("the second ring is %+v", p)
	}

	// The initiator takes the call with him.
	ana.ask(signal.VerbLeave, ana.about(id), nil)
	bob.seesEnd(id, signal.EndHangUp)
	dan.sees(id, "dan", signal.Cancelled)
	dan.refused(signal.CodeExpired, signal.VerbAccept, dan.about(id))
	bob.refused(signal.CodeExpired, signal.VerbJoin, bob.about(id))

	// Nobody asks for the end of a call that a required person has left.
	id = ana.callUnder(signal.Rules{Required: []signal.UserID{"bob"}, RequiredWithin: 50 * time.Millisecond}, "bob", "cyd")
	for _, x := range []*app{bob, cyd} {
		x.ask(signal.VerbAccept, x.about(id), nil)
	}
	bob.ask(signal.VerbLeave, bob.about(id), nil)
	cyd.seesEnd(id, signal.EndAbandoned)
	if c := cyd.call(id); c.EndedBy != "bob" {
		t.Errorf("%q was missing", c.EndedBy)
	}
}

func TestWrongRules(t *testing.T) {
	t.Parallel()
	ok := signal.Invite{Device: "d", To: []signal.UserID{"bob"}}
	if err := checkInvite(&ok, "ana"); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", maxBody+1)
	many := make([]signal.UserID, maxNamed+1)
	for i := range many {
		many[i] = signal.UserID(fmt.Sprint(i))
	}
	for field, change := range map[string]func(*signal.Invite){
		"adding":          func(in *signal.Invite) { in.Rules.Adding = "everybody" },
		"required":        func(in *signal.Invite) { in.Rules.Required = many },
		"hosts":           func(in *signal.Invite) { in.Rules.Hosts = many },
		"hosts: ":         func(in *signal.Invite) { in.Rules.Hosts = []signal.UserID{"ana", ""} },
		"required: ":      func(in *signal.Invite) { in.Rules.Required = []signal.UserID{""} },
		"required_within": func(in *signal.Invite) { in.Rules.RequiredWithin = -1 },
		"required_within: must be at most 10": func(in *signal.Invite) {
			in.Rules.RequiredWithin = maxAbsence + 1
		},
		"title":    func(in *signal.Invite) { in.Notification.Title = long[:maxTitle+1] },
		"message":  func(in *signal.Invite) { in.Notification.Message = long },
		"resource": func(in *signal.Invite) { in.Notification.Resource = long[:maxTitle+1] },
		"title: ":  func(in *signal.Invite) { in.Notification.Title = "\xff" },
		"data":     func(in *signal.Invite) { in.Data = strings.Repeat("x", maxData+1) },
	} {
		in := ok
		change(&in)
		err := checkInvite(&in, "ana")
		if !errors.Is(err, &signal.Error{Code: signal.CodeBadRequest}) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	full := ok
	full.Rules = signal.Rules{Adding: signal.MembersAdd, Required: many[:maxNamed], Hosts: many[:maxNamed], RequiredWithin: maxAbsence, EndWithInitiator: true}
	full.Notification = signal.Notification{Title: long[:maxTitle], Message: long[:maxBody], Resource: long[:maxTitle]}
	if err := checkInvite(&full, "ana"); err != nil {
		t.Error(err)
	}
}

// race lets some people do something at the same moment, and returns what each got: the code of the refusal, or none.
func race(t *testing.T, deeds map[string]func() error) map[string]signal.Code {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	got := map[string]signal.Code{}
	for name, do := range deeds {
		wg.Go(func() {
			err := do()
			var refused *signal.Error
			if err != nil && !errors.As(err, &refused) {
				t.Errorf("%s: %v", name, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			got[name] = ""
			if refused != nil {
				got[name] = refused.Code
			}
		})
	}
	wg.Wait()
	return got
}

// TestRaces lets devices of one user, and a leaving initiator, race through two authorities that sweep all the time. Whoever wins,
// one device holds the place, and each user remembers each part once.
func TestRaces(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	o := Options{Sweep: 10 * time.Millisecond}
	unlimited(startAuthority(t, s, o), startAuthority(t, s, o))
	start := func(u signal.UserID, d signal.DeviceID) *app { return startApp(t, s, u, d) }
	all := apps(t, start, "ana", "bob", "cyd", "dan")
	ana, bob, cyd, dan := all[0], all[1], all[2], all[3]
	bob2 := start("bob", "bob-2")
	bob2.hello()
	deed := func(x *app, verb signal.Verb, in signal.CallRequest) func() error {
		return func() error { return x.try(verb, in, nil) }
	}
	taking := func(id signal.CallID) signal.CallRequest {
		in := bob2.about(id)
		in.Take = true
		return in
	}
	parts := map[*app]int{}
	const rounds = 15
	for round := range rounds {
		// Accept on one device against taking the place on another.
		id := ana.callUnder(signal.Rules{}, "bob")
		got := race(t, map[string]func() error{"accept": deed(bob, signal.VerbAccept, bob.about(id)), "take": deed(bob2, signal.VerbJoin, taking(id))})
		if got["take"] != "" || got["accept"] != "" && got["accept"] != signal.CodeElsewhere {
			t.Fatalf("round %d: %v", round, got)
		}
		ana.until(func() string {
			c := ana.calls[id]
			if p, _ := c.Party("bob"); p.State != signal.Joined || p.Device != "bob-2" {
				return fmt.Sprintf("bob is %+v", p)
			}
			return ""
		})

		// Take against leave, in a call of two: either bob stays on the other device, or the call is over.
		bob.ask(signal.VerbJoin, func() signal.CallRequest { in := bob.about(id); in.Take = true; return in }(), nil)
		got = race(t, map[string]func() error{"leave": deed(bob, signal.VerbLeave, bob.about(id)), "take": deed(bob2, signal.VerbJoin, taking(id))})
		left, stays := got["leave"] == "" && got["take"] == signal.CodeExpired, got["leave"] == signal.CodeElsewhere && got["take"] == ""
		if left == stays {
			t.Fatalf("round %d: %v", round, got)
		}
		if stays {
			ana.ask(signal.VerbLeave, ana.about(id), nil)
		}
		ana.seesEnd(id, signal.EndHangUp)
		parts[ana]++
		parts[bob]++

		// The initiator ends the call against who accepts, who comes back, and who adds.
		id = ana.callUnder(signal.Rules{EndWithInitiator: true, Adding: signal.MembersAdd}, "bob", "cyd")
		bob.ask(signal.VerbAccept, bob.about(id), nil)
		bob.ask(signal.VerbInvite, signal.Invite{Device: "bob-1", Call: id, To: []signal.UserID{"dan"}}, nil)
		dan.ask(signal.VerbAccept, dan.about(id), nil)
		dan.ask(signal.VerbLeave, dan.about(id), nil)
		got = race(t, map[string]func() error{
			"leave": deed(ana, signal.VerbLeave, ana.about(id)), "accept": deed(cyd, signal.VerbAccept, cyd.about(id)), "join": deed(dan, signal.VerbJoin, dan.about(id)),
		})
		if got["leave"] != "" || got["accept"] != "" && got["accept"] != signal.CodeExpired || got["join"] != "" && got["join"] != signal.CodeExpired {
			t.Fatalf("round %d: %v", round, got)
		}
		for _, x := range []*app{ana, bob, cyd, dan} {
			x.seesEnd(id, signal.EndHangUp)
			x.refused(signal.CodeExpired, signal.VerbJoin, x.about(id))
			parts[x]++
		}
		if got["join"] == "" {
			parts[dan]++
		}

		// Cancel with a text against accept.
		id = ana.callUnder(signal.Rules{}, "bob")
		withdrawal := ana.about(id)
		withdrawal.Data = "too late"
		got = race(t, map[string]func() error{"cancel": deed(ana, signal.VerbCancel, withdrawal), "accept": deed(bob, signal.VerbAccept, bob.about(id))})
		if (got["cancel"] == "") == (got["accept"] == "") {
			t.Fatalf("round %d: %v", round, got)
		}
		if got["accept"] == "" {
			bob.ask(signal.VerbLeave, bob.about(id), nil)
		}
		bob.until(func() string {
			c := bob.calls[id]
			p, _ := c.Party("bob")
			if c.Ended.IsZero() || (got["cancel"] == "") != (p.State == signal.Cancelled && p.Data == "too late") {
				return fmt.Sprintf("%v, but bob is %+v", got, p)
			}
			return ""
		})
		parts[ana]++
		parts[bob]++
	}
	for x, n := range parts {
		x.remembers(n)
	}
}
