package main

import (
	"context"
	"os"
	"runtime/debug"
	"time"
)

// The heap may grow by that much of what is alive, in percent, before garbage is collected. Calls make little garbage: a collection a
// second costs less than the memory, most of which is fonts.
const gcPercent = 40

// trimTime is how long C may keep what it has freed: codecs, shader compilers and windows leave much behind when they end.
const trimTime = 20 * time.Second

// spareMemory keeps the process small until ctx ends. GOGC in the environment wins.
func spareMemory(ctx context.Context) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	go func() {
		tick := time.NewTicker(trimTime)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				trimC()
			case <-ctx.Done():
				return
			}
		}
	}()
}
