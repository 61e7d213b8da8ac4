package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-calls/parley/engine/media"
)

// lamp is a device that can be pulled out.
type lamp struct {
	id   string
	lost chan struct{}
	off  func(string)
}

func (l *lamp) Label() string         { return "lamp " + l.id }
func (l *lamp) Done() <-chan struct{} { return l.lost }
func (l *lamp) Err() error {
	return &media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceLost}
}
func (l *lamp) Close() { l.off(l.id) }

// bench is where lamps are switched on; it writes down what happens.
type bench struct {
	mu     sync.Mutex
	log    []string
	fail   error
	broken string // the only one that fails; empty: all do
	last   *lamp
	chosen string
	there  []string // in the order in which they are taken; nil: whatever is chosen
}

func (b *bench) note(s string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.log = append(b.log, s)
}

func (b *bench) start(_ context.Context, id string) (running, error) {
	b.mu.Lock()
	err := b.fail
	if b.broken != "" && b.broken != id {
		err = nil
	}
	b.mu.Unlock()
	if err != nil {
		return nil, err
	}
	b.note("on " + id)
	l := &lamp{id: id, lost: make(chan struct{}), off: func(id string) { b.note("off " + id) }}
	b.mu.Lock()
	b.last = l
	b.mu.Unlock()
	return l, nil
}

// pick takes what is chosen, or else the first that is there.
func (b *bench) pick(string) media.Device {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := b.chosen
	if len(b.there) > 0 && !slices.Contains(b.there, id) {
		id = b.there[0]
	}
	return media.Device{ID: id, Label: "lamp " + id}
}

func (b *bench) breaks(id string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken, b.fail = id, err
}

// plug says what is there now. What is open and gone is lost first, as the devices room does it.
func (b *bench) plug(k *keeper, there ...string) {
	b.mu.Lock()
	b.there = there
	l := b.last
	b.mu.Unlock()
	if l != nil && !slices.Contains(there, l.id) {
		close(l.lost)
		b.mu.Lock()
		b.last = nil
		b.mu.Unlock()
	}
	k.nudge()
}

func (b *bench) choose(k *keeper, id string) {
	b.mu.Lock()
	b.chosen = id
	b.mu.Unlock()
	k.choose()
}

func (b *bench) did(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(b.log, want) {
		t.Fatalf("did %q, want %q", b.log, want)
	}
	b.log = nil
}

func keep(t *testing.T) (*bench, *keeper) {
	b := &bench{chosen: "a"}
	ctx, cancel := context.WithCancel(t.Context())
	at := ""
	k := newKeeper(ctx, keeping{
		start: b.start, pick: b.pick, report: func(err error) { b.note("report " + Code(err)) },
		moved: func(to, from string, back bool) { b.note(fmt.Sprintf("moved to %s from %s back=%v", to, from, back)) },
		at: func(d media.Device) {
			if d.ID != at {
				at = d.ID
				b.note("at " + at)
			}
		},
	})
	t.Cleanup(func() {
		cancel()
		<-k.done
	})
	b.did(t, "at a")
	return b, k
}

func TestKeeperFollowsWhatIsWanted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, k := keep(t)
		k.want(true)
		b.did(t, "on a")
		k.want(true)
		b.did(t)
		b.choose(k, "b")
		b.did(t, "off a", "on b", "at b")
		k.want(false)
		b.did(t, "off b")
		b.choose(k, "a")
		b.did(t, "at a")
	})
}

func TestKeeperComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, k := keep(t)
		k.want(true)
		b.did(t, "on a")
		b.breaks("", &media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceNotFound})
		close(b.last.lost)
		b.did(t, "off a", "report camera-lost")
		time.Sleep(retryDevice)
		b.did(t, "report camera-missing")
		time.Sleep(2 * retryDevice)
		b.did(t) // the same failure is said once
		b.breaks("", nil)
		k.nudge()
		b.did(t, "on a", "report ")
	})
}

func TestKeeperTakesTheNextAndReturns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, k := keep(t)
		b.plug(k, "a", "b", "c")
		k.want(true)
		b.did(t, "on a")
		b.plug(k, "b", "c")
		b.did(t, "off a", "on b", "at b", "moved to lamp b from lamp a back=false")
		b.plug(k, "c")
		b.did(t, "off b", "on c", "at c", "moved to lamp c from lamp b back=false")
		b.plug(k, "b", "a", "c")
		b.did(t)
		time.Sleep(settleTime)
		b.did(t, "off c", "on a", "at a", "moved to lamp a from lamp c back=true")
	})
}

func TestKeeperTakesAnotherOneThatComesLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, k := keep(t)
		b.plug(k, "a")
		k.want(true)
		b.did(t, "on a")
		b.breaks("a", &media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceNotFound})
		close(b.last.lost) // nobody has seen yet that it is gone
		b.last = nil
		b.did(t, "off a", "report camera-lost")
		b.plug(k, "b")
		b.did(t, "on b", "report ", "at b", "moved to lamp b from lamp a back=false")
	})
}

func TestKeeperDoesNotFlap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, k := keep(t)
		b.plug(k, "a", "b")
		k.want(true)
		b.did(t, "on a")
		b.plug(k, "b")
		b.did(t, "off a", "on b", "at b", "moved to lamp b from lamp a back=false")
		for range 10 { // a bad plug
			b.plug(k, "a", "b")
			time.Sleep(settleTime / 2)
			b.plug(k, "b")
			time.Sleep(settleTime / 2)
		}
		b.did(t)
		b.plug(k, "a", "b")
		time.Sleep(settleTime)
		b.did(t, "off b", "on a", "at a", "moved to lamp a from lamp b back=true")
		b.plug(k, "b")
		b.did(t, "off a", "on b", "at b", "moved to lamp b from lamp a back=false")
		b.plug(k, "a", "b")
		time.Sleep(settleTime)
		b.did(t) // it is trusted less now
		time.Sleep(settleTime)
		b.did(t, "off b", "on a", "at a", "moved to lamp a from lamp b back=true")
		b.plug(k, "b")
		b.did(t, "off a", "on b", "at b", "moved to lamp b from lamp a back=false")
		time.Sleep(2 * calmTime)
		b.plug(k, "a", "b")
		time.Sleep(settleTime)
		b.did(t, "off b", "on a", "at a", "moved to lamp a from lamp b back=true")
	})
}

func TestKeeperPrefersWhatWorksToSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, k := keep(t)
		b.plug(k, "b")
		b.did(t, "at b")
		k.want(true)
		b.did(t, "on b")
		b.breaks("a", &media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceDenied})
		b.plug(k, "a", "b")
		time.Sleep(settleTime)
		b.did(t, "off b", "on b")
		b.breaks("", nil)
		time.Sleep(settleTime)
		b.did(t)
		time.Sleep(settleTime)
		b.did(t, "off b", "on a", "at a", "moved to lamp a from lamp b back=true")
	})
}

func TestKeeperStaysWithABusyDevice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, k := keep(t)
		b.plug(k, "a", "b")
		b.breaks("a", &media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceBusy})
		k.want(true)
		time.Sleep(10 * retryDevice)
		b.did(t, "report camera-busy")
		b.breaks("", nil)
		time.Sleep(retryDevice + busyPatience)
		b.did(t, "on a", "report ")
	})
}

func TestKeeperIsPatientWithABusyDevice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, k := keep(t)
		b.breaks("", &media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceBusy})
		k.want(true)
		time.Sleep(busyPatience / 2)
		b.did(t)
		b.breaks("", nil)
		time.Sleep(busyPatience)
		b.did(t, "on a")
	})
}

func TestKeeperClosesAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{chosen: "a"}
		ctx, cancel := context.WithCancel(t.Context())
		k := newKeeper(ctx, keeping{start: b.start, pick: b.pick, report: func(error) {}})
		k.want(true)
		b.did(t, "on a")
		cancel()
		<-k.done
		b.did(t, "off a")
	})
}

func TestEveryErrorHasACodeAndAHint(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, k := range known {
		code := Code(fail("try", k.is))
		if code != k.code || seen[code] {
			t.Errorf("%v has code %q, want %q once", k.is, code, k.code)
		}
		seen[code] = true
		var e *Error
		if !errors.As(fail("try", k.is), &e) || (e.Hint == "" && !errors.Is(k.is, context.Canceled)) {
			t.Errorf("%v has no hint", k.is)
		}
	}
	if Code(nil) != "" || fail("try", nil) != nil || Code(errors.New("odd")) != "failed" {
		t.Error("nil and unknown errors")
	}
}
