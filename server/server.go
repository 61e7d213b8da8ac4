// Package server is the switchboard: an embedded NATS server that lets each app speak only for its own user, the call authority
// that decides, enrolment for people without an account, a TURN relay, announcement on the local network, health and metrics.
// It is pure Go. The desktop program hosts it inside itself, parley-server without a window.
//
// [Start] returns when everything answers, and [Server.Close] when everything has ended. In between run: the goroutines of the
// NATS server, of the TURN server (one per listener and relayed address) and of the mDNS responder; one for enrolment requests,
// plus one for each of at most 16 that are being looked at; one for removals; one for the lines that close; one for HTTP; those of the authority and of Echo. Nothing here is paced
// by media: picture and sound pass through the relay only.
//
// What must be kept lies in the data directory: identity.json holds every secret, store/ the JetStream storage.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/authority"
	"github.com/parley-calls/parley/server/echo"
	"github.com/parley-calls/parley/server/law"
)

const (
	startTimeout = 15 * time.Second
	tokenLife    = 30 * 24 * time.Hour
)

// How many may be in one call at once.
const (
	DefaultCallLimit = authority.DefaultCallLimit
	MaxCallLimit     = law.MaxParties
)

// Options say how to run a switchboard. Only DataDir must be set.
type Options struct {
	Listen     string // HOST:PORT over TCP; empty: port 4455 of all addresses. On a loopback host there is no TLS and no join code
	DataDir    string // created with mode 0700; holds secrets
	PublicHost string // HOST or HOST:PORT that apps shall use; empty: the listen address, or the first of the local network
	JoinCode   string // at least 6 bytes; empty: made at the first start and kept
	TURN       TURNOptions
	HTTP       string // HOST:PORT of /healthz, /readyz and /metrics; empty: none
	Name       string // how it announces itself; empty: the machine's name
	Announce   bool   // on the local network, unless it listens on loopback
	NoEcho     bool   // leave the Echo contact out

	// OnEnrol asks whether a person without join code may come in; nil: no. It may take its time, and may be called from
	// several goroutines.
	OnEnrol func(signal.User) bool

	TokenLife   time.Duration // of enrolled users, renewable; 0: 30 days
	KeepHistory time.Duration // how long people find a call in their history; 0: the authority's
	CallLimit   int           // how many may be in one call at once, 2 to [MaxCallLimit]; 0: [DefaultCallLimit]

	// Of presence, of vanished members and callers, and of closed lines; 0: the authority's.
	Lease, Grace, RingGrace, LineGrace time.Duration

	Logger *slog.Logger // nil discards
}

// Server is a running switchboard.
type Server struct {
	o       Options
	log     *slog.Logger
	id      *identity
	realm   *realm
	address signal.Address

	ns        *natsserver.Server
	nc        *nats.Conn // the authority's, inside the process
	observer  *nats.Conn // hears which lines close
	names     *names
	codes     *codes
	removals  *removals
	enrolment *enrolment
	authority *authority.Authority
	relay     *relay
	metrics   *metrics
	health    *health
	announced io.Closer

	echo    *echo.Echo
	closing sync.Once
	closed  error
}

// Start brings a switchboard up and returns when it serves. ctx bounds the start only.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.TokenLife <= 0 {
		o.TokenLife = tokenLife
	}
	if o.Name == "" {
		o.Name, _ = os.Hostname() // without a name it is announced by its label
	}
	if o.DataDir == "" {
		return nil, errors.New("server: no data directory")
	}
	if o.JoinCode != "" && len(o.JoinCode) < 6 {
		return nil, errors.New("server: the join code must have at least 6 bytes")
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	s := &Server{o: o, log: o.Logger, metrics: newMetrics()}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	listen, err := listenAddress(s.o.Listen)
	if err != nil {
		return err
	}
	if s.id, err = loadIdentity(s.o.DataDir); err != nil {
		return err
	}
	if s.o.JoinCode == "" {
		s.o.JoinCode = s.id.JoinCode
	}
	if s.realm, err = newRealm(s.id); err != nil {
		return err
	}
	cert, pin, err := s.id.certificate(listen.Host)
	if err != nil {
		return err
	}
	var config *tls.Config
	if !listen.Loopback() {
		config = &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert}}
	}
	if s.ns, err = s.realm.startNATS(oneLabel(pin), listen.Host, int(listen.Port), s.o.DataDir, config, s.log); err != nil {
		return err
	}
	port := s.ns.Addr().(*net.TCPAddr).Port
	if s.address, err = advertised(s.o.PublicHost, listen.Host, uint16(port)); err != nil {
		return err
	}
	if config != nil {
		s.address.Pin = pin
	}
	if err := s.startRelay(ctx, listen.Host, int(listen.Port)); err != nil { // any free port for one means so for all
		return err
	}
	if err := s.startService(ctx, listen.Loopback()); err != nil {
		return err
	}
	if !s.o.NoEcho {
		if err := s.startEcho(ctx, listen.Loopback()); err != nil {
			return err
		}
	}
	s.metrics.watch(s.ns, s.authority.Calls, s.relay.total)
	if s.o.HTTP != "" {
		if s.health, err = startHealth(s.o.HTTP, s.Ready, s.metrics.registry, s.log); err != nil {
			return err
		}
	}
	if s.o.Announce && !listen.Loopback() {
		if s.announced, err = announce(s.o.Name, oneLabel(pin), pin, s.address.Port); err != nil {
			s.log.Warn("not announced on the local network", "err", err)
		}
	}
	s.log.Info("switchboard ready", "address", s.address.String(), "pin", s.address.Pin, "app", s.realm.appID)
	return nil
}

