package main

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/parley-calls/parley/ctl"
	"github.com/parley-calls/parley/profile"
)

// TestSecondStartShowsTheFirst starts a program twice on one profile.
func TestSecondStartShowsTheFirst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at, err := profile.At(dir)
	if err != nil {
		t.Fatal(err)
	}
	first, err := claim(t.Context(), at, "", "", false)
	if err != nil || first == nil {
		t.Fatal(first, err)
	}
	shown := newFakeWindows()
	// The second one comes while the first is not listening yet, and waits for it.
	type result struct {
		lock *os.File
		err  error
	}
	second := make(chan result)
	go func() {
		f, err := claim(t.Context(), at, "parley:server/h:1", "c1", false)
		second <- result{f, err}
	}()
	running := &program{opened: make(chan struct{})}
	running.open(shown)
	control, err := ctl.Serve(t.Context(), ctl.SocketPath(dir), remote{running}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := <-second; r.err != nil || r.lock != nil {
		t.Fatalf("second start: %+v", r)
	}
	if got := shown.lastLink(); got != "parley:server/h:1" {
		t.Errorf("the first got the link %q", got)
	}
	if running.accept != "c1" { // its next session enters it
		t.Errorf("the first accepts %q", running.accept)
	}
	if f, err := claim(t.Context(), at, "", "", true); f != nil || err != nil {
		t.Errorf("a hidden start while the first runs: %v, %v", f, err)
	}
	if err := control.Close(); err != nil {
		t.Error(err)
	}
	first.Close()
	third, err := claim(t.Context(), at, "", "", false)
	if err != nil || third == nil {
		t.Fatal("after the end of the first:", third, err)
	}
	third.Close()
}

// TestSimultaneousStarts checks that exactly one of many first starts wins.
func TestSimultaneousStarts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at, err := profile.At(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond) // nobody answers the losers
	defer cancel()
	var mu sync.Mutex
	var won []*os.File
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			f, err := claim(ctx, at, "", "", false)
			if (f == nil) == (err == nil) {
				t.Error(f, err)
			}
			if f != nil {
				mu.Lock()
				defer mu.Unlock()
				won = append(won, f)
			}
		})
	}
	all.Wait()
	if len(won) != 1 {
		t.Errorf("%d starts won", len(won))
	}
	for _, f := range won {
		f.Close()
	}
}
