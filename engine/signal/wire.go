package signal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// The largest messages of the protocol, in bytes.
const (
	MaxMessage = 64 << 10 // of a client; the switchboard refuses larger ones
	MaxReply   = 1 << 20  // of the switchboard, which lists all people in one answer
)

// ErrMalformed says that a message could not be understood.
var ErrMalformed = errors.New("signal: malformed message")

// Decode reads one JSON value of at most [MaxReply] bytes. Unknown fields are ignored, so that newer apps may say more;
// anything after the value is refused.
func Decode(data []byte, into any) error {
	if len(data) > MaxReply {
		return fmt.Errorf("%w: %w", ErrMalformed, ErrTooLarge)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("%w: something follows the value", ErrMalformed)
	}
	return nil
}

// Encode writes one JSON value of at most [MaxMessage] bytes.
func Encode(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("signal: encode %T: %w", v, err)
	}
	if len(data) > MaxMessage {
		return nil, fmt.Errorf("encode %T: %w", v, ErrTooLarge)
	}
	return data, nil
}

// DecodeAnswer reads the answer to a request: the error in it, or the reply.
func DecodeAnswer(data []byte, reply any) error {
	var refused struct {
		Error *Error `json:"error"`
	}
	if err := Decode(data, &refused); err != nil {
		return err
	}
	if refused.Error != nil {
		return refused.Error
	}
	if reply == nil {
		return nil
	}
	return Decode(data, reply)
}

// check reports what makes a peer message useless to everybody.
func (m *PeerMessage) check() error {
	if m.Call == "" || m.From == "" {
		return fmt.Errorf("%w: a peer message without call or sending device", ErrMalformed)
	}
	return nil
}
