package signal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// The bounds of a connection.
const (
	inboxSize      = 512 // deliveries and peer messages that wait for a handler; a call's set-up is some 30
	requestTimeout = 5 * time.Second
	byeTimeout     = time.Second
)

// Handlers are told what arrives. One goroutine calls them, one after the other and in the order of arrival, so a handler may
// not wait for another one and may not call [Conn.Close]. Nil ones are skipped.
type Handlers struct {
	// OnConnection comes first, since the lease is taken, and again whenever the line goes down or comes up, or when messages were
	// lost because a handler was too slow. Whenever it is Up, [VerbSync] tells what was missed.
	OnConnection func(Connection)
	OnCall       func(Call)
	OnPerson     func(Person)
	OnHistory    func() // the history changed: [VerbHistory] tells
	// OnPeer brings a message for this device. The switchboard vouches for from.
	OnPeer func(from UserID, m PeerMessage)
	// OnToken brings renewed credentials, to be kept for the next start.
	OnToken func(Credentials)
	// OnTokenExpiring comes when the token could not be renewed and ends within 30 s, or within a third of its life if that is
	// shorter. [Conn.SetCredentials] replaces it.
	OnTokenExpiring func(expires time.Time)
}

// Connection is the state of the line.
type Connection struct {
	Up      bool
	Final   bool      // it stays down: the switchboard does not want this token any more
	Err     error     // why it is down
	RetryAt time.Time // when the next attempt is made; zero when up or final
}

// Options say where to connect and as whom.
type Options struct {
	Address     Address
	InProcess   nats.InProcessConnProvider // a switchboard in this process, instead of Address
	Credentials Credentials
	User        User
	Device      DeviceID
	Handlers    Handlers
	// Dialled gets the connection before any handler is called, and before Dial returns, so that handlers may use it. Nil is skipped.
	Dialled func(*Conn)
	Logger  *slog.Logger // nil discards
}

// Stats counts what was dropped.
type Stats struct {
	Malformed uint64 // messages that could not be understood
	Missed    uint64 // times that messages were lost because handlers were too slow
}

// Conn is the connection of one device of one user to a switchboard. It keeps the device's lease, renews the token and comes
// back by itself when the line breaks. Its methods may be called from any goroutine.
type Conn struct {
	o   Options
	log *slog.Logger
	me  string // user token
	nc  *nats.Conn

	mu          sync.Mutex
	credentials Credentials
	line        context.Context // ends when the line breaks
	cutLine     context.CancelFunc
	lastError   error // of the last attempt to reconnect

	ctx      context.Context // ends with the Conn
	cancel   context.CancelFunc
	messages chan *nats.Msg // nats.go → dispatch
	events   chan func()    // keep → dispatch
	changes  chan change    // nats.go → keep
	renewed  chan struct{}  // SetCredentials → keep
	leased   atomic.Bool    // the authority knows that we are here
	closing  sync.Once
	running  sync.WaitGroup

	malformed, missed atomic.Uint64
}

