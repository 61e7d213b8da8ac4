package server

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/parley-calls/parley/engine/signal"
)

// witness is bob, who writes down what is announced and how his calls stand.
type witness struct {
	*signal.Conn
	mu     sync.Mutex
	people map[signal.UserID][]signal.Presence
	calls  map[signal.CallID]signal.Call
}

func startWitness(t *testing.T, s *Server) *witness {
	t.Helper()
	w := &witness{people: map[signal.UserID][]signal.Presence{}, calls: map[signal.CallID]signal.Call{}}
	conn, err := signal.Dial(t.Context(), signal.Options{
		Address: s.Address(), Credentials: enrol(t, s.Address(), "bob"), User: signal.User{ID: "bob"}, Device: "of bob",
		Handlers: signal.Handlers{
			OnPerson: func(p signal.Person) {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.people[p.ID] = append(w.people[p.ID], p.Presence)
			},
			OnCall: func(c signal.Call) {
				w.mu.Lock()
				defer w.mu.Unlock()
				if c.Revision > w.calls[c.ID].Revision {
					w.calls[c.ID] = c
				}
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Conn = conn
	t.Cleanup(func() { conn.Close() })
	return w
}

func (w *witness) announced(u signal.UserID) []signal.Presence {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.people[u])
}

// kept fails the test if a user has gone offline since he came.
func (w *witness) kept(t *testing.T, u signal.UserID) {
	t.Helper()
	all := w.announced(u)
	if came := slices.IndexFunc(all, func(p signal.Presence) bool { return p != signal.Offline }); came < 0 || slices.Contains(all[came:], signal.Offline) {
		t.Errorf("%s was announced as %v", u, all)
	}
}

func (w *witness) sees(t *testing.T, u signal.UserID, want signal.Presence) {
	t.Helper()
	until(t, func() string {
		if got := w.announced(u); len(got) == 0 || got[len(got)-1] != want {
			return string(u) + " is not " + string(want)
		}
		return ""
	})
}

// TestCrash cuts lines without a goodbye. Leases last an hour, so only the closed lines can tell.
func TestCrash(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Lease: time.Hour, LineGrace: 100 * time.Millisecond, RingGrace: 100 * time.Millisecond, NoEcho: true})
	bob := startWitness(t, s)
	ana := dial(t, s.Address(), enrol(t, s.Address(), "ana"))
	bob.sees(t, "ana", signal.Online)
	var r signal.InviteReply
	if err := ana.Request(t.Context(), signal.VerbInvite, signal.Invite{Device: "of ana", To: []signal.UserID{"bob"}}, &r); err != nil {
		t.Fatal(err)
	}
	if err := ana.Drop(); err != nil {
		t.Fatal(err)
	}
	bob.sees(t, "ana", signal.Offline)
	until(t, func() string {
		bob.mu.Lock()
		defer bob.mu.Unlock()
		if c := bob.calls[r.Call.ID]; c.Reason != signal.EndCallerLost {
			return "it still rings"
		}
		return ""
	})
}

// TestReconnectIsNotAnnounced gives lines up and opens new ones; carl, who vanishes later, shows that all has been judged.
func TestReconnectIsNotAnnounced(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Lease: time.Hour, LineGrace: 4 * time.Second, NoEcho: true})
	bob := startWitness(t, s)
	up := make(chan bool, 64)
	ana, err := signal.Dial(t.Context(), signal.Options{
		Address: s.Address(), Credentials: enrol(t, s.Address(), "ana"), User: signal.User{ID: "ana"}, Device: "of ana",
		Handlers: signal.Handlers{OnConnection: func(c signal.Connection) { up <- c.Up }},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ana.Close() })
	<-up
	carl := dial(t, s.Address(), enrol(t, s.Address(), "carl"))
	bob.sees(t, "carl", signal.Online)
	for range 3 {
		if err := ana.ForceReconnect(); err != nil {
			t.Fatal(err)
		}
		for !<-up { // it says hello before it tells that it is up
		}
	}
	if err := carl.Drop(); err != nil {
		t.Fatal(err)
	}
	bob.sees(t, "carl", signal.Offline)
	bob.kept(t, "ana")
}

