package authority

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/law"
)

// patient bounds every wait of a test; nothing takes nearly that long unless it is broken.
const patient = 30 * time.Second

var zero = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// ring is what the law hears when somebody calls.
func ring(by signal.UserID, to ...signal.UserID) law.Invite {
	who := func(u signal.UserID) signal.User { return signal.User{ID: u, Name: string(u)} }
	in := law.Invite{By: who(by), Device: signal.DeviceID(by + "-1"), Timeout: time.Minute}
	for _, u := range to {
		in.To = append(in.To, law.Invitee{User: who(u), Invitation: signal.InvitationID("i-" + u), Online: true})
	}
	return in
}

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
	if o.Lease == 0 {
		o.Lease = time.Hour // most tests are not about apps that vanish, and machines may be slow
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
	line   signal.LineID
	inbox  string
	n      atomic.Int64

	mu     sync.Mutex
	calls  map[signal.CallID]signal.Call
	people []signal.Person // as announced, in order
	hints  int             // that the history changed
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
	case "user." + a.user.Token() + "." + signal.DeliverHistory:
		a.hints++
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
	defer func() { _ = sub.Unsubscribe() }()
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
	a.ask(signal.VerbHello, signal.Hello{Device: a.device, Name: "The " + string(a.user), Version: signal.Version, Line: a.line}, &r)
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

// history is what the app gets of its user's history.
func (a *app) history(in signal.HistoryRequest) signal.HistoryReply {
	a.t.Helper()
	var r signal.HistoryReply
	a.ask(signal.VerbHistory, in, &r)
	return r
}

// remembers waits until the history has so many entries, and returns it.
func (a *app) remembers(n int) signal.HistoryReply {
	a.t.Helper()
	deadline := time.Now().Add(patient)
	for {
		r := a.history(signal.HistoryRequest{Limit: maxPage})
		if len(r.Entries) == n {
			return r
		}
		if time.Now().After(deadline) {
			a.t.Fatalf("%s remembers %d calls, not %d: %+v", a.user, len(r.Entries), n, r)
		}
		time.Sleep(100 * time.Millisecond) // requests are limited, and hints may come before
	}
}

func (a *app) seesPresence(u signal.UserID, want signal.Presence) {
	a.t.Helper()
	a.until(func() string {
		for _, v := range slices.Backward(a.people) {
			if v.ID == u {
				if v.Presence == want {
					return ""
				}
				break
			}
		}
		return fmt.Sprintf("%s is not %s: %+v", u, want, a.people)
	})
}
