package authority

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/parley-calls/parley/engine/signal"
)

func TestCall(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	var mu sync.Mutex
	observed := map[string]int{}
	a := startAuthority(t, s, Options{
		Observe: func(verb string, code signal.Code, took time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			observed[verb+" "+string(code)]++
		},
		Mint: func(_ context.Context, u signal.UserID, _ string) (string, time.Time, error) {
			return "token of " + string(u), zero, nil
		},
		TURN: func(u signal.UserID) []signal.ICEServer { return []signal.ICEServer{{Username: string(u)}} },
	})
	ana, bob, bob2 := startApp(t, s, "ana", "ana-1"), startApp(t, s, "bob", "bob-1"), startApp(t, s, "bob", "bob-2")
	for _, x := range []*app{ana, bob, bob2} {
		if r := x.hello(); r.Lease != time.Hour || r.Grace != 20*time.Second || r.Now.IsZero() {
			t.Fatalf("hello: %+v", r)
		}
	}
	ana.seesPresence("bob", signal.Online)

	var invited signal.InviteReply
	ana.ask(signal.VerbInvite, signal.Invite{Device: "ana-1", To: []signal.UserID{"bob", "nobody", "bob"}, Video: true, Request: signal.Request{Data: "tea?"}}, &invited)
	id := invited.Call.ID
	if want := []signal.InviteResult{{ID: "bob", Result: "ringing"}, {ID: "nobody", Result: "unknown"}}; fmt.Sprint(invited.Results) != fmt.Sprint(want) {
		t.Errorf("results are %v, want %v", invited.Results, want)
	}
	if a.Calls() != 1 || !a.Ready() {
		t.Errorf("%d calls, ready %v", a.Calls(), a.Ready())
	}
	bob.sees(id, "bob", signal.Calling)
	bob2.sees(id, "bob", signal.Calling)
	bob.ask(signal.VerbReceived, bob.about(id), nil)
	ana.sees(id, "bob", signal.Ringing)
	if c := bob.call(id); !c.Video || c.Data != "tea?" || c.Parties[0].Name != "The ana" {
		t.Errorf("the ring lacks something: %+v", c)
	}
	var early signal.TURNReply
	bob.ask(signal.VerbTURN, bob.about(id), &early)
	if len(early.Servers) != 1 { // he connects while it rings
		t.Errorf("relays for who is called are %+v", early)
	}

	accepted := bob.about(id)
	accepted.Data = "yes"
	bob.ask(signal.VerbAccept, accepted, nil)
	bob2.refused(signal.CodeElsewhere, signal.VerbAccept, bob2.about(id))
	bob2.sees(id, "bob", signal.Joined)
	ana.sees(id, "bob", signal.Joined)
	ana.seesPresence("bob", signal.Busy)
	if p := ana.party(id, "bob"); p.Device != "bob-1" || p.Data != "yes" {
		t.Errorf("bob joined as %+v", p)
	}
	var turn signal.TURNReply
	bob.ask(signal.VerbTURN, bob.about(id), &turn)
	if len(turn.Servers) != 1 || turn.Servers[0].Username != "bob" {
		t.Errorf("relays are %+v", turn)
	}
	var renewed signal.RenewReply
	bob.ask(signal.VerbRenew, signal.Empty{}, &renewed)
	if renewed.Token != "token of bob" || !renewed.Expires.Equal(zero) {
		t.Errorf("renewed %+v", renewed)
	}

	var synced signal.SyncReply
	bob2.ask(signal.VerbSync, signal.Sync{Device: "bob-2"}, &synced)
	if len(synced.Calls) != 1 || synced.Calls[0].ID != id || len(synced.People) != 2 {
		t.Errorf("sync says %+v", synced)
	}
	ana.ask(signal.VerbLeave, ana.about(id), nil)
	bob.seesEnd(id, signal.EndHangUp)
	ana.ask(signal.VerbLeave, ana.about(id), nil)
	bob.refused(signal.CodeExpired, signal.VerbJoin, bob.about(id))
	bob.seesPresence("ana", signal.Online)
	bob2.ask(signal.VerbSync, signal.Sync{Device: "bob-2"}, &synced)
	if len(synced.Calls) != 0 || a.Calls() != 0 {
		t.Errorf("after the end sync says %+v, %d calls", synced, a.Calls())
	}
	mu.Lock()
	defer mu.Unlock()
	if observed["hello "] != 3 || observed["accept "] != 1 || observed["accept elsewhere"] != 1 {
		t.Errorf("observed %v", observed)
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	o := Options{Grace: time.Minute}.withDefaults()
	if o.Lease != 15*time.Second || o.Grace != time.Minute || o.RingGrace != 4*time.Second || o.LineGrace != 2*time.Second || o.Sweep != time.Second || o.Replicas != 1 {
		t.Errorf("defaults are %+v", o)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a := startAuthority(t, s, Options{})
	ana, eve := startApp(t, s, "ana", "ana-1"), startApp(t, s, "eve", "eve-1")
	ana.refused(signal.CodeVersion, signal.VerbHello, signal.Hello{Device: "ana-1", Version: signal.Version + 1})
	ana.refused(signal.CodeVersion, signal.VerbHello, signal.Hello{Device: "ana-1"})
	ana.refused(signal.CodeBadRequest, signal.VerbHello, signal.Hello{Version: signal.Version})
	ana.hello()
	eve.hello()
	if err := a.Register(t.Context(), signal.User{ID: "bob", Name: "Bob"}); err != nil {
		t.Fatal(err)
	}
	for u, want := range map[signal.UserID]bool{"bob": true, "ana": true, "nobody": false} {
		if got, err := a.Knows(t.Context(), u); got != want || err != nil {
			t.Errorf("knows %s: %v, %v", u, got, err)
		}
	}
	long := string(make([]byte, maxData+1))
	many := make([]signal.UserID, maxInvitees+1)
	for i := range many {
		many[i] = signal.UserID(fmt.Sprint(i))
	}
	for _, in := range []signal.Invite{
		{To: []signal.UserID{"bob"}}, {Device: "d"}, {Device: "d", To: []signal.UserID{""}}, {Device: "d", To: many}, {Device: "d", To: []signal.UserID{"ana"}},
		{Device: "d", To: []signal.UserID{"bob"}, Request: signal.Request{Data: long}}, {Device: "d", To: []signal.UserID{"bob"}, Timeout: 1}, {Device: "d", To: []signal.UserID{"bob"}, Call: signal.CallID(long)},
	} {
		a.invites.mu.Lock()
		clear(a.invites.buckets)
		a.invites.mu.Unlock()
		ana.refused(signal.CodeBadRequest, signal.VerbInvite, in)
	}
	call := signal.CallRequest{Device: "ana-1", Call: "none"}
	ana.refused(signal.CodeNobody, signal.VerbInvite, signal.Invite{Device: "ana-1", To: []signal.UserID{"nobody"}})
	ana.refused(signal.CodeNotFound, signal.VerbAccept, call)
	ana.refused(signal.CodeNotFound, signal.VerbJoin, call)
	ana.refused(signal.CodeNotFound, signal.VerbTURN, call)
	ana.refused(signal.CodeBadRequest, signal.VerbReject, call)
	ana.refused(signal.CodeBadRequest, signal.VerbAccept, signal.CallRequest{Call: "none"})
	ana.refused(signal.CodeBadRequest, signal.VerbAccept, signal.CallRequest{Device: "ana-1"})
	ana.refused(signal.CodeForbidden, signal.VerbRenew, signal.Empty{})
	ana.refused(signal.CodeBadRequest, "no-such-verb", signal.Empty{})

	ringing := ana.invite("bob")
	eve.refused(signal.CodeForbidden, signal.VerbJoin, eve.about(ringing.ID))
	eve.refused(signal.CodeNotFound, signal.VerbLeave, eve.about(ringing.ID))
	eve.refused(signal.CodeForbidden, signal.VerbInvite, signal.Invite{Device: "eve-1", Call: ringing.ID, To: []signal.UserID{"bob"}})
	for range int(inviteRate.burst) {
		_ = eve.try(signal.VerbInvite, signal.Invite{}, nil)
	}
	eve.refused(signal.CodeTooMany, signal.VerbInvite, signal.Invite{})
	if err := eve.tryBytes(signal.VerbAccept, []byte(`{"device":`), nil); !errors.Is(err, &signal.Error{Code: signal.CodeBadRequest}) {
		t.Errorf("half a request: %v", err)
	}
}

// TestForeignInbox tries to make the authority speak to somebody else.
func TestForeignInbox(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	startAuthority(t, s, Options{})
	eve := startApp(t, s, "eve", "eve-1")
	heard, err := eve.nc.SubscribeSync(">")
	if err != nil {
		t.Fatal(err)
	}
	for _, reply := range []string{"user." + signal.UserID("ana").Token() + ".call", "_INBOX." + signal.UserID("ana").Token() + ".x", "_INBOX." + eve.user.Token()} {
		if err := eve.nc.PublishRequest("svc."+eve.user.Token()+".people", reply, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := eve.nc.PublishRequest("svc.EVE.people", "_INBOX.EVE.x", nil); err != nil { // not the canonical token
		t.Fatal(err)
	}
	eve.ask(signal.VerbPeople, signal.Empty{}, nil) // answered after those before it
	for {
		m, err := heard.NextMsg(50 * time.Millisecond)
		if err != nil {
			break
		}
		if m.Reply == "" && m.Subject != fmt.Sprintf("%s%s.%d", eve.inbox, eve.device, eve.n.Load()) && m.Subject[:4] != "$KV." && m.Subject[:4] != "$JS." { // storage tells of itself, late on a busy machine
			t.Errorf("the authority spoke on %s: %s", m.Subject, m.Data)
		}
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a := startAuthority(t, s, Options{Logger: slog.New(slog.DiscardHandler), Mint: func(context.Context, signal.UserID, string) (string, time.Time, error) { panic("mint") }})
	ana := startApp(t, s, "ana", "ana-1")
	ana.refused(signal.CodeInternal, signal.VerbRenew, signal.Empty{})
	ana.hello()
	if !a.Ready() {
		t.Error("not ready after a panic")
	}
}

func TestCloseTwice(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a := startAuthority(t, s, Options{})
	a.Close()
	a.Close()
	if a.Ready() {
		t.Error("ready after Close")
	}
}

func TestNewWithoutJetStream(t *testing.T) {
	t.Parallel()
	s, err := server.NewServer(&server.Options{DontListen: true, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer s.Shutdown()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if a, err := New(ctx, dial(t, s), Options{}); err == nil {
		a.Close()
		t.Fatal("started without JetStream")
	}
}
