package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/parley-calls/parley/engine/media"
)

const (
	// retryDevice is how long a lost or missing device is left alone before it is tried again.
	retryDevice = 2 * time.Second
	// busyPatience is how long a device may still be held by the user before us (a call that just ended, a preview).
	busyPatience = time.Second
)

// running is an open device with what hangs on it.
type running interface {
	Done() <-chan struct{} // closed when it stopped by itself
	Err() error            // why
	Close()                // waits
}

// keeper keeps one device as it is wanted: open or closed, this one or that one. A device that fails is reported and tried
// again after a pause, or at once after [keeper.nudge]. It owns one goroutine.
type keeper struct {
	start  func(ctx context.Context, id string) (running, error)
	report func(error) // nil when open or no longer wanted; called from the goroutine, only on changes

	mu sync.Mutex
	on bool
	id string

	kick chan struct{}
	done chan struct{}
}

// newKeeper starts the goroutine; it ends, and the device is closed, when ctx is done.
func newKeeper(ctx context.Context, start func(context.Context, string) (running, error), report func(error)) *keeper {
	k := &keeper{start: start, report: report, kick: make(chan struct{}, 1), done: make(chan struct{})}
	go k.run(ctx)
	return k
}

// want says whether the device should be open, and which; an empty id is the system's choice.
func (k *keeper) want(on bool, id string) {
	k.mu.Lock()
	k.on, k.id = on, id
	k.mu.Unlock()
	k.nudge()
}

// nudge tries a failed device again now: devices came or went.
func (k *keeper) nudge() {
	select {
	case k.kick <- struct{}{}:
	default:
	}
}

func (k *keeper) wanted() (on bool, id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.on, k.id
}

func (k *keeper) run(ctx context.Context) {
	defer close(k.done)
	var (
		now    running
		openID string
		told   string // Code of the last report
	)
	tell := func(err error) {
		if code := Code(err); code != told {
			told = code
			k.report(err)
		}
	}
	shut := func() {
		if now != nil {
			now.Close()
			now = nil
		}
	}
	defer shut()
	for ctx.Err() == nil {
		on, id := k.wanted()
		if now != nil && (!on || id != openID) {
			shut()
		}
		var retry <-chan time.Time
		if on && now == nil {
			opened, err := k.open(ctx, id)
			switch {
			case ctx.Err() != nil:
				if opened != nil {
					opened.Close()
				}
				return
			case err != nil:
				tell(err)
				retry = time.After(retryDevice)
			default:
				now, openID = opened, id
				tell(nil)
			}
		} else if !on {
			tell(nil)
		}
		var lost <-chan struct{}
		if now != nil {
			lost = now.Done()
		}
		select {
		case <-ctx.Done():
		case <-k.kick:
		case <-retry:
		case <-lost:
			err := now.Err()
			shut()
			if err != nil {
				tell(err)
			}
			select { // what was pulled out is not there at once
			case <-ctx.Done():
			case <-k.kick:
			case <-time.After(retryDevice / 4):
			}
		}
	}
}

// open starts the device, waiting a little for whoever had it before.
func (k *keeper) open(ctx context.Context, id string) (running, error) {
	for deadline := time.Now().Add(busyPatience); ; {
		r, err := k.start(ctx, id)
		if !errors.Is(err, media.ErrDeviceBusy) || time.Now().After(deadline) {
			return r, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(busyPatience / 10):
		}
	}
}
