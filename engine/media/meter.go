package media

import (
	"math"
	"sync/atomic"
	"time"
)

// rate counts events and bytes of the last second, in slots of a tenth.
type rate struct {
	slots [10]struct {
		at     int64 // tenths of a second since origin
		events int
		bytes  int
	}
	origin time.Time
}

func (r *rate) add(now time.Time, events, bytes int) {
	if r.origin.IsZero() {
		r.origin = now
	}
	t := int64(now.Sub(r.origin) / (100 * time.Millisecond))
	s := &r.slots[uint64(t)%uint64(len(r.slots))]
	if s.at != t {
		s.at, s.events, s.bytes = t, 0, 0
	}
	s.events += events
	s.bytes += bytes
}

// perSecond returns events and kbit per second. In the first second the time so far is what it divides by.
func (r *rate) perSecond(now time.Time) (events, kbps float64) {
	if r.origin.IsZero() {
		return 0, 0
	}
	since := now.Sub(r.origin)
	t := int64(since / (100 * time.Millisecond))
	n, b := 0, 0
	for i := range r.slots {
		if s := &r.slots[i]; s.at > t-int64(len(r.slots)) && s.at <= t {
			n, b = n+s.events, b+s.bytes
		}
	}
	span := 900*time.Millisecond + since%(100*time.Millisecond) // the newest slot is not full yet
	span = max(min(span, since), 200*time.Millisecond)
	return float64(n) / span.Seconds(), float64(b) * 8 / 1000 / span.Seconds()
}

// mean is a running average of durations that forgets slowly.
type mean struct {
	value time.Duration
	any   bool
}

func (m *mean) add(d time.Duration) {
	if !m.any {
		m.value, m.any = d, true
		return
	}
	m.value += (d - m.value) / 16
}

// meter is the loudness of a stream as people see it: linear RMS from 0 to 1 that rises fast and falls slowly.
type meter struct{ bits atomic.Uint32 }

func (m *meter) level() float32 { return math.Float32frombits(m.bits.Load()) }

// add takes the next block, of about 10 ms.
func (m *meter) add(block []float32) {
	const attack, release = 0.6, 0.15
	l := m.level()
	if r := rms(block); r != r { // not a number
		l = 0
	} else if r > l {
		l += (r - l) * attack
	} else {
		l += (r - l) * release
	}
	if l < 1e-5 { // -100 dBFS
		l = 0
	}
	m.bits.Store(math.Float32bits(min(l, 1)))
}

func (m *meter) reset() { m.bits.Store(0) }

func rms(block []float32) float32 {
	if len(block) == 0 {
		return 0
	}
	var e float32
	for _, v := range block {
		e += v * v
	}
	return float32(math.Sqrt(float64(e / float32(len(block)))))
}
