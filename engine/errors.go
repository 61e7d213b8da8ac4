package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

// The errors that a program can decide on, with errors.Is. They come wrapped in an [*Error].
var (
	ErrClosed       = errors.New("engine: closed")
	ErrOffline      = errors.New("engine: the switchboard cannot be reached")
	ErrWrongAddress = errors.New("engine: no switchboard at that address")
	ErrBadToken     = errors.New("engine: the switchboard does not accept this token")
	ErrJoinCode     = errors.New("engine: wrong join code")
	ErrDeviceCode   = errors.New("engine: the device code is wrong, used or too old")
	ErrNameTaken    = errors.New("engine: the name belongs to somebody else")
	ErrUnknownUser  = errors.New("engine: no such person")
	ErrNoSuchCall   = errors.New("engine: no such call")
	ErrBusy         = errors.New("engine: busy in another call")
	ErrNotInCall    = errors.New("engine: not in that call")
	ErrExpired      = errors.New("engine: the invitation is no longer open")
	ErrElsewhere    = errors.New("engine: answered on another device")
	ErrForbidden    = errors.New("engine: not allowed")
	ErrBadRequest   = errors.New("engine: bad request")
	ErrFull         = errors.New("engine: the call is full")
	ErrHeld         = errors.New("engine: the call is on hold")
	ErrTooMany      = errors.New("engine: too many requests")
	ErrInternal     = errors.New("engine: the switchboard failed")
	ErrJoinFailed   = errors.New("engine: no connection to the other side")
	ErrMinimized    = errors.New("engine: the call is minimized already")
	ErrNotMinimized = errors.New("engine: nothing is minimized")
	ErrNotSharing   = errors.New("engine: nothing is shared")
	ErrInCall       = errors.New("engine: the call goes on")
	ErrThinPath     = errors.New("engine: the connection is too weak for video")
)

// Error says what was tried, why it failed and what a person can do about it.
type Error struct {
	Op   string // what was tried: "invite", "accept", "open camera"
	Hint string // a sentence with a way out, in English; windows translate by [Code]
	Err  error
}

