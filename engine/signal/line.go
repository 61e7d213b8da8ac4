package signal

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// The pace of the connection. Two unanswered pings in a row mean that the line is dead; the reconnect pauses grow by half again
// from the first to the last, with a quarter of jitter so that a thousand apps do not come back at the same moment.
const (
	connectTimeout = 5 * time.Second
	pingInterval   = 2 * time.Second
	maxPingsOut    = 2
	firstPause     = 100 * time.Millisecond
	longestPause   = 10 * time.Second
)

// reconnectPause is how long to wait before the given attempt, counted from 1.
func reconnectPause(attempt int) time.Duration {
	pause := firstPause
	for range attempt - 1 {
		if pause += pause / 2; pause >= longestPause {
			pause = longestPause
			break
		}
	}
	return pause - pause/8 + rand.N(pause/4)
}

// dialer opens the TCP connection. The first one obeys the context of Dial, TLS handshake and greeting included.
type dialer struct {
	first     context.Context // nil once the connection stands; only Dial's own goroutine uses it
	release   func() bool
	connected bool // the first TCP connection came about
}

// Dial is called by nats.go.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	ctx := d.first
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err == nil && d.first != nil {
		d.connected = true
		d.release = context.AfterFunc(d.first, func() { conn.Close() })
	}
	return conn, err
}

// settle lets go of the context of Dial.
func (d *dialer) settle() {
	if d.release != nil {
		d.release()
	}
	d.first, d.release = nil, nil
}

// where says how to reach a switchboard, and as whom.
type where struct {
	address   Address
	inProcess nats.InProcessConnProvider // instead of address
	inbox     string
	name      string
	token     func() (Credentials, error) // nil: as a stranger who wants to enrol
	trust     *pinned
}

// connect makes one attempt. more are options of the caller.
func connect(ctx context.Context, w where, more ...nats.Option) (*nats.Conn, error) {
	d := &dialer{first: ctx}
	options := []nats.Option{
		nats.Name(w.name),
		nats.CustomInboxPrefix(w.inbox),
		nats.Timeout(connectTimeout),
		nats.PingInterval(pingInterval),
		nats.MaxPingsOutstanding(maxPingsOut),
		nats.ReconnectBufSize(-1), // what is said while the line is down fails at once instead of arriving late
		nats.SkipHostLookup(),
		nats.NoEcho(),
	}
	if w.inProcess != nil {
		options = append(options, nats.InProcessServer(w.inProcess))
	} else {
		config := w.trust.config()
		options = append(options, nats.SetCustomDialer(d), tlsWhenAsked(config))
		if w.trust.want != "" || !w.address.Loopback() {
			options = append(options, nats.Secure(config))
		}
	}
	if w.token != nil {
		options = append(options, nats.UserJWT(
			func() (string, error) {
				c, err := w.token()
				return c.Token, err
			},
			func(nonce []byte) ([]byte, error) {
				c, err := w.token()
				if err != nil {
					return nil, err
				}
				return sign(c.Seed, nonce)
			}))
	}
	nc, err := nats.Connect("nats://"+w.address.String(), append(options, more...)...)
	d.settle()
	if err == nil && ctx.Err() != nil {
		nc.Close()
		err = ctx.Err()
	}
	if err == nil {
		return nc, nil
	}
	var timeout net.Error
	if w.token == nil && d.connected && ctx.Err() == nil && errors.As(err, &timeout) && timeout.Timeout() {
		// Something listens there and says nothing: a web server, for one, waits for the client to begin.
		return nil, fmt.Errorf("%w: %v: %w", ErrWrongAddress, w.address, err)
	}
	return nil, connectError(ctx, w.address, err)
}

// tlsWhenAsked sets how to verify a switchboard that asks for TLS, without demanding that it does.
func tlsWhenAsked(config *tls.Config) nats.Option {
	return func(o *nats.Options) error {
		o.TLSConfig = config
		return nil
	}
}

func sign(seed string, nonce []byte) ([]byte, error) {
	pair, err := nkeys.FromSeed([]byte(seed))
	if err != nil {
		return nil, fmt.Errorf("%w: seed: %w", ErrBadToken, err)
	}
	defer pair.Wipe()
	return pair.Sign(nonce)
}
