package engine

import (
	"context"
	"time"

	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

// EndLine ends the connection to the switchboard for good, as when it refuses the token.
func (c *Client) EndLine(why error) { c.line.down <- why }

// Crash ends the client as a crash does: nobody is told.
func (c *Client) Crash() {
	c.closing.Do(func() {
		if conn := c.line.connection(); conn != nil {
			_ = conn.Drop()
		}
		c.stop()
	})
}

// ExpireToken behaves as if the token could not be renewed and ends soon.
func (c *Client) ExpireToken(in time.Duration) { c.line.tokenExpires(time.Now().Add(in)) }

// AnotherToken is a new token for the key of the client.
func (c *Client) AnotherToken(ctx context.Context) (string, error) {
	var reply signal.RenewReply
	err := c.line.request(ctx, signal.VerbRenew, signal.Empty{}, &reply)
	return reply.Token, err
}

// Cleaning is what is done to the voice of the client.
func (c *Client) Cleaning() media.Cleaning { return c.cleaner.Cleaning() }
