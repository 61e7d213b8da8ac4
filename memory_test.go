package main

import (
	"context"
	"runtime/debug"
	"testing"
	"testing/synctest"
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
