package link

import (
	"slices"
	"testing"
	"time"
)

func TestRepair(t *testing.T) {
	t.Parallel()
	start := time.Now()
	at := start.Add
	var r repair
	for _, n := range []uint16{65533, 65534} {
		r.arrived(n, true, false, at(0))
	}
	if got := r.due(at(0), 0); len(got) != 0 {
		t.Errorf("nothing is missing, but %v", got)
	}
	r.arrived(1, true, false, at(0))
	if got := r.due(at(0), 0); !slices.Equal(got, []uint16{65535, 0}) {
		t.Errorf("missing at once: %v", got)
	}
	const trip = 24 * time.Millisecond // asked again after 40
	if got := r.due(at(repairGuess-1), trip); len(got) != 0 {
		t.Errorf("asked again too early: %v", got)
	}
	r.arrived(0, true, false, at(repairGuess-1)) // repaired
	if got := r.due(at(repairGuess), trip); !slices.Equal(got, []uint16{65535}) {
		t.Errorf("asked again: %v", got)
	}
	var asked []time.Duration
	for d := repairGuess; d < time.Minute; d += 10 * time.Millisecond {
		if len(r.due(at(d), trip)) > 0 {
			asked = append(asked, d)
		}
	}
	if n := len(asked); n != 48 || asked[0] != 90*time.Millisecond || asked[n-1] >= repairTime {
		t.Errorf("asked after %v", asked)
	}
	r.arrived(1+repairReach, true, false, at(0))
	if got := len(r.due(at(0), trip)); got != repairReach-1 {
		t.Errorf("a large gap: %d", got)
	}
	r.arrived(30000, true, false, at(0))
	if got := r.due(at(time.Second), trip); len(got) != 0 {
		t.Errorf("another stream: %d missing", len(got))
	}
}

// The end of a picture that does not come is asked for before the next picture shows that it is missing, unless packets come that far apart.
func TestRepairOfAnEnd(t *testing.T) {
	t.Parallel()
	const trip = 20 * time.Millisecond
	start := time.Now()
	now := start
	var r repair
	// picture has a packet at each of these times, in ms after the last one, and says what is asked for when until a second later.
	number := uint16(65530)
	picture := func(end bool, apart ...int) (asked []uint16, after time.Duration) {
		for i, ms := range apart {
			for range ms {
				now = now.Add(time.Millisecond)
				asked = append(asked, r.due(now, trip)...)
			}
			number++
			r.arrived(number, end && i == len(apart)-1, false, now)
		}
		last := now
		for ; now.Sub(last) < time.Second; now = now.Add(time.Millisecond) {
			if more := r.due(now, trip); len(more) > 0 && len(asked) == 0 {
				asked, after = more, now.Sub(last)
				r.arrived(number+1, true, true, now)
				number++
			}
		}
		return asked, after
	}
	if asked, _ := picture(true, 0, 1, 1); len(asked) > 0 {
		t.Errorf("a whole picture: asked for %d", asked)
	}
	if asked, after := picture(false, 0, 1, 1); !slices.Equal(asked, []uint16{number}) || after != repairTail {
		t.Errorf("an end is missing: asked for %d after %v", asked, after)
	}
	if r.waiting() {
		t.Error("something is missing still")
	}
	picture(true, 0, 40, 40) // of which the second one is asked for in vain
	if asked, _ := picture(true, 0, 40, 60, 30); len(asked) > 0 {
		t.Errorf("packets come far apart: asked for %d", asked)
	}
	if asked, after := picture(false, 0, 1); !slices.Equal(asked, []uint16{number}) || after < 100*time.Millisecond || after > 125*time.Millisecond {
		t.Errorf("an end is missing where packets come far apart: asked for %d after %v", asked, after)
	}
}
