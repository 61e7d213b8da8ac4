package authority

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/law"
)

const (
	// workers is how many requests are answered at the same time; most of the time each waits for JetStream.
	workers = 16
	// backlog bounds the requests that wait for one worker, about a tenth of a second's work.
	backlog = 256
	// requestTime bounds one request. The app that asked has given up by then.
	requestTime = 5 * time.Second
	// startTime bounds New when its context has no deadline: a cluster may have to elect a leader first.
	startTime = 30 * time.Second
)

// DefaultCallLimit is as many as a mesh connects, in which everybody sends to everybody else, with cameras at 640×360.
const DefaultCallLimit = 6

// Options configure an authority. The zero value works.
type Options struct {
	Replicas  int           // of the buckets that New creates; default 1
	Lease     time.Duration // how long a device counts as online without renewal; default 15 s; an existing bucket keeps its own
	Grace     time.Duration // in which a vanished member of a call may come back; default 20 s
	RingGrace time.Duration // ... who is alone in the call and rings; default 4 s
	LineGrace time.Duration // in which a device whose line has closed may come back unnoticed; default 2 s
	Sweep     time.Duration // between two looks at deadlines; default 1 s
	CallLimit int           // how many may be in one call at once; default [DefaultCallLimit]; the law's most is [law.MaxParties]

	// KeepHistory is how long users find a call in their history; default 90 days. The newest authority decides for all.
	KeepHistory time.Duration
	// Unlimited are users who take any number of calls at once, such as Echo: a call does not make them busy, and they remember none.
	Unlimited []signal.UserID
	// Mint makes a new token for a key of a user; which one, if it is empty, Mint decides. Nil refuses renewals.
	Mint func(ctx context.Context, u signal.UserID, key string) (token string, expires time.Time, err error)
	// DeviceCode makes a code with which another device of a user enrols. Nil refuses.
	DeviceCode func(context.Context, signal.UserID) (signal.DeviceReply, error)
	// TURN returns relays with credentials of their own for a user. Nil means none.
	TURN func(signal.UserID) []signal.ICEServer
	// Observe hears of every request that was answered; code is empty on success. It must not block. Nil is ignored.
	Observe func(verb string, code signal.Code, took time.Duration)
	// Answered hears of every call in which somebody joined the initiator, and after what time. It must not block. Nil is ignored.
	Answered func(after time.Duration)
	// Logger gets what is wrong with the switchboard itself. Nil discards.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	def := func(d *time.Duration, value time.Duration) {
		if *d <= 0 {
			*d = value
		}
	}
	o.Replicas = max(o.Replicas, 1)
	def(&o.Lease, 15*time.Second)
	def(&o.Grace, 20*time.Second)
	def(&o.RingGrace, 4*time.Second)
	def(&o.LineGrace, 2*time.Second)
	def(&o.Sweep, time.Second)
	if o.CallLimit <= 0 {
		o.CallLimit = DefaultCallLimit
	}
	o.CallLimit = min(max(o.CallLimit, 2), law.MaxParties)
	def(&o.KeepHistory, 90*24*time.Hour)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Authority answers the requests of apps about people and calls. See the package comment.
type Authority struct {
	nc    *nats.Conn
	o     Options
	log   *slog.Logger
	grace law.Grace
	now   func() time.Time

	store     *store
	view      *view
	herald    *herald
	calls     *gate
	crowd     *gate // of people
	seats     *gate // of leases
	invites   *limiter
	requests  *limiter
	handlers  map[signal.Verb]handler
	crossings chan struct{} // pokes the sweep
	closed    chan closedLine

	sub    *nats.Subscription
	seed   maphash.Seed
	queues [workers]chan *nats.Msg
	quit   chan struct{} // closed: workers finish what waits and end
	busy   sync.WaitGroup
	rest   sync.WaitGroup
	ctx    context.Context // of everything but the start
	stop   context.CancelFunc
	close  sync.Once
}

