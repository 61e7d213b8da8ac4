package law

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// check fails on a record that must never exist.
func check(t *testing.T, c signal.Call) {
	t.Helper()
	if c.Created.IsZero() {
		return
	}
	in, waiting := (&turn{call: c}).count()
	if c.Limit > 0 && in > c.Limit {
		t.Fatalf("%d are in a call for %d", in, c.Limit)
	}
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
		case (p.State == signal.Kicked) != (p.Kicker != ""):
			t.Fatalf("%s is %s, removed by %q", p.ID, p.State, p.Kicker)
		case !p.State.In() && (!p.Microphone.At.IsZero() || !p.Camera.At.IsZero()):
			t.Fatalf("%s is %s and has orders", p.ID, p.State)
		}
		seen[p.ID] = true
	}
	switch {
	case c.Ended.IsZero() && in == 0:
		t.Fatalf("the call is open, but nobody is in it")
	case c.Ended.IsZero() && in < 2 && waiting == 0 && !(c.Rules.Open && c.Live.IsZero()):
		t.Fatalf("the call is open, but nobody can come")
	case !c.Ended.IsZero() && waiting > 0:
		t.Fatalf("the call has ended, but somebody still rings")
	case !c.Ended.IsZero() && c.Reason == "":
		t.Fatalf("the call has ended without a reason")
	case c.Ended.IsZero() && in >= 2 && c.Live.IsZero():
		t.Fatalf("%d are in a call that is not live", in)
	}
}

// life is a call in which anything happens to anybody in any order. It fails the test with its seed, so that it can be played again.
type life struct {
	*testing.T
	seed  uint64
	rnd   *rand.Rand
	users []signal.UserID
	now   time.Time
	call  signal.Call

	parts   map[signal.UserID]int // that are over
	entries map[signal.HistoryID]signal.HistoryEntry
}

func newLife(t *testing.T, seed uint64) *life {
	l := &life{
		T: t, seed: seed, rnd: rand.New(rand.NewPCG(seed, 1)), users: []signal.UserID{"ana", "bob", "cyd", "dan", "eve"}, now: zero,
		parts: map[signal.UserID]int{}, entries: map[signal.HistoryID]signal.HistoryEntry{},
	}
	first := ring("ana", l.users[1:2+l.rnd.IntN(3)]...)
	first.Rules = signal.Rules{
		Adding:           []signal.Adding{signal.NobodyAdds, signal.InitiatorAdds, signal.MembersAdd, signal.MembersAdd}[l.rnd.IntN(4)],
		EndWithInitiator: l.rnd.IntN(4) == 0,
	}
	if l.rnd.IntN(2) == 0 {
		first.Rules.Hosts = []signal.UserID{l.user()}
		first.Limit = 2 + l.rnd.IntN(3)
	}
	if l.rnd.IntN(4) == 0 {
		first.Rules.Required = []signal.UserID{l.user()}
		first.Rules.RequiredWithin = time.Duration(l.rnd.IntN(3)) * 10 * time.Second
	}
	l.call = signal.Call{ID: "c"}
	if l.rnd.IntN(4) == 0 {
		l.happens(Open{By: first.By, Device: first.Device, Rules: first.Rules})
	} else {
		l.happens(first)
	}
	return l
}

func (l *life) wrong(format string, a ...any) {
	l.Helper()
	l.Fatalf("seed %d: %s", l.seed, fmt.Sprintf(format, a...))
}

func (l *life) user() signal.UserID { return l.users[l.rnd.IntN(len(l.users))] }