// Dial makes one attempt to connect and to take the lease of the device; the caller decides whether to try again. Afterwards the
// Conn reconnects by itself, for ever, with growing pauses.
func Dial(ctx context.Context, o Options) (*Conn, error) {
	if err := o.User.ID.Check(); err != nil {
		return nil, err
	}
	if o.Device == "" {
		return nil, errors.New("signal: dial: no device ID")
	}
	if _, err := PublicKey(o.Credentials.Seed); err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Conn{
		o: o, log: o.Logger, me: o.User.ID.Token(), credentials: o.Credentials,
		messages: make(chan *nats.Msg, inboxSize),
		events:   make(chan func(), 16),
		changes:  make(chan change, 16),
		renewed:  make(chan struct{}, 1),
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.line, c.cutLine = context.WithCancel(c.ctx)
	lease, err := c.open(ctx)
	if err != nil {
		c.cancel()
		if c.nc != nil {
			c.nc.Close()
		}
		return nil, err
	}
	if o.Dialled != nil {
		o.Dialled(c)
	}
	c.running.Add(2)
	go c.keep(lease)
	go c.dispatch()
	return c, nil
}

// open connects, subscribes and takes the lease.
func (c *Conn) open(ctx context.Context) (lease time.Duration, err error) {
	trust := &pinned{want: c.o.Address.Pin}
	if trust.want == "" {
		trust.want = c.o.Credentials.Pin
	}
	c.nc, err = connect(ctx, where{
		address: c.o.Address, inProcess: c.o.InProcess, inbox: "_INBOX." + c.me, name: c.me, token: c.current, trust: trust,
	},
		nats.MaxReconnects(-1),
		nats.CustomReconnectDelay(c.beforeRetry),
		nats.DisconnectErrHandler(c.wentDown),
		nats.ReconnectHandler(c.cameUp),
		nats.ReconnectErrHandler(c.retryFailed),
		nats.ClosedHandler(c.ended),
		nats.ErrorHandler(c.asyncError),
	)
	if err != nil {
		return 0, err
	}
	for _, subject := range []string{"user." + c.me + ".>", "rt." + c.me + ".*.*"} {
		if _, err := c.nc.ChanSubscribe(subject, c.messages); err != nil {
			return 0, fmt.Errorf("signal: subscribe: %w", err)
		}
	}
	// A token that cannot even be read counts as none, and strangers may not listen to anything.
	flush, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if err := c.nc.FlushWithContext(flush); err != nil {
		return 0, connectError(ctx, c.o.Address, err)
	}
	if err := c.nc.LastError(); errors.Is(err, nats.ErrPermissionViolation) {
		return 0, fmt.Errorf("%w: %v: %w", ErrBadToken, c.o.Address, err)
	}
	return c.hello(ctx)
}

// hello takes or renews the lease.
func (c *Conn) hello(ctx context.Context) (time.Duration, error) {
	var reply HelloReply
	err := c.Request(ctx, VerbHello, Hello{Device: c.o.Device, Name: c.o.User.Name, Version: Version, Line: c.lineID()}, &reply)
	c.leased.Store(err == nil)
	if err != nil {
		return 0, err
	}
	return max(reply.Lease, shortestLease), nil
}

// lineID names the connection of the moment; it is empty where the switchboard does not number them.
func (c *Conn) lineID() LineID {
	server := c.nc.ConnectedServerId()
	number, err := c.nc.GetClientID()
	if err != nil || server == "" {
		return ""
	}
	return LineOf(server, number)
}

func (c *Conn) current() (Credentials, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.credentials, nil
}

// SetCredentials replaces the token before it ends, without losing a call: the line is opened anew with it. The key may change,
// the user may not.
func (c *Conn) SetCredentials(n Credentials) error {
	if _, err := PublicKey(n.Seed); err != nil {
		return err
	}
	if u, err := n.User(); err != nil {
		return err
	} else if u != c.o.User.ID {
		return fmt.Errorf("%w: it is for %q", ErrBadToken, u)
	}
	c.mu.Lock()
	c.credentials = n
	c.mu.Unlock()
	select {
	case c.renewed <- struct{}{}:
	default:
	}
	return c.ForceReconnect()
}

// Connected reports whether the line is up and the switchboard knows that this device is there.
func (c *Conn) Connected() bool { return c.nc.IsConnected() && c.leased.Load() }

// Stats returns what was dropped so far.
func (c *Conn) Stats() Stats {
	return Stats{Malformed: c.malformed.Load(), Missed: c.missed.Load()}
}

// ForceReconnect gives the line up and opens a new one at once: call it when the machine's addresses changed, because the old
// line may take a long time to be found dead.
func (c *Conn) ForceReconnect() error {
	if err := c.nc.ForceReconnect(); err != nil {
		return fmt.Errorf("signal: reconnect: %w", ErrClosed)
	}
	return nil
}

// Request asks the authority and waits for its answer; without a deadline in ctx at most 5 s. reply may be nil. A refusal is an
// [*Error]; when the line is down or breaks meanwhile the error is [ErrUnreachable], and the request may have been carried out.
func (c *Conn) Request(ctx context.Context, verb Verb, request, reply any) error {
	body, err := Encode(request)
	if err != nil {
		return err
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, requestTimeout)
		defer cancel()
	}
	switch {
	case c.ctx.Err() != nil:
		return fmt.Errorf("signal: %s: %w", verb, ErrClosed)
	case !c.nc.IsConnected():
		return fmt.Errorf("signal: %s: %w", verb, ErrUnreachable)
	}
	whole, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c.mu.Lock()
	line := c.line
	c.mu.Unlock()
	defer context.AfterFunc(line, func() { cancel(ErrUnreachable) })()

	m, err := c.nc.RequestWithContext(whole, "svc."+c.me+"."+string(verb), body)
	if err != nil {
		return requestError(whole, verb, err)
	}
	if err := DecodeAnswer(m.Data, reply); err != nil {
		return fmt.Errorf("signal: %s: %w", verb, err)
	}
	return nil
}

