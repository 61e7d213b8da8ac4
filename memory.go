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

// hastyPercent is as much while a call begins: a collection then would take the processors from what somebody waits for.
const hastyPercent = 100

// hasteTime is how long after that garbage is collected as usual again.
const hasteTime = 5 * time.Second

// trimTime is how long Go and C may keep what they have freed: codecs, shader compilers and windows leave much behind when they end.
const trimTime = 20 * time.Second

// spareMemory keeps the process small until ctx ends. GOGC in the environment wins.
func spareMemory(ctx context.Context) {
	runtime.MemProfileRate = 0 // nobody asks who allocates
	if !givenGC() {
		debug.SetGCPercent(gcPercent)
	}
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
}

// givenGC reports whether somebody has chosen how much the heap may grow.
func givenGC() bool { return os.Getenv("GOGC") != "" }

// haste puts off the collection of garbage while calls begin.
type haste struct {
	set func(percent int)

	mu  sync.Mutex
	end *time.Timer // nil while all is calm
}

// look begins it with each snapshot in which a call begins, or rings.
func (h *haste) look(s *engine.Snapshot) {
	if !begins(s) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.end != nil && h.end.Reset(hasteTime) {
		return
	}
	h.set(hastyPercent)
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
