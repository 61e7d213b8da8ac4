package server

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/echo"
)

// The bounds of enrolment.
const (
	maxEnrolling = 16 // requests that are looked at, or wait for a yes, at one time
	maxName      = 64 // characters
	enrolTimeout = 5 * time.Second
)

// enrolment answers strangers who want a token.
type enrolment struct {
	open     bool                   // let everybody in
	joinCode string                 // or those who know it
	ask      func(signal.User) bool // or those to whom a person says yes; may be nil
	names    *names
	codes    *codes
	mint     func(u signal.UserID, key string) (signal.Credentials, error)
	register func(context.Context, signal.User) error
	refused  func(signal.Code)
	throttle *throttle
	log      *slog.Logger

	sub    *nats.Subscription
	ctx    context.Context
	cancel context.CancelFunc
	slots  chan struct{}
	work   sync.WaitGroup
}

// start begins to answer. The rest of the fields must be set.
func (e *enrolment) start(nc *nats.Conn) error {
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.slots = make(chan struct{}, maxEnrolling)
	var err error
	e.sub, err = nc.QueueSubscribe(signal.EnrolSubject, "enrolment", e.receive)
	if err != nil {
		return fmt.Errorf("server: enrolment: %w", err)
	}
	return nil
}

// close refuses what comes, and waits for what is being answered but not for persons who are being asked.
func (e *enrolment) close() {
	if e.cancel == nil {
		return
	}
	if e.sub != nil {
		_ = e.sub.Unsubscribe() // fails only when the connection is gone already
	}
	e.cancel()
	e.work.Wait()
}

// receive runs on the goroutine of the subscription.
func (e *enrolment) receive(m *nats.Msg) {
	var request signal.EnrolRequest
	if err := signal.Decode(m.Data, &request); err != nil || len(m.Data) > maxStranger {
		e.log.Debug("dropped an enrolment request", "bytes", len(m.Data), "err", err)
		return
	}
	select {
	case e.slots <- struct{}{}:
	default:
		e.answer(m, request, signal.EnrolReply{}, &signal.Error{Code: signal.CodeTooMany, Message: "too many people are enrolling: try again in a moment"})
		return
	}
	e.work.Go(func() {
		defer func() { <-e.slots }()
		reply, err := e.enrol(request, source(m))
		e.answer(m, request, reply, err)
	})
}

// answer seals the reply, because strangers share their inbox.
func (e *enrolment) answer(m *nats.Msg, request signal.EnrolRequest, reply signal.EnrolReply, err error) {
	var body any = reply
	if err != nil {
		var refusal *signal.Error
		if !errors.As(err, &refusal) {
			e.log.Warn("enrolment failed", "err", err)
			refusal = &signal.Error{Code: signal.CodeInternal, Message: "the switchboard could not store it"}
		}
		e.refused(refusal.Code)
		body = struct {
			Error *signal.Error `json:"error"`
		}{refusal}
	}
	data, err := signal.Seal(request.Box, body)
	if err == nil {
		err = m.Respond(data)
	}
	if err != nil {
		e.log.Debug("enrolment not answered", "err", err)
	}
}

// enrol decides. Errors of the type *signal.Error are refusals.
func (e *enrolment) enrol(r signal.EnrolRequest, from netip.Addr) (signal.EnrolReply, error) {
	if err := checkEnrol(r); err != nil {
		return signal.EnrolReply{}, err
	}
	if err := e.admit(r, from); err != nil {
		return signal.EnrolReply{}, err
	}
	ctx, cancel := context.WithTimeout(e.ctx, enrolTimeout)
	defer cancel()
	own := e.names.claim
	if r.DeviceCode != "" {
		own = e.names.add
	}
	if err := own(ctx, r.User, r.Key); err != nil {
		return signal.EnrolReply{}, err
	}
	if err := e.register(ctx, r.User); err != nil {
		return signal.EnrolReply{}, err
	}
	c, err := e.mint(r.User.ID, r.Key)
	if err != nil {
		return signal.EnrolReply{}, err
	}
	e.log.Info("enrolled", "user", r.User.ID, "device", r.Key)
	return signal.EnrolReply{Token: c.Token, Expires: c.Expires, AppID: c.AppID}, nil
}

