package signal

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// board is a switchboard without rules: a plain NATS server on loopback, and canned answers.
type board struct {
	t      *testing.T
	ns     *natsserver.Server
	nc     *nats.Conn
	port   int
	lease  time.Duration
	hellos atomic.Int32
	byes   atomic.Int32
	answer func(verb Verb, data []byte) any // nil: silence
}

func newBoard(t *testing.T, answer func(verb Verb, data []byte) any) *board {
	t.Helper()
	b := &board{t: t, port: natsserver.RANDOM_PORT, lease: 10 * time.Second, answer: answer}
	b.start()
	t.Cleanup(func() { b.stop() })
	return b
}

func (b *board) start() {
	b.t.Helper()
	var err error
	b.ns, err = natsserver.NewServer(&natsserver.Options{ServerName: ServerNamePrefix + "test", Host: "127.0.0.1", Port: b.port, NoSigs: true, NoLog: true})
	if err != nil {
		b.t.Fatal(err)
	}
	b.ns.Start()
	if !b.ns.ReadyForConnections(10 * time.Second) {
		b.t.Fatal("NATS does not start")
	}
	b.port = b.ns.Addr().(*net.TCPAddr).Port
	if b.nc, err = nats.Connect("", nats.InProcessServer(b.ns)); err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.nc.Subscribe("svc.*.*", b.serve); err != nil {
		b.t.Fatal(err)
	}
	if err := b.nc.Flush(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *board) stop() {
	b.nc.Close()
	b.ns.Shutdown()
	b.ns.WaitForShutdown()
}

func (b *board) serve(m *nats.Msg) {
	verb := Verb(m.Subject[strings.LastIndexByte(m.Subject, '.')+1:])
	var reply any
	switch verb {
	case VerbHello:
		b.hellos.Add(1)
		reply = HelloReply{Lease: b.lease, Now: time.Now()}
	case VerbBye:
		b.byes.Add(1)
		reply = Empty{}
	default:
		if b.answer != nil {
			reply = b.answer(verb, m.Data)
		}
	}
	if reply == nil {
		return
	}
	data, err := json.Marshal(reply)
	if err != nil {
		b.t.Error(err)
	}
	_ = m.Respond(data) // the asker may have gone
}

func (b *board) publish(subject, text string) {
	b.t.Helper()
	if err := b.nc.Publish(subject, []byte(text)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *board) address() Address { return Address{Host: "127.0.0.1", Port: uint16(b.port)} }

func (b *board) options(t *testing.T, life time.Duration) Options {
	t.Helper()
	_, app := account(t)
	sign, _ := account(t)
	creds, err := MintToken(app, sign, "bob", "", life)
	if err != nil {
		t.Fatal(err)
	}
	return Options{Address: b.address(), Credentials: creds, User: User{ID: "bob", Name: "Bob"}, Device: "d2"}
}

func dial(t *testing.T, o Options) *Conn {
	t.Helper()
	c, err := Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// until waits for a condition, which returns the reason why it does not hold yet.
func until(t *testing.T, holds func() string) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		why := holds()
		if why == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(why)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// journal keeps what handlers were told.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(format string, a ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, fmt.Sprintf(format, a...))
}

func (j *journal) await(t *testing.T, want ...string) {
	t.Helper()
	until(t, func() string {
		j.mu.Lock()
		defer j.mu.Unlock()
		if got := strings.Join(j.lines, " | "); got != strings.Join(want, " | ") {
			return fmt.Sprintf("heard %q, want %q", got, strings.Join(want, " | "))
		}
		return ""
	})
}

func (j *journal) handlers() Handlers {
	return Handlers{
		OnConnection: func(c Connection) { j.add("up %v", c.Up) },
		OnCall:       func(c Call) { j.add("call %s", c.ID) },
		OnPerson:     func(p Person) { j.add("%s %s", p.ID, p.Presence) },
		OnHistory:    func() { j.add("history") },
		OnPeer:       func(from UserID, m PeerMessage) { j.add("%s says %s", from, m.Body) },
	}
}
