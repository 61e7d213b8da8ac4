package signal

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

func TestDeliveriesInOrder(t *testing.T) {
	t.Parallel()
	b := newBoard(t, nil)
	o := b.options(t, 0)
	j := &journal{}
	o.Handlers = j.handlers()
	c := dial(t, o)
	me, ana := UserID("bob").Token(), UserID("ana").Token()
	b.publish("user."+me+".call", `{"id":"1"}`)
	b.publish("rt."+me+"."+ana+".link", `{"call":"1","from":"d1","to":"d2","body":"aGk="}`)
	b.publish("rt."+me+"."+ana+".link", `{"call":"1","from":"d1","to":"another","body":"aGk="}`)
	b.publish("rt."+me+"."+ana+".link", `{"from":"d1"}`) // malformed
	b.publish("rt."+me+".nobody1.link", `{"call":"1","from":"d1"}`)
	b.publish("user."+me+".person", `[`)
	b.publish("user."+me+".history", `{}`)
	b.publish("user."+me+".weather", `fine`) // from the future
	b.publish("user."+me+".person", `{"id":"ana","presence":"busy"}`)
	j.await(t, "up true", "call 1", "ana says hi", "history", "ana busy")
	if got := c.Stats().Malformed; got != 3 {
		t.Errorf("%d malformed messages counted", got)
	}
}

func TestSendPeer(t *testing.T) {
	t.Parallel()
	b := newBoard(t, nil)
	heard := make(chan string, 1)
	if _, err := b.nc.Subscribe("rt.>", func(m *nats.Msg) { heard <- m.Subject + " " + string(m.Data) }); err != nil {
		t.Fatal(err)
	}
	if err := b.nc.Flush(); err != nil {
		t.Fatal(err)
	}
	c := dial(t, b.options(t, 0))
	if err := c.SendPeer("a.b", PeerMessage{Call: "c", From: "d2", To: "d1", Body: []byte("hi")}); err != nil {
		t.Fatal(err)
	}
	want := "rt." + UserID("a.b").Token() + "." + UserID("bob").Token() + `.link {"call":"c","from":"d2","to":"d1","body":"aGk="}`
	if got := <-heard; got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
	if err := c.SendPeer("ana", PeerMessage{Body: make([]byte, MaxMessage)}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a large one: %v", err)
	}
	if err := c.SendPeer("", PeerMessage{}); !errors.Is(err, ErrBadUserID) {
		t.Errorf("to nobody: %v", err)
	}
}

