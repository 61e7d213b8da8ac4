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

	// A better device than the one that works has to stay for a while before it is used, and each time longer, so that a bad plug does
	// not throw a call to and fro.
	settleTime, longestSettle = time.Second, 30 * time.Second
	// calmTime is how long nothing has to happen before a device is trusted again.
	calmTime = time.Minute
)

// running is an open device with what hangs on it.
type running interface {
	Label() string
	Done() <-chan struct{} // closed when it stopped by itself
	Err() error            // why
	Close()                // waits
}

// keeping is what a [keeper] keeps. The functions are called from its goroutine.
type keeping struct {
	start func(ctx context.Context, id string) (running, error)
	// pick says which device to use now; home is the ID of the one that was used first, or empty. An empty ID is the system's choice,
	// which is all there is where pick is nil.
	pick   func(home string) media.Device
	report func(error)                          // nil when open or no longer wanted; only on changes
	moved  func(to, from string, returned bool) // another device took the place of one, by itself; may be nil
	at     func(media.Device)                   // the device that is, or would be, used; may be nil
}

// keeper keeps one device as it is wanted: open or closed, and always the best of its kind. A device that is unplugged is replaced at
// once, and taken again when it is back. One that fails otherwise is reported and tried again after a pause, or at once after
// [keeper.nudge]: another one in its place would surprise. It owns one goroutine.
type keeper struct {
	keeping

	mu    sync.Mutex
	inUse string // ID
	on    bool
	asked bool // a person chose another device: that does not wait

	kick chan struct{}
	done chan struct{}

	// The rest belongs to the goroutine.
	now    running
	open   media.Device // that now is
	home   string
	lost   *media.Device // whose place is to be taken
	told   string        // Code of the last report
	settle time.Duration
	due    time.Time // when a better device is used; zero: there is none
	moving time.Time // the last time that it was changed by itself
}

// newKeeper starts the goroutine; it ends, and the device is closed, when ctx is done.
func newKeeper(ctx context.Context, what keeping) *keeper {
	k := &keeper{keeping: what, settle: settleTime, kick: make(chan struct{}, 1), done: make(chan struct{})}
	if k.pick == nil {
		k.pick = func(string) media.Device { return media.Device{} }
	}
	if k.moved == nil {
		k.moved = func(string, string, bool) {}
	}
	if k.at == nil {
		k.at = func(media.Device) {}
	}
	go k.run(ctx)
	return k
}

// want says whether the device should be open.
func (k *keeper) want(on bool) {
	k.mu.Lock()
	k.on = on
	k.mu.Unlock()
	k.nudge()
}

// choose uses what is picked now, at once: a person chose it.
func (k *keeper) choose() {
	k.mu.Lock()
	k.asked = true
	k.mu.Unlock()
	k.nudge()
}

// nudge looks again, and tries a failed device: devices came or went.
func (k *keeper) nudge() {
	select {
	case k.kick <- struct{}{}:
	default:
	}
}

// using is the ID of the device that is open; empty if none is, or it is not known.
func (k *keeper) using() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.inUse
}

// has notes which device is open.
func (k *keeper) has(d media.Device) {
	k.open = d
	k.mu.Lock()
	k.inUse = d.ID
	k.mu.Unlock()
}

func (k *keeper) wanted() (on, asked bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	on, asked = k.on, k.asked
	k.asked = false
	return on, asked
}

func (k *keeper) run(ctx context.Context) {
	defer close(k.done)
	defer k.shut()
	for ctx.Err() == nil {
		var again <-chan time.Time
		if on, asked := k.wanted(); on {
			again = k.tend(ctx, asked)
		} else {
			k.rest()
		}
		var lost <-chan struct{}
		if k.now != nil {
			lost = k.now.Done()
		}
		select {
		case <-ctx.Done():
		case <-k.kick:
		case <-again:
		case <-lost:
			k.mourn(ctx)
		}
	}
}

// rest closes what is not wanted.
func (k *keeper) rest() {
	k.shut()
	k.home, k.lost, k.settle = "", nil, settleTime
	k.tell(nil)
	k.at(k.pick(""))
}

// tend opens what is picked, if it is not open. It says when to look again; nil means not before something happens.
func (k *keeper) tend(ctx context.Context, asked bool) (again <-chan time.Time) {
	want := k.pick(k.home)
	byItself := false
	var before media.Device
	if k.now != nil {
		if k.is(want) {
			k.due = time.Time{}
			if want.ID != "" {
				k.has(want)
			}
			k.at(k.open)
			return nil
		}
		if byItself = !asked; byItself {
			if wait := k.settling(); wait > 0 {
				return time.After(wait)
			}
		}
		before = k.open
		k.shut()
		if asked {
			k.home = ""
		}
	}
	opened, err := k.patiently(ctx, want.ID)
	if err != nil && byItself { // better what works than silence
		want = before
		opened, err = k.patiently(ctx, want.ID)
		again = time.After(k.settling())
	}
	switch {
	case ctx.Err() != nil:
		if opened != nil {
			opened.Close()
		}
		return nil
	case err != nil:
		k.tell(err)
		k.at(want)
		return time.After(retryDevice)
	}
	if want.Label == "" {
		want.Label = opened.Label()
	}
	k.now = opened
	k.has(want)
	if k.home == "" {
		k.home = want.ID
	}
	k.tell(nil)
	k.at(want)
	switch {
	case byItself && want.ID != before.ID:
		k.moved(want.Label, before.Label, true)
	case k.lost != nil && (k.lost.ID != want.ID || k.lost.Label != want.Label):
		k.moved(want.Label, k.lost.Label, false)
	}
	k.lost = nil
	return again
}

// is reports whether a device is the open one. One that was opened as the system's choice before there was a list is known by its label.
func (k *keeper) is(d media.Device) bool {
	return d.ID == "" || d.ID == k.open.ID || k.open.ID == "" && d.Label == k.now.Label()
}

// settling is how much longer a better device has to stay.
func (k *keeper) settling() time.Duration {
	now := time.Now()
	if k.due.IsZero() {
		if now.Sub(k.moving) > calmTime {
			k.settle = settleTime
		}
		k.due = now.Add(k.settle)
	}
	if wait := k.due.Sub(now); wait > 0 {
		return wait
	}
	k.moving, k.settle = now, min(2*k.settle, longestSettle)
	return 0
}

// mourn closes a device that stopped by itself. If it is gone the next one takes its place at once; otherwise its failure is told,
// and it gets a moment: what is pulled out may be in the lists a little longer.
func (k *keeper) mourn(ctx context.Context) {
	err, gone := k.now.Err(), k.open
	k.shut()
	k.lost = &gone
	if next := k.pick(k.home); next.ID != "" && next.ID != gone.ID {
		return
	}
	if err != nil {
		k.tell(err)
	}
	select {
	case <-ctx.Done():
	case <-k.kick:
	case <-time.After(retryDevice / 4):
	}
}

func (k *keeper) shut() {
	if k.now != nil {
		k.now.Close()
	}
	k.now, k.due = nil, time.Time{}
	k.has(media.Device{})
}

func (k *keeper) tell(err error) {
	if code := Code(err); code != k.told {
		k.told = code
		k.report(err)
	}
}

// patiently starts the device, waiting a little for whoever had it before.
func (k *keeper) patiently(ctx context.Context, id string) (running, error) {
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
