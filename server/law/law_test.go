package law

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

var (
	zero     = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	patience = Grace{Member: 20 * time.Second, Ringer: 6 * time.Second}
)

const ringFor = time.Minute

func who(id signal.UserID) signal.User { return signal.User{ID: id, Name: string(id)} }

func ring(by signal.UserID, to ...signal.UserID) Invite {
	in := Invite{By: who(by), Device: signal.DeviceID(by + "-1"), Timeout: ringFor, Rules: signal.Rules{Adding: signal.MembersAdd}}
	for _, u := range to {
		in.To = append(in.To, Invitee{User: who(u), Invitation: signal.InvitationID("i-" + u), Online: true})
	}
	return in
}

// under is the same call with other rules.
func (in Invite) under(r signal.Rules) Invite { in.Rules = r; return in }

// step is an input at a time after the start, and the refusal that it must meet.
type step struct {
	at   time.Duration
	in   Input
	want signal.Code
}

func play(t *testing.T, steps []step) signal.Call {
	t.Helper()
	call := signal.Call{ID: "c"}
	for i, s := range steps {
		after, err := Next(call, s.in, zero.Add(s.at))
		var refused *signal.Error
		switch {
		case err == nil && s.want != "":
			t.Fatalf("step %d %T%+v: got no error, want %s", i, s.in, s.in, s.want)
		case err != nil && (!errors.As(err, &refused) || refused.Code != s.want || refused.Message == ""):
			t.Fatalf("step %d %T%+v: got %v, want %q", i, s.in, s.in, err, s.want)
		case err != nil && !reflect.DeepEqual(call, after):
			t.Fatalf("step %d %T%+v: a refusal changed the call", i, s.in, s.in)
		}
		call = after
	}
	return call
}

// lawTest is what becomes of a call by some steps.
type lawTest struct {
	steps  []step
	reason signal.EndReason // "" means that the call goes on
	by     signal.UserID
	states string // of the parties in their order
}

