package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// count is how many events of a type came so far.
func (p *person) count(t engine.EventType) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, e := range p.events {
		if e.Type == t {
			n++
		}
	}
	return n
}

// awaitEvent waits for an event, which comes a moment after the snapshot that shows it.
func (p *person) awaitEvent(t engine.EventType) (e engine.Event) {
	p.t.Helper()
	p.await(string(t), func(*engine.Snapshot) string {
		var ok bool
		e, ok = p.seen(t)
		return unless(ok, "not told")
	})
	return e
}

// awaitHistory waits until the newest of the history has this many entries, of which so many are missed calls that are news.
func (p *person) awaitHistory(entries, missed int) []engine.HistoryEntry {
	p.t.Helper()
	return p.await("the history", func(s *engine.Snapshot) string {
		return unless(len(s.History) == entries && s.Missed == missed, fmt.Sprintf("%d missed in %+v", s.Missed, s.History))
	}).History
}

// A call that was missed while no app ran is told once by the next run, and is news until it was seen.
func TestMissedWhileAway(t *testing.T) {
	t.Parallel()
	at := board(t)
	again := kept()
	ana, bob := join(t, at, "ana"), join(t, at, "bob", again)
	_ = bob.Close()
	call, results, err := ana.Invite(t.Context(), engine.Invite{To: []engine.UserID{"bob"}, Video: true, Data: "hello", Timeout: time.Second})
	if err != nil || results[0].Result != "offline" {
		t.Fatal(results, err)
	}
	ana.awaitEnd(engine.Unreachable)

	bob = join(t, at, "bob", again)
	e := bob.awaitHistory(1, 1)[0]
	if e.Call != call || !e.Missed() || e.By.ID != "ana" || !e.Video || e.Data != "hello" {
		t.Errorf("%+v", e)
	}
	if told := bob.awaitEvent(engine.MissedCall); told.History.ID != e.ID {
		t.Errorf("told %+v", told)
	}
	ana.invite("bob", false) // the history is fetched again
	if err := bob.Reject(t.Context(), bob.awaitRing().ID, ""); err != nil {
		t.Fatal(err)
	}
	bob.awaitHistory(2, 1)
	if n := bob.count(engine.MissedCall); n != 1 {
		t.Errorf("told %d times", n)
	}
	if err := bob.SeeHistory(t.Context()); err != nil {
		t.Fatal(err)
	}
	bob.awaitHistory(2, 0)
	_ = bob.Close()
	bob = join(t, at, "bob", again)
	bob.awaitHistory(2, 0)
	if n := bob.count(engine.MissedCall); n != 0 {
		t.Error("told again after it was seen")
	}

	page, err := bob.History(t.Context(), time.Time{}, 1)
	if err != nil || len(page.Entries) != 1 || !page.More {
		t.Fatalf("%+v, %v", page, err)
	}
	page, err = bob.History(t.Context(), page.Entries[0].Over, 10)
	if err != nil || len(page.Entries) != 1 || page.More || page.Entries[0].ID != e.ID {
		t.Fatalf("%+v, %v", page, err)
	}
	if err := bob.ForgetHistory(t.Context(), e.ID); err != nil {
		t.Fatal(err)
	}
	bob.awaitHistory(1, 0)
	if err := bob.ForgetHistory(t.Context()); err != nil {
		t.Fatal(err)
	}
	bob.awaitHistory(0, 0)
	ana.awaitHistory(2, 0) // which is hers
}

