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

// slowWindow is a UI goroutine that takes its time to draw. As Fyne's does, it runs what is queued as it comes, and 60 times a second looks
// for clicks and then draws what has changed.
type slowWindow struct {
	queue  chan func()
	clicks chan func()
	draws  atomic.Int64
}

func (w *slowWindow) run(draw time.Duration) {
	tick := time.NewTicker(time.Second / 60)
	defer tick.Stop()
	changed := false
	for {
		select {
		case f, more := <-w.queue:
			if !more {
				return
			}
			f()
			changed = true
		case <-tick.C:
			select {
			case f := <-w.clicks:
				f()
			default:
			}
			if changed {
				changed = false
				w.draws.Add(1)
				time.Sleep(draw)
			}
		}
	}
}

// However many pictures come and however long it takes to draw them: all are drawn while there is time, then fewer, and a click never
// waits for more than what is being drawn.
func TestManyTilesLeaveRoomForClicks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tiles int
		draw  time.Duration // of the whole window
		least int64         // drawn in 10 s
	}{
		{1, 10 * time.Millisecond, 295}, {4, 14 * time.Millisecond, 295}, {9, 17 * time.Millisecond, 295}, {16, 28 * time.Millisecond, 295},
		{16, 45 * time.Millisecond, 200}, {16, 90 * time.Millisecond, 100},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &slowWindow{queue: make(chan func(), 1000), clicks: make(chan func(), 1)}
			drawn := make(chan struct{})
			go func() {
				defer close(drawn)
				w.run(c.draw)
			}()
			p := newPump(func(f func()) { w.queue <- f }, fullRate)
			end := make(chan struct{})
			tiles := make([]*counter, c.tiles)
			for i := range tiles {
				tiles[i] = &counter{}
				go func() {
					time.Sleep(time.Duration(i) * 7 * time.Millisecond % (33 * time.Millisecond)) // cameras know nothing of each other
					for tick := time.NewTicker(time.Second / 30); ; {
						select {
						case <-tick.C:
							p.wake(tiles[i])
						case <-end:
							tick.Stop()
							return
						}
					}
				}()
			}
			var clicks, worst atomic.Int64
			began := time.Now()
			for time.Since(began) < 10*time.Second {
				clicked := time.Now()
				w.clicks <- func() {
					clicks.Add(1)
					worst.Store(max(worst.Load(), int64(time.Since(clicked))))
				}
				time.Sleep(487 * time.Millisecond)
			}
			close(end)
			p.close()
			synctest.Wait()
			close(w.queue)
			<-drawn // time stands still when the test has ended
			if got := w.draws.Load(); got < c.least || got > 11*fullRate {
				t.Errorf("%d tiles, %v to draw: drawn %d times in 10 s, want at least %d", c.tiles, c.draw, got, c.least)
			}
			if d := time.Duration(worst.Load()); d >= 100*time.Millisecond || clicks.Load() < 20 {
				t.Errorf("%d tiles, %v to draw: a click waited for %v", c.tiles, c.draw, d)
			}
			for i, tile := range tiles {
				if tile.flushes() < c.least/2 {
					t.Errorf("%d tiles, %v to draw: tile %d was shown %d times", c.tiles, c.draw, i, tile.flushes())
				}
			}
		})
	}
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
