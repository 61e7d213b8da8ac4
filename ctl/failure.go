package ctl

import (
	"errors"

	"github.com/parley-calls/parley/engine"
)

// failure is the error of an answer. Codes of the engine are [engine.Code]'s; this package adds those below.
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// The codes of this package.
const (
	codeBadRequest = "bad-request" // the line is wrong; the message names the field
	codeTooLong    = "too-long"    // the line is longer than 64 KiB; the connection is closed
	codeTooMany    = "too-many"    // connections; this one is closed
	codeNoRing     = "no-invitation"
	codeNoShare    = "no-share"
	codeNoSurface  = "no-surface"
	codeNoEntry    = "no-entry"  // of the history
	codeWhich      = "ambiguous" // several calls or invitations, and none was named
)

func (f *failure) Error() string { return f.Message }

// explain turns an error into the error of an answer.
func explain(err error) *failure {
	if err == nil {
		return nil
	}
	var (
		own   *failure
		field *fieldError
		said  *engine.Error
	)
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &field), errors.Is(err, errNotJSON):
		return &failure{codeBadRequest, err.Error(), `Send {"v":1,"do":VERB} and what the verb takes, on one line.`}
	case errors.As(err, &said):
		return &failure{engine.Code(err), said.Error(), said.Hint}
	}
	return &failure{Code: engine.Code(err), Message: err.Error()}
}
