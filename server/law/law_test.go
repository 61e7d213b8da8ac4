package law

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
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

func TestNext(t *testing.T) {
	t.Parallel()
	const s = time.Second
	offline := ring("ana", "bob")
	offline.To[0].Online = false
	invited, accepted := step{in: ring("ana", "bob")}, step{at: s, in: Accept{"bob", "bob-1", "hi"}}
	group := step{in: ring("ana", "bob", "cyd")}
	tests := map[string]struct {
		steps  []step
		reason signal.EndReason // "" means that the call goes on
		by     signal.UserID
		states string // of the parties in their order
	}{
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

		"group, one accepts":    {[]step{group, accepted, {at: s, in: Reject{"cyd", signal.Declined, ""}}}, "", "", "joined joined declined"},
		"group, cancel one":     {[]step{group, {in: Cancel{"ana", []signal.UserID{"cyd"}, ""}}}, "", "", "joined calling cancelled"},
		"group, cancel both":    {[]step{group, {in: Cancel{"ana", []signal.UserID{"cyd"}, ""}}, {in: Cancel{"ana", []signal.UserID{"bob"}, ""}}}, signal.EndCancelled, "ana", "joined cancelled cancelled"},
		"group, all decline":    {[]step{group, {in: Reject{"bob", signal.Declined, ""}}, {in: Reject{"cyd", signal.Refused, ""}}}, signal.EndDeclined, "bob", "joined declined busy"},
		"group, all busy":       {[]step{group, {in: Reject{"bob", signal.Refused, ""}}, {in: Reject{"cyd", signal.Refused, ""}}}, signal.EndBusy, "bob", "joined busy busy"},
		"group, timeout":        {[]step{group, {in: Reject{"bob", signal.Declined, ""}}, {at: ringFor, in: Tick{}}}, signal.EndTimeout, "", "joined declined timeout"},
		"group, cancel weighs":  {[]step{group, {in: Reject{"bob", signal.Declined, ""}}, {in: Cancel{"ana", nil, ""}}}, signal.EndCancelled, "ana", "joined declined cancelled"},
		"group, caller leaves":  {[]step{group, accepted, {at: s, in: Leave{"ana", "ana-1"}}}, signal.EndHangUp, "ana", "left joined cancelled"},
		"group, others stay":    {[]step{group, accepted, {at: s, in: Accept{"cyd", "cyd-1", ""}}, {at: s, in: Leave{"ana", "ana-1"}}}, "", "", "left joined joined"},
		"group, waits for one":  {[]step{group, accepted, {at: s, in: Leave{"bob", "bob-1"}}}, "", "", "joined left calling"},
		"group, waited in vain": {[]step{group, accepted, {at: s, in: Leave{"bob", "bob-1"}}, {at: s, in: Reject{"cyd", signal.Declined, ""}}}, signal.EndDeclined, "cyd", "joined left declined"},
		"group, comes back":     {[]step{group, accepted, {at: s, in: Accept{"cyd", "cyd-1", ""}}, {at: s, in: Leave{"bob", "bob-1"}}, {at: s, in: Join{"bob", "bob-2", false}}}, "", "", "joined joined joined"},
		"group, ring again":     {[]step{group, accepted, {in: Reject{"cyd", signal.Declined, ""}}, {at: s, in: ring("bob", "cyd", "ana")}}, "", "", "joined joined calling"},
		"group, invitee's own":  {[]step{invited, accepted, {at: s, in: ring("bob", "cyd")}, {at: s, in: Leave{"ana", "ana-1"}}}, "", "", "left joined calling"},
		"kicked cannot join":    {[]step{group, {in: kicked{"bob"}}, {in: Join{"bob", "bob-1", false}, want: signal.CodeForbidden}}, "", "", "joined kicked calling"},
		"too many":              {[]step{{in: ring("ana", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16"), want: signal.CodeTooMany}}, "", "", ""},
	}
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

// kicked puts a party into the state that a later verb will.
type kicked struct{ user signal.UserID }

func (in kicked) apply(t *turn) error {
	t.set(t.party(in.user), signal.Kicked)
	return nil
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

// check fails on a record that must never exist.
func check(t *testing.T, c signal.Call) {
	t.Helper()
	if c.Created.IsZero() {
		return
	}
	in, waiting := (&turn{call: c}).count()
	seen := map[signal.UserID]bool{}
	for _, p := range c.Parties {
		switch {
		case seen[p.ID]:
			t.Fatalf("%s is in the record twice", p.ID)
		case p.State.In() && p.Device == "":
			t.Fatalf("%s is in the call on no device", p.ID)
		case (p.State.Waiting() || p.State == signal.Lost) && p.Deadline.IsZero():
			t.Fatalf("%s is %s for ever", p.ID, p.State)
		case p.State.Waiting() && (p.By == "" || p.Invitation == ""):
			t.Fatalf("%s waits, invited by nobody", p.ID)
		}
		seen[p.ID] = true
	}
	switch {
	case c.Ended.IsZero() && in == 0:
		t.Fatalf("the call is open, but nobody is in it")
	case c.Ended.IsZero() && in < 2 && waiting == 0:
		t.Fatalf("the call is open, but nobody can come")
	case !c.Ended.IsZero() && waiting > 0:
		t.Fatalf("the call has ended, but somebody still rings")
	case !c.Ended.IsZero() && c.Reason == "":
		t.Fatalf("the call has ended without a reason")
	case c.Ended.IsZero() && in >= 2 && c.Live.IsZero():
		t.Fatalf("%d are in a call that is not live", in)
	}
}

// TestRandomLives plays many calls in which anything happens to anybody in any order.
func TestRandomLives(t *testing.T) {
	t.Parallel()
	users := []signal.UserID{"ana", "bob", "cyd", "dan", "eve"}
	for seed := range uint64(4000) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		now := zero
		user := func() signal.UserID { return users[rnd.IntN(len(users))] }
		device := func(u signal.UserID) signal.DeviceID {
			return signal.DeviceID(fmt.Sprintf("%s-%d", u, 1+rnd.IntN(2)))
		}
		call, err := Next(signal.Call{ID: "c"}, ring("ana", users[1:2+rnd.IntN(3)]...), now)
		if err != nil {
			t.Fatal(err)
		}
		for range 60 {
			now = now.Add(time.Duration(rnd.IntN(8000)) * time.Millisecond)
			u := user()
			d := device(u)
			var in Input
			switch rnd.IntN(12) {
			case 0:
				in = Received{u}
			case 1, 2:
				in = Accept{u, d, "x"}
			case 3:
				in = Reject{u, []signal.PartyState{signal.Declined, signal.Refused}[rnd.IntN(2)], ""}
			case 4:
				in = Cancel{u, nil, ""}
			case 5:
				in = Cancel{u, []signal.UserID{user()}, ""}
			case 6:
				in = Join{u, d, false}
			case 7:
				in = Leave{u, d}
			case 8:
				in = Lost{u, d, rnd.IntN(2) == 0, patience}
			case 9:
				in = Back{u, d}
			case 10:
				v := ring(u, user())
				v.Device = d
				in = v
			default:
				in = Tick{}
			}
			after, err := Next(call, in, now)
			if err != nil && !reflect.DeepEqual(call, after) {
				t.Fatalf("seed %d: refused %T changed the call", seed, in)
			}
			if !call.Ended.IsZero() && !reflect.DeepEqual(call, after) {
				t.Fatalf("seed %d: %T changed a call that had ended", seed, in)
			}
			if a, ok := in.(Accept); ok && err == nil {
				if p, _ := after.Party(a.User); call.Ended.IsZero() && (!p.State.In() || p.Device != a.Device) {
					t.Fatalf("seed %d: %s accepted on %s but is %s on %s", seed, a.User, a.Device, p.State, p.Device)
				}
			}
			if c, ok := in.(Cancel); ok && err == nil && len(c.To) == 1 && after.Ended.IsZero() {
				for _, p := range call.Parties {
					if q, _ := after.Party(p.ID); p.ID != c.To[0] && p != q {
						t.Fatalf("seed %d: cancelling %s changed %s from %+v to %+v", seed, c.To[0], p.ID, p, q)
					}
				}
			}
			if again, err2 := Next(after, in, now); err == nil && err2 == nil {
				if _, inviting := in.(Invite); !inviting && !reflect.DeepEqual(after, again) {
					t.Fatalf("seed %d: %T is not idempotent:\n%+v\n%+v", seed, in, after, again)
				}
			}
			check(t, after)
			if t.Failed() {
				t.Fatalf("seed %d: after %T%+v", seed, in, in)
			}
			call = after
		}
		// Every ring ends, and with everybody gone every call does.
		for range 3 {
			now = now.Add(ringFor)
			call, _ = Next(call, Tick{}, now)
			for _, p := range call.Parties {
				if p.State.Waiting() {
					t.Fatalf("seed %d: %s still rings", seed, p.ID)
				}
				call, _ = Next(call, Lost{p.ID, p.Device, false, patience}, now)
			}
		}
		if call.Ended.IsZero() {
			t.Fatalf("seed %d: the call goes on without anybody: %+v", seed, call)
		}
	}
}
