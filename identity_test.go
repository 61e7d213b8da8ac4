package main

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

func TestUserID(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		want engine.UserID
	}{
		{"Ana", "ana"},
		{"Ana Maria  Lopez ", "ana.maria.lopez"},
		{"ÖZGÜR\tÇelik", "özgür.çelik"},
		{"李雷", "李雷"},
		{"a\xffb", "ab"},
		{strings.Repeat("é", 40), engine.UserID(strings.Repeat("é", 32))},
		{strings.Repeat("x", 63) + "é", engine.UserID(strings.Repeat("x", 63))},
	} {
		got, err := userID(tt.name)
		if err != nil || got != tt.want {
			t.Errorf("%q: %q, %v", tt.name, got, err)
		}
		if got.Check() != nil {
			t.Errorf("%q: %q is no user ID", tt.name, got)
		}
	}
	for _, name := range []string{"", "  ", "\xff"} {
		if got, err := userID(name); err == nil {
			t.Errorf("%q: %q", name, got)
		}
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		s    profile.Settings
		want engine.User
	}{
		{profile.Settings{Name: " Ana "}, engine.User{ID: "ana", Name: "Ana"}},
		{profile.Settings{Name: "Ana", UserID: "boss"}, engine.User{ID: "boss", Name: "Ana"}},
		{profile.Settings{UserID: "boss"}, engine.User{ID: "boss", Name: "boss"}},
	} {
		if got, err := identity(tt.s); err != nil || got != tt.want {
			t.Errorf("%+v: %+v, %v", tt.s, got, err)
		}
	}
	if _, err := identity(profile.Settings{}); err == nil {
		t.Error("nobody has an identity")
	}
}

// TestOver checks what the command line changes in the settings of a profile.
func TestOver(t *testing.T) {
	t.Parallel()
	kept := profile.Settings{Name: "Ana", UserID: "boss", Server: "h:1", Pin: "p", JoinCode: "c", Theme: profile.DarkTheme}
	for _, tt := range []struct {
		o    options
		want profile.Settings
	}{
		{options{}, kept},
		{options{name: "Ana", server: "h:1"}, kept},
		{options{name: "Bob"}, profile.Settings{Name: "Bob", Server: "h:1", Pin: "p", JoinCode: "c", Theme: profile.DarkTheme}},
		{options{name: "Bob", user: "b"}, profile.Settings{Name: "Bob", UserID: "b", Server: "h:1", Pin: "p", JoinCode: "c", Theme: profile.DarkTheme}},
		{options{server: profile.Embedded}, profile.Settings{Name: "Ana", UserID: "boss", Server: profile.Embedded, Theme: profile.DarkTheme}},
	} {
		if got := tt.o.over(kept); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%+v: got %+v", tt.o, got)
		}
	}
}

// TestStore checks which credentials the engine gets.
func TestStore(t *testing.T) {
	t.Parallel()
	p, err := profile.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	soon := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	mine := signal.Credentials{Token: "kept", Seed: "s", Expires: soon}

	own := store{kept: p, embedded: true}
	if err := own.Save("127.0.0.1:4455", mine); err != nil {
		t.Fatal(err)
	}
	if got, err := own.Load("127.0.0.1:9999"); err != nil || got != mine {
		t.Errorf("the embedded switchboard has moved: %+v, %v", got, err)
	}
	if got, _ := (store{kept: p}).Load("127.0.0.1:4455"); got != (signal.Credentials{}) {
		t.Errorf("credentials of the embedded switchboard leaked to another: %+v", got)
	}

	for _, tt := range []struct {
		what  string
		given signal.Credentials
		want  string
	}{
		{"another key", signal.Credentials{Token: "given", Seed: "other", Expires: soon.Add(-time.Minute)}, "given"},
		{"renewed since", signal.Credentials{Token: "given", Seed: "s", Expires: soon.Add(-time.Minute)}, "kept"},
		{"fresh from the operator", signal.Credentials{Token: "given", Seed: "s", Expires: soon.Add(time.Minute)}, "given"},
	} {
		if got, err := (store{kept: p, embedded: true, given: tt.given}).Load("h:1"); err != nil || got.Token != tt.want {
			t.Errorf("%s: %+v, %v", tt.what, got, err)
		}
	}
}

// operator is who hands out tokens.
type operator struct{ id, sign string }

func operatorKeys(t *testing.T) operator {
	t.Helper()
	account, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	id, err := account.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := account.Seed()
	if err != nil {
		t.Fatal(err)
	}
	return operator{id, string(seed)}
}
