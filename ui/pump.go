package ui

import (
	"sync"
	"sync/atomic"
	"time"
)

// fullRate is the most redraws a second, of the whole window each time: a few more than cameras take pictures, so that none of a steady
// stream has to wait.
const fullRate = 33

// flusher is something whose newest picture waits to be shown. flush runs on the UI goroutine.
type flusher interface{ flush() }

// pump shows what is new in one window: all of it in one call on the UI goroutine, at most so often. While that call has not
// run, no other is queued: a slow UI shows fewer pictures, and nothing grows.
type pump struct {
	do    func(func())
	every time.Duration // between two flushes, on average
	exact atomic.Bool   // smoothing costs much: software OpenGL draws
	calm  atomic.Bool   // half as often is enough
	kick  chan struct{}
	quit  chan struct{}
	once  sync.Once
	ended chan struct{}

	mu      sync.Mutex
	waiting map[flusher]struct{}
}

func newPump(do func(func()), rate int) *pump {
	p := &pump{
		do: do, every: time.Second / time.Duration(rate),
		kick: make(chan struct{}, 1), quit: make(chan struct{}), ended: make(chan struct{}), waiting: map[flusher]struct{}{},
	}
	go p.run()
	return p
}

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
	due := time.Now()
	for {
		select {
		case <-p.quit:
			return
		case <-p.kick:
		}
		every := p.every
		if p.calm.Load() {
			every *= 2
		}
		// Pictures come unevenly. What is early by less than half of the time is shown at once: it would make those after it late, too.
		if early := time.Until(due) - every/2; early > 0 {
			rest := time.NewTimer(early)
			select {
			case <-rest.C:
			case <-p.quit:
				rest.Stop()
				return
			}
		}
		if now := time.Now(); due.Before(now) {
			due = now
		}
		due = due.Add(every)
		p.do(func() {
			p.flush()
			flushed <- struct{}{}
		})
		select {
		case <-flushed:
		case <-p.quit:
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
