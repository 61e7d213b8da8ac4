package engine

import (
	"context"
	"time"
)

// MessageID names a message of a chat.
type MessageID string

// Delivery is how far a message of ours has come.
type Delivery string

// The deliveries.
const (
	Sending     Delivery = "sending"
	Delivered   Delivery = "delivered" // all who are in the call have it
	Undelivered Delivery = "failed"    // somebody has not: see [Call.ResendMessage]
)

// Message is one of the chat of a call. It goes straight to the members who are there, and is kept by nobody else.
type Message struct {
	ID       MessageID
	From     User
	Text     string    // at most [MaxMessage] bytes
	At       time.Time // when it was sent, or arrived
	Mine     bool
	Delivery Delivery // of ours
}

// Bounds of a chat.
const (
	MaxMessage  = 4096 // bytes of one message
	MaxMessages = 500  // kept of one call
)

// SendMessage writes to all who are in the call. It appears in CallState.Chat at once. The error is ErrBadRequest for an empty or too
// long text.
func (k *Call) SendMessage(ctx context.Context, text string) (MessageID, error) {
	return "", fail("send a message", ErrBadRequest)
}

// ResendMessage tries again for those who have not got it.
func (k *Call) ResendMessage(ctx context.Context, id MessageID) error {
	return fail("send a message", ErrBadRequest)
}
