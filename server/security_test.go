package server

import (
	"errors"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/echo"
)

// raw connects with a token by hand, without the manners of signal.Conn.
func raw(t *testing.T, s *Server, c signal.Credentials) (*nats.Conn, error) {
	t.Helper()
	pair, err := nkeys.FromSeed([]byte(c.Seed))
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect("nats://"+s.Address().String(), nats.NoReconnect(),
		nats.UserJWT(func() (string, error) { return c.Token, nil }, pair.Sign),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err == nil {
		t.Cleanup(nc.Close)
	}
	return nc, err
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	ana, bob := signal.UserID("ana").Token(), signal.UserID("bob").Token()
	nc, err := raw(t, s, enrol(t, s.Address(), "ana"))
	if err != nil {
		t.Fatal(err)
	}
	verdict := func(do func() error) error {
		t.Helper()
		before := nc.LastError()
		if err := do(); err != nil {
			return err
		}
		if err := nc.Flush(); err != nil { // it brings any refusal
			return err
		}
		if err := nc.LastError(); err != before { //nolint:errorlint // each refusal is another one
			return err
		}
		return nil
	}
	publish := func(subject, reply string) func() error {
		return func() error { return nc.PublishMsg(&nats.Msg{Subject: subject, Reply: reply, Data: []byte("{}")}) }
	}
	subscribe := func(subject string) func() error {
		return func() error {
			sub, err := nc.SubscribeSync(subject)
			if err != nil {
				return err
			}
			t.Cleanup(func() { _ = sub.Unsubscribe() })
			return nil
		}
	}
	for what, do := range map[string]func() error{
		"ask":               publish("svc."+ana+".people", ""),
		"speak to a peer":   publish("rt."+bob+"."+ana+".link", ""),
		"hear from peers":   subscribe("rt." + ana + ".*.*"),
		"hear what is mine": subscribe("user." + ana + ".>"),
		"get answers":       subscribe("_INBOX." + ana + ".>"),
	} {
		if err := verdict(do); err != nil {
			t.Errorf("may not %s: %v", what, err)
		}
	}
	for what, do := range map[string]func() error{
		"ask as another":            publish("svc."+bob+".people", ""),
		"speak as another":          publish("rt."+ana+"."+bob+".link", ""),
		"deliver as the authority":  publish("user."+bob+".call", ""),
		"answer into an inbox":      publish("_INBOX."+bob+".x", ""),
		"enrol from inside":         publish(signal.EnrolSubject, ""),
		"list streams":              publish("$JS.API.STREAM.NAMES", "_INBOX."+ana+".x"),
		"delete a stream":           publish("$JS.API.STREAM.DELETE.KV_calls", "_INBOX."+ana+".x"),
		"write a record":            publish("$KV.names."+bob, ""),
		"read a record":             publish("$JS.API.DIRECT.GET.KV_names.$KV.names."+bob, "_INBOX."+ana+".x"),
		"ask the NATS server":       publish("$SYS.REQ.SERVER.PING", "_INBOX."+ana+".x"),
		"hear everything":           subscribe(">"),
		"hear all users":            subscribe("user.>"),
		"hear another's calls":      subscribe("user." + bob + ".call"),
		"hear another's peers":      subscribe("rt." + bob + ".*.*"),
		"hear others' requests":     subscribe("svc.>"),
		"hear others' answers":      subscribe("_INBOX.>"),
		"hear one other's answers":  subscribe("_INBOX." + bob + ".>"),
		"hear strangers' questions": subscribe(signal.EnrolSubject),
		"hear the storage":          subscribe("$JS.>"),
		"hear the records":          subscribe("$KV.>"),
		"hear the NATS server":      subscribe("$SYS.>"),
	} {
		if err := verdict(do); err == nil || !strings.Contains(err.Error(), "ermissions") {
			t.Errorf("may %s: %v", what, err)
		}
	}
}

// TestAnswersGoHome asks with somebody else's inbox: the authority must stay silent, or it would speak in foreign names.
func TestAnswersGoHome(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	ana, bob := signal.UserID("ana").Token(), signal.UserID("bob").Token()
	eve, err := raw(t, s, enrol(t, s.Address(), "ana"))
	if err != nil {
		t.Fatal(err)
	}
	victim, err := raw(t, s, enrol(t, s.Address(), "bob"))
	if err != nil {
		t.Fatal(err)
	}
	var heard atomic.Int32
	for _, subject := range []string{"user." + bob + ".>", "rt." + bob + ".*.*", "_INBOX." + bob + ".>"} {
		if _, err := victim.Subscribe(subject, func(m *nats.Msg) {
			if !strings.HasSuffix(m.Subject, "."+signal.DeliverPerson) {
				heard.Add(1)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := victim.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, reply := range []string{"user." + bob + ".call", "rt." + bob + "." + ana + ".link", "_INBOX." + bob + ".x"} {
		if err := eve.PublishRequest("svc."+ana+".people", reply, []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	// The requests of one user are answered in order, so after this answer there is none left to come.
	inbox := "_INBOX." + ana + ".mine"
	sub, err := eve.SubscribeSync(inbox)
	if err != nil {
		t.Fatal(err)
	}
	if err := eve.PublishRequest("svc."+ana+".people", inbox, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if _, err := sub.NextMsg(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	if err := victim.Flush(); err != nil {
		t.Fatal(err)
	}
	if n := heard.Load(); n != 0 {
		t.Errorf("bob heard %d answers to what ana asked", n)
	}
}

func TestTokensThatAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	good := enrol(t, s.Address(), "ana")
	other, err := newIdentity()
	if err != nil {
		t.Fatal(err)
	}
	otherApp, err := other.appID()
	if err != nil {
		t.Fatal(err)
	}
	_, eveKey, err := signal.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	mint := func(app, sign string) signal.Credentials {
		t.Helper()
		c, err := signal.MintToken(app, sign, "ana", "", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	claims := func(change func(*jwt.UserClaims)) signal.Credentials {
		t.Helper()
		c := mint(s.AppID(), s.id.Sign)
		u, err := jwt.DecodeUserClaims(c.Token)
		if err != nil {
			t.Fatal(err)
		}
		change(u)
		signer, err := nkeys.FromSeed([]byte(s.id.Sign))
		if err != nil {
			t.Fatal(err)
		}
		if c.Token, err = u.Encode(signer); err != nil {
			t.Fatal(err)
		}
		return c
	}
	for what, c := range map[string]signal.Credentials{
		"an unknown app":                      mint(otherApp, other.Sign),
		"our app, another's signature":        mint(s.AppID(), other.Sign),
		"another app, our signature":          mint(otherApp, s.id.Sign),
		"an expired one":                      claims(func(u *jwt.UserClaims) { u.Expires = time.Now().Add(-time.Minute).Unix() }),
		"one that grants itself rights":       claims(func(u *jwt.UserClaims) { u.Pub.Allow.Add(">") }),
		"somebody else's key":                 claims(func(u *jwt.UserClaims) { u.Subject = eveKey }),
		"one that was changed":                {Token: good.Token[:len(good.Token)-4] + "AAAA", Seed: good.Seed},
		"one without the key it was made for": {Token: good.Token, Seed: mint(s.AppID(), s.id.Sign).Seed},
	} {
		// A text that is no token at all counts as none, and comes in as a stranger who may not even say hello.
		_, err := signal.Dial(t.Context(), signal.Options{Address: s.Address(), Credentials: c, User: signal.User{ID: "ana"}, Device: "d"})
		if !errors.Is(err, signal.ErrBadToken) {
			t.Errorf("%s: %v", what, err)
		}
	}
	dial(t, s.Address(), mint(s.AppID(), s.id.Sign)) // the operator's own back end
}

func TestTokenEndsWhileConnected(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	c, err := signal.MintToken(s.AppID(), s.id.Sign, "ana", "", 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	final := make(chan error, 1)
	conn, err := signal.Dial(t.Context(), signal.Options{Address: s.Address(), Credentials: c, User: signal.User{ID: "ana"}, Device: "d",
		Handlers: signal.Handlers{OnConnection: func(c signal.Connection) {
			if c.Final {
				final <- c.Err
			}
		}}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	select {
	case err := <-final:
		if !errors.Is(err, signal.ErrBadToken) {
			t.Errorf("told %v", err)
		}
	case <-time.After(15 * time.Second):
		t.Error("still connected")
	}
}

func TestStrangersMayOnlyEnrol(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	refused := make(chan error, 16)
	nc, err := nats.Connect("nats://"+s.Address().String(), nats.NoReconnect(),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	ana := signal.UserID("ana").Token()
	for _, subject := range []string{"svc." + ana + ".hello", "rt." + ana + "." + ana + ".link", "user." + ana + ".call", "$JS.API.INFO", "$KV.names." + ana} {
		if err := nc.Publish(subject, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		if err := <-refused; !strings.Contains(err.Error(), "ermissions") {
			t.Errorf("%s: %v", subject, err)
		}
	}
	for _, subject := range []string{">", "user.>", signal.EnrolSubject, "_INBOX.>", "_R_.>"} {
		if _, err := nc.SubscribeSync(subject); err != nil {
			t.Fatal(err)
		}
		if err := <-refused; !strings.Contains(err.Error(), "ermissions") {
			t.Errorf("%s: %v", subject, err)
		}
	}
}

func TestJoinCode(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Listen: "0.0.0.0:0"})
	try := func(id signal.UserID, code string) error {
		at := over(s)
		at.JoinCode = code
		_, _, err := signal.Enrol(t.Context(), signal.EnrolOptions{Address: at, User: signal.User{ID: id}})
		return err
	}
	if err := try("ana", ""); !errors.Is(err, signal.ErrJoinCode) {
		t.Errorf("no code: %v", err)
	}
	if err := try("ana", s.JoinCode()); err != nil {
		t.Errorf("the right code: %v", err)
	}
	if err := try("bob", "wrong"); !errors.Is(err, signal.ErrJoinCode) {
		t.Errorf("a wrong code: %v", err)
	}
	if err := try(echo.ID, s.JoinCode()); !errors.Is(err, signal.ErrNameTaken) {
		t.Errorf("as Echo: %v", err)
	}
	for range guessesEach - 1 {
		_ = try("bob", "wrong")
	}
	if err := try("bob", s.JoinCode()); !errors.Is(err, &signal.Error{Code: signal.CodeTooMany}) {
		t.Errorf("after %d wrong ones: %v", guessesEach, err)
	}
	if s.enrolment.throttle.allowed(netip.MustParseAddr("127.0.0.1")) || !s.enrolment.throttle.allowed(netip.MustParseAddr("192.0.2.1")) {
		t.Error("it is not the address of the guesser that is held back")
	}
}

func TestNameOfTheOperatorsUser(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	c, err := signal.MintToken(s.AppID(), s.id.Sign, "ana", "", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	conn := dial(t, s.Address(), c)
	_, _, err = signal.Enrol(t.Context(), signal.EnrolOptions{Address: s.Address(), User: signal.User{ID: "ana"}})
	if !errors.Is(err, signal.ErrNameTaken) {
		t.Errorf("somebody enrols with the name: %v", err)
	}
	if err := conn.Request(t.Context(), signal.VerbRenew, signal.Empty{}, nil); !errors.Is(err, &signal.Error{Code: signal.CodeForbidden}) {
		t.Errorf("renewed: %v", err)
	}
}

func TestHostSaysYes(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Listen: "0.0.0.0:0", OnEnrol: func(u signal.User) bool {
		if u.Name == "" {
			t.Error("the host is asked about nobody")
		}
		return u.ID == "ana"
	}})
	at := over(s)
	at.JoinCode = ""
	enrol(t, at, "ana")
	_, _, err := signal.Enrol(t.Context(), signal.EnrolOptions{Address: at, User: signal.User{ID: "eve"}})
	if !errors.Is(err, &signal.Error{Code: signal.CodeForbidden}) {
		t.Errorf("who got a no: %v", err)
	}
}

func TestCloseDoesNotWaitForTheHost(t *testing.T) {
	t.Parallel()
	asked, never := make(chan struct{}), make(chan struct{})
	defer close(never)
	s := start(t, Options{Listen: "0.0.0.0:0", OnEnrol: func(signal.User) bool { close(asked); <-never; return true }})
	at := over(s)
	at.JoinCode = ""
	failed := make(chan error, 1)
	go func() {
		_, _, err := signal.Enrol(t.Context(), signal.EnrolOptions{Address: at, User: signal.User{ID: "ana"}})
		failed <- err
	}()
	<-asked
	stop(t, s)
	if err := <-failed; err == nil {
		t.Error("enrolled by a switchboard that closed")
	}
}

func TestPin(t *testing.T) {
	t.Parallel()
	first, second := start(t, Options{Listen: "0.0.0.0:0"}), start(t, Options{Listen: "0.0.0.0:0"})
	at := over(first)
	at.Pin = ""
	c, seen, err := signal.Enrol(t.Context(), signal.EnrolOptions{Address: at, User: signal.User{ID: "ana"}})
	if err != nil || seen != first.Address().Pin || c.Pin != seen {
		t.Fatalf("first use: %v, saw %q", err, seen)
	}
	dial(t, at, c)
	wrong := over(second)
	wrong.Pin = first.Address().Pin
	if _, _, err := signal.Enrol(t.Context(), signal.EnrolOptions{Address: wrong, User: signal.User{ID: "ana"}}); !errors.Is(err, signal.ErrPinMismatch) {
		t.Errorf("enrol at another one: %v", err)
	}
	wrong.Pin = "" // what enrolment saw is in the credentials
	_, err = signal.Dial(t.Context(), signal.Options{Address: wrong, Credentials: c, User: signal.User{ID: "ana"}, Device: "d"})
	if !errors.Is(err, signal.ErrPinMismatch) {
		t.Errorf("dial another one: %v", err)
	}
	plain := start(t, Options{}).Address()
	plain.Pin = first.Address().Pin
	if _, _, err := signal.Enrol(t.Context(), signal.EnrolOptions{Address: plain, User: signal.User{ID: "ana"}}); !errors.Is(err, signal.ErrWrongAddress) {
		t.Errorf("one without TLS in its place: %v", err)
	}
}

func TestCheckEnrol(t *testing.T) {
	t.Parallel()
	_, key, err := signal.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	account, err := (&identity{Account: mustIdentity(t).Account}).appID()
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		request signal.EnrolRequest
		want    signal.Code
	}{
		"good":          {signal.EnrolRequest{Key: key, User: signal.User{ID: "ana", Name: "Ána 🐈"}}, ""},
		"no user":       {signal.EnrolRequest{Key: key}, signal.CodeBadRequest},
		"unseen ID":     {signal.EnrolRequest{Key: key, User: signal.User{ID: "a\u202eb"}}, signal.CodeBadRequest},
		"unseen name":   {signal.EnrolRequest{Key: key, User: signal.User{ID: "a", Name: "a\nb"}}, signal.CodeBadRequest},
		"long name":     {signal.EnrolRequest{Key: key, User: signal.User{ID: "a", Name: strings.Repeat("é", 65)}}, signal.CodeBadRequest},
		"no key":        {signal.EnrolRequest{User: signal.User{ID: "a"}}, signal.CodeBadRequest},
		"account's key": {signal.EnrolRequest{Key: account, User: signal.User{ID: "a"}}, signal.CodeBadRequest},
		"echo":          {signal.EnrolRequest{Key: key, User: signal.User{ID: echo.ID}}, signal.CodeNameTaken},
	} {
		err := checkEnrol(c.request)
		if c.want == "" && err != nil || c.want != "" && !errors.Is(err, &signal.Error{Code: c.want}) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func mustIdentity(t *testing.T) *identity {
	t.Helper()
	id, err := newIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestThrottle(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	th := newThrottle(func() time.Time { return now })
	eve, eve2, bob := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2"), netip.MustParseAddr("192.0.2.1")
	for range guessesEach {
		if !th.allowed(eve) {
			t.Fatal("refused too early")
		}
		th.wrong(eve)
	}
	if th.allowed(eve) || th.allowed(eve2) || !th.allowed(bob) {
		t.Error("one household of guessers is not held back, or everybody is")
	}
	now = now.Add(guessEach)
	if !th.allowed(eve) {
		t.Error("held back for ever")
	}
	for i := range guessesAll {
		th.wrong(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}))
	}
	if th.allowed(bob) {
		t.Error("many guessers are not held back")
	}
	now = now.Add(time.Hour)
	if !th.allowed(bob) {
		t.Error("everybody is held back for ever")
	}
	for i := range maxGuessers + 100 {
		th.wrong(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}))
	}
	if len(th.each) > maxGuessers {
		t.Errorf("%d addresses are remembered", len(th.each))
	}
}