// New starts an authority on a connection that may use JetStream and all subjects of the account. It returns when requests are
// being answered. The connection stays the caller's, and must outlive the authority.
func New(ctx context.Context, nc *nats.Conn, o Options) (*Authority, error) {
	o = o.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	st, err := openStore(ctx, nc, o)
	if err != nil {
		return nil, err
	}
	a := &Authority{
		nc: nc, o: o, log: o.Logger, store: st, grace: law.Grace{Member: o.Grace, Ringer: o.RingGrace}, now: time.Now,
		invites: newLimiter(inviteRate), requests: newLimiter(requestRate),
		crossings: make(chan struct{}, 1), seed: maphash.MakeSeed(), quit: make(chan struct{}),
		closed: make(chan closedLine, maxClosed),
	}
	a.ctx, a.stop = context.WithCancel(context.WithoutCancel(ctx))
	a.herald = newHerald(a)
	a.view = newView(o.Unlimited)
	a.calls = newGate(a.ctx, st.calls, a.view.seenCalls)
	a.crowd = newGate(a.ctx, st.people, a.view.seenPeople)
	a.seats = newGate(a.ctx, st.leases, a.view.seenLeases)
	a.handlers = a.verbs()
	if err := a.watch(ctx); err != nil {
		a.Close()
		return nil, err
	}
	a.rest.Go(func() { a.herald.run(a.ctx) })
	a.rest.Go(func() { a.sweeping(a.ctx) })
	a.rest.Go(func() { a.ending(a.ctx) })
	for i := range a.queues {
		queue := make(chan *nats.Msg, backlog)
		a.queues[i] = queue
		a.busy.Go(func() { a.work(queue) })
	}
	if a.sub, err = nc.QueueSubscribe("svc.*.*", "authority", a.enqueue); err != nil {
		a.Close()
		return nil, fmt.Errorf("authority: subscribe: %w", err)
	}
	if err := nc.FlushWithContext(ctx); err != nil {
		a.Close()
		return nil, fmt.Errorf("authority: subscribe: %w", err)
	}
	return a, nil
}

// watch starts the watchers and waits until they have read all there is.
func (a *Authority) watch(ctx context.Context) error {
	failed := make(chan error, 3)
	start := func(w watching) { a.rest.Go(func() { a.keepWatching(w, failed) }) }
	ready := make(chan struct{}, 3)
	start(watching{a.store.calls, ready, a.view.takeCall(a.noteCrossing)})
	start(watching{a.store.people, ready, a.view.takePerson})
	start(watching{a.store.leases, ready, a.view.takeLease})
	for range 3 {
		select {
		case <-ready:
		case err := <-failed:
			return err
		case <-ctx.Done():
			return fmt.Errorf("authority: watch: %w", context.Cause(ctx))
		}
	}
	return nil
}

