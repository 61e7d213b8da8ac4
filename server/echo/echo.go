// Package echo is the Echo contact: a member of the switchboard that takes every call at once and sends back the sound and
// the picture that it gets, so that one person on one machine has a real call in the first minute. It knows no codec: what it
// sends back are the RTP packets themselves.
//
// To the switchboard Echo is a user like any other. Its goroutines, all ended by Close: that of the connection, which only passes
// on what arrives; one that syncs after each reconnect; and one per call, which owns the media sessions of the call, one for
// each other member, so that everybody hears only himself. The packets run through the readers of those sessions and wait
// for nobody.
package echo

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// ID is the user ID of the Echo contact on every switchboard, and Name the name that is shown.
const (
	ID   signal.UserID = "echo"
	Name string        = "Echo"
)

const (
	// defaultSessions is how many people may talk to Echo at the same time. With 1.5 Mbit/s of picture each they cost about
	// 100 Mbit/s each way.
	defaultSessions = 64
	// requestTime bounds one request to the authority.
	requestTime = 5 * time.Second
)

// Options configure Echo.
type Options struct {
	// Connect says how to reach the switchboard, and with which credentials of the user [ID]. User, Device and Handlers are
	// filled in.
	Connect  signal.Options
	Loopback bool         // offer loopback addresses too: the switchboard serves this machine only
	Sessions int          // people who may talk to Echo at the same time; further ones find it busy; default 64
	Logger   *slog.Logger // nil discards
}

// Echo is the running contact.
type Echo struct {
	o      Options
	log    *slog.Logger
	device signal.DeviceID
	conn   *signal.Conn
	slots  chan struct{} // one per session
	up     chan struct{} // the connection is there (again): sync

	ctx     context.Context // of everything
	stop    context.CancelFunc
	running sync.WaitGroup
	closing sync.Once

	mu    sync.Mutex
	calls map[signal.CallID]*call
}

// Start connects Echo; when it returns, Echo can be called. ctx bounds the start only.
func Start(ctx context.Context, o Options) (*Echo, error) {
	if o.Sessions <= 0 {
		o.Sessions = defaultSessions
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Echo{
		o: o, log: o.Logger, device: signal.DeviceID(rand.Text()),
		slots: make(chan struct{}, o.Sessions), up: make(chan struct{}, 1), calls: map[signal.CallID]*call{},
	}
	e.ctx, e.stop = context.WithCancel(context.Background())
	connect := o.Connect
	connect.User = signal.User{ID: ID, Name: Name}
	connect.Device = e.device
	connect.Logger = o.Logger
	connect.Handlers = signal.Handlers{
		OnConnection: func(c signal.Connection) {
			if c.Up {
				poke(e.up)
			}
		},
		OnCall: e.route,
		OnPeer: e.routePeer,
	}
	connect.Dialled = func(c *signal.Conn) { e.conn = c }
	if _, err := signal.Dial(ctx, connect); err != nil {
		e.stop()
		return nil, fmt.Errorf("echo: %w", err)
	}
	e.running.Go(e.syncing)
	return e, nil
}

// Close leaves all calls and waits for every goroutine. It may be called again.
func (e *Echo) Close() error {
	e.mu.Lock()
	e.stop() // under the lock, so that no call begins after it
	e.mu.Unlock()
	e.running.Wait()
	var err error
	e.closing.Do(func() { err = e.conn.Close() })
	return err
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// syncing asks for the truth whenever the connection has come back.
func (e *Echo) syncing() {
	for {
		select {
		case <-e.ctx.Done():
			return
		case <-e.up:
		}
		e.mu.Lock()
		before := slices.Collect(maps.Values(e.calls))
		e.mu.Unlock()
		var truth signal.SyncReply
		if err := e.request(signal.VerbSync, signal.Sync{Device: e.device}, &truth); err != nil {
			e.log.Warn("echo: sync", "err", err)
			continue // the connection comes up again, or works and delivers
		}
		running := map[signal.CallID]bool{}
		for _, c := range truth.Calls {
			running[c.ID] = true
			e.route(c)
		}
		for _, c := range before {
			if !running[c.id] {
				c.stop()
			}
		}
	}
}

// route hands a record to its call. It begins a call for a ring, if a session is left for it.
func (e *Echo) route(r signal.Call) {
	me, ok := r.Party(ID)
	here := ok && r.Ended.IsZero() && (me.State.Waiting() || me.State.In() && me.Device == e.device)
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.calls[r.ID]
	switch {
	case c != nil:
		c.update(r)
		return
	case !here || e.ctx.Err() != nil || len(e.calls) >= 2*e.o.Sessions:
		return // the ring of one call too many is not even refused: it times out
	}
	c = newCall(e, r)
	e.calls[r.ID] = c
	e.running.Go(func() {
		c.run()
		e.mu.Lock()
		delete(e.calls, c.id)
		e.mu.Unlock()
		if again := c.newest(); again.Revision > c.last { // it rang again while the call was being cleared away
			e.route(again)
		}
	})
}

// routePeer hands a media link's message to its call.
func (e *Echo) routePeer(from signal.UserID, m signal.PeerMessage) {
	e.mu.Lock()
	c := e.calls[m.Call]
	e.mu.Unlock()
	if c != nil {
		c.hear(from, m)
	}
}

// request asks the authority on behalf of Echo.
func (e *Echo) request(verb signal.Verb, request, reply any) error {
	ctx, cancel := context.WithTimeout(e.ctx, requestTime)
	defer cancel()
	return e.conn.Request(ctx, verb, request, reply)
}
