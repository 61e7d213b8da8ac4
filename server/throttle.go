package server

import (
	"net/netip"
	"sync"
	"time"
)

// The pace of wrong join and device codes: from one address five at once and then one each ten seconds, from everywhere together a
// hundred and then two a second.
const (
	guessesEach, guessEach = 5, 10 * time.Second
	guessesAll, guessAll   = 100, 500 * time.Millisecond
	maxGuessers            = 4096 // addresses that are remembered
)

// throttle slows guessing down. IPv6 addresses count by their /64, which is what one household has.
type throttle struct {
	now func() time.Time

	mu   sync.Mutex
	all  bucket
	each map[netip.Prefix]bucket
}

// bucket is a token bucket that is kept as the time when it will be full again.
type bucket time.Time

// spent reports whether n tokens that come back one by one each pace are all gone.
func (b bucket) spent(now time.Time, n int, pace time.Duration) bool {
	return time.Time(b).Sub(now) > time.Duration(n-1)*pace
}

func (b bucket) take(now time.Time, pace time.Duration) bucket {
	full := time.Time(b)
	if full.Before(now) {
		full = now
	}
	return bucket(full.Add(pace))
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, each: map[netip.Prefix]bucket{}}
}

// allowed reports whether a guess may be looked at.
func (t *throttle) allowed(from netip.Addr) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	return !t.all.spent(now, guessesAll, guessAll) && !t.each[household(from)].spent(now, guessesEach, guessEach)
}

// wrong counts a wrong guess.
func (t *throttle) wrong(from netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	t.all = t.all.take(now, guessAll)
	if len(t.each) >= maxGuessers {
		for k, b := range t.each {
			if time.Time(b).Before(now) {
				delete(t.each, k)
			}
		}
		if len(t.each) >= maxGuessers {
			return // the common bucket is empty long before
		}
	}
	k := household(from)
	t.each[k] = t.each[k].take(now, guessEach)
}

func household(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{} // an address that is not known: all of them share one
	}
	return p
}