// keepWatching watches a bucket until the authority is closed. The first failure goes to failed, for the start; a later one, which
// only a damaged stream can cause, is mended by watching anew.
func (a *Authority) keepWatching(w watching, failed chan<- error) {
	for {
		err := a.view.watch(a.ctx, w)
		if a.ctx.Err() != nil {
			return
		}
		err = fmt.Errorf("authority: watch %s: %w", w.bucket.Bucket(), err)
		select {
		case failed <- err:
		default:
		}
		a.log.Warn("bucket not watched", "err", err)
		select {
		case <-a.ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}

// noteCrossing wakes the sweep when a call that the watcher shows crosses another: of two authorities that were asked at the
// same time, at least one sees both.
func (a *Authority) noteCrossing(c *signal.Call) {
	if _, ok := a.crossed(c); ok {
		select {
		case a.crossings <- struct{}{}:
		default:
		}
	}
}

// Close stops answering, finishes what was asked before, and waits for every goroutine. It may be called again.
func (a *Authority) Close() {
	a.close.Do(func() {
		if a.sub != nil {
			_ = a.sub.Unsubscribe() // fails only if the connection is gone, and the subscription with it
		}
		close(a.quit)
	})
	a.busy.Wait()
	a.stop()
	a.rest.Wait()
}

// Ready reports whether requests can be answered.
func (a *Authority) Ready() bool {
	return a.ctx.Err() == nil && a.nc.IsConnected() && a.sub != nil && a.sub.IsValid()
}

// Calls counts the calls that have not ended, of all authorities on the same buckets.
func (a *Authority) Calls() int { return a.view.openCalls() }

// enqueue hands a request to the worker of its sender.
func (a *Authority) enqueue(m *nats.Msg) {
	queue := a.queues[maphash.String(a.seed, strings.SplitN(m.Subject, ".", 3)[1])%workers]
	select {
	case queue <- m:
	default:
		a.answer(m, nil, refusal(signal.CodeTooMany, "The switchboard is very busy. Try again."))
	}
}

func (a *Authority) work(queue <-chan *nats.Msg) {
	for {
		select {
		case m := <-queue:
			a.serve(m)
		case <-a.quit:
			for {
				select {
				case m := <-queue:
					a.serve(m)
				default:
					return
				}
			}
		}
	}
}

// handler answers one request of a user whom the subject has proven.
type handler func(ctx context.Context, from signal.UserID, data []byte) (any, error)

// serve answers one request. A request whose answer would go anywhere but to its sender's own inbox is not answered at all: NATS
// does not check reply subjects, so it would speak to somebody else with the switchboard's voice.
func (a *Authority) serve(m *nats.Msg) {
	parts := strings.Split(m.Subject, ".")
	from, err := signal.ParseUserToken(parts[1])
	if err != nil || m.Reply != "" && !strings.HasPrefix(m.Reply, "_INBOX."+parts[1]+".") {
		a.log.Debug("request ignored", "subject", m.Subject, "reply", m.Reply)
		return
	}
	start := time.Now()
	verb := signal.Verb(parts[2])
	handle, known := a.handlers[verb]
	if !known {
		verb = "unknown"
	}
	reply, err := a.attempt(func(ctx context.Context) (any, error) {
		switch {
		case !a.requests.allow(from, start), (verb == signal.VerbInvite || verb == signal.VerbOpen) && !a.invites.allow(from, start):
			return nil, refusal(signal.CodeTooMany, "Too many requests. Wait a moment.")
		case !known:
			return nil, refusal(signal.CodeBadRequest, "The switchboard does not know this request. It may be older than the app.")
		}
		return handle(ctx, from, m.Data)
	})
	var refused *signal.Error
	if err != nil && !errors.As(err, &refused) {
		a.log.Error("request failed", "verb", verb, "user", from, "err", err)
		refused = refusal(signal.CodeInternal, "The switchboard failed. Try again.")
	}
	a.answer(m, reply, refused)
	if a.o.Observe != nil {
		var code signal.Code
		if refused != nil {
			code = refused.Code
		}
		a.o.Observe(string(verb), code, time.Since(start))
	}
}

// attempt runs a handler; a panic in it costs only this request.
func (a *Authority) attempt(handle func(context.Context) (any, error)) (reply any, err error) {
	ctx, cancel := context.WithTimeout(a.ctx, requestTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("authority: panic: %v\n%s", p, debug.Stack())
		}
	}()
	return handle(ctx)
}

func (a *Authority) answer(m *nats.Msg, reply any, refused *signal.Error) {
	if m.Reply == "" {
		return
	}
	if refused != nil {
		reply = struct {
			Error *signal.Error `json:"error"`
		}{refused}
	}
	data, err := json.Marshal(reply)
	if err != nil || len(data) > signal.MaxReply {
		a.log.Error("answer cannot be sent", "subject", m.Subject, "bytes", len(data), "err", err)
		return
	}
	if err := m.Respond(data); err != nil {
		a.log.Warn("not answered", "subject", m.Subject, "err", err)
	}
}

// publish sends to every device of a user.
func (a *Authority) publish(to signal.UserID, kind string, data []byte) {
	if err := a.nc.Publish("user."+to.Token()+"."+kind, data); err != nil {
		a.log.Warn("not delivered", "user", to, "kind", kind, "err", err)
	}
}

// deliver sends a call to all its parties.
func (a *Authority) deliver(c signal.Call) {
	data, err := signal.Encode(c)
	if err != nil {
		a.log.Error("call not delivered", "call", c.ID, "err", err)
		return
	}
	for _, p := range c.Parties {
		a.publish(p.ID, signal.DeliverCall, data)
	}
	a.view.putCall(c, true)
	for _, p := range c.Parties {
		if a.view.online(p.ID) { // who has just come may be offline in this view only
			a.herald.touch(p.ID)
		}
	}
}