func TestRequest(t *testing.T) {
	t.Parallel()
	b := newBoard(t, func(verb Verb, _ []byte) any {
		switch verb {
		case VerbAccept:
			return CallReply{Call{ID: "c", Revision: 7}}
		case VerbJoin:
			return map[string]any{"error": Error{CodeForbidden, "no"}}
		case VerbLeave:
			return []int{1}
		}
		return nil
	})
	c := dial(t, b.options(t, 0))
	var reply CallReply
	if err := c.Request(t.Context(), VerbAccept, CallRequest{Call: "c"}, &reply); err != nil || reply.Call.Revision != 7 {
		t.Errorf("%+v, %v", reply, err)
	}
	if err := c.Request(t.Context(), VerbJoin, CallRequest{}, nil); !errors.Is(err, &Error{Code: CodeForbidden}) {
		t.Errorf("a refusal: %v", err)
	}
	if err := c.Request(t.Context(), VerbLeave, CallRequest{}, nil); !errors.Is(err, ErrMalformed) {
		t.Errorf("nonsense: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := c.Request(ctx, VerbSync, Empty{}, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("silence: %v", err)
	}
}

// A handler may use the connection: it is given away before the first of them is called.
func TestDialled(t *testing.T) {
	t.Parallel()
	b := newBoard(t, func(Verb, []byte) any { return Empty{} })
	o := b.options(t, 0)
	j := &journal{}
	var early atomic.Pointer[Conn]
	o.Dialled = func(c *Conn) {
		time.Sleep(20 * time.Millisecond) // a handler that is called too early finds none
		early.Store(c)
		j.add("dialled")
	}
	o.Handlers.OnConnection = func(Connection) {
		j.add("asked: %v", early.Load().Request(t.Context(), VerbReceived, CallRequest{}, nil))
	}
	if c := dial(t, o); c != early.Load() {
		t.Errorf("%p was dialled, and %p given away", c, early.Load())
	}
	j.await(t, "dialled", "asked: <nil>")
}

func TestLineBreaks(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	b := newBoard(t, func(Verb, []byte) any { close(asked); return nil })
	o := b.options(t, 0)
	j := &journal{}
	var down Connection
	o.Handlers.OnConnection = func(c Connection) {
		if c.Up {
			j.add("up")
			return
		}
		j.mu.Lock()
		down = c
		j.mu.Unlock()
	}
	c := dial(t, o)
	j.await(t, "up")
	failed := make(chan error, 1)
	go func() { failed <- c.Request(context.Background(), VerbSync, Empty{}, nil) }()
	<-asked
	b.stop()
	if err := <-failed; !errors.Is(err, ErrUnreachable) {
		t.Errorf("a request on a line that breaks: %v", err)
	}
	until(t, func() string {
		j.mu.Lock()
		defer j.mu.Unlock()
		if down.Err == nil || !errors.Is(down.Err, ErrUnreachable) || !down.RetryAt.After(time.Now()) {
			return fmt.Sprintf("told %+v", down)
		}
		return ""
	})
	if err := c.Request(t.Context(), VerbSync, Empty{}, nil); !errors.Is(err, ErrUnreachable) || c.Connected() {
		t.Errorf("without a line: %v, connected %v", err, c.Connected())
	}
	if err := c.SendPeer("ana", PeerMessage{}); !errors.Is(err, ErrUnreachable) {
		t.Errorf("to a peer without a line: %v", err)
	}
	b.start()
	j.await(t, "up", "up")
	if got := b.hellos.Load(); got != 2 || !c.Connected() {
		t.Errorf("%d hellos, connected %v", got, c.Connected())
	}
}

func TestForceReconnect(t *testing.T) {
	t.Parallel()
	b := newBoard(t, nil)
	o := b.options(t, 0)
	ups := make(chan struct{}, 4)
	o.Handlers.OnConnection = func(c Connection) {
		if c.Up {
			ups <- struct{}{}
		}
	}
	c := dial(t, o)
	<-ups
	if err := c.ForceReconnect(); err != nil {
		t.Fatal(err)
	}
	<-ups
	if b.hellos.Load() != 2 {
		t.Errorf("%d hellos", b.hellos.Load())
	}
}

func TestLeaseIsKept(t *testing.T) {
	t.Parallel()
	b := newBoard(t, nil)
	b.lease = shortestLease
	dial(t, b.options(t, 0))
	until(t, func() string {
		if n := b.hellos.Load(); n < 4 {
			return fmt.Sprintf("%d hellos", n)
		}
		return ""
	})
}

func TestTokenIsRenewed(t *testing.T) {
	t.Parallel()
	var b *board
	fresh := make(chan Options, 1)
	b = newBoard(t, func(verb Verb, _ []byte) any {
		if verb != VerbRenew {
			return nil
		}
		o := <-fresh
		return RenewReply{Token: o.Credentials.Token, Expires: o.Credentials.Expires}
	})
	fresh <- b.options(t, time.Hour)
	o := b.options(t, time.Second)
	got, ups := make(chan Credentials, 1), make(chan Connection, 8)
	o.Handlers.OnToken = func(c Credentials) { got <- c }
	o.Handlers.OnConnection = func(c Connection) { ups <- c }
	dial(t, o)
	c := <-got
	if c.Seed != o.Credentials.Seed || time.Until(c.Expires) < 50*time.Minute {
		t.Errorf("renewed to %v", c.Expires)
	}
	for n := 0; n < 2; {
		if (<-ups).Up {
			n++ // the second time with the new token
		}
	}
}

func TestTokenCannotBeRenewed(t *testing.T) {
	t.Parallel()
	b := newBoard(t, func(Verb, []byte) any { return map[string]any{"error": Error{CodeForbidden, "ask the operator"}} })
	o := b.options(t, 3*time.Second)
	told := make(chan time.Time, 1)
	o.Handlers.OnTokenExpiring = func(at time.Time) { told <- at }
	c := dial(t, o)
	if at := <-told; !at.Equal(o.Credentials.Expires) {
		t.Errorf("told %v, ends %v", at, o.Credentials.Expires)
	}
	if err := c.SetCredentials(b.options(t, time.Hour).Credentials); err != nil {
		t.Errorf("a new one: %v", err)
	}
	foreign, err := MintToken(o.Credentials.AppID, mustSign(t), "eve", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetCredentials(foreign); !errors.Is(err, ErrBadToken) {
		t.Errorf("somebody else's: %v", err)
	}
}

func mustSign(t *testing.T) string {
	seed, _ := account(t)
	return seed
}

func TestClose(t *testing.T) {
	t.Parallel()
	b := newBoard(t, nil)
	first, second := dial(t, b.options(t, 0)), dial(t, b.options(t, 0))
	for range 2 {
		if err := first.Close(); err != nil {
			t.Error(err)
		}
		if err := second.Drop(); err != nil {
			t.Error(err)
		}
	}
	until(t, func() string {
		if n := b.byes.Load(); n != 1 {
			return fmt.Sprintf("%d goodbyes", n)
		}
		return ""
	})
	if err := first.Request(t.Context(), VerbSync, Empty{}, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("a request afterwards: %v", err)
	}
	if err := first.SendPeer("ana", PeerMessage{}); !errors.Is(err, ErrClosed) {
		t.Errorf("a message afterwards: %v", err)
	}
	if err := first.ForceReconnect(); !errors.Is(err, ErrClosed) {
		t.Errorf("a reconnect afterwards: %v", err)
	}
}

// TestNoGoroutineStays runs alone: it counts all of the process.
func TestNoGoroutineStays(t *testing.T) {
	b := newBoard(t, nil)
	o := b.options(t, 0)
	mine := func() int {
		buf := make([]byte, 1<<20)
		n := 0
		for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(g, "engine/signal.(*Conn)") || strings.Contains(g, "nats.(*Conn)") {
				n++
			}
		}
		return n
	}
	before := mine()
	for range 5 {
		c, err := Dial(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	until(t, func() string {
		if after := mine(); after > before {
			return fmt.Sprintf("%d goroutines before, %d after", before, after)
		}
		return ""
	})
}

func TestWrongAddress(t *testing.T) {
	t.Parallel()
	talk := func(say string, hold bool) Address {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Write([]byte(say))
				if hold {
					defer conn.Close()
				} else {
					conn.Close()
				}
			}
		}()
		return Address{Host: "127.0.0.1", Port: uint16(l.Addr().(*net.TCPAddr).Port)}
	}
	gone := talk("", false)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Port = uint16(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	other, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	other.Start()
	t.Cleanup(other.Shutdown)
	if !other.ReadyForConnections(10 * time.Second) {
		t.Fatal("NATS does not start")
	}
	for _, c := range []struct {
		what string
		at   Address
		want error
	}{
		{"an SSH server", talk("SSH-2.0-OpenSSH_9.9\r\n", true), ErrWrongAddress},
		{"one that hangs up", talk("", false), ErrWrongAddress},
		{"one that waits to be asked", talk("", true), ErrWrongAddress},
		{"nobody", gone, ErrUnreachable},
		{"another NATS server", Address{Host: "127.0.0.1", Port: uint16(other.Addr().(*net.TCPAddr).Port)}, ErrWrongAddress},
		{"a name that is not there", Address{Host: "nobody.invalid", Port: 1}, nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			_, _, err := Enrol(t.Context(), EnrolOptions{Address: c.at, User: User{ID: "ana"}})
			if c.want != nil && !errors.Is(err, c.want) || err == nil {
				t.Errorf("%v; want %v", err, c.want)
			}
		})
	}
}

func TestDialObeysContext(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes the connection and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	o := (&board{}).options(t, 0)
	o.Address = Address{Host: "127.0.0.1", Port: uint16(l.Addr().(*net.TCPAddr).Port)}
	failed := make(chan error, 1)
	go func() {
		_, err := Dial(ctx, o)
		failed <- err
	}()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
