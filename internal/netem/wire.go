package netem

import (
	"math/rand/v2"
	"sync"
	"time"
)

// wireQueue bounds the packets on their way; the rest is dropped.
const wireQueue = 1 << 14

// Wire carries packets through a [Path], in time. All methods may be called from any goroutine.
type Wire struct {
	wake chan struct{}
	end  chan struct{}
	done chan struct{}

	mu     sync.Mutex
	closed bool
	path   *Path
	start  time.Time // of the profile
	queue  []flying  // in the order of arrival
	counts Counts
}

// Counts are figures of a wire since its beginning.
type Counts struct{ Packets, Bytes, Dropped uint64 }

type flying struct {
	at      time.Time
	deliver func()
}

// NewWire makes a wire at the beginning of a profile. The caller closes it.
func NewWire(p Profile) *Wire {
	w := &Wire{wake: make(chan struct{}, 1), end: make(chan struct{}), done: make(chan struct{})}
	w.Play(p)
	go w.run()
	return w
}

// Play begins a profile. What is on its way arrives as it would have.
func (w *Wire) Play(p Profile) {
	w.mu.Lock()
	defer w.mu.Unlock()
	seed := p.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	w.path, w.start = NewPath(p, seed), time.Now()
}

// Send takes a packet of a size in bytes, with IP header, and calls deliver when it arrives, from the wire's goroutine. It never
// blocks; after Close it drops.
func (w *Wire) Send(size int, deliver func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts.Packets++
	w.counts.Bytes += uint64(size)
	at, ok := w.path.Carry(time.Since(w.start), size)
	if !ok || w.closed || len(w.queue) >= wireQueue {
		w.counts.Dropped++
		return
	}
	arrival := w.start.Add(at)
	if n := len(w.queue); n > 0 && arrival.Before(w.queue[n-1].at) { // a new profile is faster
		arrival = w.queue[n-1].at
	}
	w.queue = append(w.queue, flying{arrival, deliver})
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Counts returns the figures of the moment.
func (w *Wire) Counts() Counts {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.counts
}

// Close drops what is on its way and waits for the goroutine.
func (w *Wire) Close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.end)
	}
	w.mu.Unlock()
	<-w.done
}

func (w *Wire) run() {
	defer close(w.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		due, next := w.arrived(time.Now())
		for _, f := range due {
			f.deliver()
		}
		if len(due) > 0 {
			continue
		}
		timer.Reset(next)
		select {
		case <-w.end:
			return
		case <-w.wake:
		case <-timer.C:
		}
	}
}

// arrived takes what has arrived by now, and says how long nothing else does.
func (w *Wire) arrived(now time.Time) (due []flying, next time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for n < len(w.queue) && !w.queue[n].at.After(now) {
		n++
	}
	due = append(due, w.queue[:n]...)
	w.queue = append(w.queue[:0], w.queue[n:]...)
	if w.closed {
		return nil, 0
	}
	if len(w.queue) == 0 {
		return due, time.Hour
	}
	return due, w.queue[0].at.Sub(now)
}
