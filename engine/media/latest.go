package media

import "sync"

// Latest is a one-slot mailbox: the writer never waits, the reader takes the newest value, and what nobody took in time is
// dropped and counted. The zero value is empty and ready for any number of goroutines.
type Latest[T any] struct {
	mu      sync.Mutex
	value   T
	full    bool
	dropped uint64
}

// Put leaves v for the reader. If the value before it was never taken, Put returns that one with replaced set, so that its
// memory can be used again.
func (l *Latest[T]) Put(v T) (old T, replaced bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	old, replaced = l.value, l.full
	l.value, l.full = v, true
	if replaced {
		l.dropped++
	}
	return old, replaced
}

// Take empties the mailbox. ok is false when nothing new has come.
func (l *Latest[T]) Take() (v T, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v, ok = l.value, l.full
	var none T
	l.value, l.full = none, false
	return v, ok
}

// Dropped counts the values that were replaced before anybody took them.
func (l *Latest[T]) Dropped() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dropped
}
