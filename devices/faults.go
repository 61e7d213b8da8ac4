package devices

import (
	"maps"
	"slices"
	"sync"

	"github.com/parley-calls/parley/engine/media"
)

// Faults makes the synthetic devices of a [Set] fail on demand, for tests. The zero value makes none fail; nil is allowed. All
// methods may be called from any goroutine.
type Faults struct {
	mu      sync.Mutex
	refused map[media.DeviceKind]error
	open    map[chan struct{}]media.DeviceKind
}

// Refuse makes opening a device of that kind fail with a reason such as [media.ErrDeviceBusy], until it is called with nil.
func (f *Faults) Refuse(kind media.DeviceKind, reason error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refused == nil {
		f.refused = map[media.DeviceKind]error{}
	}
	f.refused[kind] = reason
}

// Lose makes every open device of that kind end with [media.ErrDeviceLost], as if it had been unplugged. It may be opened again.
func (f *Faults) Lose(kind media.DeviceKind) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, lost := range slices.Collect(maps.Keys(f.open)) {
		if f.open[lost] == kind {
			delete(f.open, lost)
			close(lost)
		}
	}
}

// check returns the error with which opening has to fail now, if any.
func (f *Faults) check(kind media.DeviceKind, label string) error {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if why := f.refused[kind]; why != nil {
		return refused(kind, label, why)
	}
	return nil
}

// watch returns a channel that is closed when the device has to be lost, and the function that ends the watch.
func (f *Faults) watch(kind media.DeviceKind) (lost <-chan struct{}, release func()) {
	if f == nil {
		return nil, func() {}
	}
	c := make(chan struct{})
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open == nil {
		f.open = map[chan struct{}]media.DeviceKind{}
	}
	f.open[c] = kind
	return c, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.open, c)
	}
}