// TestTwoLinesOfADevice drops the older of two connections of one device, then the newer.
func TestTwoLinesOfADevice(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Lease: time.Hour, LineGrace: 100 * time.Millisecond, NoEcho: true})
	bob := startWitness(t, s)
	credentials := enrol(t, s.Address(), "ana")
	first, second := dial(t, s.Address(), credentials), dial(t, s.Address(), credentials)
	carl := dial(t, s.Address(), enrol(t, s.Address(), "carl"))
	bob.sees(t, "carl", signal.Online)
	for _, c := range []*signal.Conn{second, carl} {
		if err := c.Drop(); err != nil {
			t.Fatal(err)
		}
	}
	bob.sees(t, "carl", signal.Offline)
	bob.kept(t, "ana")
	if err := first.Drop(); err != nil {
		t.Fatal(err)
	}
	bob.sees(t, "ana", signal.Offline)
}

// TestForgedName has mallory pose as ana in everything that is her own to say: the connection's name, the device and the line.
func TestForgedName(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Lease: time.Hour, LineGrace: 100 * time.Millisecond, NoEcho: true})
	bob := startWitness(t, s)
	dial(t, s.Address(), enrol(t, s.Address(), "ana"))
	bob.sees(t, "ana", signal.Online)
	anas := s.ns.ID()
	c := enrol(t, s.Address(), "mallory")
	pair, err := nkeys.FromSeed([]byte(c.Seed))
	if err != nil {
		t.Fatal(err)
	}
	me := signal.UserID("mallory").Token()
	pose := func(line func(own uint64) signal.LineID) *nats.Conn {
		t.Helper()
		nc, err := nats.Connect("nats://"+s.Address().String(), nats.Name(signal.UserID("ana").Token()), nats.CustomInboxPrefix("_INBOX."+me),
			nats.UserJWT(func() (string, error) { return c.Token, nil }, pair.Sign))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		own, err := nc.GetClientID()
		if err != nil {
			t.Fatal(err)
		}
		body, err := signal.Encode(signal.Hello{Device: "of ana", Version: signal.Version, Line: line(own)})
		if err != nil {
			t.Fatal(err)
		}
		m, err := nc.Request("svc."+me+"."+string(signal.VerbHello), body, 10*time.Second)
		if err == nil {
			err = signal.DecodeAnswer(m.Data, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		return nc
	}
	connections, err := s.ns.Connz(&natsserver.ConnzOptions{Username: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range connections.Conns { // ana's is among them
		pose(func(uint64) signal.LineID { return signal.LineOf(anas, other.Cid) }).Close()
	}
	// These leases stay, because no line of hers was named: give them back, then pose honestly.
	honest := pose(func(own uint64) signal.LineID { return signal.LineOf(anas, own) })
	bye, err := signal.Encode(signal.Bye{Device: "of ana"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := honest.Request("svc."+me+"."+string(signal.VerbBye), bye, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	bob.sees(t, "mallory", signal.Offline)
	last := pose(func(own uint64) signal.LineID { return signal.LineOf(anas, own) })
	bob.sees(t, "mallory", signal.Online)
	last.Close()
	bob.sees(t, "mallory", signal.Offline)
	bob.kept(t, "ana")
}

func FuzzClosedLine(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"server":{"id":"N"},"client":{"id":7,"name":"ana","jwt":"a.b.c"}}`))
	id, err := newIdentity()
	if err != nil {
		f.Fatal(err)
	}
	app, err := id.appID()
	if err != nil {
		f.Fatal(err)
	}
	c, err := signal.MintToken(app, id.Sign, "ana", "", 0)
	if err != nil {
		f.Fatal(err)
	}
	event, err := json.Marshal(natsserver.DisconnectEventMsg{
		Server: natsserver.ServerInfo{ID: "N"}, Client: natsserver.ClientInfo{ID: 7, Name: "bob", User: "bob", Jwt: c.Token},
	})
	if err != nil {
		f.Fatal(err)
	}
	if u, line, err := closedLine(event); u != "ana" || line != signal.LineOf("N", 7) || err != nil {
		f.Fatal(u, line, err)
	}
	f.Add(event)
	f.Fuzz(func(t *testing.T, event []byte) {
		if u, line, err := closedLine(event); err == nil && (u.Check() != nil || line == "") {
			t.Errorf("%q on %q", u, line)
		}
	})
}
