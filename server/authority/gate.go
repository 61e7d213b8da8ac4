package authority

import (
	"context"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

// barrierKey is a key that every bucket with a gate has: all authorities write it, and it says nothing. It is no user's token.
const barrierKey = "-barrier"

// horizon is the revision of a bucket up to which the view has seen everything.
type horizon struct {
	mu    sync.Mutex
	at    uint64
	moved chan struct{} // closed and replaced when at grows
}

func newHorizon() *horizon { return &horizon{moved: make(chan struct{})} }

// reach notes that everything up to a revision has been seen.
func (h *horizon) reach(revision uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if revision > h.at {
		h.at = revision
		close(h.moved)
		h.moved = make(chan struct{})
	}
}

func (h *horizon) now() (uint64, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at, h.moved
}

// wait returns when everything up to a revision has been seen.
func (h *horizon) wait(ctx context.Context, revision uint64) error {
	for {
		at, moved := h.now()
		if at >= revision {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("authority: view does not advance: %w", context.Cause(ctx))
		case <-moved:
		}
	}
}

// gate waits until the view has caught up with everything that was written to a bucket before, by whichever authority: it
// writes a mark behind it, and waits until the watcher shows the mark. Those who come while one pass is under way share the
// next one.
type gate struct {
	ctx     context.Context // of the authority: a pass serves others than the one who began it
	bucket  jetstream.KeyValue
	horizon *horizon

	turn chan struct{} // held by the pass under way
	mu   sync.Mutex
	next *pass // that has not begun
}

type pass struct {
	done chan struct{}
	err  error
}

func newGate(ctx context.Context, bucket jetstream.KeyValue, h *horizon) *gate {
	return &gate{ctx: ctx, bucket: bucket, horizon: h, turn: make(chan struct{}, 1)}
}

// through returns when the view holds all that was true when it was called.
func (g *gate) through(ctx context.Context) error {
	g.mu.Lock()
	p := g.next
	if p == nil {
		p = &pass{done: make(chan struct{})}
		g.next = p
		g.mu.Unlock()
		g.run(p)
		return p.err
	}
	g.mu.Unlock()
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (g *gate) run(p *pass) {
	defer close(p.done)
	g.turn <- struct{}{}
	defer func() { <-g.turn }()
	g.mu.Lock()
	g.next = nil
	g.mu.Unlock()
	ctx, cancel := context.WithTimeout(g.ctx, requestTime/2)
	defer cancel()
	revision, err := g.bucket.Put(ctx, barrierKey, nil)
	if err != nil {
		p.err = fmt.Errorf("authority: barrier in %s: %w", g.bucket.Bucket(), err)
		return
	}
	p.err = g.horizon.wait(ctx, revision)
}