// anything is a random input.
func (l *life) anything() Input {
	u := l.user()
	d := signal.DeviceID(fmt.Sprintf("%s-%d", u, 1+l.rnd.IntN(2)))
	switch l.rnd.IntN(18) {
	case 17:
		return Open{By: who(u), Device: d, Take: l.rnd.IntN(2) == 0}
	case 0:
		return Received{u}
	case 1, 2:
		return Accept{u, d, "x"}
	case 3:
		return Reject{u, []signal.PartyState{signal.Declined, signal.Refused}[l.rnd.IntN(2)], "y"}
	case 4:
		return Cancel{u, nil, "z"}
	case 5:
		return Cancel{u, []signal.UserID{l.user()}, ""}
	case 6, 7:
		return Join{u, d, l.rnd.IntN(2) == 0}
	case 8:
		return Leave{u, d}
	case 9:
		return Lost{u, d, l.rnd.IntN(2) == 0, patience}
	case 10:
		return Back{u, d}
	case 11, 12:
		in := ring(u, l.user())
		in.Device = d
		in.To[0].Invitation = signal.InvitationID(fmt.Sprint(l.rnd.Uint64()))
		return in
	case 13:
		return Kick{u, d, []signal.UserID{l.user()}}
	case 14:
		on := l.rnd.IntN(2) == 0
		return Order{u, d, [][]signal.UserID{nil, {l.user()}}[l.rnd.IntN(2)], &on, nil}
	}
	return Tick{}
}

// happens applies an input and checks all that must hold whatever it is.
func (l *life) happens(in Input) {
	l.Helper()
	before := l.call
	copied := before
	copied.Parties = slices.Clone(before.Parties)
	after, err := Next(before, in, l.now)
	if !same(before, copied) {
		l.wrong("%T wrote into the record it was given", in)
	}
	numbered := before
	numbered.Revision += 7
	other, err2 := Next(numbered, in, l.now)
	if other.Revision = after.Revision; (err == nil) != (err2 == nil) || !same(other, after) {
		l.wrong("%T depends on the revision", in)
	}
	switch {
	case err != nil && !same(before, after):
		l.wrong("refused %T changed the call", in)
	case !before.Ended.IsZero() && !same(before, after) && !reopens(in, before):
		l.wrong("%T changed a call that had ended", in)
	}
	if err == nil {
		l.holds(in, &before, &after)
	}
	check(l.T, after)
	if l.Failed() {
		l.wrong("after %T%+v", in, in)
	}
	l.count(&before, &after)
	l.call = after
}

// reopens reports whether an input makes another call where one has ended.
func reopens(in Input, before signal.Call) bool {
	_, opens := in.(Open)
	return opens && before.Rules.Open
}

// same compares records, whose parties make up nearly all of them.
func same(a, b signal.Call) bool {
	if !slices.Equal(a.Parties, b.Parties) {
		return false
	}
	a.Parties, b.Parties = nil, nil
	return reflect.DeepEqual(a, b)
}

// holds checks what an input must do, and what it must not do.
func (l *life) holds(in Input, before, after *signal.Call) {
	l.Helper()
	_, inviting := in.(Invite)
	_, ordering := in.(Order)
	if again, err := Next(*after, in, l.now); err == nil && !inviting && !ordering && !same(*after, again) {
		l.wrong("%T is not idempotent:\n%+v\n%+v", in, after, again)
	}
	if !before.Ended.IsZero() && !reopens(in, *before) {
		return
	}
	switch in := in.(type) {
	case Open:
		was, known := before.Party(in.By.ID)
		p, _ := after.Party(in.By.ID)
		goes := !before.Created.IsZero() && before.Ended.IsZero()
		if p.State != signal.Joined || p.Device != in.Device || goes && (!before.Rules.Open && !known || was.State == signal.Kicked) {
			l.wrong("%s opened it, from %+v to %+v", in.By.ID, was, p)
		}
	case Accept:
		if p, _ := after.Party(in.User); !p.State.In() || p.Device != in.Device {
			l.wrong("%s accepted on %s but is %s on %s", in.User, in.Device, p.State, p.Device)
		}
	case Join:
		was, _ := before.Party(in.User)
		p, _ := after.Party(in.User)
		if p.State != signal.Joined || p.Device != in.Device || was.State == signal.Joined && was.Device != p.Device && !in.Take {
			l.wrong("%s joined on %s, from %+v to %+v", in.User, in.Device, was, p)
		}
	case Leave:
		if p, _ := after.Party(in.User); p.State.In() {
			l.wrong("%s left but is %s", in.User, p.State)
		}
		if after.Rules.EndWithInitiator && in.User == after.Initiator && after.Ended.IsZero() {
			l.wrong("the call goes on without its initiator")
		}
	case Cancel:
		for _, p := range before.Parties {
			if q, _ := after.Party(p.ID); len(in.To) == 1 && after.Ended.IsZero() && p.ID != in.To[0] && p != q {
				l.wrong("cancelling %s changed %s from %+v to %+v", in.To[0], p.ID, p, q)
			}
		}
	case Invite:
		if !before.Created.IsZero() && (before.Rules.Adding == signal.NobodyAdds || before.Rules.Adding == signal.InitiatorAdds && in.By.ID != before.Initiator) {
			l.wrong("%s added somebody under %+v", in.By.ID, before.Rules)
		}
	case Kick:
		if p, _ := after.Party(in.To[0]); p.State.In() || p.State.Waiting() || !before.Moderates(in.By) || in.To[0] == in.By {
			l.wrong("%s, who moderates: %v, removed %s, who is %s", in.By, before.Moderates(in.By), in.To[0], p.State)
		}
	case Order:
		for _, p := range after.Parties {
			was, _ := before.Party(p.ID)
			meant := was.State.In() && p.ID != in.By && (len(in.To) == 0 || p.ID == in.To[0])
			if !before.Moderates(in.By) || meant != p.Microphone.At.After(was.Microphone.At) || meant && p.Microphone.On != *in.Microphone || p.Camera != was.Camera {
				l.wrong("%s, who moderates: %v, ordered %s from %+v to %+v", in.By, before.Moderates(in.By), p.ID, was, p)
			}
		}
	case Tick:
		if due := Due(after); !due.IsZero() && !l.now.Before(due) {
			l.wrong("a tick left something undone that was due at %v", due)
		}
	}
}

