package authority

import (
	"sync"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// rate is a token bucket's shape: so many at once, then one each period.
type rate struct {
	burst  float64
	period time.Duration
}

var (
	inviteRate  = rate{burst: 5, period: time.Second}
	requestRate = rate{burst: 100, period: 50 * time.Millisecond}
)

// limiter keeps one bucket per user.
type limiter struct {
	rate
	mu      sync.Mutex
	buckets map[signal.UserID]*tokens
}

type tokens struct {
	left float64
	at   time.Time
}

func newLimiter(r rate) *limiter { return &limiter{rate: r, buckets: map[signal.UserID]*tokens{}} }

// allow takes one token, if there is one.
func (l *limiter) allow(u signal.UserID, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[u]
	if b == nil {
		b = &tokens{left: l.burst, at: now}
		l.buckets[u] = b
	}
	l.fill(b, now)
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

func (l *limiter) fill(b *tokens, now time.Time) {
	if gone := now.Sub(b.at); gone > 0 {
		b.left = min(l.burst, b.left+gone.Seconds()/l.period.Seconds())
		b.at = now
	}
}

// tidy drops full buckets: they say nothing.
func (l *limiter) tidy(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for u, b := range l.buckets {
		if l.fill(b, now); b.left >= l.burst {
			delete(l.buckets, u)
		}
	}
}
