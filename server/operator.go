package server

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"time"

	"github.com/nats-io/jwt/v2"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/parley-calls/parley/engine/signal"
)

// The limits of what one connection may do.
const (
	maxSubscriptions = 16
	maxStranger      = 8 << 10 // bytes of an enrolment request
	maxStrangers     = 64      // connections that are only enrolling, at one time
	maxPending       = 8 << 20 // bytes that wait for one slow client before it is cut off
	storeMemory      = 64 << 20
	storeDisk        = 4 << 30
	startLook        = 100 * time.Millisecond // between two looks at a start that may have failed

	// pingInterval finds a frozen app or a pulled cable: the line is closed at the third one that passes in silence. Apps
	// ping as often themselves, so the server hardly ever has to.
	pingInterval = 2 * time.Second
)

// realm is everything that the NATS server must know to judge a connection: an operator, the app's account, and one in which
// strangers can do nothing but ask to enrol. It is made anew from the identity at each start, so the permissions are always
// those of this program; what is stored belongs to the account's key, which stays.
type realm struct {
	appID    string
	operator *jwt.OperatorClaims
	signer   nkeys.KeyPair // the operator's
	system   string
	accounts map[string]string // public key → account JWT
	sentinel string            // token of whoever brings none
	service  insider           // the authority
	observer insider           // hears which lines of the app close
}

// insider may connect from within the process, with a key made anew at each start.
type insider struct {
	name  string
	token string
	key   nkeys.KeyPair
}

func newRealm(id *identity) (*realm, error) {
	r := &realm{accounts: map[string]string{}}
	var err error
	pair := func(seed string) (nkeys.KeyPair, string) {
		kp, e := nkeys.FromSeed([]byte(seed))
		if e != nil {
			err = fmt.Errorf("server: %s: key: %w", identityFile, e)
			return nil, ""
		}
		public, e := kp.PublicKey()
		if e != nil {
			err = e
		}
		return kp, public
	}
	operator, operatorKey := pair(id.Operator)
	systemPair, systemKey := pair(id.System)
	_, appKey := pair(id.Account)
	_, signKey := pair(id.Sign)
	service, serviceKey := pair(id.Service)
	if err != nil {
		return nil, err
	}
	r.appID, r.system, r.signer = appKey, systemKey, operator
	r.operator = jwt.NewOperatorClaims(operatorKey)
	r.operator.Name = "parley"
	r.operator.SystemAccount = systemKey
	if _, err := r.operator.Encode(operator); err != nil {
		return nil, fmt.Errorf("server: operator: %w", err)
	}
	strangers, err := nkeys.CreateAccount()
	if err != nil {
		return nil, err
	}
	strangersKey, err := strangers.PublicKey()
	if err != nil {
		return nil, err
	}
	system := jwt.NewAccountClaims(systemKey)
	system.Name = "system"
	for _, a := range []*jwt.AccountClaims{system, appAccount(appKey, signKey, serviceKey), strangersAccount(strangersKey, appKey)} {
		if r.accounts[a.Subject], err = a.Encode(operator); err != nil {
			return nil, fmt.Errorf("server: account %s: %w", a.Name, err)
		}
	}
	if r.sentinel, err = sentinel(strangers); err != nil {
		return nil, err
	}
	if r.service, err = newInsider("authority", service, appKey, jwt.Permissions{}); err != nil {
		return nil, err
	}
	r.observer, err = newInsider("observer", systemPair, "", jwt.Permissions{
		Pub: jwt.Permission{Deny: jwt.StringList{">"}}, Sub: jwt.Permission{Allow: jwt.StringList{closedSubject(appKey)}},
	})
	return r, err
}

// revoke shuts out these keys and no others, whatever tokens they have or get. Their connections close before it returns, and nobody
// else's does.
func (r *realm) revoke(ns *natsserver.Server, keys []string) error {
	claims, err := jwt.DecodeAccountClaims(r.accounts[r.appID])
	if err != nil {
		return fmt.Errorf("server: revoke: %w", err)
	}
	claims.Revocations = jwt.RevocationList{}
	for _, key := range keys {
		claims.Revocations[key] = math.MaxInt64 // a token that is being made at this moment counts too
	}
	token, err := claims.Encode(r.signer)
	if err != nil {
		return fmt.Errorf("server: revoke: %w", err)
	}
	account, err := ns.LookupAccount(r.appID)
	if err == nil {
		err = ns.AccountResolver().Store(r.appID, token)
	}
	if err != nil {
		return fmt.Errorf("server: revoke: %w", err)
	}
	ns.UpdateAccountClaims(account, claims)
	return nil
}

// appAccount is the tenant. The permissions hang on the signing key, so nobody who signs tokens with it can widen them.
func appAccount(key, signKey, serviceKey string) *jwt.AccountClaims {
	a := jwt.NewAccountClaims(key)
	a.Name = "app"
	a.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: jwt.NoLimit, DiskStorage: jwt.NoLimit, Streams: jwt.NoLimit, Consumer: jwt.NoLimit}
	a.SigningKeys.AddScopedSigner(userScope(signKey))
	a.SigningKeys.Add(serviceKey)
	a.Exports.Add(&jwt.Export{Name: "enrolment", Subject: signal.EnrolSubject, Type: jwt.Service, ResponseType: jwt.ResponseTypeSingleton})
	return a
}

