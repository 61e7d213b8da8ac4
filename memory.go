package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

// The heap may grow by that much of what is alive, in percent, before garbage is collected. Calls make little garbage: a collection every
// four seconds costs less than the memory.
const gcPercent = 25

// trimTime is how long Go and C may keep what they have freed: codecs, shader compilers and windows leave much behind when they end.
const trimTime = 20 * time.Second

// spareMemory keeps the process small until ctx ends. GOGC in the environment wins.
func spareMemory(ctx context.Context) {
	runtime.MemProfileRate = 0 // nobody asks who allocates
	if os.Getenv("GOGC") == "" {
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
