package ui

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// counter is a flusher that counts.
type counter struct{ n atomic.Int64 }

func (c *counter) flush()         { c.n.Add(1) }
func (c *counter) flushes() int64 { return c.n.Load() }

func TestPumpFlushesAtMostAtItsRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var redraws atomic.Int64
		p := newPump(func(f func()) { redraws.Add(1); f() }, 10)
		defer p.close()
		a, b := &counter{}, &counter{}
		for range 1000 { // two seconds of far too many pictures
			p.wake(a)
			p.wake(b)
			time.Sleep(2 * time.Millisecond)
		}
		synctest.Wait()
		calls := redraws.Load()
		if calls < 19 || calls > 21 {
			t.Errorf("%d redraws in 2 s at 10 a second", calls)
		}
		if a.flushes() != calls || b.flushes() != calls {
			t.Errorf("%d and %d flushes in %d redraws: they were not shown together", a.flushes(), b.flushes(), calls)
		}
	})
}

func TestPumpShowsALonePictureAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPump(func(f func()) { f() }, 10)
		defer p.close()
		c := &counter{}
		time.Sleep(time.Second)
		p.wake(c)
		synctest.Wait() // no time passes
		if c.flushes() != 1 {
			t.Errorf("%d flushes at once, want 1", c.flushes())
		}
	})
}

func TestPumpQueuesNothingAtAStuckWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var queued []func()
		p := newPump(func(f func()) { queued = append(queued, f) }, 30)
		c := &counter{}
		for range 100 {
			p.wake(c)
			time.Sleep(50 * time.Millisecond)
		}
		synctest.Wait()
		if len(queued) != 1 {
			t.Errorf("%d calls are queued at a window that does not run them, want 1", len(queued))
		}
		p.close() // does not wait for the window
		p.close()
	})
}

func TestPumpForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var queued []func()
		p := newPump(func(f func()) { queued = append(queued, f) }, 30)
		defer p.close()
		gone, there := &counter{}, &counter{}
		p.wake(gone)
		p.wake(there)
		p.forget(gone)
		synctest.Wait()
		for _, f := range queued {
			f()
		}
		if gone.flushes() != 0 || there.flushes() != 1 {
			t.Errorf("flushes: forgotten %d, there %d", gone.flushes(), there.flushes())
		}
	})
}

func TestSoftwareIsRecognised(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"llvmpipe (LLVM 15.0.6, 256 bits)": true, "softpipe": true, "Google SwiftShader": true, "GDI Generic": true, "Software Rasterizer": true,
		"": false, "NVIDIA GeForce RTX 3060/PCIe/SSE2": false, "Mesa Intel(R) UHD Graphics 620 (KBL GT2)": false,
	} {
		if got := software(name); got != want {
			t.Errorf("software(%q) = %t", name, got)
		}
	}
}