func runTable(t *testing.T, tests map[string]lawTest) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			call := play(t, test.steps)
			states := ""
			for i, p := range call.Parties {
				if i > 0 {
					states += " "
				}
				states += string(p.State)
			}
			if states != test.states {
				t.Errorf("parties are %q, want %q", states, test.states)
			}
			if call.Reason != test.reason || call.EndedBy != test.by || call.Ended.IsZero() != (test.reason == "") {
				t.Errorf("ended %q by %q at %v, want %q by %q", call.Reason, call.EndedBy, call.Ended, test.reason, test.by)
			}
			check(t, call)
		})
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	const s = time.Second
	offline := ring("ana", "bob")
	offline.To[0].Online = false
	invited, accepted := step{in: ring("ana", "bob")}, step{at: s, in: Accept{"bob", "bob-1", "hi"}}
	group := step{in: ring("ana", "bob", "cyd")}
	runTable(t, map[string]lawTest{
		"rings":            {[]step{invited}, "", "", "joined calling"},
		"offline":          {[]step{{in: offline}}, "", "", "joined offline"},
		"offline, appears": {[]step{{in: offline}, {in: Back{"bob", "bob-1"}}}, "", "", "joined calling"},
		"received":         {[]step{invited, {in: Received{"bob"}}, {in: Received{"bob"}}}, "", "", "joined ringing"},
		"rings, vanishes":  {[]step{invited, {in: Received{"bob"}}, {in: Lost{"bob", "bob-1", false, patience}}}, "", "", "joined offline"},
		"rings on another": {[]step{invited, {in: Received{"bob"}}, {in: Lost{"bob", "bob-1", true, patience}}}, "", "", "joined ringing"},
		"accepted":         {[]step{invited, accepted, {at: s, in: Accept{"bob", "bob-1", "again"}}}, "", "", "joined joined"},

		"second device":         {[]step{invited, accepted, {at: s, in: Accept{"bob", "bob-2", ""}, want: signal.CodeElsewhere}}, "", "", "joined joined"},
		"second device rejects": {[]step{invited, accepted, {at: s, in: Reject{"bob", signal.Declined, ""}, want: signal.CodeElsewhere}}, "", "", "joined joined"},
		"second device leaves":  {[]step{invited, accepted, {at: s, in: Leave{"bob", "bob-2"}, want: signal.CodeElsewhere}}, "", "", "joined joined"},
		"second device joins":   {[]step{invited, accepted, {at: s, in: Join{"bob", "bob-2", false}, want: signal.CodeElsewhere}}, "", "", "joined joined"},
		"second device invites": {[]step{invited, {in: Invite{By: who("ana"), Device: "ana-2", To: ring("", "cyd").To}, want: signal.CodeElsewhere}}, "", "", "joined calling"},
		"late accept":           {[]step{invited, {at: ringFor, in: Accept{"bob", "bob-1", ""}, want: signal.CodeExpired}}, "", "", "joined calling"},
		"late for all":          {[]step{invited, {at: ringFor, in: Tick{}}, {at: ringFor, in: Accept{"bob", "bob-1", ""}, want: signal.CodeExpired}}, signal.EndTimeout, "", "joined timeout"},
		"strangers": {[]step{
			invited,
			{in: Received{"eve"}, want: signal.CodeNotFound},
			{in: Accept{"eve", "eve-1", ""}, want: signal.CodeNotFound},
			{in: Reject{"eve", signal.Declined, ""}, want: signal.CodeNotFound},
			{in: Cancel{"eve", nil, ""}, want: signal.CodeNotFound},
			{in: Leave{"eve", "eve-1"}, want: signal.CodeNotFound},
			{in: Join{"eve", "eve-1", false}, want: signal.CodeForbidden},
			{in: ring("eve", "cyd"), want: signal.CodeForbidden},
			{in: Lost{"eve", "eve-1", false, patience}},
			{in: Back{"eve", "eve-1"}},
		}, "", "", "joined calling"},
		"who rings cannot invite":   {[]step{invited, {in: ring("bob", "cyd"), want: signal.CodeForbidden}}, "", "", "joined calling"},
		"who rings cannot leave":    {[]step{invited, {in: Leave{"bob", "bob-1"}, want: signal.CodeForbidden}}, "", "", "joined calling"},
		"who rings cannot cancel":   {[]step{group, {in: Cancel{"bob", []signal.UserID{"cyd"}, ""}, want: signal.CodeForbidden}}, "", "", "joined calling calling"},
		"who rings cancels nothing": {[]step{group, {in: Cancel{"bob", nil, ""}, want: signal.CodeExpired}}, "", "", "joined calling calling"},

		"declined":             {[]step{invited, {in: Reject{"bob", signal.Declined, ""}}}, signal.EndDeclined, "bob", "joined declined"},
		"declined twice":       {[]step{invited, {in: Reject{"bob", signal.Declined, ""}}, {in: Reject{"bob", signal.Declined, ""}}}, signal.EndDeclined, "bob", "joined declined"},
		"declined, late":       {[]step{group, {in: Reject{"bob", signal.Declined, ""}}, {in: Accept{"bob", "bob-2", ""}, want: signal.CodeElsewhere}}, "", "", "joined declined calling"},
		"busy":                 {[]step{invited, {in: Reject{"bob", signal.Refused, ""}}}, signal.EndBusy, "bob", "joined busy"},
		"timeout":              {[]step{invited, {at: ringFor - 1, in: Tick{}}, {at: ringFor, in: Tick{}}}, signal.EndTimeout, "", "joined timeout"},
		"cancelled":            {[]step{invited, {in: Cancel{"ana", nil, ""}}, {in: Cancel{"ana", nil, ""}}}, signal.EndCancelled, "ana", "joined cancelled"},
		"accept after cancel":  {[]step{invited, {in: Cancel{"ana", nil, ""}}, {in: Accept{"bob", "bob-1", ""}, want: signal.CodeExpired}}, signal.EndCancelled, "ana", "joined cancelled"},
		"cancel after accept":  {[]step{invited, accepted, {at: s, in: Cancel{"ana", nil, ""}, want: signal.CodeExpired}}, "", "", "joined joined"},
		"caller leaves a ring": {[]step{invited, {in: Leave{"ana", "ana-1"}}}, signal.EndCancelled, "ana", "left cancelled"},

		"hang up":              {[]step{invited, accepted, {at: 2 * s, in: Leave{"bob", "bob-1"}}, {at: 3 * s, in: Leave{"ana", "ana-1"}}}, signal.EndHangUp, "bob", "joined left"},
		"caller hangs up":      {[]step{invited, accepted, {at: 2 * s, in: Leave{"ana", "ana-1"}}}, signal.EndHangUp, "ana", "left joined"},
		"nothing after an end": {[]step{invited, accepted, {in: Leave{"bob", "bob-1"}}, {in: Join{"bob", "bob-1", false}, want: signal.CodeExpired}, {in: ring("ana", "bob"), want: signal.CodeExpired}, {in: Received{"bob"}, want: signal.CodeExpired}, {at: time.Hour, in: Tick{}}, {in: Merge{"d"}}}, signal.EndHangUp, "bob", "joined left"},

		"caller lost":       {[]step{invited, {in: Lost{"ana", "ana-1", false, patience}}, {at: 6*s - 1, in: Tick{}}, {at: 6 * s, in: Tick{}}}, signal.EndCallerLost, "ana", "left cancelled"},
		"caller back":       {[]step{invited, {in: Lost{"ana", "ana-1", false, patience}}, {at: 5 * s, in: Back{"ana", "ana-1"}}, {at: 9 * s, in: Tick{}}}, "", "", "joined calling"},
		"another back":      {[]step{invited, {in: Lost{"ana", "ana-1", false, patience}}, {at: 5 * s, in: Back{"ana", "ana-2"}}}, "", "", "lost calling"},
		"another lost":      {[]step{invited, accepted, {in: Lost{"ana", "ana-2", true, patience}}}, "", "", "joined joined"},
		"back too late":     {[]step{invited, {in: Lost{"ana", "ana-1", false, patience}}, {at: 7 * s, in: Back{"ana", "ana-1"}}}, signal.EndCallerLost, "ana", "left cancelled"},
		"member lost":       {[]step{invited, accepted, {at: s, in: Lost{"bob", "bob-1", false, patience}}, {at: 20 * s, in: Tick{}}, {at: 21 * s, in: Tick{}}}, signal.EndLost, "bob", "joined left"},
		"member back":       {[]step{invited, accepted, {at: s, in: Lost{"bob", "bob-1", false, patience}}, {at: 20 * s, in: Back{"bob", "bob-1"}}, {at: 40 * s, in: Tick{}}}, "", "", "joined joined"},
		"lost comes back":   {[]step{invited, accepted, {at: s, in: Lost{"bob", "bob-1", false, patience}}, {at: 2 * s, in: Join{"bob", "bob-2", false}}}, "", "", "joined joined"},
		"both lost":         {[]step{invited, accepted, {at: s, in: Lost{"bob", "bob-1", false, patience}}, {at: s, in: Lost{"ana", "ana-1", false, patience}}, {at: 21 * s, in: Tick{}}}, signal.EndLost, "ana", "left left"},
		"lost leaves":       {[]step{invited, accepted, {at: s, in: Lost{"bob", "bob-1", false, patience}}, {at: 2 * s, in: Leave{"bob", "bob-1"}}}, signal.EndHangUp, "bob", "joined left"},
		"merged":            {[]step{invited, {in: Merge{"d"}}}, signal.EndMerged, "", "joined cancelled"},
		"accept by joining": {[]step{invited, {in: Join{"bob", "bob-1", false}}}, "", "", "joined joined"},

		"group, one accepts":     {[]step{group, accepted, {at: s, in: Reject{"cyd", signal.Declined, ""}}}, "", "", "joined joined declined"},
		"group, cancel one":      {[]step{group, {in: Cancel{"ana", []signal.UserID{"cyd"}, ""}}}, "", "", "joined calling cancelled"},
		"group, cancel both":     {[]step{group, {in: Cancel{"ana", []signal.UserID{"cyd"}, ""}}, {in: Cancel{"ana", []signal.UserID{"bob"}, ""}}}, signal.EndCancelled, "ana", "joined cancelled cancelled"},
		"group, all decline":     {[]step{group, {in: Reject{"bob", signal.Declined, ""}}, {in: Reject{"cyd", signal.Refused, ""}}}, signal.EndDeclined, "bob", "joined declined busy"},
		"group, all busy":        {[]step{group, {in: Reject{"bob", signal.Refused, ""}}, {in: Reject{"cyd", signal.Refused, ""}}}, signal.EndBusy, "bob", "joined busy busy"},
		"group, timeout":         {[]step{group, {in: Reject{"bob", signal.Declined, ""}}, {at: ringFor, in: Tick{}}}, signal.EndTimeout, "", "joined declined timeout"},
		"group, cancel weighs":   {[]step{group, {in: Reject{"bob", signal.Declined, ""}}, {in: Cancel{"ana", nil, ""}}}, signal.EndCancelled, "ana", "joined declined cancelled"},
		"group, caller leaves":   {[]step{group, accepted, {at: s, in: Leave{"ana", "ana-1"}}}, signal.EndHangUp, "ana", "left joined cancelled"},
		"group, others stay":     {[]step{group, accepted, {at: s, in: Accept{"cyd", "cyd-1", ""}}, {at: s, in: Leave{"ana", "ana-1"}}}, "", "", "left joined joined"},
		"group, waits for one":   {[]step{group, accepted, {at: s, in: Leave{"bob", "bob-1"}}}, "", "", "joined left calling"},
		"group, waited in vain":  {[]step{group, accepted, {at: s, in: Leave{"bob", "bob-1"}}, {at: s, in: Reject{"cyd", signal.Declined, ""}}}, signal.EndDeclined, "cyd", "joined left declined"},
		"group, comes back":      {[]step{group, accepted, {at: s, in: Accept{"cyd", "cyd-1", ""}}, {at: s, in: Leave{"bob", "bob-1"}}, {at: s, in: Join{"bob", "bob-2", false}}}, "", "", "joined joined joined"},
		"group, ring again":      {[]step{group, accepted, {in: Reject{"cyd", signal.Declined, ""}}, {at: s, in: ring("bob", "cyd", "ana")}}, "", "", "joined joined calling"},
		"group, invitee's own":   {[]step{invited, accepted, {at: s, in: ring("bob", "cyd")}, {at: s, in: Leave{"ana", "ana-1"}}}, "", "", "left joined calling"},
		"takes it here":          {[]step{invited, accepted, {in: Join{"bob", "bob-2", true}}, {in: Leave{"bob", "bob-1"}, want: signal.CodeElsewhere}, {in: Lost{"bob", "bob-1", true, patience}}}, "", "", "joined joined"},
		"takes what it has":      {[]step{invited, accepted, {in: Join{"bob", "bob-1", true}}}, "", "", "joined joined"},
		"lost needs no take":     {[]step{invited, accepted, {in: Lost{"bob", "bob-1", false, patience}}, {in: Join{"bob", "bob-2", false}}, {in: Back{"bob", "bob-1"}}, {at: time.Minute, in: Tick{}}}, "", "", "joined joined"},
		"lost, dismissed":        {[]step{invited, accepted, {in: Lost{"bob", "bob-1", true, patience}}, {in: Leave{"bob", "bob-2"}}}, signal.EndHangUp, "bob", "joined left"},
		"lost caller, dismissed": {[]step{invited, {in: Lost{"ana", "ana-1", true, patience}}, {in: Leave{"ana", "ana-2"}}}, signal.EndCancelled, "ana", "left cancelled"},

		"nobody adds": {[]step{
			{in: ring("ana", "bob").under(signal.Rules{})}, {in: ring("ana", "cyd"), want: signal.CodeForbidden}, accepted,
			{in: ring("bob", "cyd"), want: signal.CodeForbidden}, {in: ring("ana", "bob"), want: signal.CodeForbidden},
		}, "", "", "joined joined"},
		"initiator adds": {[]step{
			{in: ring("ana", "bob").under(signal.Rules{Adding: signal.InitiatorAdds})}, accepted,
			{in: ring("bob", "cyd"), want: signal.CodeForbidden}, {in: ring("ana", "cyd")},
		}, "", "", "joined joined calling"},
		"who rings does not add": {[]step{group, {in: ring("bob", "dan"), want: signal.CodeForbidden}}, "", "", "joined calling calling"},
		"rules stay":             {[]step{{in: ring("ana", "bob").under(signal.Rules{Adding: signal.InitiatorAdds})}, accepted, {in: ring("ana", "cyd")}, {in: ring("bob", "dan"), want: signal.CodeForbidden}}, "", "", "joined joined calling"},

		"initiator ends it": {[]step{
			{in: ring("ana", "bob", "cyd", "dan").under(signal.Rules{EndWithInitiator: true})}, accepted, {in: Accept{"cyd", "cyd-1", ""}},
			{at: s, in: Leave{"ana", "ana-1"}}, {at: s, in: Join{"ana", "ana-1", false}, want: signal.CodeExpired}, {at: s, in: Accept{"dan", "dan-1", ""}, want: signal.CodeExpired},
		}, signal.EndHangUp, "ana", "left joined joined cancelled"},
		"another ends only his part": {[]step{
			{in: ring("ana", "bob", "cyd").under(signal.Rules{EndWithInitiator: true})}, accepted, {in: Accept{"cyd", "cyd-1", ""}}, {at: s, in: Leave{"bob", "bob-1"}},
		}, "", "", "joined left joined"},
		"initiator lost": {[]step{
			{in: ring("ana", "bob", "cyd").under(signal.Rules{EndWithInitiator: true})}, accepted, {in: Accept{"cyd", "cyd-1", ""}},
			{in: Lost{"bob", "bob-1", false, patience}}, {in: Lost{"ana", "ana-1", false, patience}}, {at: 20*s - 1, in: Tick{}}, {at: 20 * s, in: Tick{}},
		}, signal.EndLost, "ana", "left left joined"},

		"required, comes": {[]step{{in: need("cyd")}, accepted, {at: 30 * s, in: Tick{}}, {at: 31 * s, in: Accept{"cyd", "cyd-1", ""}}, {at: time.Hour, in: Tick{}}}, "", "", "joined joined joined"},
		"required, declines": {[]step{
			{in: need("cyd")}, accepted, {at: 30 * s, in: Reject{"cyd", signal.Declined, ""}}, {at: 35*s - 1, in: Tick{}}, {at: 35 * s, in: Tick{}},
		}, signal.EndAbandoned, "cyd", "joined joined declined"},
		"required, declined before": {[]step{
			{in: need("cyd")}, {in: Reject{"cyd", signal.Declined, ""}}, {at: 30 * s, in: Tick{}}, {at: 30 * s, in: Accept{"bob", "bob-1", ""}},
			{at: 35*s - 1, in: Tick{}}, {at: 35 * s, in: Tick{}},
		}, signal.EndAbandoned, "cyd", "joined joined declined"},
		"required, never asked": {[]step{{in: need("eve")}, accepted, {at: 6*s - 1, in: Tick{}}, {at: 6 * s, in: Tick{}}}, signal.EndAbandoned, "eve", "joined joined cancelled"},
		"required, leaves": {[]step{
			{in: need("cyd")}, accepted, {at: s, in: Accept{"cyd", "cyd-1", ""}}, {at: 9 * s, in: Leave{"cyd", "cyd-1"}}, {at: 14*s - 1, in: Tick{}}, {at: 14 * s, in: Tick{}},
		}, signal.EndAbandoned, "cyd", "joined joined left"},
		"required, leaves, comes back": {[]step{
			{in: need("cyd")}, accepted, {at: s, in: Accept{"cyd", "cyd-1", ""}}, {at: 9 * s, in: Leave{"cyd", "cyd-1"}}, {at: 13 * s, in: Join{"cyd", "cyd-1", false}}, {at: time.Hour, in: Tick{}},
		}, "", "", "joined joined joined"},
		"required, lost for a while": {[]step{
			{in: need("cyd")}, accepted, {at: s, in: Accept{"cyd", "cyd-1", ""}}, {at: 9 * s, in: Lost{"cyd", "cyd-1", false, patience}},
			{at: 28 * s, in: Tick{}}, {at: 28 * s, in: Back{"cyd", "cyd-1"}}, {at: time.Hour, in: Tick{}},
		}, "", "", "joined joined joined"},
		"required, lost for good": {[]step{
			{in: need("cyd")}, accepted, {at: s, in: Accept{"cyd", "cyd-1", ""}}, {at: 9 * s, in: Lost{"cyd", "cyd-1", false, patience}},
			{at: 29 * s, in: Tick{}}, {at: 34*s - 1, in: Tick{}}, {at: 34 * s, in: Tick{}},
		}, signal.EndAbandoned, "cyd", "joined joined left"},
		"required, rung again": {[]step{
			{in: need("cyd")}, accepted, {at: s, in: Reject{"cyd", signal.Declined, ""}}, {at: 5 * s, in: ring("ana", "cyd")}, {at: 60 * s, in: Tick{}},
			{at: 65 * s, in: Tick{}}, {at: 70 * s, in: Tick{}},
		}, signal.EndAbandoned, "cyd", "joined joined timeout"},
		"required, not live": {[]step{{in: need("cyd")}, {in: Reject{"cyd", signal.Declined, ""}}, {at: 30 * s, in: Tick{}}}, "", "", "joined calling declined"},
		"required, own time": {[]step{
			{in: need("eve").under(signal.Rules{Required: []signal.UserID{"eve"}, RequiredWithin: 30 * s})}, accepted, {at: 31*s - 1, in: Tick{}}, {at: 31 * s, in: Tick{}},
		}, signal.EndAbandoned, "eve", "joined joined cancelled"},

		"too many": {[]step{{in: ring("ana", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16"), want: signal.CodeTooMany}}, "", "", ""},
	})
}

// need is a call of ana's to bob and cyd in which somebody must be.
func need(u signal.UserID) Invite {
	return ring("ana", "bob", "cyd").under(signal.Rules{Adding: signal.MembersAdd, Required: []signal.UserID{u}})
}

func TestInviteAgain(t *testing.T) {
	t.Parallel()
	again := ring("ana", "bob")
	again.To[0].Invitation = "second"
	call := play(t, []step{{in: ring("ana", "bob", "cyd")}, {in: Reject{"bob", signal.Declined, "no"}}, {at: time.Second, in: again}})
	bob, _ := call.Party("bob")
	want := signal.Party{User: who("bob"), State: signal.Calling, Invitation: "second", By: "ana", Asked: zero.Add(time.Second), Since: zero.Add(time.Second), Deadline: zero.Add(time.Second + ringFor)}
	if bob != want {
		t.Errorf("got %+v, want %+v", bob, want)
	}
}

func TestLive(t *testing.T) {
	t.Parallel()
	call := play(t, []step{{in: ring("ana", "bob", "cyd")}, {at: time.Second, in: Accept{"bob", "bob-1", ""}}, {at: 2 * time.Second, in: Accept{"cyd", "cyd-1", ""}}})
	if want := zero.Add(time.Second); !call.Live.Equal(want) {
		t.Errorf("live at %v, want %v, when the second joined", call.Live, want)
	}
}

// TestTexts follows what people say with their deeds.
func TestTexts(t *testing.T) {
	t.Parallel()
	first := ring("ana", "bob", "cyd")
	first.Request = signal.Request{Data: "tea?", Notification: signal.Notification{Title: "Tea", Message: "now", Resource: "kettle"}}
	more := ring("bob", "dan", "eve")
	more.Request = signal.Request{Data: "cake?"}
	same := ring("bob", "fay")
	same.Request = first.Request
	call := play(t, []step{
		{in: first}, {at: time.Second, in: Accept{"bob", "bob-1", "yes"}}, {in: Reject{"cyd", signal.Declined, "no"}}, {at: 2 * time.Second, in: more}, {at: 2 * time.Second, in: same},
		{at: 3 * time.Second, in: Cancel{"bob", []signal.UserID{"dan"}, "no cake"}}, {at: 4 * time.Second, in: Lost{"bob", "bob-1", false, patience}}, {at: 5 * time.Second, in: Back{"bob", "bob-1"}},
		{at: 5 * time.Second, in: Accept{"fay", "fay-1", ""}},
	})
	for u, want := range map[signal.UserID]string{"ana": "", "bob": "yes", "cyd": "no", "dan": "no cake", "eve": "", "fay": ""} {
		if p, _ := call.Party(u); p.Data != want {
			t.Errorf("%s said %q, want %q", u, p.Data, want)
		}
	}
	for u, want := range map[signal.UserID]signal.Request{"bob": first.Request, "cyd": first.Request, "dan": more.Request, "fay": first.Request} {
		if got := call.Asking(u); got != want {
			t.Errorf("%s is asked %+v, want %+v", u, got, want)
		}
	}
	if fay, _ := call.Party("fay"); fay.Request != nil {
		t.Errorf("fay's request is kept twice: %+v", fay.Request)
	}
	dan, _ := call.Party("dan")
	if want := zero.Add(2 * time.Second); !dan.Asked.Equal(want) {
		t.Errorf("dan is asked at %v, want %v", dan.Asked, want)
	}
	bob, _ := call.Party("bob")
	if want := zero.Add(time.Second); !bob.Entered.Equal(want) || !bob.Asked.Equal(zero) {
		t.Errorf("bob was asked at %v and entered at %v", bob.Asked, bob.Entered)
	}
	call, err := Next(call, Leave{"bob", "bob-1"}, zero.Add(6*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	call, err = Next(call, Join{"bob", "bob-2", false}, zero.Add(7*time.Second))
	if bob, _ = call.Party("bob"); err != nil || bob.Data != "" || !bob.Asked.IsZero() || !bob.Entered.Equal(zero.Add(7*time.Second)) {
		t.Errorf("bob is back as %+v, %v", bob, err)
	}
}

// TestRecordIsBounded writes as much into a call as the law lets, and ends it.
func TestRecordIsBounded(t *testing.T) {
	t.Parallel()
	long := func(u string) signal.UserID { return signal.UserID(u + strings.Repeat("<", 64-len(u))) }
	text := strings.Repeat("<", 4<<10)
	in := ring(long("ana"))
	in.Rules.Required = nil
	for i := range MaxParties - 1 {
		u := long(fmt.Sprint(i))
		in.To = append(in.To, Invitee{User: who(u), Invitation: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", Online: true})
		in.Rules.Required = append(in.Rules.Required, u)
	}
	in.Rules.Hosts = in.Rules.Required
	call, err := Next(signal.Call{ID: signal.CallID(long("c"))}, in, zero)
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range MaxParties - 1 {
		u := long(fmt.Sprint(i))
		d := signal.DeviceID(long("device"))
		if call, err = Next(call, Accept{u, d, text}, zero); err != nil {
			if !errors.Is(err, &signal.Error{Code: signal.CodeTooMany}) {
				t.Fatal(err)
			}
			refused++
			if call, err = Next(call, Accept{u, d, ""}, zero); err != nil {
				t.Fatalf("not even without a text: %v", err)
			}
		}
		on := true
		if call, err = Next(call, Order{By: in.By.ID, Device: in.Device, Microphone: &on, Camera: &on}, zero.Add(time.Nanosecond)); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(call)
		if err != nil || len(data) > signal.MaxMessage-64 {
			t.Fatalf("the record has %d bytes, %v", len(data), err)
		}
	}
	if refused == 0 {
		t.Error("no text was too much")
	}
	if call, err = Next(call, Leave{in.By.ID, in.Device}, zero); err != nil || call.Parties[0].State != signal.Left {
		t.Errorf("the caller cannot leave: %v", err)
	}
}

// TestDue compares it with what ticks do.
func TestDue(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]signal.Call{
		"ring":      play(t, []step{{in: ring("ana", "bob")}}),
		"lost":      play(t, []step{{in: ring("ana", "bob", "cyd")}, {in: Lost{"ana", "ana-1", false, patience}}}),
		"abandoned": play(t, []step{{in: need("eve")}, {in: Accept{"bob", "bob-1", ""}}}),
	} {
		due := Due(&call)
		before, err := Next(call, Tick{}, due.Add(-1))
		if err != nil || !reflect.DeepEqual(before, call) {
			t.Errorf("%s: something happens before it is due: %v", name, err)
		}
		if after, err := Next(call, Tick{}, due); err != nil || reflect.DeepEqual(after, call) {
			t.Errorf("%s: nothing happens when it is due: %v", name, err)
		}
	}
	for name, call := range map[string]signal.Call{
		"talk":  play(t, []step{{in: ring("ana", "bob")}, {in: Accept{"bob", "bob-1", ""}}}),
		"ended": play(t, []step{{in: ring("ana", "bob")}, {in: Cancel{"ana", nil, ""}}}),
	} {
		if due := Due(&call); !due.IsZero() {
			t.Errorf("%s: due at %v", name, due)
		}
	}
}
