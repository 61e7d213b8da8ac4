package main

import (
	"context"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-calls/parley/engine"
)

func TestGOGCWins(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	for _, c := range []struct {
		env  string
		want int
	}{{"", gcPercent}, {"100", 100}} {
		t.Setenv("GOGC", c.env)
		debug.SetGCPercent(100)
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			spareMemory(ctx)
			cancel()
			synctest.Wait() // fails if the goroutine goes on
		})
		if got := debug.SetGCPercent(100); got != c.want {
			t.Errorf("GOGC=%q: garbage is collected at %d %%, want %d", c.env, got, c.want)
		}
	}
}

// Garbage waits while a call rings or begins, and a while longer, but not for ever.
func TestHaste(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		percent, changes := gcPercent, 0
		h := haste{set: func(p int) { percent, changes = p, changes+1 }}
		want := func(p, n int) {
			t.Helper()
			synctest.Wait()
			h.mu.Lock() // which set is called with
			defer h.mu.Unlock()
			if percent != p || changes != n {
				t.Fatalf("%d %% after %d changes, want %d %% after %d", percent, changes, p, n)
			}
		}
		rings := &engine.Snapshot{Incoming: []engine.Incoming{{}}}
		live := &engine.Snapshot{Calls: []engine.CallState{{Phase: engine.Live}}}
		h.look(live)
		want(gcPercent, 0)
		for range 3 {
			h.look(rings)
			want(hastyPercent, 1)
			time.Sleep(hasteTime - time.Second)
		}
		h.look(&engine.Snapshot{Calls: []engine.CallState{{Phase: engine.Joining}}})
		h.look(live)
		time.Sleep(hasteTime - time.Second)
		want(hastyPercent, 1)
		time.Sleep(2 * time.Second)
		want(gcPercent, 2)
		h.look(rings)
		want(hastyPercent, 3)
		time.Sleep(hasteTime + time.Second)
		want(gcPercent, 4)
	})
}
