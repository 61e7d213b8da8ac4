package signal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// Enrolment happens on a subject and an inbox of its own, in an account where strangers can do nothing else.
const (
	EnrolSubject = "enrol.request"
	enrolInbox   = "_INBOX.enrol"
	enrolTimeout = 2 * time.Minute // a person may have to say yes
)

// ServerNamePrefix begins the NATS server name of every switchboard, by which an app tells it from another NATS server.
const ServerNamePrefix = "parley-"

// EnrolOptions say who wants in, and where.
type EnrolOptions struct {
	Address    Address // with its JoinCode, if there is one
	User       User
	DeviceCode string       // of another device of the user, for one more key of his; empty: that of Address, if it has one
	Seed       string       // of a key that enrolled before; empty: a new one
	Logger     *slog.Logger // nil discards
}

// Enrol asks a switchboard for credentials without having an account: it connects as a stranger, shows the join code and a new
// key, and disconnects. A name belongs to the first key that enrolled it, and to those that came with a code from one of its
// devices. It may wait for a person on the other side to say yes; ctx ends that. pinSeen is the pin of the switchboard as it was
// seen, empty when it does not use TLS; it is in the credentials too.
func Enrol(ctx context.Context, o EnrolOptions) (c Credentials, pinSeen string, err error) {
	if err := o.User.ID.Check(); err != nil {
		return Credentials{}, "", err
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c.Seed = o.Seed
	if c.Seed == "" {
		if c.Seed, _, err = NewKey(); err != nil {
			return Credentials{}, "", err
		}
	}
	key, err := PublicKey(c.Seed)
	if err != nil {
		return Credentials{}, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, enrolTimeout)
	defer cancel()
	trust := &pinned{want: o.Address.Pin}
	nc, err := connect(ctx, where{address: o.Address, inbox: enrolInbox, name: "enrolment", trust: trust}, nats.NoReconnect())
	if errors.Is(err, ErrBadToken) {
		return Credentials{}, "", fmt.Errorf("%w: it lets no strangers in: %w", ErrWrongAddress, err)
	}
	if err != nil {
		return Credentials{}, "", err
	}
	defer nc.Close()
	reply, err := askToEnrol(ctx, nc, EnrolRequest{
		Key: key, User: o.User, JoinCode: o.Address.JoinCode, DeviceCode: cmp.Or(o.DeviceCode, o.Address.DeviceCode),
	})
	if err != nil {
		return Credentials{}, trust.pin(), err
	}
	c.Token, c.Expires, c.AppID, c.Pin = reply.Token, reply.Expires, reply.AppID, trust.pin()
	if u, err := c.User(); err != nil || u != o.User.ID {
		return Credentials{}, trust.pin(), fmt.Errorf("%w: enrolment gave a token for %q", ErrMalformed, u)
	}
	o.Logger.Debug("enrolled", "user", o.User.ID, "expires", c.Expires)
	return c, trust.pin(), nil
}

func askToEnrol(ctx context.Context, nc *nats.Conn, request EnrolRequest) (EnrolReply, error) {
	box, err := newBox()
	if err != nil {
		return EnrolReply{}, err
	}
	request.Box = box.public
	body, err := Encode(request)
	if err != nil {
		return EnrolReply{}, err
	}
	m, err := nc.RequestWithContext(ctx, EnrolSubject, body)
	if errors.Is(err, nats.ErrNoResponders) && !strings.HasPrefix(nc.ConnectedServerName(), ServerNamePrefix) {
		return EnrolReply{}, fmt.Errorf("%w: another NATS server", ErrWrongAddress)
	}
	if err != nil {
		return EnrolReply{}, requestError(ctx, "enrol", err)
	}
	data, err := box.open(m.Data)
	if err != nil {
		return EnrolReply{}, err
	}
	var reply EnrolReply
	err = DecodeAnswer(data, &reply)
	switch {
	case errors.Is(err, &Error{Code: CodeJoinCode}):
		err = fmt.Errorf("%w (%w)", ErrJoinCode, err)
	case errors.Is(err, &Error{Code: CodeDeviceCode}):
		err = fmt.Errorf("%w (%w)", ErrDeviceCode, err)
	case errors.Is(err, &Error{Code: CodeNameTaken}):
		err = fmt.Errorf("%w (%w)", ErrNameTaken, err)
	}
	return reply, err
}
