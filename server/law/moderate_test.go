package law

import (
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

func kick(by signal.UserID, to ...signal.UserID) Kick {
	return Kick{By: by, Device: signal.DeviceID(by + "-1"), To: to}
}

func order(by signal.UserID, microphone, camera *bool, to ...signal.UserID) Order {
	return Order{By: by, Device: signal.DeviceID(by + "-1"), To: to, Microphone: microphone, Camera: camera}
}

func hosted(by signal.UserID, host signal.UserID, to ...signal.UserID) Invite {
	return ring(by, to...).under(signal.Rules{Adding: signal.MembersAdd, Hosts: []signal.UserID{host}})
}

// limited is the same call for so many at once.
func (in Invite) limited(n int) Invite { in.Limit = n; return in }

func TestKick(t *testing.T) {
	t.Parallel()
	const s = time.Second
	accepts := func(u signal.UserID) step { return step{at: s, in: Accept{u, signal.DeviceID(u + "-1"), ""}} }
	two, group := step{in: ring("ana", "bob")}, step{in: ring("ana", "bob", "cyd")}
	runTable(t, map[string]lawTest{
		"of two":            {[]step{two, accepts("bob"), {at: 2 * s, in: kick("ana", "bob")}, {at: 3 * s, in: kick("ana", "bob")}}, signal.EndHangUp, "ana", "joined kicked"},
		"of three":          {[]step{group, accepts("bob"), accepts("cyd"), {in: kick("ana", "bob")}, {in: kick("ana", "bob")}}, "", "", "joined kicked joined"},
		"all others":        {[]step{group, accepts("bob"), accepts("cyd"), {in: kick("ana", "bob", "cyd")}}, signal.EndHangUp, "ana", "joined kicked kicked"},
		"cannot come back":  {[]step{group, accepts("bob"), accepts("cyd"), {in: kick("ana", "bob")}, {in: Join{"bob", "bob-1", true}, want: signal.CodeForbidden}, {in: Accept{"bob", "bob-1", ""}, want: signal.CodeExpired}}, "", "", "joined kicked joined"},
		"back if invited":   {[]step{group, accepts("bob"), accepts("cyd"), {in: kick("ana", "bob")}, {in: ring("cyd", "bob")}, accepts("bob")}, "", "", "joined joined joined"},
		"and his rings":     {[]step{two, accepts("bob"), {at: s, in: ring("bob", "cyd")}, {at: s, in: ring("ana", "dan")}, {at: s, in: kick("ana", "bob")}}, "", "", "joined kicked cancelled calling"},
		"who waits":         {[]step{group, accepts("bob"), {in: kick("ana", "cyd")}, {in: Accept{"cyd", "cyd-1", ""}, want: signal.CodeExpired}}, "", "", "joined joined cancelled"},
		"who waits, of two": {[]step{two, {in: kick("ana", "bob")}}, signal.EndCancelled, "ana", "joined cancelled"},
		"who has left":      {[]step{group, accepts("bob"), accepts("cyd"), {in: Leave{"bob", "bob-1"}}, {in: kick("ana", "bob")}}, "", "", "joined left joined"},
		"who is lost":       {[]step{group, accepts("bob"), accepts("cyd"), {at: s, in: Lost{"bob", "bob-1", false, patience}}, {in: kick("ana", "bob")}, {in: Back{"bob", "bob-1"}}}, "", "", "joined kicked joined"},
		"by a member":       {[]step{group, accepts("bob"), accepts("cyd"), {in: kick("bob", "cyd"), want: signal.CodeForbidden}}, "", "", "joined joined joined"},
		"by a stranger":     {[]step{group, accepts("bob"), {in: kick("eve", "bob"), want: signal.CodeNotFound}}, "", "", "joined joined calling"},
		"by who rings":      {[]step{group, accepts("bob"), {in: kick("cyd", "bob"), want: signal.CodeForbidden}}, "", "", "joined joined calling"},
		"by another device": {[]step{group, accepts("bob"), {in: Kick{"ana", "ana-2", []signal.UserID{"bob"}}, want: signal.CodeElsewhere}}, "", "", "joined joined calling"},
		"by who left":       {[]step{group, accepts("bob"), accepts("cyd"), {in: Leave{"ana", "ana-1"}}, {in: kick("ana", "bob"), want: signal.CodeForbidden}}, "", "", "left joined joined"},
		"oneself":           {[]step{group, accepts("bob"), {in: kick("ana", "bob", "ana"), want: signal.CodeForbidden}}, "", "", "joined joined calling"},
		"a stranger":        {[]step{group, accepts("bob"), {in: kick("ana", "bob", "eve"), want: signal.CodeNobody}}, "", "", "joined joined calling"},
		"nobody":            {[]step{group, accepts("bob"), {in: kick("ana")}}, "", "", "joined joined calling"},
		"by a host":         {[]step{{in: hosted("ana", "cyd", "bob", "cyd")}, accepts("bob"), accepts("cyd"), {in: kick("bob", "cyd"), want: signal.CodeForbidden}, {in: kick("cyd", "bob")}}, "", "", "joined kicked joined"},
		"by the first who is there": {[]step{
			{in: ring("ana", "bob", "cyd", "dan")}, accepts("bob"), accepts("cyd"), accepts("dan"), {in: Leave{"ana", "ana-1"}},
			{in: kick("cyd", "dan"), want: signal.CodeForbidden}, {in: kick("bob", "dan")},
		}, "", "", "left joined joined kicked"},
		"the initiator, by a host": {[]step{
			{in: ring("ana", "bob", "cyd").under(signal.Rules{EndWithInitiator: true, Hosts: []signal.UserID{"bob"}})}, accepts("bob"), accepts("cyd"), {in: kick("bob", "ana")},
		}, signal.EndHangUp, "bob", "kicked joined joined"},
		"after the end": {[]step{two, accepts("bob"), {in: Leave{"bob", "bob-1"}}, {in: kick("ana", "bob")}}, signal.EndHangUp, "bob", "joined left"},
	})

	call := play(t, []step{group, accepts("bob"), accepts("cyd"), {at: s, in: kick("ana", "bob")}})
	if bob, _ := call.Party("bob"); bob.Kicker != "ana" {
		t.Errorf("bob was removed by %q", bob.Kicker)
	}
	if e, ok := Entry(&call, "bob"); !ok || e.State != signal.Kicked || e.EndedBy != "ana" || !e.Answered {
		t.Errorf("bob remembers %+v, %v", e, ok)
	}
	call, err := Next(call, ring("cyd", "bob"), zero.Add(2*s))
	if bob, _ := call.Party("bob"); err != nil || bob.Kicker != "" {
		t.Errorf("bob is called again as %+v, %v", bob, err)
	}
}

func TestFull(t *testing.T) {
	t.Parallel()
	const s = time.Second
	accepts := func(u signal.UserID) step { return step{at: s, in: Accept{u, signal.DeviceID(u + "-1"), ""}} }
	refused := func(in Input) step { return step{at: s, in: in, want: signal.CodeFull} }
	three := step{in: ring("ana", "bob", "cyd", "dan").limited(3)}
	runTable(t, map[string]lawTest{
		"accept":         {[]step{three, accepts("bob"), accepts("cyd"), refused(Accept{"dan", "dan-1", ""})}, "", "", "joined joined joined calling"},
		"join":           {[]step{three, accepts("bob"), accepts("cyd"), refused(Join{"dan", "dan-1", false})}, "", "", "joined joined joined calling"},
		"invite":         {[]step{three, accepts("bob"), accepts("cyd"), refused(ring("bob", "eve"))}, "", "", "joined joined joined calling"},
		"room again":     {[]step{three, accepts("bob"), accepts("cyd"), refused(Accept{"dan", "dan-1", ""}), {at: s, in: Leave{"bob", "bob-1"}}, accepts("dan")}, "", "", "joined left joined joined"},
		"initiator back": {[]step{three, accepts("bob"), accepts("cyd"), {at: s, in: Leave{"ana", "ana-1"}}, {at: s, in: ring("bob", "dan")}, accepts("dan"), refused(Join{"ana", "ana-1", false})}, "", "", "left joined joined joined"},
		"lost holds":     {[]step{three, accepts("bob"), accepts("cyd"), {at: s, in: Lost{"bob", "bob-1", false, patience}}, refused(Accept{"dan", "dan-1", ""}), {at: s, in: Back{"bob", "bob-1"}}}, "", "", "joined joined joined calling"},
		"takes it here":  {[]step{three, accepts("bob"), accepts("cyd"), {at: s, in: Join{"bob", "bob-2", true}}}, "", "", "joined joined joined calling"},
		"nobody adds":    {[]step{{in: ring("ana", "bob").under(signal.Rules{}).limited(2)}, accepts("bob"), {in: ring("ana", "cyd"), want: signal.CodeForbidden}}, "", "", "joined joined"},
		"declines":       {[]step{three, accepts("bob"), accepts("cyd"), {at: s, in: Reject{"dan", signal.Declined, ""}}}, "", "", "joined joined joined declined"},
	})
}

// TestOrder follows the orders in the record.
func TestOrder(t *testing.T) {
	t.Parallel()
	on, off := true, false
	const s = time.Second
	call := play(t, []step{
		{in: hosted("ana", "cyd", "bob", "cyd", "dan")}, {in: Accept{"bob", "bob-1", ""}}, {in: Accept{"cyd", "cyd-1", ""}},
		{in: order("bob", &off, nil, "ana"), want: signal.CodeForbidden},
		{in: order("eve", &off, nil, "bob"), want: signal.CodeNotFound},
		{in: order("dan", &off, nil, "bob"), want: signal.CodeForbidden},
		{in: Order{"ana", "ana-2", []signal.UserID{"bob"}, &off, nil}, want: signal.CodeElsewhere},
		{in: order("ana", &off, nil, "ana"), want: signal.CodeForbidden},
		{in: order("ana", &off, nil, "eve"), want: signal.CodeNobody},
		{at: 2 * s, in: order("ana", &off, nil, "bob", "dan")},
		{at: 3 * s, in: order("cyd", nil, &on)},
	})
	expect := func(u signal.UserID, microphone, camera signal.Order) {
		t.Helper()
		if p, _ := call.Party(u); p.Microphone != microphone || p.Camera != camera {
			t.Errorf("%s is ordered %+v and %+v, want %+v and %+v", u, p.Microphone, p.Camera, microphone, camera)
		}
	}
	muted, asked := signal.Order{By: "ana", At: zero.Add(2 * s)}, signal.Order{On: true, By: "cyd", At: zero.Add(3 * s)}
	none := signal.Order{}
	expect("ana", none, asked)
	expect("bob", muted, asked)
	expect("cyd", none, none)
	expect("dan", none, none)

	then := func(at time.Duration, in Input) {
		t.Helper()
		var err error
		if call, err = Next(call, in, zero.Add(at)); err != nil {
			t.Fatalf("%T%+v: %v", in, in, err)
		}
	}
	then(s, order("ana", &on, nil, "bob")) // by an authority whose clock is late
	expect("bob", signal.Order{On: true, By: "ana", At: zero.Add(3*s + 1)}, asked)
	then(4*s, Lost{"bob", "bob-1", false, patience})
	then(5*s, Back{"bob", "bob-1"})
	expect("bob", signal.Order{On: true, By: "ana", At: zero.Add(3*s + 1)}, asked)
	then(6*s, Join{"bob", "bob-2", true})
	expect("bob", none, none)
	then(7*s, order("ana", &off, &off, "bob"))
	then(8*s, Leave{"bob", "bob-2"})
	then(8*s, Join{"bob", "bob-2", false})
	expect("bob", none, none)
	then(9*s, Leave{"ana", "ana-1"})
	then(9*s, kick("cyd", "bob"))
	if _, err := Next(call, order("cyd", &off, nil), zero.Add(10*s)); err == nil {
		t.Error("an order was taken after the end")
	}
}
