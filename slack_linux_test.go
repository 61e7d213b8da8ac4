//go:build cgo

package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Threads may wait a millisecond longer. Of others than our own we may have no right to know.
func TestThreadsWakeTogether(t *testing.T) {
	t.Parallel()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	threads, err := filepath.Glob("/proc/self/task/*")
	if err != nil || len(threads) < 2 {
		t.Fatal(threads, err)
	}
	seen := 0
	for _, thread := range threads {
		slack, err := os.ReadFile("/proc/" + filepath.Base(thread) + "/timerslack_ns")
		if err != nil {
			continue // no right, or the thread has ended
		}
		seen++
		if strings.TrimSpace(string(slack)) != "1000000" {
			t.Errorf("thread %s: %s ns", filepath.Base(thread), slack)
		}
	}
	if seen == 0 {
		t.Error("not even our own thread told")
	}
}
