package engine

import (
	"context"
	"errors"
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

func (l *lamp) Done() <-chan struct{} { return l.lost }
func (l *lamp) Err() error {
	return &media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceLost}
}
func (l *lamp) Close() { l.off(l.id) }

// bench is where lamps are switched on; it writes down what happens.
type bench struct {
	mu   sync.Mutex
	log  []string
	fail error
	last *lamp
}

func (b *bench) note(s string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.log = append(b.log, s)
}

func (b *bench) start(_ context.Context, id string) (running, error) {
	b.mu.Lock()
	err := b.fail
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

func (b *bench) broken(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = err
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
	b := &bench{}
	ctx, cancel := context.WithCancel(t.Context())
	k := newKeeper(ctx, b.start, func(err error) { b.note("report " + Code(err)) })
	t.Cleanup(func() {
		cancel()
		<-k.done
	})
	return b, k
}

func TestKeeperFollowsWhatIsWanted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, k := keep(t)
		b.did(t)
		k.want(true, "a")
		b.did(t, "on a")
		k.want(true, "a")
		b.did(t)
		k.want(true, "b")
		b.did(t, "off a", "on b")
		k.want(false, "b")
		b.did(t, "off b")
	})
}

func TestKeeperComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, k := keep(t)
		k.want(true, "a")
		b.did(t, "on a")
		gone := &media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceNotFound}
		b.broken(gone)
		close(b.last.lost)
		b.did(t, "off a", "report camera-lost")
		time.Sleep(retryDevice)
		b.did(t, "report camera-missing")
		time.Sleep(2 * retryDevice)
		b.did(t) // the same failure is said once
		b.broken(nil)
		k.nudge()
		b.did(t, "on a", "report ")
	})
}

func TestKeeperIsPatientWithABusyDevice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, k := keep(t)
		b.broken(&media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceBusy})
		k.want(true, "a")
		time.Sleep(busyPatience / 2)
		b.did(t)
		b.broken(nil)
		time.Sleep(busyPatience)
		b.did(t, "on a")
	})
}

func TestKeeperClosesAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{}
		ctx, cancel := context.WithCancel(t.Context())
		k := newKeeper(ctx, b.start, func(error) {})
		k.want(true, "a")
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
