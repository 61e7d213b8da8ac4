package server

import (
	"errors"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// MintToken makes credentials for a user of the switchboard whose data directory this is, whether it runs or not. An empty key
// makes a new one, whose seed is in the result; a life of 0 means for ever. The user shows up for others once connected.
func MintToken(dataDir string, u signal.UserID, key string, life time.Duration) (signal.Credentials, error) {
	id, err := readIdentity(dataDir)
	if err != nil {
		return signal.Credentials{}, err
	}
	app, err := id.appID()
	if err != nil {
		return signal.Credentials{}, err
	}
	return signal.MintToken(app, id.Sign, u, key, life)
}

// InviteLink is the link that a switchboard with these options gives, whether it runs or not. It must have run once.
func InviteLink(o Options) (string, error) {
	listen, err := listenAddress(o.Listen)
	if err != nil {
		return "", err
	}
	if listen.Port == 0 {
		return "", errors.New("server: with port 0 only the running switchboard knows its port")
	}
	id, err := readIdentity(o.DataDir)
	if err != nil {
		return "", err
	}
	a, err := advertised(o.PublicHost, listen.Host, listen.Port)
	if err != nil || listen.Loopback() {
		return a.Link(), err
	}
	if _, a.Pin, err = id.certificate(listen.Host); err != nil {
		return "", err
	}
	if a.JoinCode = o.JoinCode; a.JoinCode == "" {
		a.JoinCode = id.JoinCode
	}
	return a.Link(), nil
}
