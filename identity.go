package main

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

// maxUserID is what a [signal.UserID] may hold, in bytes.
const maxUserID = 64

var errNoName = errors.New("a name is needed")

// userID makes an ID of a name: lower case, with dots for spaces, cut to what an ID may hold.
func userID(name string) (engine.UserID, error) {
	id := strings.Join(strings.Fields(strings.ToLower(strings.ToValidUTF8(name, ""))), ".")
	for len(id) > maxUserID {
		_, last := utf8.DecodeLastRuneInString(id)
		id = id[:len(id)-last]
	}
	if id == "" {
		return "", errNoName
	}
	return engine.UserID(id), nil
}

// identity is who we are: the ID that was chosen once, or the one that the name gives.
func identity(s profile.Settings) (engine.User, error) {
	name := strings.TrimSpace(s.Name)
	id := s.UserID
	if id == "" {
		var err error
		if id, err = userID(name); err != nil {
			return engine.User{}, err
		}
	}
	if name == "" {
		name = string(id)
	}
	return engine.User{ID: id, Name: name}, nil
}

// store hands the engine the credentials of the profile.
//
// Those of the embedded switchboard are kept under one name, since its port may be another at each start. Those that an operator
// gave come first until the switchboard has renewed them.
type store struct {
	kept     engine.CredentialStore
	embedded bool
	given    signal.Credentials
}

var _ engine.CredentialStore = store{}

func (s store) Load(server string) (signal.Credentials, error) {
	c, err := s.kept.Load(s.key(server))
	if err != nil || s.given.Token == "" {
		return c, err
	}
	if c.Seed == s.given.Seed && (s.given.Expires.IsZero() || c.Expires.After(s.given.Expires)) {
		return c, nil
	}
	return s.given, nil
}

func (s store) Save(server string, c signal.Credentials) error { return s.kept.Save(s.key(server), c) }

func (s store) key(server string) string {
	if s.embedded {
		return profile.Embedded
	}
	return server
}
