package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/signal"
)

const (
	firstPause = 500 * time.Millisecond
	lastPause  = 15 * time.Second
	tokenLife  = 12 * time.Hour // of tokens that a trusted app mints for itself
	maxHeld    = 64             // peer messages kept for calls whose room is about to open
)

// line keeps the connection to the switchboard: it enrols, dials, tries again with growing pauses, and fetches the truth after
// every (re)connect. One goroutine runs it; signal.Conn's dispatcher calls its handlers.
type line struct {
	client  *Client
	address signal.Address

	refreshing sync.Mutex // held while the truth is fetched, so that an older one does not come after a newer

	mu    sync.Mutex
	conn  *signal.Conn
	kept  signal.Credentials // the newest, for the next dial
	moved bool               // the machine's addresses changed since the line was last up
	held  []heldMessage

	down chan error // the connection is of no more use
}

// heldMessage is a link message for a room that is not open yet: the offer often overtakes the answer to our own accept.
type heldMessage struct {
	from UserID
	m    signal.PeerMessage
}

func newLine(c *Client, address signal.Address) *line {
	return &line{client: c, address: address, down: make(chan error, 1)}
}

// run holds the line until ctx is done.
func (l *line) run(ctx context.Context) {
	l.client.spawn(func(ctx context.Context) { link.WatchAddresses(ctx, 0, l.addressesMoved) })
	told := "" // Code of the failure that the log has
	for pause := firstPause; ctx.Err() == nil; pause = min(2*pause, lastPause) {
		conn, err := l.dial(ctx)
		final := hopeless(err)
		if err == nil {
			pause, told = firstPause, ""
			select {
			case <-ctx.Done():
				return
			case err = <-l.down:
				l.mu.Lock()
				l.conn = nil
				l.mu.Unlock()
				_ = conn.Drop()
			}
		}
		if ctx.Err() != nil {
			return
		}
		now := Connection{State: Offline, Server: l.address.String(), Err: fail("connect", err), RetryAt: time.Now().Add(pause)}
		if final {
			now.RetryAt = time.Time{}
		}
		l.client.post(connected{now})
		if code := Code(now.Err); code != told {
			told = code
			l.client.log.Warn("not connected", "server", now.Server, "err", err, "final", final)
		}
		if final {
			<-ctx.Done() // only the person can help, with another address, name or code: that is another client
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// hopeless reports whether dialling again cannot help. A connection that ends because its token is refused is not hopeless: the
// next one may get a new token.
func hopeless(err error) bool {
	for _, e := range []error{signal.ErrBadToken, signal.ErrJoinCode, signal.ErrDeviceCode, signal.ErrNameTaken, signal.ErrPinMismatch} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// dial makes one attempt, with new credentials if the old ones are refused.
func (l *line) dial(ctx context.Context) (*signal.Conn, error) {
	o := l.client.options
	creds, err := l.credentials(ctx, false)
	if err != nil {
		return nil, err
	}
	conn, err := l.dialWith(ctx, creds)
	if errors.Is(err, signal.ErrBadToken) && o.AppSign == "" {
		if creds, err = l.credentials(ctx, true); err != nil {
			return nil, err
		}
		return l.dialWith(ctx, creds)
	}
	return conn, err
}

func (l *line) dialWith(ctx context.Context, creds signal.Credentials) (*signal.Conn, error) {
	o := l.client.options
	return signal.Dial(ctx, signal.Options{
		Address: l.address, Credentials: creds, User: o.User, Device: o.Device, Logger: o.Logger,
		Dialled: l.dialled,
		Handlers: signal.Handlers{
			OnConnection:    l.connectionMoved,
			OnCall:          func(r signal.Call) { l.client.post(changed{r}) },
			OnPerson:        func(p signal.Person) { l.client.post(presence{p}) },
			OnPeer:          l.peer,
			OnHistory:       l.client.chronicle.hint,
			OnToken:         l.save,
			OnTokenExpiring: l.tokenExpires,
		},
	})
}

// dialled takes a connection before the first ring comes over it, which is answered over it.
func (l *line) dialled(conn *signal.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn = conn
}

// tokenExpires replaces a token that the switchboard does not renew. If there is no new one the line ends with the old one.
func (l *line) tokenExpires(at time.Time) {
	l.client.post(expiring{time.Until(at)})
	l.client.spawn(func(ctx context.Context) {
		creds, err := l.replacement(ctx)
		if conn := l.connection(); err == nil && conn != nil && creds.Token != "" {
			if err = conn.SetCredentials(creds); err == nil && l.client.options.AppSign == "" {
				l.save(creds)
			}
		}
		if err != nil && ctx.Err() == nil {
			l.client.log.Warn("no new token", "err", err)
			l.client.post(failed{"", fail("renew the token", err)})
		}
	})
}

// replacement gets a new token: minted here by a trusted app, or from the program. It has none if nobody gives one.
func (l *line) replacement(ctx context.Context) (signal.Credentials, error) {
	o := l.client.options
	switch {
	case o.AppSign != "":
		return l.credentials(ctx, false)
	case o.RenewToken == nil:
		return signal.Credentials{}, nil
	}
	token, err := o.RenewToken(ctx)
	if err != nil || token == "" {
		return signal.Credentials{}, err
	}
	creds, err := l.credentials(ctx, false)
	if err != nil {
		return creds, err
	}
	return creds.WithToken(token)
}

// credentials finds the token to connect with: kept from before, minted here, or given by enrolment.
func (l *line) credentials(ctx context.Context, again bool) (signal.Credentials, error) {
	o := l.client.options
	l.mu.Lock()
	kept := l.kept
	l.mu.Unlock()
	if kept.Seed == "" && o.Store != nil {
		var err error
		if kept, err = o.Store.Load(l.address.String()); err != nil {
			return kept, err
		}
	}
	if o.AppSign != "" {
		seed, public, err := signal.NewKey()
		if err != nil {
			return kept, err
		}
		minted, err := signal.MintToken(o.AppID, o.AppSign, o.User.ID, public, tokenLife)
		minted.Seed = seed
		return minted, err
	}
	user, err := kept.User()
	if kept.Token != "" && err == nil && user == o.User.ID && !again {
		return kept, nil
	}
	if kept.Seed == "" { // a name belongs to its first key, so it must be known even if the answer is lost
		if kept.Seed, _, err = signal.NewKey(); err != nil {
			return kept, err
		}
		l.mu.Lock()
		l.kept.Seed = kept.Seed
		l.mu.Unlock()
	}
	fresh, _, err := signal.Enrol(ctx, signal.EnrolOptions{Address: l.address, User: o.User, DeviceCode: o.DeviceCode, Seed: kept.Seed, Logger: o.Logger})
	if err != nil {
		return kept, err
	}
	l.save(fresh)
	return fresh, nil
}

func (l *line) save(creds signal.Credentials) {
	l.mu.Lock()
	l.kept = creds
	l.mu.Unlock()
	if s := l.client.options.Store; s != nil {
		if err := s.Save(l.address.String(), creds); err != nil {
			l.client.log.Error("credentials are not kept for the next start", "err", err)
		}
	}
}

// connectionMoved follows the connection once it has been made.
func (l *line) connectionMoved(c signal.Connection) {
	switch {
	case c.Up:
		l.client.spawn(l.refresh)
	case c.Final:
		select {
		case l.down <- lostLine(c.Err):
		default:
		}
	default:
		l.client.post(connected{Connection{State: Offline, Server: l.address.String(), Err: fail("connect", lostLine(c.Err)), RetryAt: c.RetryAt}})
	}
}

// lostLine is why a line that stood is down. There was a switchboard at the address, so the person need not look for another one.
func lostLine(err error) error {
	if errors.Is(err, signal.ErrWrongAddress) {
		return fmt.Errorf("%w: %v", signal.ErrUnreachable, err) //nolint:errorlint // it is not to be taken for a wrong address any more
	}
	return err
}

// refresh fetches the truth, and says that we are online once the state shows it.
func (l *line) refresh(ctx context.Context) {
	l.refreshing.Lock()
	defer l.refreshing.Unlock()
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		conn := l.connection()
		if conn == nil {
			return
		}
		before := l.client.inside.Load().tracked()
		var reply signal.SyncReply
		sent := time.Now()
		err := conn.Request(ctx, signal.VerbSync, signal.Sync{Device: l.client.options.Device}, &reply)
		if err == nil {
			l.client.post(synced{reply, before, aheadOf(reply.Now, sent, time.Now())})
			l.client.post(connected{Connection{State: Online, Server: l.address.String()}})
			l.client.chronicle.hint()
			l.renewPaths()
			return
		}
		if !conn.Connected() {
			return // the next connection asks again
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// renewPaths renews the media paths that the outage may have cost: all of them if the machine's addresses changed meanwhile.
func (l *line) renewPaths() {
	l.mu.Lock()
	moved := l.moved
	l.moved = false
	l.mu.Unlock()
	for id, c := range l.client.inside.Load().calls {
		if moved || c.broken() {
			l.client.inRoom(id, func(r *room) { r.reconnect() })
		}
	}
}

// addressesMoved drops the old line at once: it would take long to be found dead, and the media wait for it.
func (l *line) addressesMoved() {
	conn := l.connection()
	if conn == nil {
		return
	}
	l.mu.Lock()
	l.moved = true
	l.mu.Unlock()
	if err := conn.ForceReconnect(); err != nil {
		l.client.log.Debug("reconnect after a change of addresses", "err", err)
	}
}

func (l *line) connection() *signal.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn
}

func (l *line) request(ctx context.Context, verb signal.Verb, request, reply any) error {
	err := signal.ErrUnreachable
	if conn := l.connection(); conn != nil {
		err = conn.Request(ctx, verb, request, reply)
	}
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case l.client.ctx.Err() != nil:
		return ErrClosed
	case errors.Is(err, signal.ErrClosed): // and the next connection is on its way
		return fmt.Errorf("%w: %v", signal.ErrUnreachable, err) //nolint:errorlint // it is not to be taken for a wrong address any more
	}
	return err
}

func (l *line) sendPeer(to UserID, m signal.PeerMessage) error {
	conn := l.connection()
	if conn == nil {
		return signal.ErrUnreachable
	}
	return conn.SendPeer(to, m)
}

// peer takes a link message for a room, or keeps it until the room opens.
func (l *line) peer(from UserID, m signal.PeerMessage) {
	if r := l.client.room(m.Call); r != nil {
		r.deliver(from, m)
		return
	}
	s := l.client.inside.Load()
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.client.room(m.Call); r != nil { // it has just opened
		r.deliver(from, m)
		return
	}
	l.held = slices.DeleteFunc(l.held, func(h heldMessage) bool { return !s.mayOpen(h.m.Call) })
	if s.mayOpen(m.Call) && len(l.held) < maxHeld {
		l.held = append(l.held, heldMessage{from, m})
	}
}

// opened hands the messages that came too early to a room that has just opened.
func (l *line) opened(r *room) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = slices.DeleteFunc(l.held, func(h heldMessage) bool {
		if h.m.Call == r.call {
			r.deliver(h.from, h.m)
		}
		return h.m.Call == r.call
	})
}

// close says goodbye to the switchboard.
func (l *line) close() {
	if conn := l.connection(); conn != nil {
		_ = conn.Close()
	}
}
