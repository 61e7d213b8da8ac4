package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"github.com/parley-calls/parley/engine/signal"
)

// removals keeps out whom the operator removed. Every node watches the names, so it does not matter which one was told.
type removals struct {
	names  *names
	revoke func(keys []string) error // and no others
	log    *slog.Logger

	out     map[string][]string // keys that are shut out, by user token
	changes jetstream.KeyWatcher
	ctx     context.Context // of the watcher
	cancel  context.CancelFunc
	work    sync.WaitGroup
}

// start returns when those who were removed before are kept out. The first fields must be set.
func (r *removals) start(ctx context.Context) error {
	r.ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	r.out = map[string][]string{}
	var err error
	if r.changes, err = r.names.kv.WatchAll(r.ctx); err != nil {
		return fmt.Errorf("server: watch bucket %s: %w", namesBucket, err)
	}
	for known := false; !known; {
		select {
		case e := <-r.changes.Updates():
			if known = e == nil; !known {
				r.note(e)
			}
		case <-ctx.Done():
			return fmt.Errorf("server: watch bucket %s: %w", namesBucket, ctx.Err())
		}
	}
	if len(r.out) == 0 {
		return nil
	}
	return r.revokeAll()
}

// follow begins to carry out what the operator decides from now on. gone hears who was removed.
func (r *removals) follow(gone func(context.Context, signal.UserID) error) {
	r.work.Go(func() {
		for {
			select {
			case <-r.ctx.Done():
				return
			case e := <-r.changes.Updates():
				if e == nil { // the watcher has ended
					return
				}
				r.take(e, gone)
			}
		}
	})
}

// close stops following, and waits until what has begun is carried out or given up.
func (r *removals) close() {
	if r.cancel != nil {
		r.cancel()
		r.work.Wait()
	}
}

// take acts on a record that has changed.
func (r *removals) take(e jetstream.KeyValueEntry, gone func(context.Context, signal.UserID) error) {
	o, changed := r.note(e)
	if !changed {
		return
	}
	u, err := signal.ParseUserToken(e.Key())
	if err == nil {
		err = r.revokeAll()
	}
	removed, devices := !o.Removed.IsZero(), len(r.out[e.Key()])
	if err == nil && removed {
		ctx, cancel := context.WithTimeout(r.ctx, enrolTimeout)
		defer cancel()
		err = gone(ctx, u)
	}
	if err != nil {
		r.log.Error("a removal is not carried out", "user", u, "removed", removed, "devices", devices, "err", err)
		return
	}
	r.log.Info("the operator decided about a person", "user", u, "removed", removed, "devices", devices)
}

// note reads a record, and reports whether other keys of the person are shut out now.
func (r *removals) note(e jetstream.KeyValueEntry) (o owner, changed bool) {
	o, err := decodeOwner(e.Value())
	if err != nil {
		r.log.Error("a name cannot be read", "key", e.Key(), "err", err)
		return owner{}, false
	}
	before, now := r.out[e.Key()], o.shutOut()
	if len(now) == 0 {
		delete(r.out, e.Key())
	} else {
		r.out[e.Key()] = now
	}
	return o, !slices.Equal(before, now)
}

func (r *removals) revokeAll() error {
	return r.revoke(slices.Concat(slices.Collect(maps.Values(r.out))...))
}

// removeTimeout bounds a removal. There is one round trip or two.
const removeTimeout = 10 * time.Second

// Remove takes the name and the keys of all devices away from a person who enrolled at the running switchboard with these options:
// they are cut off at once and do not come back, and the name stays taken. With the key of one device, as [Devices] tells it, only
// that device is cut off. Tokens that [MintToken] or a back end made for other keys work until they end. Restore takes it back.
func Remove(ctx context.Context, o Options, u signal.UserID, device string) error {
	return asOperator(ctx, o, func(ctx context.Context, n *names) error { return n.setRemoved(ctx, u, device, time.Now().UTC()) })
}

// Restore gives a person, or one of his devices, back what [Remove] took: the apps come in again with the keys that they have.
func Restore(ctx context.Context, o Options, u signal.UserID, device string) error {
	return asOperator(ctx, o, func(ctx context.Context, n *names) error { return n.setRemoved(ctx, u, device, time.Time{}) })
}

// Device is one that a person enrolled.
type Device struct {
	Key     string    // public nkey
	Since   time.Time // when it enrolled; zero if that was not kept
	Used    time.Time // when it got a token last: a running app renews it long before its end
	Removed bool      // it alone, or the person
}

// Devices lists those of a person who enrolled at the running switchboard with these options, in the order in which they came.
func Devices(ctx context.Context, o Options, u signal.UserID) (all []Device, err error) {
	err = asOperator(ctx, o, func(ctx context.Context, n *names) error {
		has, err := n.owner(ctx, u)
		for _, k := range has.Keys {
			all = append(all, Device{Key: k.Key, Since: k.Since, Used: k.Used, Removed: !has.has(k.Key)})
		}
		return err
	})
	return all, err
}

// asOperator lets do work on the names of the running switchboard.
func asOperator(ctx context.Context, o Options, do func(context.Context, *names) error) error {
	ctx, cancel := context.WithTimeout(ctx, removeTimeout)
	defer cancel()
	nc, err := connectOperator(o)
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("server: storage: %w", err)
	}
	kv, err := js.KeyValue(ctx, namesBucket)
	if err != nil {
		return fmt.Errorf("server: bucket %s: %w", namesBucket, err)
	}
	return do(ctx, &names{kv: kv})
}

// connectOperator opens a connection to the running switchboard that may do what its authority may.
func connectOperator(o Options) (*nats.Conn, error) {
	listen, err := listenAddress(o.Listen)
	if err != nil {
		return nil, err
	}
	if listen.Port == 0 {
		return nil, errors.New("server: with port 0 only the running switchboard knows its port")
	}
	id, err := readIdentity(o.DataDir)
	if err != nil {
		return nil, err
	}
	app, err := id.appID()
	if err != nil {
		return nil, err
	}
	service, err := nkeys.FromSeed([]byte(id.Service))
	if err != nil {
		return nil, fmt.Errorf("server: %s: key: %w", identityFile, err)
	}
	who, err := newInsider("operator-command", service, app, jwt.Permissions{})
	if err != nil {
		return nil, err
	}
	options := []nats.Option{
		nats.Name(who.name), nats.NoReconnect(), nats.UserJWT(func() (string, error) { return who.token, nil }, who.key.Sign),
	}
	if !listen.Loopback() {
		_, pin, err := id.certificate(listen.Host)
		if err != nil {
			return nil, err
		}
		options = append(options, nats.Secure(&tls.Config{
			MinVersion:         tls.VersionTLS13,
			InsecureSkipVerify: true, //nolint:gosec // VerifyConnection proves more: that it is this very switchboard
			VerifyConnection: func(state tls.ConnectionState) error {
				if signal.PinOf(state.PeerCertificates[0]) != pin {
					return signal.ErrPinMismatch
				}
				return nil
			},
		}))
	}
	host := listen.Host
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	at := net.JoinHostPort(host, strconv.Itoa(int(listen.Port)))
	nc, err := nats.Connect("nats://"+at, options...)
	if err != nil {
		return nil, fmt.Errorf("server: no switchboard with this data directory runs at %s: start it first: %w", at, err)
	}
	return nc, nil
}