func checkEnrol(r signal.EnrolRequest) error {
	bad := func(format string, a ...any) error {
		return &signal.Error{Code: signal.CodeBadRequest, Message: fmt.Sprintf(format, a...)}
	}
	switch {
	case r.User.ID.Check() != nil:
		return bad("user ID: must be 1 to 64 bytes of UTF-8")
	case !printable(string(r.User.ID)):
		return bad("user ID: holds characters that cannot be seen")
	case utf8.RuneCountInString(r.User.Name) > maxName || !utf8.ValidString(r.User.Name) || !printable(r.User.Name):
		return bad("name: must be at most %d visible characters of UTF-8", maxName)
	case !nkeys.IsValidPublicUserKey(r.Key):
		return bad("key: is not a user's public key")
	case r.User.ID == echo.ID:
		return &signal.Error{Code: signal.CodeNameTaken, Message: "Echo has this name on every switchboard"}
	}
	return nil
}

func printable(s string) bool {
	for _, r := range s {
		if !unicode.IsGraphic(r) {
			return false
		}
	}
	return true
}

// admit checks that the stranger may have a name at all, and with a device code that he may have this one.
func (e *enrolment) admit(r signal.EnrolRequest, from netip.Addr) error {
	wrong := &signal.Error{Code: signal.CodeJoinCode, Message: "the join code is missing or wrong"}
	switch {
	case e.known(r):
		return nil
	case r.DeviceCode != "":
		wrong = &signal.Error{Code: signal.CodeDeviceCode, Message: "the device code is wrong, used or too old: get a new one on the other device"}
		return e.guess(from, wrong, func() (bool, error) {
			ctx, cancel := context.WithTimeout(e.ctx, enrolTimeout)
			defer cancel()
			return e.codes.redeem(ctx, r.User.ID, r.DeviceCode)
		})
	case e.open:
		return nil
	case r.JoinCode != "":
		return e.guess(from, wrong, func() (bool, error) {
			return subtle.ConstantTimeCompare([]byte(r.JoinCode), []byte(e.joinCode)) == 1, nil
		})
	case e.ask == nil:
		return wrong
	case e.approved(r.User):
		return nil
	}
	return &signal.Error{Code: signal.CodeForbidden, Message: "the person who runs the switchboard said no"}
}

// guess looks whether a code is right, but not for those who were wrong too often.
func (e *enrolment) guess(from netip.Addr, wrong *signal.Error, right func() (bool, error)) error {
	if !e.throttle.allowed(from) {
		return &signal.Error{Code: signal.CodeTooMany, Message: "too many wrong codes: wait a moment"}
	}
	ok, err := right()
	if err != nil || ok {
		return err
	}
	e.throttle.wrong(from)
	return wrong
}

// known reports whether this very key has the name already: a token for it is of use to nobody else.
func (e *enrolment) known(r signal.EnrolRequest) bool {
	ctx, cancel := context.WithTimeout(e.ctx, enrolTimeout)
	defer cancel()
	o, err := e.names.owner(ctx, r.User.ID)
	return err == nil && o.has(r.Key)
}

// approved asks a person, who may take his time; closing does not wait for him.
func (e *enrolment) approved(u signal.User) bool {
	u.Name = cmp.Or(u.Name, string(u.ID))
	yes := make(chan bool, 1)
	go func() { yes <- e.ask(u) }()
	select {
	case y := <-yes:
		return y
	case <-e.ctx.Done():
		return false
	}
}

// source is where a request came from, as the NATS server saw it; invalid if that is not known.
func source(m *nats.Msg) netip.Addr {
	var info natsserver.ClientInfo
	if json.Unmarshal([]byte(m.Header.Get(natsserver.ClientInfoHdr)), &info) != nil {
		return netip.Addr{}
	}
	a, _ := netip.ParseAddr(info.Host)
	return a
}