// userScope is all that a client may do. There are no rights on JetStream and none to answer requests: with either, one user
// could read what belongs to another, or speak in his name. A token's name must be a [signal.UserID.Token], which holds no
// wildcard.
func userScope(signKey string) *jwt.UserScope {
	s := jwt.NewUserScope()
	s.Key = signKey
	s.Role = "user"
	s.Template.Pub.Allow.Add("svc.{{name()}}.*", "rt.*.{{name()}}.*")
	s.Template.Sub.Allow.Add("user.{{name()}}.>", "rt.{{name()}}.*.*", "_INBOX.{{name()}}.>")
	s.Template.Limits.Subs = maxSubscriptions
	s.Template.Limits.Payload = signal.MaxMessage
	return s
}

// strangersAccount lets enrolment requests through to the app, with the address they come from.
func strangersAccount(key, appKey string) *jwt.AccountClaims {
	a := jwt.NewAccountClaims(key)
	a.Name = "strangers"
	a.Limits.Conn = maxStrangers
	a.Limits.LeafNodeConn = 0
	a.Imports.Add(&jwt.Import{Name: "enrolment", Subject: signal.EnrolSubject, Account: appKey, Type: jwt.Service, Share: true})
	return a
}

func sentinel(strangers nkeys.KeyPair) (string, error) {
	_, key, err := signal.NewKey()
	if err != nil {
		return "", err
	}
	u := jwt.NewUserClaims(key)
	u.Name = "stranger"
	u.BearerToken = true
	u.Pub.Allow.Add(signal.EnrolSubject)
	u.Sub.Allow.Add("_INBOX.enrol.>")
	u.Limits.Subs = 2
	u.Limits.Payload = maxStranger
	return u.Encode(strangers)
}

// newInsider makes a user of the account to which signer belongs. account is that account's key if signer is not it.
func newInsider(name string, signer nkeys.KeyPair, account string, may jwt.Permissions) (insider, error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return insider{}, err
	}
	key, err := pair.PublicKey()
	if err != nil {
		return insider{}, err
	}
	u := jwt.NewUserClaims(key)
	u.Name = name
	u.IssuerAccount = account
	u.Permissions = may
	token, err := u.Encode(signer)
	return insider{name, token, pair}, err
}

// connect opens a connection that does not leave the process.
func (i insider) connect(ns *natsserver.Server, log *slog.Logger) (*nats.Conn, error) {
	nc, err := nats.Connect("", nats.InProcessServer(ns), nats.Name(i.name),
		nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond),
		nats.UserJWT(func() (string, error) { return i.token, nil }, i.key.Sign),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Warn("connection inside the process", "of", i.name, "err", err)
		}))
	if err != nil {
		return nil, fmt.Errorf("server: connect the %s: %w", i.name, err)
	}
	return nc, nil
}

// startNATS starts the NATS server and waits until it takes connections. config is nil on a plain (loopback) listener.
func (r *realm) startNATS(name, host string, port int, dataDir string, config *tls.Config, log *slog.Logger) (*natsserver.Server, error) {
	resolver := &natsserver.MemAccResolver{}
	for key, token := range r.accounts {
		if err := resolver.Store(key, token); err != nil {
			return nil, fmt.Errorf("server: account: %w", err)
		}
	}
	if port == 0 {
		port = natsserver.RANDOM_PORT
	}
	o := &natsserver.Options{
		ServerName: signal.ServerNamePrefix + name, Host: host, Port: port,
		NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: filepath.Join(dataDir, "store"), DisableJetStreamBanner: true,
		JetStreamMaxMemory: storeMemory, JetStreamMaxStore: storeDisk,
		TrustedOperators: []*jwt.OperatorClaims{r.operator}, SystemAccount: r.system, AccountResolver: resolver,
		DefaultSentinel: r.sentinel,
		MaxPayload:      signal.MaxReply, MaxControlLine: 4096, MaxPending: maxPending, WriteDeadline: 5 * time.Second,
		PingInterval: pingInterval, MaxPingsOut: 2,
	}
	if config != nil {
		o.TLSConfig, o.TLS, o.TLSTimeout = config, true, 5
	}
	ns, err := natsserver.NewServer(o)
	if err != nil {
		return nil, fmt.Errorf("server: NATS: %w", err)
	}
	trouble := make(chan error, 1)
	ns.SetLogger(natsLog{log, trouble}, false, false)
	ns.Start()
	for wait := startTimeout; wait > 0; wait -= startLook {
		if ns.ReadyForConnections(startLook) {
			return ns, nil
		}
		select {
		case err = <-trouble:
			wait = 0
		default:
			err = fmt.Errorf("server: NATS did not start within %v", startTimeout)
		}
	}
	ns.Shutdown()
	ns.WaitForShutdown()
	return nil, err
}

// natsLog passes the NATS server's words on. The first fatal one says why a start failed.
type natsLog struct {
	log     *slog.Logger
	trouble chan<- error
}

func (l natsLog) Noticef(format string, v ...any) {
	l.log.Debug("nats", "msg", fmt.Sprintf(format, v...))
}
func (l natsLog) Warnf(format string, v ...any) { l.log.Warn("nats", "msg", fmt.Sprintf(format, v...)) }
func (l natsLog) Errorf(format string, v ...any) {
	l.log.Warn("nats", "msg", fmt.Sprintf(format, v...))
}
func (l natsLog) Debugf(string, ...any) {}
func (l natsLog) Tracef(string, ...any) {}
func (l natsLog) Fatalf(format string, v ...any) {
	l.log.Error("nats", "msg", fmt.Sprintf(format, v...))
	select {
	case l.trouble <- fmt.Errorf("server: NATS: "+format, v...):
	default:
	}
}
