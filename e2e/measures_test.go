//go:build e2e

package e2e

import (
	"math/rand/v2"
	"testing"
	"time"
)

// What is measured of calls is only as good as the measures: here each is tried with what it has to find.

func TestDelaysAreFound(t *testing.T) {
	const late = 137 * time.Millisecond
	random := rand.New(rand.NewPCG(1, 1))
	said, heard := make([]float64, 5*rate), make([]float64, 5*rate)
	level := 0.0
	for i := range said {
		level += (random.Float64() - 0.5 - level) / 20 // rather deep, as voices are
		said[i] = level
	}
	shift := int(late * rate / time.Second)
	const silent = 2 * rate // a while, in which nothing comes through but a tone
	for i := range heard {
		if i >= silent {
			heard[i] = said[i-shift] / 3
		} else {
			heard[i] = float64(i/50%2) / 4
		}
	}
	found := delays(said, heard)
	if len(found) != 6 { // half seconds
		t.Errorf("found %v, want six", found)
	}
	for _, d := range found {
		if d < late-time.Millisecond || d > late+time.Millisecond {
			t.Errorf("delay %v, want %v", d, late)
		}
	}
	if first, ok := firstSound(said, heard, late); !ok || first < 1900*time.Millisecond || first > 2050*time.Millisecond {
		t.Errorf("first sound %v %v, want about 2 s", first, ok)
	}
	if _, ok := firstSound(said, heard[:silent], late); ok {
		t.Error("a tone was taken for what was said")
	}
}

func TestStandingStill(t *testing.T) {
	ms := func(at ...int) (all []time.Duration) {
		for _, v := range at {
			all = append(all, time.Duration(v)*time.Millisecond)
		}
		return all
	}
	for _, c := range []struct {
		name string
		seen seen
		want time.Duration
	}{
		{"steady", seen{length: 400 * time.Millisecond, changes: ms(0, 100, 200, 300)}, 0},
		{"a gap", seen{length: 700 * time.Millisecond, changes: ms(0, 100, 600)}, 500 * time.Millisecond},
		{"none at the end", seen{length: 1000 * time.Millisecond, changes: ms(0, 100)}, 900 * time.Millisecond},
		{"none at all", seen{length: 1000 * time.Millisecond}, 1000 * time.Millisecond},
	} {
		if got := c.seen.frozen(); got != c.want {
			t.Errorf("%s: frozen %v, want %v", c.name, got, c.want)
		}
	}
}

func TestRecovery(t *testing.T) {
	steady := func(from, to time.Duration, psnr float64) (s seen) {
		for at := from; at < to; at += time.Second / 30 {
			s.changes = append(s.changes, at)
			s.looked, s.psnr, s.ssim = append(s.looked, at), append(s.psnr, psnr), append(s.ssim, 1)
		}
		s.length = to
		return s
	}
	before := steady(0, 5*time.Second, 40)
	if got := before.recovery(before); got != 0 {
		t.Errorf("what is as before is so after %v", got)
	}
	after := steady(3*time.Second, 10*time.Second, 40)
	if got := after.recovery(before); got < 2900*time.Millisecond || got > 3200*time.Millisecond {
		t.Errorf("recovery after %v, want about 3 s", got)
	}
	if got := steady(0, 5*time.Second, 30).recovery(before); got != 5*time.Second {
		t.Errorf("poor pictures count as recovered after %v", got)
	}
}

func TestMedians(t *testing.T) {
	for _, c := range []struct {
		values []float64
		median float64
		high   float64
	}{{[]float64{3, 1, 2}, 2, 3}, {[]float64{4, 1, 3, 2}, 2.5, 4}, {[]float64{7}, 7, 7}} {
		if got := median(c.values); got != c.median {
			t.Errorf("median of %v is %g", c.values, got)
		}
		if got := quantile(c.values, 1); got != c.high {
			t.Errorf("greatest of %v is %g", c.values, got)
		}
	}
}
