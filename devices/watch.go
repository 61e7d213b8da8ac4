package devices

import "sync"

// watchers are those who want to know that devices came or went. The zero value is ready.
type watchers struct {
	mu   sync.Mutex
	next int
	fns  map[int]func()
}

// add registers f until stop is called.
func (w *watchers) add(f func()) (stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fns == nil {
		w.fns = map[int]func(){}
	}
	key := w.next
	w.next++
	w.fns[key] = f
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.fns, key)
	}
}

// tell calls all of them, without holding the lock.
func (w *watchers) tell() {
	w.mu.Lock()
	fns := make([]func(), 0, len(w.fns))
	for _, f := range w.fns {
		fns = append(fns, f)
	}
	w.mu.Unlock()
	for _, f := range fns {
		f()
	}
}

// clear forgets all of them.
func (w *watchers) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.fns)
}