func (e *Error) Error() string { return e.Op + ": " + e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Code names an error with one word for scripts and translations: "busy", "offline", "camera-busy"… It is "failed" for what
// has no name and empty for nil.
func Code(err error) string {
	if err == nil {
		return ""
	}
	if d, ok := errors.AsType[*media.DeviceError](err); ok {
		for _, r := range deviceReasons {
			if errors.Is(err, r.is) {
				return string(d.Kind) + "-" + r.code
			}
		}
		return string(d.Kind) + "-failed"
	}
	for _, k := range known {
		if errors.Is(err, k.is) {
			return k.code
		}
	}
	return "failed"
}

var deviceReasons = []struct {
	is   error
	code string
}{
	{media.ErrDeviceNotFound, "missing"},
	{media.ErrDeviceBusy, "busy"},
	{media.ErrDeviceDenied, "denied"},
	{media.ErrDeviceLost, "lost"},
	{media.ErrNoSoundServer, "no-sound-server"},
	{media.ErrNoDisplay, "no-display"},
	{media.ErrWayland, "wayland"},
}

// troubleOf is the error behind the code of a device, as a member tells it: the inverse of [Code].
func troubleOf(kind media.DeviceKind, code string) error {
	if code == "" {
		return nil
	}
	if kind == media.CameraDevice && code == Code(ErrThinPath) {
		return ErrThinPath
	}
	d := &media.DeviceError{Kind: kind, Reason: errors.New("not working")}
	for _, r := range deviceReasons {
		if code == string(kind)+"-"+r.code {
			d.Reason = r.is
		}
	}
	return d
}

var known = []struct {
	is         error
	code, hint string
}{
	{ErrClosed, "closed", "Start Parley again."},
	{ErrOffline, "offline", "Parley keeps trying. Check the network, or the address in Settings."},
	{ErrWrongAddress, "wrong-address", "Check the address: it looks like HOST:PORT and is shown on the other machine under Invite."},
	{ErrBadToken, "bad-token", "Join the switchboard again in Settings; the operator can give a new token."},
	{ErrJoinCode, "join-code", "Ask the person who runs the switchboard for the invite link."},
	{ErrDeviceCode, "device-code", "Get a new code on your other device, under Settings, Add a device."},
	{ErrNameTaken, "name-taken", "Choose another name, or enter a code from your other device."},
	{ErrUnknownUser, "unknown", "Pick somebody from the People page."},
	{ErrNoSuchCall, "no-such-call", "Ask for its ID again, or call somebody."},
	{ErrBusy, "busy", "Try again when the other call is over."},
	{ErrNotInCall, "not-in-call", "Start or accept a call first."},
	{ErrExpired, "expired", "Call back from the People page."},
	{ErrElsewhere, "elsewhere", "The call goes on on your other device."},
	{ErrForbidden, "forbidden", "Ask the person who runs the switchboard."},
	{ErrBadRequest, "bad-request", "Check what was typed."},
	{ErrFull, "full", "Somebody has to leave the call first."},
	{ErrHeld, "held", "Go on with the call first."},
	{ErrTooMany, "too-many", "Wait a moment and try again."},
	{ErrInternal, "switchboard-failed", "Try again in a moment."},
	{ErrJoinFailed, "join-failed", "Try again, or leave the call. A firewall may block both ways: the switchboard's relay needs its port open."},
	{ErrMinimized, "minimized", "Restore brings it back."},
	{ErrNotMinimized, "not-minimized", "Minimize the call first."},
	{ErrNotSharing, "not-sharing", "Wait until the person shares something."},
	{ErrInCall, "in-call", "Hang up first."},
	{ErrThinPath, "thin-path", "Sound goes on, and the picture comes back by itself when the connection is better."},
	{context.DeadlineExceeded, "deadline", "Try again."},
	{context.Canceled, "cancelled", ""},
}

// Fail wraps an error of this package, or of a device, as an [*Error] with its hint: for programs that do more with a call than an engine
// can. It returns nil for nil.
func Fail(op string, err error) error { return fail(op, err) }

// fail wraps err for a person, translating what the switchboard and the devices say. It returns nil for nil.
func fail(op string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	e := &Error{Op: op, Err: translate(err)}
	for _, k := range known {
		if errors.Is(e.Err, k.is) {
			e.Hint = k.hint
			break
		}
	}
	if d, ok := errors.AsType[*media.DeviceError](err); ok {
		e.Hint = deviceHint(d)
	}
	return e
}

func deviceHint(d *media.DeviceError) string {
	switch {
	case errors.Is(d, media.ErrDeviceBusy):
		return "Close the program that uses it, or choose another in Settings."
	case errors.Is(d, media.ErrNoSoundServer):
		return "Start PulseAudio or PipeWire; Parley notices by itself."
	case errors.Is(d, media.ErrDeviceDenied):
		return "Allow Parley to use it in the system's privacy settings."
	case errors.Is(d, media.ErrWayland), errors.Is(d, media.ErrNoDisplay):
		return "Log in with an X11 session to share, or share from another machine."
	case d.Kind == media.ScreenDevice:
		return "Choose another screen or window."
	}
	return "Plug one in, or choose another in Settings."
}

// translate turns the switchboard's codes into this package's errors.
func translate(err error) error {
	for _, s := range []struct{ from, to error }{
		{signal.ErrUnreachable, ErrOffline},
		{signal.ErrWrongAddress, ErrWrongAddress},
		{signal.ErrPinMismatch, ErrWrongAddress},
		{signal.ErrBadToken, ErrBadToken},
		{signal.ErrJoinCode, ErrJoinCode},
		{signal.ErrDeviceCode, ErrDeviceCode},
		{signal.ErrNameTaken, ErrNameTaken},
		{signal.ErrClosed, ErrClosed},
	} {
		if errors.Is(err, s.from) {
			return fmt.Errorf("%w (%w)", s.to, err)
		}
	}
	var s *signal.Error
	if !errors.As(err, &s) {
		return err
	}
	to, ok := map[signal.Code]error{
		signal.CodeBadRequest: ErrBadRequest,
		signal.CodeNotFound:   ErrNoSuchCall,
		signal.CodeNobody:     ErrUnknownUser,
		signal.CodeExpired:    ErrExpired,
		signal.CodeElsewhere:  ErrElsewhere,
		signal.CodeBusy:       ErrBusy,
		signal.CodeForbidden:  ErrForbidden,
		signal.CodeFull:       ErrFull,
		signal.CodeTooMany:    ErrTooMany,
		signal.CodeVersion:    ErrForbidden,
		signal.CodeInternal:   ErrInternal,
	}[s.Code]
	if !ok {
		return err
	}
	return fmt.Errorf("%w (%w)", to, err)
}
