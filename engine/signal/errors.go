package signal

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/nats-io/nats.go"
)

// The errors of the connection, for errors.Is. Refusals of the authority are [*Error].
var (
	ErrUnreachable  = errors.New("signal: the switchboard cannot be reached")
	ErrWrongAddress = errors.New("signal: no switchboard at this address")
	ErrBadToken     = errors.New("signal: the switchboard does not accept the token")
	ErrJoinCode     = errors.New("signal: wrong join code")
	ErrDeviceCode   = errors.New("signal: the device code is wrong, used or too old")
	ErrNameTaken    = errors.New("signal: the name belongs to somebody else")
	ErrPinMismatch  = errors.New("signal: the switchboard is not the one whose pin is known")
	ErrClosed       = errors.New("signal: connection closed")
	ErrTooLarge     = errors.New("signal: message too large")
)

// connectError puts a failure to connect into the words of this package.
func connectError(ctx context.Context, to Address, err error) error {
	kind := ErrUnreachable
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, ErrPinMismatch):
		return fmt.Errorf("%w: %v", ErrPinMismatch, to)
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return ctx.Err()
	case isRefusal(err):
		kind = ErrBadToken
	case errors.Is(err, nats.ErrNoInfoReceived), errors.Is(err, nats.ErrSecureConnWanted), errors.Is(err, io.EOF),
		errors.As(err, &record), isLookupFailure(err), strings.Contains(err.Error(), "nats: expected"):
		kind = ErrWrongAddress
	}
	return fmt.Errorf("%w: %v: %w", kind, to, err)
}

// isRefusal reports whether the NATS server does not accept the token. Some of its refusals reach us as text only.
func isRefusal(err error) bool {
	for _, known := range []error{nats.ErrAuthorization, nats.ErrAuthExpired, nats.ErrAuthRevoked, nats.ErrAccountAuthExpired, nats.ErrNkeysNotSupported} {
		if errors.Is(err, known) {
			return true
		}
	}
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "authentication expired") || strings.Contains(text, "authorization violation")
}

func isLookupFailure(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}

// requestError puts a failed request into the words of this package.
func requestError(ctx context.Context, verb Verb, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("signal: %s: %w", verb, context.Cause(ctx))
	case errors.Is(err, nats.ErrConnectionClosed):
		return fmt.Errorf("signal: %s: %w", verb, ErrClosed)
	case errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("signal: %s: %w", verb, ErrTooLarge)
	default:
		return fmt.Errorf("signal: %s: %w (%w)", verb, ErrUnreachable, err)
	}
}

// Code is a machine-readable error of the authority.
type Code string

// The codes.
const (
	CodeBadRequest Code = "bad-request" // a field is missing or wrong; Message names it
	CodeNotFound   Code = "not-found"   // no such call, or it is not yours
	CodeNobody     Code = "nobody"      // no such person, here or in the call
	CodeExpired    Code = "expired"     // the invitation is no longer open
	CodeElsewhere  Code = "elsewhere"   // another device of yours answered
	CodeBusy       Code = "busy"        // you are in another call on this device
	CodeForbidden  Code = "forbidden"   // not allowed, for example not a member
	CodeJoinCode   Code = "join-code"   // enrolment: the join code is wrong, or missing
	CodeNameTaken  Code = "name-taken"  // enrolment: the user ID belongs to another key
	CodeDeviceCode Code = "device-code" // enrolment: the device code is wrong, used or too old
	CodeFull       Code = "full"        // as many are in the call as the switchboard can connect
	CodeTooMany    Code = "too-many"    // a rate or size limit
	CodeVersion    Code = "version"     // the client is too old or too new
	CodeInternal   Code = "internal"    // the switchboard failed; trying again may help
)

// Error is the answer to a request that was refused. It travels as {"error":{…}}.
type Error struct {
	Code    Code   `json:"code"`    // for programs
	Message string `json:"message"` // an English sentence
}

func (e *Error) Error() string { return "switchboard: " + string(e.Code) + ": " + e.Message }

// Is makes errors.Is match on the code alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}
