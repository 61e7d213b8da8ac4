package signal

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"
)

func account(t *testing.T) (seed, public string) {
	t.Helper()
	pair, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	s, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	if public, err = pair.PublicKey(); err != nil {
		t.Fatal(err)
	}
	return string(s), public
}

func TestMintToken(t *testing.T) {
	t.Parallel()
	_, app := account(t)
	sign, signer := account(t)
	c, err := MintToken(app, sign, "ana *.>", "", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if u, err := c.User(); err != nil || u != "ana *.>" {
		t.Errorf("the token names %q, %v", u, err)
	}
	key, err := PublicKey(c.Seed)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := jwt.DecodeUserClaims(c.Token)
	if err != nil {
		t.Fatal(err)
	}
	if claims.Subject != key || claims.Issuer != signer || claims.IssuerAccount != app || !claims.HasEmptyPermissions() {
		t.Errorf("claims %+v", claims)
	}
	if left := time.Until(c.Expires); left < 59*time.Minute || left > time.Hour {
		t.Errorf("it lives for %v", left)
	}
	for what, mint := range map[string]func() (Credentials, error){
		"no user":           func() (Credentials, error) { return MintToken(app, sign, "", "", 0) },
		"user key as app":   func() (Credentials, error) { return MintToken(key, sign, "a", "", 0) },
		"public key signs":  func() (Credentials, error) { return MintToken(app, signer, "a", "", 0) },
		"account key names": func() (Credentials, error) { return MintToken(app, sign, "a", app, 0) },
	} {
		if _, err := mint(); err == nil {
			t.Errorf("%s: minted", what)
		}
	}
}

func TestRenewalIn(t *testing.T) {
	t.Parallel()
	_, app := account(t)
	sign, _ := account(t)
	now := time.Now()
	for _, c := range []struct{ life, want time.Duration }{
		{30 * 24 * time.Hour, 20 * 24 * time.Hour},
		{75 * time.Second, 45 * time.Second}, // 30 s before the end
		{30 * time.Second, 20 * time.Second},
		{0, farAway},
	} {
		made, err := MintToken(app, sign, "ana", "", c.life)
		if err != nil {
			t.Fatal(err)
		}
		if got := renewalIn(made.Token, now); got < c.want-2*time.Second || got > c.want+2*time.Second {
			t.Errorf("a life of %v is renewed after %v, not %v", c.life, got, c.want)
		}
		if got := renewalIn(made.Token, now.Add(100*24*time.Hour)); c.life > 0 && got != 0 {
			t.Errorf("an old token waits %v", got)
		}
	}
	if renewalIn("nonsense", now) != farAway {
		t.Error("nonsense is renewed")
	}
}

func TestReconnectPause(t *testing.T) {
	t.Parallel()
	for attempt, want := range map[int]time.Duration{1: 100 * time.Millisecond, 2: 150 * time.Millisecond, 4: 337 * time.Millisecond, 100: 10 * time.Second, 1 << 30: 10 * time.Second} {
		if got := reconnectPause(attempt); got < want-want/7 || got > want+want/7 {
			t.Errorf("before attempt %d: %v, want about %v", attempt, got, want)
		}
	}
}

func TestPinned(t *testing.T) {
	t.Parallel()
	state := func(key string) tls.ConnectionState {
		return tls.ConnectionState{PeerCertificates: []*x509.Certificate{{RawSubjectPublicKeyInfo: []byte(key)}}}
	}
	first := &pinned{}
	if err := first.verify(state("a")); err != nil || first.pin() != PinOf(&x509.Certificate{RawSubjectPublicKeyInfo: []byte("a")}) {
		t.Errorf("first use: %v, %q", err, first.pin())
	}
	if err := first.verify(state("a")); err != nil {
		t.Errorf("the same again: %v", err)
	}
	if err := first.verify(state("b")); !errors.Is(err, ErrPinMismatch) {
		t.Errorf("another one at the reconnect: %v", err)
	}
	known := &pinned{want: first.pin()}
	if err := known.verify(state("b")); !errors.Is(err, ErrPinMismatch) {
		t.Errorf("not the one that is known: %v", err)
	}
	if err := known.verify(tls.ConnectionState{}); err == nil {
		t.Error("no certificate was fine")
	}
}
