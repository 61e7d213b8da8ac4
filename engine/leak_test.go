package engine_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine"
)

// footprint is what a process holds.
type footprint struct {
	goroutines, handles int
	rss                 int // bytes; 0 where it cannot be read
}

func takeFootprint() footprint {
	runtime.GC()
	debug.FreeOSMemory()
	f := footprint{goroutines: runtime.NumGoroutine()}
	if fds, err := os.ReadDir("/proc/self/fd"); err == nil {
		f.handles = len(fds)
	}
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := bytes.Fields(statm); len(fields) > 1 {
			pages, _ := strconv.Atoi(string(fields[1]))
			f.rss = pages * os.Getpagesize()
		}
	}
	return f
}

// leakProof is the environment of the process of its own in which the calls of [TestNothingLeaks] are made, with the address of the
// switchboard: that, which remembers calls for a while, and other tests would be counted too.
const leakProof = "PARLEY_LEAK_TEST"

// People call each other a hundred times, with sound, picture and a message, and nothing is left of it. They are more than two because
// the switchboard lets nobody call so often.
func TestNothingLeaks(t *testing.T) {
	at := os.Getenv(leakProof)
	if at == "" {
		if testing.Short() {
			t.Skip("a hundred calls take their time")
		}
		t.Parallel()
		runAlone(t, leakProof+"="+board(t))
		return
	}
	var people []*person
	for i := range 10 {
		people = append(people, join(t, at, fmt.Sprint("p", i)))
	}
	calls := func(n int) footprint {
		for i := range n {
			next := (i + 1) % len(people)
			ana, bob := people[i%len(people)], people[next]
			id := ana.invite(fmt.Sprint("p", next), i%2 == 0)
			bob.accept(engine.KeepCurrent)
			ana.awaitLive()
			bob.awaitLive()
			ana.send(id, "hello")
			bob.awaitCall(id, "the message", func(c engine.CallState) bool { return len(c.Chat) == 1 })
			if err := ana.Call(id).HangUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			ana.awaitEnd(engine.LocalHangUp)
			bob.awaitEnd(engine.RemoteHangUp)
			for _, p := range []*person{ana, bob} {
				p.mu.Lock()
				p.events = nil
				p.mu.Unlock()
			}
		}
		return settled()
	}
	warm, counted := 60, 100 // until then memories fill that are bounded, such as the history
	if raceDetector {        // it makes a call take seconds, and counts its own memory
		warm, counted = 10, 20
	}
	before := calls(warm)
	after := calls(counted)
	t.Logf("before %+v, after %+v", before, after)
	if after.goroutines > before.goroutines+5 {
		t.Errorf("%d goroutines more", after.goroutines-before.goroutines)
	}
	if after.handles > before.handles+5 {
		t.Errorf("%d handles more", after.handles-before.handles)
	}
	if grown := after.rss - before.rss; !raceDetector && grown > 5<<20 {
		t.Errorf("%.1f MB more", float64(grown)/(1<<20))
	}
}

// settled is the footprint when what ends in the background has ended: the least of some looks.
func settled() footprint {
	least := takeFootprint()
	for range 20 {
		time.Sleep(100 * time.Millisecond)
		now := takeFootprint()
		least = footprint{min(least.goroutines, now.goroutines), min(least.handles, now.handles), min(least.rss, now.rss)}
	}
	return least
}

func (f footprint) String() string {
	return fmt.Sprintf("%d goroutines, %d handles, %.1f MB", f.goroutines, f.handles, float64(f.rss)/(1<<20))
}

// runAlone runs the test that calls it again in a process of its own.
func runAlone(t *testing.T, env string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=5m")
	c.Env = append(os.Environ(), env)
	out, err := c.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
