package signal

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
)

// The pace of keeping the lease and the token.
const (
	shortestLease = 300 * time.Millisecond // of a test; a third of it is the shortest time between two hellos
	helloTimeout  = 3 * time.Second
	helloRetry    = 500 * time.Millisecond // after a hello that failed on a good line
	renewMargin   = 30 * time.Second       // before the end of a token
	renewRetry    = 10 * time.Second
)

// change is what nats.go tells about the line.
type change struct {
	up      bool
	missed  bool // up, but messages were lost
	final   bool
	err     error
	retryAt time.Time
}

func (c *Conn) changed(n change) {
	select {
	case c.changes <- n:
	case <-c.ctx.Done():
	}
}

// The handlers of nats.go. It calls them in order from one goroutine, but for beforeRetry.

func (c *Conn) wentDown(_ *nats.Conn, err error) {
	c.leased.Store(false)
	c.mu.Lock()
	c.cutLine()
	c.lastError = err
	c.mu.Unlock()
	c.changed(change{err: c.lineError(err), retryAt: time.Now()})
}

func (c *Conn) cameUp(*nats.Conn) {
	c.mu.Lock()
	c.cutLine()
	c.line, c.cutLine = context.WithCancel(c.ctx)
	c.lastError = nil
	c.mu.Unlock()
	c.changed(change{up: true})
}

func (c *Conn) retryFailed(_ *nats.Conn, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastError = err
}

func (c *Conn) beforeRetry(attempt int) time.Duration {
	pause := reconnectPause(attempt)
	c.mu.Lock()
	err := c.lastError
	c.mu.Unlock()
	c.changed(change{err: c.lineError(err), retryAt: time.Now().Add(pause)})
	return pause
}

func (c *Conn) ended(nc *nats.Conn) {
	c.changed(change{final: true, err: c.lineError(nc.LastError())})
}

func (c *Conn) asyncError(_ *nats.Conn, s *nats.Subscription, err error) {
	if errors.Is(err, nats.ErrSlowConsumer) {
		c.missed.Add(1)
		c.changed(change{up: true, missed: true})
	}
	subject := ""
	if s != nil {
		subject = s.Subject
	}
	c.log.Warn("switchboard connection", "subject", subject, "err", err)
}

func (c *Conn) lineError(err error) error {
	if err == nil {
		return ErrUnreachable
	}
	return connectError(c.ctx, c.o.Address, err)
}

// keep owns the lease and the token, and is the only one that tells about the connection.
func (c *Conn) keep(lease time.Duration) {
	defer c.running.Done()
	next := time.NewTimer(lease / 3)
	defer next.Stop()
	token := time.NewTimer(c.untilRenewal())
	defer token.Stop()
	up := true // dispatch has said so

	greet := func(again bool) {
		ctx, cancel := context.WithTimeout(c.ctx, helloTimeout)
		defer cancel()
		l, err := c.hello(ctx)
		if err != nil {
			next.Reset(min(helloRetry, lease/3))
			if up && c.nc.IsConnected() {
				up = false
				c.tell(Connection{Err: err, RetryAt: time.Now().Add(helloRetry)})
			}
			return
		}
		lease = l
		next.Reset(lease / 3)
		token.Reset(c.untilRenewal()) // the clock of a timer stands still while the machine sleeps
		if !up || again {
			up = true
			c.tell(Connection{Up: true})
		}
	}
	for {
		select {
		case <-c.ctx.Done():
			return
		case n := <-c.changes:
			switch {
			case n.missed && up:
				c.tell(Connection{Up: true})
			case n.up:
				greet(true)
			default:
				up = false
				c.tell(Connection{Final: n.final, Err: n.err, RetryAt: n.retryAt})
			}
		case <-next.C:
			if c.nc.IsConnected() {
				greet(false)
			}
		case <-token.C:
			token.Reset(c.renew())
		case <-c.renewed:
			token.Reset(c.untilRenewal())
		}
	}
}

// tell lets dispatch tell about the connection.
func (c *Conn) tell(n Connection) {
	c.post(func() {
		if c.o.Handlers.OnConnection != nil {
			c.o.Handlers.OnConnection(n)
		}
	})
}

func (c *Conn) post(f func()) {
	select {
	case c.events <- f:
	case <-c.ctx.Done():
	}
}

// renew asks for a new token and returns when to look again.
func (c *Conn) renew() time.Duration {
	old, _ := c.current()
	if !c.nc.IsConnected() {
		return renewRetry
	}
	var reply RenewReply
	ctx, cancel := context.WithTimeout(c.ctx, helloTimeout)
	defer cancel()
	key, err := PublicKey(old.Seed)
	if err == nil {
		err = c.Request(ctx, VerbRenew, RenewRequest{Key: key}, &reply)
	}
	n := old
	n.Token, n.Expires = reply.Token, reply.Expires
	if err == nil {
		err = c.SetCredentials(n)
	}
	if err == nil {
		c.post(func() {
			if c.o.Handlers.OnToken != nil {
				c.o.Handlers.OnToken(n)
			}
		})
		return c.untilRenewal()
	}
	c.log.Debug("token not renewed", "err", err)
	left := time.Until(old.Expires)
	if left <= renewMargin && left > 0 {
		c.post(func() {
			if c.o.Handlers.OnTokenExpiring != nil {
				c.o.Handlers.OnTokenExpiring(old.Expires)
			}
		})
		return max(left, renewRetry)
	}
	return max(renewRetry, left/4)
}

// untilRenewal is the time until the token should be renewed.
func (c *Conn) untilRenewal() time.Duration {
	now, _ := c.current()
	return renewalIn(now.Token, time.Now())
}

// farAway stands for never: a timer that long is harmless.
const farAway = 365 * 24 * time.Hour

// renewalIn says when to renew a token: after two thirds of its life, but 30 s before its end if it lives for a minute or more.
func renewalIn(token string, now time.Time) time.Duration {
	claims, err := jwt.DecodeUserClaims(token)
	if err != nil || claims.Expires == 0 {
		return farAway
	}
	end := time.Unix(claims.Expires, 0)
	life := end.Sub(time.Unix(claims.IssuedAt, 0))
	at := end.Add(-life / 3)
	if latest := end.Add(-renewMargin); life >= 2*renewMargin && latest.Before(at) {
		at = latest
	}
	return max(0, at.Sub(now))
}