// count notes the parts that have come to an end, and that each has one entry.
func (l *life) count(before, after *signal.Call) {
	l.Helper()
	for _, p := range after.Parties {
		was, _ := before.Party(p.ID)
		goesOn := func(c *signal.Call, p signal.Party) bool {
			return c.Ended.IsZero() && (p.State.In() || p.State.Waiting())
		}
		alone := len(after.Parties) == 1
		if goesOn(before, was) && !goesOn(after, p) && !alone {
			l.parts[p.ID]++
		}
		e, ok := Entry(after, p.ID)
		switch known, had := l.entries[e.ID]; {
		case ok == (goesOn(after, p) || alone):
			l.wrong("%s is %s, has an entry: %v", p.ID, p.State, ok)
		case had && (known.Over != e.Over || known.State != e.State || known.Lasted != e.Lasted || known.Reason != e.Reason):
			l.wrong("the entry changed from %+v to %+v", known, e)
		case ok:
			l.entries[e.ID] = e
		}
		if e.Lasted < 0 || e.Over.Before(e.At) || e.Answered && e.Missed() || ok && len(e.With) != len(after.Parties)-1 {
			l.wrong("the entry says %+v", e)
		}
	}
	total := 0
	for _, n := range l.parts {
		total += n
	}
	if total != len(l.entries) {
		l.wrong("%d parts are over, with %d entries", total, len(l.entries))
	}
}

// TestRandomLives plays many calls. Every ring ends by its deadline, and with everybody gone every call does.
func TestRandomLives(t *testing.T) {
	t.Parallel()
	ended := map[signal.EndReason]int{}
	for seed := range uint64(2000) {
		l := newLife(t, seed)
		for range 60 {
			l.now = l.now.Add(time.Duration(l.rnd.IntN(8000)) * time.Millisecond)
			l.happens(l.anything())
		}
		for range 3 {
			l.now = l.now.Add(ringFor)
			l.happens(Tick{})
			for _, p := range l.call.Parties {
				if p.State.Waiting() {
					l.wrong("%s still rings", p.ID)
				}
				l.happens(Lost{p.ID, p.Device, false, patience})
			}
		}
		if l.call.Ended.IsZero() {
			l.wrong("the call goes on without anybody: %+v", l.call)
		}
		ended[l.call.Reason]++
	}
	for _, reason := range []signal.EndReason{
		signal.EndHangUp, signal.EndDeclined, signal.EndBusy, signal.EndTimeout, signal.EndCancelled, signal.EndCallerLost, signal.EndLost, signal.EndAbandoned,
	} {
		if ended[reason] == 0 {
			t.Errorf("of all these lives none ended with %q: %v", reason, ended)
		}
	}
}
