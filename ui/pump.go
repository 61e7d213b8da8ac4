package ui

import (
	"sync"
	"sync/atomic"
	"time"
)

// The most redraws a second. A picture on software GL costs a large part of a core per redraw of the whole window.
const (
	fullRate     = 30
	softwareRate = 15
)

// flusher is something whose newest picture waits to be shown. flush runs on the UI goroutine.
type flusher interface{ flush() }

// pump shows what is new in one window: all of it in one call on the UI goroutine, at most so often. While that call has not
// run, no other is queued: a slow UI shows fewer pictures, and nothing grows.
type pump struct {
	do    func(func())
	every atomic.Int64 // shortest time between two flushes
	kick  chan struct{}
	quit  chan struct{}
	once  sync.Once
	ended chan struct{}

	mu      sync.Mutex
	waiting map[flusher]struct{}
}

func newPump(do func(func()), rate int) *pump {
	p := &pump{do: do, kick: make(chan struct{}, 1), quit: make(chan struct{}), ended: make(chan struct{}), waiting: map[flusher]struct{}{}}
	p.setRate(rate)
	go p.run()
	return p
}

// setRate bounds the flushes per second.
func (p *pump) setRate(rate int) { p.every.Store(int64(time.Second) / int64(rate)) }

// wake says that f has something new. It never blocks and may be called from any goroutine.
func (p *pump) wake(f flusher) {
	p.mu.Lock()
	p.waiting[f] = struct{}{}
	p.mu.Unlock()
	select {
	case p.kick <- struct{}{}:
	default:
	}
}

// forget drops f, which is not shown any more.
func (p *pump) forget(f flusher) {
	p.mu.Lock()
	delete(p.waiting, f)
	p.mu.Unlock()
}

// close ends the pump and waits. It may be called again, and from the UI goroutine.
func (p *pump) close() {
	p.once.Do(func() { close(p.quit) })
	<-p.ended
}

func (p *pump) run() {
	defer close(p.ended)
	flushed := make(chan struct{}, 1)
	for {
		select {
		case <-p.quit:
			return
		case <-p.kick:
		}
		began := time.Now()
		p.do(func() {
			p.flush()
			flushed <- struct{}{}
		})
		select {
		case <-flushed:
		case <-p.quit:
			return
		}
		rest := time.NewTimer(time.Duration(p.every.Load()) - time.Since(began))
		select {
		case <-rest.C:
		case <-p.quit:
			rest.Stop()
			return
		}
	}
}

func (p *pump) flush() {
	p.mu.Lock()
	now := p.waiting
	p.waiting = make(map[flusher]struct{}, len(now))
	p.mu.Unlock()
	for f := range now {
		f.flush()
	}
}