// To call back one person makes a new call; to call back a group joins it if it still runs.
func TestDialBack(t *testing.T) {
	t.Parallel()
	at := board(t)
	yes := func(o *engine.Options) { o.AutoAccept = true }
	ana, bob, cyd := join(t, at, "ana"), join(t, at, "bob"), join(t, at, "cyd", yes)

	first := ana.invite("bob", true)
	bob.awaitRing()
	if err := ana.Call(first).Cancel(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	bob.awaitEnd(engine.CancelledCall)
	ana.awaitEnd(engine.CancelledHere)
	e := bob.awaitHistory(1, 1)[0]
	id, results, err := bob.DialBack(t.Context(), e, engine.KeepCurrent)
	if err != nil || id == first || len(results) != 1 || results[0].ID != "ana" {
		t.Fatal(id, results, err)
	}
	if in := ana.awaitRing(); in.Call != id || !in.Video || in.Data != "hello" || time.Until(in.Expires) > engine.DefaultDialBackTimeout {
		t.Errorf("%+v", in)
	}
	if opened := bob.awaitEvent(engine.MissedOpened); opened.History.ID != e.ID {
		t.Errorf("%+v", opened)
	}
	_ = bob.Call(id).HangUp(t.Context())
	bob.awaitEnd(engine.CancelledHere)
	ana.awaitEnd(engine.CancelledCall)

	group, _, err := ana.Invite(t.Context(), engine.Invite{To: []engine.UserID{"bob", "cyd"}})
	if err != nil {
		t.Fatal(err)
	}
	bob.awaitRing()
	ana.awaitLive()
	if err := ana.Call(group).Cancel(t.Context(), "", "bob"); err != nil {
		t.Fatal(err)
	}
	bob.awaitEnd(engine.CancelledCall)
	e = bob.awaitHistory(3, 2)[0]
	if e.Call != group || len(e.With) != 2 {
		t.Fatalf("%+v", e)
	}
	if id, results, err := bob.DialBack(t.Context(), e, engine.KeepCurrent); err != nil || id != group || results != nil {
		t.Fatal(id, results, err)
	}
	bob.await("the running call", func(s *engine.Snapshot) string {
		return unless(len(s.Calls) == 1 && s.Calls[0].ID == group && len(s.Calls[0].Members) == 2, fmt.Sprintf("%+v", s.Calls))
	})
	for _, p := range []*person{ana, bob, cyd} {
		_ = p.Call(group).HangUp(t.Context())
		p.await("the end", func(s *engine.Snapshot) string { return unless(len(s.Calls) == 0, fmt.Sprintf("%+v", s.Calls)) })
	}
	// It is over: the same people are called anew.
	id, results, err = bob.DialBack(t.Context(), e, engine.KeepCurrent)
	if err != nil || id == group || len(results) != 2 {
		t.Fatal(id, results, err)
	}
	// And while one is in a call, it fails with words.
	if _, _, err := bob.DialBack(t.Context(), e, engine.KeepCurrent); !errors.Is(err, engine.ErrBusy) {
		t.Error(err)
	}
	if failed := bob.awaitEvent(engine.DialBackFailed); !errors.Is(failed.Err, engine.ErrBusy) || failed.History.ID != e.ID {
		t.Errorf("%+v", failed)
	}
	// It takes the place of that call only once it is confirmed.
	nobody := engine.HistoryEntry{With: []engine.User{{ID: "nobody"}}}
	if _, _, err := bob.DialBack(t.Context(), nobody, engine.EndCurrent); err == nil {
		t.Error("nobody was called")
	}
	if s := bob.Snapshot(); len(s.Calls) != 1 || s.Calls[0].ID != id || s.Calls[0].Held {
		t.Errorf("calling back in vain touched the current call: %+v", s.Calls)
	}
	next, _, err := bob.DialBack(t.Context(), engine.HistoryEntry{With: []engine.User{{ID: "echo"}}}, engine.EndCurrent)
	if s := bob.Snapshot(); err != nil || len(s.Calls) != 1 || s.Calls[0].ID != next {
		t.Errorf("%v: %+v", err, s.Calls)
	}
}

// A second device enrols with a code, once; both ring, and the one that is not quick enough is told.
func TestSecondDevice(t *testing.T) {
	t.Parallel()
	at := board(t)
	desk, bob := join(t, at, "ana"), join(t, at, "bob")
	code, expires, err := desk.DeviceCode(t.Context())
	if err != nil || code == "" || !expires.After(time.Now()) {
		t.Fatal(code, expires, err)
	}
	withCode := func(o *engine.Options) { o.DeviceCode = code }
	laptop := join(t, at, "ana", withCode)
	if late := begin(t, at, "ana", withCode).awaitLine(engine.Offline).Connection; !errors.Is(late.Err, engine.ErrDeviceCode) || !late.RetryAt.IsZero() || engine.Code(late.Err) != "device-code" {
		t.Errorf("the code worked again: %+v", late)
	}

	id := bob.invite("ana", false)
	desk.awaitRing()
	if _, err := laptop.Accept(t.Context(), laptop.awaitRing().ID, engine.Answer{}); err != nil {
		t.Fatal(err)
	}
	desk.awaitEnd(engine.Elsewhere)
	laptop.awaitLive()
	_ = laptop.Call(id).HangUp(t.Context())
	bob.awaitEnd(engine.RemoteHangUp)
	same := func(p *person) engine.HistoryID { return p.awaitHistory(1, 0)[0].ID }
	if same(desk) != same(laptop) {
		t.Error("they remember different calls")
	}
}

// A call that was accepted before the app ran is entered when it starts.
func TestAcceptEarlyAtTheStart(t *testing.T) {
	t.Parallel()
	at := board(t)
	again := kept()
	ana, bob := join(t, at, "ana"), join(t, at, "bob", again)
	_ = bob.Close()
	id, _, err := ana.Invite(t.Context(), engine.Invite{To: []engine.UserID{"bob"}})
	if err != nil {
		t.Fatal(err)
	}
	bob = begin(t, at, "bob", again)
	bob.AcceptEarly(id, engine.Answer{Data: "here I am"})
	ana.awaitLive()
	bob.awaitLive()
	if e := ana.awaitEvent(engine.OutgoingAccepted); e.Data != "here I am" {
		t.Errorf("%+v", e)
	}
	_ = ana.Call(id).HangUp(t.Context())
	bob.awaitEnd(engine.RemoteHangUp)

	bob.AcceptEarly(id, engine.Answer{})
	if e := bob.awaitEvent(engine.ErrorOccurred); e.Call != id || !errors.Is(e.Err, engine.ErrExpired) {
		t.Errorf("%+v", e)
	}
}

// A program that wants to say when a call is entered that was accepted early can do so before the ring is here, and after.
func TestEnterAccepted(t *testing.T) {
	t.Parallel()
	at := board(t)
	again := kept()
	later := func(o *engine.Options) { o.EnterLater = true }
	ana, bob := join(t, at, "ana"), join(t, at, "bob", again, later)
	if _, err := bob.EnterAccepted(t.Context()); !errors.Is(err, engine.ErrExpired) {
		t.Errorf("nothing was accepted: %v", err)
	}
	id := ana.invite("bob", false)
	bob.awaitRing()
	bob.AcceptEarly(id, engine.Answer{})
	bob.await("an end of the sound", func(s *engine.Snapshot) string {
		return unless(len(s.Incoming) == 1 && s.Incoming[0].Silenced, fmt.Sprintf("%+v", s.Incoming))
	})
	if call, err := bob.EnterAccepted(t.Context()); err != nil || call != id {
		t.Fatal(call, err)
	}
	ana.awaitLive()
	_ = ana.Call(id).HangUp(t.Context())
	bob.awaitEnd(engine.RemoteHangUp)

	_ = bob.Close()
	id, _, err := ana.Invite(t.Context(), engine.Invite{To: []engine.UserID{"bob"}})
	if err != nil {
		t.Fatal(err)
	}
	bob = begin(t, at, "bob", again, later)
	bob.AcceptEarly(id, engine.Answer{})
	if call, err := bob.EnterAccepted(t.Context()); err != nil || call != id {
		t.Fatal(call, err)
	}
	ana.awaitLive()
	bob.awaitLive()
}

// shelf keeps credentials from one run to the next.
type shelf map[string]signal.Credentials

func (s shelf) Load(server string) (signal.Credentials, error) { return s[server], nil }
func (s shelf) Save(server string, c signal.Credentials) error { s[server] = c; return nil }

// kept makes runs of the same person.
func kept() func(*engine.Options) {
	s := shelf{}
	return func(o *engine.Options) { o.Store = s }
}
