package authority

import (
	"fmt"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

func TestLimiter(t *testing.T) {
	t.Parallel()
	l := newLimiter(inviteRate)
	allowed := func(u signal.UserID, at time.Duration, want int) {
		t.Helper()
		got := 0
		for range 20 {
			if l.allow(u, zero.Add(at)) {
				got++
			}
		}
		if got != want {
			t.Errorf("%s, after %v: %d at once, want %d", u, at, got, want)
		}
	}
	burst := int(inviteRate.burst)
	allowed("ana", 0, burst)
	allowed("ana", inviteRate.period-1, 0)
	allowed("bob", inviteRate.period-1, burst) // each has his own
	allowed("ana", 2*inviteRate.period, 2)
	allowed("ana", time.Hour, burst)
	allowed("ana", time.Minute, 0) // a clock that goes back gives nothing

	for i := range 100 {
		l.allow(signal.UserID(fmt.Sprint(i)), zero.Add(time.Hour))
	}
	l.tidy(zero.Add(2 * time.Hour))
	if n := len(l.buckets); n != 0 {
		t.Errorf("%d buckets are kept that say nothing", n)
	}
}