// SendPeer sends a message to a device of another user. It does not wait, and nobody confirms: the media link repeats what
// remains without an answer.
func (c *Conn) SendPeer(to UserID, m PeerMessage) error {
	if err := to.Check(); err != nil {
		return err
	}
	body, err := Encode(m)
	if err != nil {
		return err
	}
	switch err := c.nc.Publish("rt."+to.Token()+"."+c.me+".link", body); {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrConnectionClosed):
		return ErrClosed
	default:
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
}

// Close says goodbye, so that the user leaves calls and rings of this device at once, and waits until all goroutines have
// ended. No handler is called afterwards.
func (c *Conn) Close() error { return c.close(true) }

// Drop closes without a goodbye, as a crash does: for the switchboard this device vanishes, and its place in a call is kept for
// the grace time.
func (c *Conn) Drop() error { return c.close(false) }

func (c *Conn) close(bye bool) error {
	c.closing.Do(func() {
		if bye && c.nc.IsConnected() {
			ctx, cancel := context.WithTimeout(c.ctx, byeTimeout)
			if err := c.Request(ctx, VerbBye, Bye{Device: c.o.Device}, nil); err != nil {
				c.log.Debug("goodbye not heard", "err", err)
			}
			cancel()
		}
		c.cancel()
		c.nc.Close()
	})
	c.running.Wait()
	return nil
}

// dispatch calls the handlers.
func (c *Conn) dispatch() {
	defer c.running.Done()
	if c.o.Handlers.OnConnection != nil {
		c.o.Handlers.OnConnection(Connection{Up: true})
	}
	for {
		select {
		case <-c.ctx.Done():
			return
		case f := <-c.events:
			f()
		case m := <-c.messages:
			if err := c.deliver(m.Subject, m.Data); err != nil {
				c.malformed.Add(1)
				c.log.Debug("dropped a message", "subject", m.Subject, "bytes", len(m.Data), "err", err)
			}
		}
	}
}

// deliver hands one message to its handler. The subject is trusted, since the switchboard checks who may publish where; the body is not.
func (c *Conn) deliver(subject string, data []byte) error {
	part := strings.Split(subject, ".")
	switch {
	case len(part) == 3 && part[0] == "user" && part[2] == DeliverCall:
		return decodeFor(data, c.o.Handlers.OnCall)
	case len(part) == 3 && part[0] == "user" && part[2] == DeliverPerson:
		return decodeFor(data, c.o.Handlers.OnPerson)
	case len(part) == 3 && part[0] == "user" && part[2] == DeliverHistory:
		return decodeFor(data, func(Empty) {
			if c.o.Handlers.OnHistory != nil {
				c.o.Handlers.OnHistory()
			}
		})
	case len(part) == 4 && part[0] == "rt" && part[3] == "link":
		from, err := ParseUserToken(part[2])
		if err != nil {
			return err
		}
		return decodeFor(data, func(m PeerMessage) {
			if c.o.Handlers.OnPeer != nil && (m.To == "" || m.To == c.o.Device) {
				c.o.Handlers.OnPeer(from, m)
			}
		})
	}
	return nil // a newer switchboard may say more
}

func decodeFor[T any](data []byte, handle func(T)) error {
	var v T
	if err := Decode(data, &v); err != nil {
		return err
	}
	if m, ok := any(&v).(interface{ check() error }); ok {
		if err := m.check(); err != nil {
			return err
		}
	}
	if handle != nil {
		handle(v)
	}
	return nil
}
