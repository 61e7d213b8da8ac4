package authority

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/parley-calls/parley/engine/signal"
)

// patient bounds every wait of a test; nothing takes nearly that long unless it is broken.
const patient = 30 * time.Second

// startNATS runs a server of its own for one test.
func startNATS(t testing.TB) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{DontListen: true, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(patient) {
		t.Fatal("NATS does not start")
	}
	return s
}

func dial(t testing.TB, s *server.Server) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func startAuthority(t testing.TB, s *server.Server, o Options) *Authority {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	a, err := New(t.Context(), dial(t, s), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

type testLog struct{ testing.TB }

func (l testLog) Write(b []byte) (int, error) {
	l.Logf("%s", b)
	return len(b), nil
}

// app is one device of a user, as far as the authority sees it.
type app struct {
	t      testing.TB
	nc     *nats.Conn
	user   signal.UserID
	device signal.DeviceID
	inbox  string
	n      atomic.Int64

	mu     sync.Mutex
	calls  map[signal.CallID]signal.Call
	people []signal.Person // as announced, in order
	news   chan struct{}   // closed and replaced on each delivery
}

func startApp(t testing.TB, s *server.Server, user signal.UserID, device signal.DeviceID) *app {
	t.Helper()
	a := &app{t: t, nc: dial(t, s), user: user, device: device, calls: map[signal.CallID]signal.Call{}, news: make(chan struct{})}
	a.inbox = "_INBOX." + user.Token() + "."
	_, err := a.nc.Subscribe("user."+user.Token()+".*", a.take)
	if err == nil {
		err = a.nc.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *app) take(m *nats.Msg) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var c signal.Call
	var p signal.Person
	switch m.Subject {
	case "user." + a.user.Token() + "." + signal.DeliverCall:
		if err := signal.Decode(m.Data, &c); err != nil {
			a.t.Error(err)
		}
		if c.Revision > a.calls[c.ID].Revision {
			a.calls[c.ID] = c
		}
	case "user." + a.user.Token() + "." + signal.DeliverPerson:
		if err := signal.Decode(m.Data, &p); err != nil {
			a.t.Error(err)
		}
		a.people = append(a.people, p)
	default:
		a.t.Errorf("delivery on %s", m.Subject)
	}
	close(a.news)
	a.news = make(chan struct{})
}

func (a *app) try(verb signal.Verb, in, out any) error {
	data, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return a.tryBytes(verb, data, out)
}

func (a *app) tryBytes(verb signal.Verb, data []byte, out any) error {
	reply := fmt.Sprintf("%s%s.%d", a.inbox, a.device, a.n.Add(1))
	sub, err := a.nc.SubscribeSync(reply)
	if err != nil {
		return err
	}
	defer sub.Unsubscribe()
	if err := a.nc.PublishRequest("svc."+a.user.Token()+"."+string(verb), reply, data); err != nil {
		return err
	}
	m, err := sub.NextMsg(patient)
	if err != nil {
		return err
	}
	return signal.DecodeAnswer(m.Data, out)
}

func (a *app) ask(verb signal.Verb, in, out any) {
	a.t.Helper()
	if err := a.try(verb, in, out); err != nil {
		a.t.Fatalf("%s %s: %v", a.user, verb, err)
	}
}

func (a *app) refused(want signal.Code, verb signal.Verb, in any) {
	a.t.Helper()
	var refused *signal.Error
	if err := a.try(verb, in, nil); !errors.As(err, &refused) || refused.Code != want || refused.Message == "" {
		a.t.Fatalf("%s %s: got %v, want %s", a.user, verb, err, want)
	}
}

func (a *app) hello() signal.HelloReply {
	a.t.Helper()
	var r signal.HelloReply
	a.ask(signal.VerbHello, signal.Hello{Device: a.device, Name: "The " + string(a.user), Version: signal.Version}, &r)
	return r
}

func (a *app) invite(to ...signal.UserID) signal.Call {
	a.t.Helper()
	var r signal.InviteReply
	a.ask(signal.VerbInvite, signal.Invite{Device: a.device, To: to}, &r)
	return r.Call
}

func (a *app) about(c signal.CallID) signal.CallRequest {
	return signal.CallRequest{Device: a.device, Call: c}
}

// until waits for deliveries until check returns "", which otherwise says what is still wrong.
func (a *app) until(check func() string) {
	a.t.Helper()
	deadline := time.After(patient)
	for {
		a.mu.Lock()
		why, news := check(), a.news
		a.mu.Unlock()
		if why == "" {
			return
		}
		select {
		case <-news:
		case <-deadline:
			a.t.Fatalf("%s still waits: %s", a.user, why)
		}
	}
}

// sees waits until the record shows a user in a state.
func (a *app) sees(id signal.CallID, u signal.UserID, want signal.PartyState) {
	a.t.Helper()
	a.until(func() string {
		c := a.calls[id]
		if p, _ := c.Party(u); p.State != want {
			return fmt.Sprintf("%s is %q, not %q, in %+v", u, p.State, want, c)
		}
		return ""
	})
}

func (a *app) call(id signal.CallID) signal.Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.calls[id]
}

func (a *app) party(id signal.CallID, u signal.UserID) signal.Party {
	c := a.call(id)
	p, _ := c.Party(u)
	return p
}

func (a *app) seesEnd(id signal.CallID, want signal.EndReason) {
	a.t.Helper()
	a.until(func() string {
		if c := a.calls[id]; c.Ended.IsZero() || c.Reason != want {
			return fmt.Sprintf("the call has not ended by %q: %+v", want, c)
		}
		return ""
	})
}

func (a *app) seesPresence(u signal.UserID, want signal.Presence) {
	a.t.Helper()
	a.until(func() string {
		for i := len(a.people) - 1; i >= 0; i-- {
			if a.people[i].ID == u {
				if a.people[i].Presence == want {
					return ""
				}
				break
			}
		}
		return fmt.Sprintf("%s is not %s: %+v", u, want, a.people)
	})
}

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
		Mint: func(u signal.UserID) (string, time.Time, error) { return "token of " + string(u), zero, nil },
		TURN: func(u signal.UserID) []signal.ICEServer { return []signal.ICEServer{{Username: string(u)}} },
	})
	ana, bob, bob2 := startApp(t, s, "ana", "ana-1"), startApp(t, s, "bob", "bob-1"), startApp(t, s, "bob", "bob-2")
	for _, x := range []*app{ana, bob, bob2} {
		if r := x.hello(); r.Lease != 15*time.Second || r.Grace != 20*time.Second || r.Now.IsZero() {
			t.Fatalf("hello: %+v", r)
		}
	}
	ana.seesPresence("bob", signal.Online)

	var invited signal.InviteReply
	ana.ask(signal.VerbInvite, signal.Invite{Device: "ana-1", To: []signal.UserID{"bob", "nobody", "bob"}, Video: true, Data: "tea?"}, &invited)
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
	bob.refused(signal.CodeForbidden, signal.VerbTURN, bob.about(id))

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
	long := string(make([]byte, maxData+1))
	many := make([]signal.UserID, maxInvitees+1)
	for i := range many {
		many[i] = signal.UserID(fmt.Sprint(i))
	}
	for _, in := range []signal.Invite{
		{To: []signal.UserID{"bob"}}, {Device: "d"}, {Device: "d", To: []signal.UserID{""}}, {Device: "d", To: many}, {Device: "d", To: []signal.UserID{"ana"}},
		{Device: "d", To: []signal.UserID{"bob"}, Data: long}, {Device: "d", To: []signal.UserID{"bob"}, Timeout: 1}, {Device: "d", To: []signal.UserID{"bob"}, Call: signal.CallID(long)},
	} {
		a.invites.mu.Lock()
		clear(a.invites.buckets)
		a.invites.mu.Unlock()
		ana.refused(signal.CodeBadRequest, signal.VerbInvite, in)
	}
	call := signal.CallRequest{Device: "ana-1", Call: "none"}
	ana.refused(signal.CodeNotFound, signal.VerbInvite, signal.Invite{Device: "ana-1", To: []signal.UserID{"nobody"}})
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
		if m.Reply == "" && m.Subject != fmt.Sprintf("%s%s.%d", eve.inbox, eve.device, eve.n.Load()) && m.Subject[:4] != "$KV." {
			t.Errorf("the authority spoke on %s: %s", m.Subject, m.Data)
		}
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	a := startAuthority(t, s, Options{Logger: slog.New(slog.DiscardHandler), Mint: func(signal.UserID) (string, time.Time, error) { panic("mint") }})
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
