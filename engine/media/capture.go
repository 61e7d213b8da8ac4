package media

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// capture is the life of a sender: one goroutine that works until the source is lost or Close is called.
type capture struct {
	source io.Closer
	done   chan struct{}

	state  sync.Mutex // guards the following
	closed bool
	err    error
}

// run is the goroutine. pump works until the source ends, and says why.
func (c *capture) run(pump func() error) {
	defer close(c.done)
	err := pump()
	if c.end(err) {
		c.source.Close() // it is lost already: what it says to that helps nobody
	}
}

// end notes why the sender ended, and reports whether it had not before.
func (c *capture) end(err error) bool {
	c.state.Lock()
	defer c.state.Unlock()
	if c.closed {
		return false
	}
	c.closed, c.err = true, err
	return true
}

func (c *capture) ended() bool {
	c.state.Lock()
	defer c.state.Unlock()
	return c.closed
}

// Done is closed when the sender has ended.
func (c *capture) Done() <-chan struct{} { return c.done }

// Err says why the sender ended: nil before the end and after Close, a [*DeviceError] when the device was lost.
func (c *capture) Err() error {
	c.state.Lock()
	defer c.state.Unlock()
	return c.err
}

// Close ends the sender, closes the source, and waits until nothing is sent any more. It may be called again, but not from Out.
func (c *capture) Close() {
	if c.end(nil) {
		c.source.Close() // makes a waiting Read return
	}
	<-c.done
}

// lost names the device that stopped giving pictures or sound.
func lost(kind DeviceKind, label string, err error) error {
	var d *DeviceError
	switch {
	case errors.As(err, &d):
		return err
	case errors.Is(err, io.EOF):
		return &DeviceError{Kind: kind, Label: label, Reason: ErrDeviceLost}
	}
	return &DeviceError{Kind: kind, Label: label, Reason: fmt.Errorf("%w: %w", ErrDeviceLost, err)}
}
