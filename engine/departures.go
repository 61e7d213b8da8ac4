package engine

import (
	"context"
	"sync"
)

// departures are the requests to leave a call that have no answer yet. A request to join the same call waits for them: if it overtook
// one, the switchboard would confirm it and then take us out again.
type departures struct {
	mu    sync.Mutex
	under map[CallID]*departure
}

type departure struct {
	requests int
	over     chan struct{}
}

// begin notes that a request to leave is about to be made. answered is called once, whatever became of it.
func (d *departures) begin(id CallID) (answered func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.under == nil {
		d.under = map[CallID]*departure{}
	}
	going := d.under[id]
	if going == nil {
		going = &departure{over: make(chan struct{})}
		d.under[id] = going
	}
	going.requests++
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if going.requests--; going.requests == 0 {
			delete(d.under, id)
			close(going.over)
		}
	}
}

// wait waits until no request to leave the call is under way.
func (d *departures) wait(ctx context.Context, id CallID) error {
	d.mu.Lock()
	going := d.under[id]
	d.mu.Unlock()
	if going == nil {
		return nil
	}
	select {
	case <-going.over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
