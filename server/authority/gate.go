package authority

import (
	"context"
	"sync"
)

// gate waits until the view has caught up with everything that was written to calls before, by whichever authority. Those who
// come while one pass is under way share the next one.
type gate struct {
	ctx   context.Context // of the authority: a pass serves others than the one who began it
	store *store
	view  *view
	mark  string // the barrier key of this authority

	turn chan struct{} // held by the pass under way
	mu   sync.Mutex
	next *pass // that has not begun
}

type pass struct {
	done chan struct{}
	err  error
}

func newGate(ctx context.Context, s *store, v *view, mark string) *gate {
	return &gate{ctx: ctx, store: s, view: v, mark: mark, turn: make(chan struct{}, 1)}
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
	var revision uint64
	if revision, p.err = g.store.barrier(ctx, g.mark); p.err == nil {
		p.err = g.view.wait(ctx, revision)
	}
}