// listenAddress allows port 0 (any free one) and an empty host (all), which an address to connect to may not have.
func listenAddress(text string) (signal.Address, error) {
	if text == "" {
		text = ":" + strconv.Itoa(signal.DefaultPort)
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return signal.Address{}, fmt.Errorf("server: listen: %w", err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return signal.Address{}, fmt.Errorf("server: listen: port %q is not a number from 0 to 65535", port)
	}
	if host == "" {
		host = "0.0.0.0"
	}
	return signal.Address{Host: host, Port: uint16(n)}, nil
}

// advertised is the address under which apps reach the switchboard.
func advertised(publicHost, listen string, port uint16) (signal.Address, error) {
	a := signal.Address{Host: listen, Port: port}
	switch ip, err := netip.ParseAddr(listen); {
	case publicHost != "":
		withPort := publicHost
		if _, _, err := net.SplitHostPort(withPort); err != nil {
			withPort = net.JoinHostPort(publicHost, strconv.Itoa(int(port)))
		}
		a, err := signal.ParseAddress(withPort)
		if err != nil {
			return a, fmt.Errorf("server: public host: %w", err)
		}
		return a, nil
	case err == nil && ip.IsUnspecified():
		a.Host = localAddress().String()
	}
	return a, nil
}

// startRelay resolves the public address, which TURN must give as a number.
func (s *Server) startRelay(ctx context.Context, host string, port int) error {
	ip, err := netip.ParseAddr(s.address.Host)
	if err != nil {
		found, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", s.address.Host)
		if err != nil || len(found) == 0 {
			ip = localAddress()
			s.log.Warn("the public host has no address yet: the relay uses a local one", "host", s.address.Host, "relay", ip, "err", err)
		} else {
			ip = found[0].Unmap()
		}
	}
	s.relay, err = startRelay(s.o.TURN, host, port, s.address.Host, ip, s.id.TURNSecret)
	return err
}

// startService brings up what answers: storage, the authority, and enrolment last, so that nobody comes in before all is there.
func (s *Server) startService(ctx context.Context, loopback bool) error {
	var err error
	if s.nc, err = s.realm.service.connect(s.ns, s.log); err != nil {
		return err
	}
	js, err := jetstream.New(s.nc)
	if err != nil {
		return fmt.Errorf("server: storage: %w", err)
	}
	if s.names, err = openNames(ctx, js); err != nil {
		return err
	}
	if s.codes, err = openCodes(ctx, js, s.id.Service); err != nil {
		return err
	}
	s.removals = &removals{names: s.names, log: s.log, revoke: func(keys []string) error { return s.realm.revoke(s.ns, keys) }}
	if err := s.removals.start(ctx); err != nil {
		return err
	}
	if s.authority, err = authority.New(ctx, s.nc, authority.Options{
		Lease: s.o.Lease, Grace: s.o.Grace, RingGrace: s.o.RingGrace, LineGrace: s.o.LineGrace,
		KeepHistory: s.o.KeepHistory, CallLimit: s.o.CallLimit, Unlimited: []signal.UserID{echo.ID},
		Mint: s.renew, DeviceCode: s.codes.issue, TURN: s.relay.credentials, Observe: s.metrics.observe,
		Answered: func(after time.Duration) { s.metrics.answered.Observe(after.Seconds()) }, Logger: s.log,
	}); err != nil {
		return err
	}
	s.names.known = s.authority.Knows
	s.removals.follow(s.authority.Remove)
	if s.observer, err = s.realm.observe(s.ns, s.authority.Vanished, s.log); err != nil {
		return err
	}
	s.enrolment = &enrolment{
		open: loopback, joinCode: s.o.JoinCode, ask: s.o.OnEnrol,
		names: s.names, codes: s.codes, mint: s.mint, register: s.authority.Register, refused: s.metrics.refusal,
		throttle: newThrottle(time.Now), log: s.log,
	}
	if err := s.enrolment.start(s.nc); err != nil {
		return err
	}
	return s.nc.FlushWithContext(ctx)
}

// startEcho lets the Echo contact in, with a key that lives as long as the process.
func (s *Server) startEcho(ctx context.Context, loopback bool) error {
	credentials, err := signal.MintToken(s.realm.appID, s.id.Sign, echo.ID, "", 0)
	if err != nil {
		return err
	}
	s.echo, err = echo.Start(ctx, echo.Options{
		Connect: signal.Options{InProcess: s.ns, Credentials: credentials}, Loopback: loopback, Logger: s.log,
	})
	return err
}

func (s *Server) mint(u signal.UserID, key string) (signal.Credentials, error) {
	return signal.MintToken(s.realm.appID, s.id.Sign, u, key, s.o.TokenLife)
}

// renew makes a new token for a key of a user. Who came with a token of the operator's own making asks the operator.
func (s *Server) renew(ctx context.Context, u signal.UserID, key string) (token string, expires time.Time, err error) {
	o, err := s.names.owner(ctx, u)
	if err != nil && !errors.Is(err, errNotOwned) {
		return "", time.Time{}, err
	}
	if key == "" && len(o.Keys) > 0 {
		key = o.Keys[0].Key
	}
	if !o.has(key) {
		return "", time.Time{}, &signal.Error{Code: signal.CodeForbidden, Message: "this token did not come from enrolment: ask who gave it for a new one"}
	}
	if err := s.names.add(ctx, signal.User{ID: u}, key); err != nil {
		return "", time.Time{}, err
	}
	c, err := s.mint(u, key)
	return c.Token, c.Expires, err
}

// localAddress is the address from which this machine would reach others, or loopback if it has no network.
func localAddress() netip.Addr {
	conn, err := net.DialUDP("udp4", nil, &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 9}) // RFC 5737: connecting a UDP socket sends nothing
	if err == nil {
		defer conn.Close()
		return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
	}
	addresses, _ := net.InterfaceAddrs()
	for _, a := range addresses {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() && !p.Addr().IsLoopback() {
			return p.Addr()
		}
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// Address is where apps reach the switchboard, with its pin and without the join code.
func (s *Server) Address() signal.Address { return s.address }

// AppID is the tenant that apps belong to.
func (s *Server) AppID() string { return s.realm.appID }

// JoinCode is what lets people enrol; empty on loopback, where everybody may.
func (s *Server) JoinCode() string {
	if s.enrolment.open {
		return ""
	}
	return s.o.JoinCode
}

// InviteLink is all that somebody needs to come in. It is a secret of those who are invited.
func (s *Server) InviteLink() string {
	a := s.address
	a.JoinCode = s.JoinCode()
	return a.Link()
}

// HTTPAddress is where health and metrics are served, nil if they are not.
func (s *Server) HTTPAddress() net.Addr {
	if s.health == nil {
		return nil
	}
	return s.health.listener.Addr()
}

// InProcessConn opens a connection to the switchboard that does not leave the process: for [signal.Options].InProcess.
func (s *Server) InProcessConn() (net.Conn, error) { return s.ns.InProcessConn() }

// Ready reports what keeps the switchboard from serving calls, or nil.
func (s *Server) Ready() error {
	switch {
	case !s.ns.Running():
		return errors.New("server: NATS is not running")
	case !s.ns.JetStreamEnabled():
		return errors.New("server: storage is not available")
	case !s.nc.IsConnected():
		return errors.New("server: the authority is not connected")
	case !s.authority.Ready():
		return errors.New("server: the authority is not ready")
	}
	return nil
}

// Close ends everything and waits for it. Calls go on between their members without the switchboard; apps come back to it by
// themselves. ctx bounds how long HTTP requests may take to finish.
func (s *Server) Close(ctx context.Context) error {
	s.closing.Do(func() {
		var errs []error
		if s.announced != nil {
			errs = append(errs, s.announced.Close())
		}
		if s.health != nil {
			errs = append(errs, s.health.close(ctx))
		}
		if s.enrolment != nil {
			s.enrolment.close()
		}
		if s.echo != nil {
			errs = append(errs, s.echo.Close())
		}
		if s.removals != nil {
			s.removals.close()
		}
		if s.observer != nil {
			s.observer.Close()
		}
		if s.authority != nil {
			s.authority.Close()
		}
		if s.nc != nil {
			s.nc.Close()
		}
		if s.relay != nil {
			errs = append(errs, s.relay.close())
		}
		if s.ns != nil {
			s.ns.Shutdown()
			s.ns.WaitForShutdown()
		}
		s.closed = errors.Join(errs...)
	})
	return s.closed
}
