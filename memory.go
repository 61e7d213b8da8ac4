package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/parley-calls/parley/engine"
)

// The heap may grow by that much of what is alive, in percent, before garbage is collected. Calls make little garbage: a collection every
// four seconds costs less than the memory.
const gcPercent = 25

// hastyPercent is as much while a call begins: a collection then would take the processors from what somebody waits for. While the
// program starts there is hardly anything yet that the heap could grow by, so it may grow by more: startPercent.
const (
	hastyPercent = 100
	startPercent = 400
)

// hasteTime is how long after that garbage is collected as usual again.
const hasteTime = 5 * time.Second

// trimTime is how long Go and C may keep what they have freed: codecs, shader compilers and windows leave much behind when they end.
const trimTime = 20 * time.Second

// spareMemory keeps the process small until ctx ends, but for as long as what it returns puts that off. GOGC in the environment wins.
func spareMemory(ctx context.Context) *haste {
	runtime.MemProfileRate = 0 // nobody asks who allocates
	h := &haste{set: func(percent int) { debug.SetGCPercent(percent) }}
	if os.Getenv("GOGC") != "" {
		h.set = func(int) {}
	}
	h.set(gcPercent)
	go func() {
		tick := time.NewTicker(trimTime)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				debug.FreeOSMemory()
				trimC()
			case <-ctx.Done():
				return
			}
		}
	}()
	return h
}

// haste puts off the collection of garbage while the program starts and calls begin.
type haste struct {
	set func(percent int)

	mu  sync.Mutex
	end *time.Timer // nil while all is calm
}

// look begins it with each snapshot in which a call begins, or rings.
func (h *haste) look(s *engine.Snapshot) {
	if begins(s) {
		h.begin(hastyPercent)
	}
}

// begin lets the heap grow by that much of what is alive, in percent, for hasteTime from now on.
func (h *haste) begin(percent int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.end != nil && h.end.Reset(hasteTime) {
		return
	}
	h.set(percent)
	h.end = time.AfterFunc(hasteTime, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.end = nil
		h.set(gcPercent)
	})
}

// begins reports whether somebody waits for a call to begin.
func begins(s *engine.Snapshot) bool {
	return len(s.Incoming) > 0 || slices.ContainsFunc(s.Calls, func(c engine.CallState) bool {
		return c.Phase == engine.Inviting || c.Phase == engine.RingingUp || c.Phase == engine.Joining
	})
}
