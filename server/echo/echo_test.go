package echo

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
	"github.com/pion/rtp"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/authority"
)

// patient bounds every wait of a test.
const patient = 30 * time.Second

// board is a switchboard that believes everybody.
type board struct {
	t             testing.TB
	nats          *server.Server
	authority     *authority.Authority
	appID, secret string
}

func startBoard(t testing.TB) *board {
	t.Helper()
	s, err := server.NewServer(&server.Options{DontListen: true, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true, AlwaysEnableNonce: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(patient) {
		t.Fatal("NATS does not start")
	}
	nc, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	a, err := authority.New(t.Context(), nc, authority.Options{Sweep: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	b := &board{t: t, nats: s, authority: a}
	pair, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	seed, _ := pair.Seed()
	b.secret = string(seed)
	b.appID, _ = pair.PublicKey()
	return b
}

func (b *board) connect(u signal.UserID) signal.Options {
	b.t.Helper()
	credentials, err := signal.MintToken(b.appID, b.secret, u, "", 0)
	if err != nil {
		b.t.Fatal(err)
	}
	return signal.Options{InProcess: b.nats, Credentials: credentials, User: signal.User{ID: u, Name: string(u)}, Device: signal.DeviceID(u + "-1")}
}

func (b *board) startEcho(o Options) *Echo {
	b.t.Helper()
	o.Connect, o.Loopback = b.connect(ID), true
	o.Logger = slog.New(slog.NewTextHandler(testLog{b.t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	e, err := Start(b.t.Context(), o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { e.Close() })
	return e
}

type testLog struct{ testing.TB }

func (l testLog) Write(b []byte) (int, error) {
	l.Logf("%s", b)
	return len(b), nil
}

// person is an app without devices: a connection, and the sessions of its calls.
type person struct {
	t    testing.TB
	user signal.UserID
	conn *signal.Conn
	news chan struct{}

	mu      sync.Mutex
	calls   map[signal.CallID]signal.Call
	media   *link.Mesh
	state   link.State
	packets [link.Kinds][]*rtp.Packet
	data    []string
	keys    int
}

func (b *board) person(u signal.UserID) *person {
	b.t.Helper()
	p := &person{t: b.t, user: u, calls: map[signal.CallID]signal.Call{}, news: make(chan struct{}, 1)}
	o := b.connect(u)
	o.Handlers = signal.Handlers{
		OnCall: func(c signal.Call) {
			p.locked(func() {
				if c.Revision > p.calls[c.ID].Revision {
					p.calls[c.ID] = c
				}
			})
		},
		OnPeer: func(from signal.UserID, m signal.PeerMessage) {
			var l link.Message
			if err := json.Unmarshal(m.Body, &l); err != nil {
				b.t.Error(err)
			}
			p.mu.Lock()
			media := p.media
			p.mu.Unlock()
			if media != nil {
				_ = media.Handle(link.MemberID(from), l)
			}
		},
	}
	conn, err := signal.Dial(b.t.Context(), o)
	if err != nil {
		b.t.Fatal(err)
	}
	p.conn = conn
	b.t.Cleanup(func() { conn.Close() })
	return p
}

func (p *person) locked(f func()) {
	p.mu.Lock()
	f()
	p.mu.Unlock()
	poke(p.news)
}

func (p *person) until(check func() string) {
	p.t.Helper()
	deadline := time.After(patient)
	for {
		p.mu.Lock()
		why := check()
		p.mu.Unlock()
		if why == "" {
			return
		}
		select {
		case <-p.news:
		case <-deadline:
			p.t.Fatalf("%s still waits: %s", p.user, why)
		}
	}
}

func (p *person) invite(to ...signal.UserID) signal.CallID {
	p.t.Helper()
	var r signal.InviteReply
	if err := p.conn.Request(p.t.Context(), signal.VerbInvite, signal.Invite{Device: signal.DeviceID(p.user + "-1"), To: to, Video: true}, &r); err != nil {
		p.t.Fatal(err)
	}
	return r.Call.ID
}

func (p *person) leave(id signal.CallID) {
	p.t.Helper()
	if err := p.conn.Request(p.t.Context(), signal.VerbLeave, signal.CallRequest{Device: signal.DeviceID(p.user + "-1"), Call: id}, nil); err != nil {
		p.t.Fatal(err)
	}
}

// sees waits until the record shows Echo in a state, and returns Echo's part.
func (p *person) sees(id signal.CallID, want signal.PartyState) signal.Party {
	p.t.Helper()
	var echo signal.Party
	p.until(func() string {
		c := p.calls[id]
		echo, _ = c.Party(ID)
		if echo.State != want {
			return fmt.Sprintf("echo is %q, not %q", echo.State, want)
		}
		return ""
	})
	return echo
}

// open starts the media of a call with Echo.
func (p *person) open(id signal.CallID) {
	p.t.Helper()
	echo := p.sees(id, signal.Joined)
	media, err := link.NewMesh(link.Options{
		Loopback: true,
		Send: func(to link.MemberID, m link.Message) {
			body, err := json.Marshal(m)
			if err != nil {
				p.t.Error(err)
			}
			_ = p.conn.SendPeer(ID, signal.PeerMessage{Call: id, From: signal.DeviceID(p.user + "-1"), To: echo.Device, Body: body})
		},
		OnState: func(_ link.MemberID, s link.State) { p.locked(func() { p.state = s }) },
		OnPacket: func(_ link.MemberID, k link.Kind, packet *rtp.Packet, _ time.Time) {
			p.locked(func() { p.packets[k] = append(p.packets[k], packet) })
		},
		OnData:     func(_ link.MemberID, m []byte) { p.locked(func() { p.data = append(p.data, string(m)) }) },
		OnKeyFrame: func(link.Kind, uint8) { p.locked(func() { p.keys++ }) },
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	p.media = media
	c := p.calls[id]
	p.state, p.packets, p.data, p.keys = 0, [link.Kinds][]*rtp.Packet{}, nil, 0
	p.mu.Unlock()
	p.t.Cleanup(func() { media.Close() })
	if err := media.Add(link.MemberID(ID), c.Offers(p.user, ID)); err != nil {
		p.t.Fatal(err)
	}
}

// hears speaks until what it says comes back, on both kinds.
func (p *person) hears(word string) {
	p.t.Helper()
	speak := time.NewTicker(20 * time.Millisecond)
	defer speak.Stop()
	deadline := time.Now().Add(patient)
	for n := uint32(0); ; n++ {
		for _, k := range []link.Kind{link.Voice, link.Camera, link.Screen} {
			data := []byte(word)
			if k == link.Screen {
				data = append([]byte{0x86}, data...) // begins as VP9 does
			}
			if err := p.media.Publish(k, link.Sample{Data: data, Timestamp: n * 960}); err != nil {
				p.t.Fatal(err)
			}
		}
		<-speak.C
		p.mu.Lock()
		done := true
		for _, k := range []link.Kind{link.Voice, link.Camera} {
			done = done && len(p.packets[k]) > 0 && strings.HasSuffix(string(p.packets[k][len(p.packets[k])-1].Payload), word)
		}
		p.mu.Unlock()
		if done {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%s does not hear himself", p.user)
		}
	}
}

func TestEcho(t *testing.T) {
	t.Parallel()
	b := startBoard(t)
	e := b.startEcho(Options{})
	ana := b.person("ana")
	for round := range 2 {
		id := ana.invite(ID)
		ana.open(id)
		ana.hears(fmt.Sprint("hello", round))
		ana.until(func() string { // media flow before the data channel is open
			if ana.state != link.Connected {
				return "the path is " + ana.state.String()
			}
			return ""
		})
		if err := ana.media.SendData("", []byte(`{"state":{"microphone":false}}`)); err != nil {
			t.Fatal(err)
		}
		ana.until(func() string {
			if len(ana.data) == 0 {
				return "no data came back"
			}
			return ""
		})
		ana.media.RequestKeyFrame(link.MemberID(ID), link.Camera)
		ana.until(func() string {
			if ana.keys == 0 {
				return "the wish for a key frame did not come back"
			}
			return ""
		})
		ana.mu.Lock()
		if ana.data[0] != `{"state":{"microphone":false}}` {
			t.Errorf("came back as %s", ana.data[0])
		}
		if n := len(ana.packets[link.Screen]); n > 0 {
			t.Errorf("%d packets of the screen came back", n)
		}
		for k, packets := range ana.packets {
			for i := 1; i < len(packets); i++ {
				if packets[i].Timestamp < packets[i-1].Timestamp && packets[i].SequenceNumber == packets[i-1].SequenceNumber+1 {
					t.Errorf("%v: packet %d has lost its time", link.Kind(k), i)
				}
			}
		}
		ana.mu.Unlock()
		ana.leave(id)
		if err := ana.media.Close(); err != nil {
			t.Error(err)
		}
		waitIdle(t, e)
	}
}

// waitIdle waits until Echo has given back everything of its calls.
func waitIdle(t testing.TB, e *Echo) {
	t.Helper()
	why := ""
	for deadline := time.Now().Add(patient); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		e.mu.Lock()
		why = fmt.Sprintf("%d calls, %d sessions", len(e.calls), len(e.slots))
		e.mu.Unlock()
		if why == "0 calls, 0 sessions" {
			return
		}
	}
	t.Fatal("echo still has ", why)
}

// TestOwnVoice has two people in one call with Echo: each hears himself, not the other.
func TestOwnVoice(t *testing.T) {
	t.Parallel()
	b := startBoard(t)
	e := b.startEcho(Options{})
	ana, bob := b.person("ana"), b.person("bob")
	id := ana.invite(ID, "bob")
	if err := bob.conn.Request(t.Context(), signal.VerbAccept, signal.CallRequest{Device: "bob-1", Call: id}, nil); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, p := range []*person{ana, bob} {
		p.open(id)
		wg.Go(func() { p.hears("I am " + string(p.user)) })
	}
	wg.Wait()
	for _, p := range []*person{ana, bob} {
		p.mu.Lock()
		for _, packet := range p.packets[link.Voice] {
			if string(packet.Payload) != "I am "+string(p.user) {
				t.Errorf("%s heard %q", p.user, packet.Payload)
			}
		}
		p.mu.Unlock()
	}
	ana.leave(id)
	bob.hears("still me")
	bob.leave(id)
	waitIdle(t, e)
}

func TestFull(t *testing.T) {
	t.Parallel()
	b := startBoard(t)
	e := b.startEcho(Options{Sessions: 1})
	ana, bob := b.person("ana"), b.person("bob")
	id := ana.invite(ID)
	ana.open(id)
	ana.hears("first")
	second := bob.invite(ID)
	bob.sees(second, signal.Refused)
	ana.leave(id)
	waitIdle(t, e)
	bob.open(bob.invite(ID))
	bob.hears("second")
}

// TestMany calls and gives up quickly, and looks whether anything stays behind.
func TestMany(t *testing.T) {
	b := startBoard(t)
	e := b.startEcho(Options{})
	people := make([]*person, 5)
	for i := range people {
		people[i] = b.person(signal.UserID(fmt.Sprintf("user %d", i)))
	}
	before := 0
	for round := range 4 {
		var wg sync.WaitGroup
		for i, p := range people {
			wg.Go(func() {
				id := p.invite(ID)
				if i%2 == 0 {
					p.sees(id, signal.Joined)
				}
				p.leave(id)
			})
		}
		wg.Wait()
		waitIdle(t, e)
		if round == 0 {
			before = runtime.NumGoroutine()
		}
	}
	why := ""
	for deadline := time.Now().Add(patient); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if after := runtime.NumGoroutine(); after > before+5 {
			why = fmt.Sprintf("%d goroutines, %d before", after, before)
			continue
		}
		return
	}
	t.Fatal(why)
}

func TestClose(t *testing.T) {
	t.Parallel()
	b := startBoard(t)
	e := b.startEcho(Options{})
	ana := b.person("ana")
	id := ana.invite(ID)
	ana.open(id)
	ana.hears("anybody?")
	for range 2 {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	ana.sees(id, signal.Left)
	ana.until(func() string {
		if c := ana.calls[id]; c.Reason != signal.EndHangUp {
			return fmt.Sprintf("ended by %q", c.Reason)
		}
		return ""
	})
	if len(e.calls)+len(e.slots) > 0 {
		t.Errorf("%d calls, %d sessions after Close", len(e.calls), len(e.slots))
	}
}

// Echo shows no screen, so it does not say that it does.
func TestUnshared(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		`{"state":{"camera":true,"sharing":{"on":true,"label":"Desk"}}}`: `{"state":{"camera":true}}`,
		`{"state":{"camera":true}}`:                                      `{"state":{"camera":true}}`,
		`{"chat":{"text":"sharing"}}`:                                    `{"chat":{"text":"sharing"}}`,
		`{"state":null}`:                                                 `{"state":null}`,
		`not JSON`:                                                       `not JSON`,
	} {
		if got := string(unshared([]byte(said))); got != want {
			t.Errorf("%s came back as %s", said, got)
		}
	}
}
