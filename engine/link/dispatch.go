package link

import "sync"

// dispatcher calls handlers one after the other, in the order of their events. Events with a key are merged: while one
// waits, a newer one takes its place, so that their number is bounded by the number of keys. Events without a key
// must be bounded by who posts them.
type dispatcher struct {
	wake chan struct{}
	end  chan struct{}
	done chan struct{}

	mu      sync.Mutex
	closed  bool
	waiting []pending
}

type pending struct {
	key  any
	call func()
}

func newDispatcher() *dispatcher {
	d := &dispatcher{wake: make(chan struct{}, 1), end: make(chan struct{}), done: make(chan struct{})}
	go d.run()
	return d
}

// post queues a call and never blocks. A nil key is never merged. After close it does nothing.
func (d *dispatcher) post(key any, call func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	if key != nil {
		for i := range d.waiting {
			if d.waiting[i].key == key {
				d.waiting[i].call = call
				return
			}
		}
	}
	d.waiting = append(d.waiting, pending{key, call})
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// close forgets what waits. The call under way goes on; done is closed after it.
func (d *dispatcher) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.closed = true
		d.waiting = nil
		close(d.end)
	}
}

func (d *dispatcher) run() {
	defer close(d.done)
	for {
		call, ok := d.next()
		if ok {
			call()
			continue
		}
		select {
		case <-d.wake:
		case <-d.end:
			return
		}
	}
}

func (d *dispatcher) next() (func(), bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.waiting) == 0 {
		return nil, false
	}
	call := d.waiting[0].call
	d.waiting[0] = pending{}
	d.waiting = d.waiting[1:]
	return call, true
}
