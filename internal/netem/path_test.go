package netem

import (
	"math"
	"testing"
	"time"
)

// carried sends packets at a pace and returns when each arrives; lost ones are left out.
func carried(p Profile, packets, size int, every time.Duration) (sent, arrived []time.Duration) {
	path := NewPath(p, 1)
	for i := range packets {
		now := time.Duration(i) * every
		if at, ok := path.Carry(now, size); ok {
			sent, arrived = append(sent, now), append(arrived, at)
		}
	}
	return sent, arrived
}

func TestPathDelays(t *testing.T) {
	t.Parallel()
	sent, arrived := carried(Steady("", Conditions{Delay: 40 * ms, Jitter: 10 * ms}), 10_000, 200, 20*ms)
	if len(arrived) != 10_000 {
		t.Fatalf("%d arrived", len(arrived))
	}
	var least, most time.Duration = time.Hour, 0
	for i := range arrived {
		d := arrived[i] - sent[i]
		least, most = min(least, d), max(most, d)
		if i > 0 && arrived[i] < arrived[i-1] {
			t.Fatal("a packet overtook another")
		}
	}
	if least < 40*ms || least > 41*ms || most > 50*ms || most < 49*ms {
		t.Errorf("delays are %v to %v", least, most)
	}
}

func TestPathLoses(t *testing.T) {
	t.Parallel()
	const packets = 200_000
	for _, tt := range []struct {
		name       string
		loss       Loss
		part, mean float64 // of lost packets, and of the length of bursts
	}{
		{"none", Loss{}, 0, 0},
		{"random", Random(0.05), 0.05, 1 / 0.95},
		{"bursts", Bursts(0.05, 4), 0.05, 4},
		{"long bursts", Bursts(0.2, 10), 0.2, 10},
	} {
		path := NewPath(Steady(tt.name, Conditions{Loss: tt.loss}), 1)
		lost, bursts, before := 0, 0, true
		for i := range packets {
			_, ok := path.Carry(time.Duration(i)*ms, 100)
			if !ok {
				lost++
				if before {
					bursts++
				}
			}
			before = ok
		}
		part, mean := float64(lost)/packets, float64(lost)/max(float64(bursts), 1)
		if math.Abs(part-tt.part) > 0.1*tt.part || math.Abs(mean-tt.mean) > 0.1*tt.mean {
			t.Errorf("%s: %.3f lost in bursts of %.2f, want %.3f and %.2f", tt.name, part, mean, tt.part, tt.mean)
		}
	}
}

func TestPathNarrows(t *testing.T) {
	t.Parallel()
	// Twice as much as it takes: half arrives, after the queue.
	sent, arrived := carried(Steady("", Conditions{Rate: 1 * mbit, Queue: 200 * ms}), 5000, 1250, 5*ms)
	if n := len(arrived); n < 2450 || n > 2600 {
		t.Errorf("%d of 5000 arrived", n)
	}
	last := len(arrived) - 1
	if wait := arrived[last] - sent[last]; wait < 190*ms || wait > 220*ms {
		t.Errorf("the queue is %v", wait)
	}
	// Half of what it takes: all arrives at once.
	sent, arrived = carried(Steady("", Conditions{Rate: 1 * mbit}), 1000, 1250, 20*ms)
	if wait := arrived[len(arrived)-1] - sent[len(sent)-1]; len(arrived) != 1000 || wait != 10*ms {
		t.Errorf("%d of 1000 arrived, the last after %v", len(arrived), wait)
	}
}

func TestPathStalls(t *testing.T) {
	t.Parallel()
	sent, arrived := carried(Steady("", Conditions{Stall: Stall{Every: time.Second, For: 250 * ms}}), 400, 100, 10*ms)
	late := 0
	for i := range arrived {
		switch d := arrived[i] - sent[i]; {
		case d > 250*ms:
			t.Fatalf("a packet took %v", d)
		case d > 0:
			late++
		}
	}
	if late != 4*25 {
		t.Errorf("%d packets were late", late)
	}
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	for _, p := range Profiles() {
		if got, ok := Named(p.Name); !ok || len(got.Phases) != len(p.Phases) {
			t.Errorf("%s is not found by its name", p.Name)
		}
	}
	if _, ok := Named("perfect"); ok {
		t.Error("there is a perfect network")
	}
	p, _ := Named("changing")
	for _, tt := range []struct {
		at   time.Duration
		rate int
	}{{0, 2 * mbit}, {14 * time.Second, 2 * mbit}, {15 * time.Second, 300_000}, {29 * time.Second, 300_000}, {30 * time.Second, 2 * mbit}, {time.Hour, 2 * mbit}} {
		if got := p.At(tt.at).Rate; got != tt.rate {
			t.Errorf("after %v the rate is %d, want %d", tt.at, got, tt.rate)
		}
	}
}
