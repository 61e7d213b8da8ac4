// Package netem is networks as they are, for tests and benchmarks: paths with delay, jitter, loss, a rate and a queue, that change
// in time. It needs nothing of the kernel's own emulation, which many machines lack.
//
// A [Profile] says how a path behaves. A [Path] is the arithmetic of one direction, without clock or goroutine, for simulations. A
// [Wire] carries packets through a path in time, also the virtual one of testing/synctest. [Behind] puts a [Wire] before the
// sockets of one program; [Lay] connects two network namespaces of Linux, so that whole programs speak over it.
package netem

import (
	"slices"
	"time"
)

// Conditions are how one direction of a path behaves.
type Conditions struct {
	Delay  time.Duration // one way
	Jitter time.Duration // of a packet's delay, evenly from 0; packets stay in order
	Loss   Loss
	Rate   int           // bit/s with IP headers; 0 is no limit
	Queue  time.Duration // what may wait at the bottleneck; the rest is dropped. 0 means 300 ms
	Stall  Stall
}

// defaultQueue is the queue of a home router that nobody has tuned.
const defaultQueue = 300 * time.Millisecond

// Stall is a path that stands still at times and then delivers all at once, as Wi-Fi does while it looks for other networks.
type Stall struct{ Every, For time.Duration }

// Loss is the model of Gilbert and Elliott: a path that is good or bad at a time, and loses packets with a probability of its own
// in either state. The probabilities are per packet, 0 to 1.
type Loss struct {
	Good, Bad     float64 // of losing a packet
	ToBad, ToGood float64 // of changing the state
}

// Random loses each packet with the same probability.
func Random(probability float64) Loss { return Loss{Good: probability} }

// Bursts loses a fraction of all packets in bursts of the given mean length, in packets.
func Bursts(fraction, length float64) Loss {
	toGood := 1 / length
	return Loss{Bad: 1, ToGood: toGood, ToBad: toGood * fraction / (1 - fraction)}
}

// Phase is a time with the same conditions.
type Phase struct {
	For time.Duration // the last phase lasts
	Conditions
}

// Profile is a path with a name. Both directions behave alike.
type Profile struct {
	Name   string
	Phases []Phase
	Seed   uint64 // of what is random on a [Wire]; 0 is another one each time
}

// Steady makes a profile that does not change.
func Steady(name string, c Conditions) Profile {
	return Profile{Name: name, Phases: []Phase{{Conditions: c}}}
}

// At returns the conditions at a time since the profile began.
func (p Profile) At(t time.Duration) Conditions {
	for i, phase := range p.Phases {
		if t < phase.For || i == len(p.Phases)-1 {
			return phase.Conditions
		}
		t -= phase.For
	}
	return Conditions{}
}

const (
	ms   = time.Millisecond
	mbit = 1_000_000
)

// Profiles are the networks that calls are measured on, from the best to the most difficult.
func Profiles() []Profile {
	narrow := Conditions{Delay: 20 * ms, Jitter: 3 * ms, Rate: 300_000}
	wide := Conditions{Delay: 20 * ms, Jitter: 3 * ms, Rate: 2 * mbit}
	return []Profile{
		Steady("good", Conditions{Delay: 10 * ms, Jitter: 2 * ms, Rate: 20 * mbit}),
		Steady("moderate", Conditions{Delay: 40 * ms, Jitter: 10 * ms, Loss: Random(0.01), Rate: 3 * mbit}),
		Steady("international", Conditions{Delay: 120 * ms, Jitter: 15 * ms, Loss: Random(0.02), Rate: 4 * mbit}),
		Steady("bursty", Conditions{Delay: 30 * ms, Jitter: 10 * ms, Loss: Bursts(0.05, 4), Rate: 4 * mbit}),
		Steady("spiky", Conditions{Delay: 30 * ms, Jitter: 5 * ms, Rate: 4 * mbit, Stall: Stall{Every: 4 * time.Second, For: 250 * ms}}),
		Steady("thin", Conditions{Delay: 50 * ms, Jitter: 10 * ms, Loss: Random(0.005), Rate: 250_000}),
		{Name: "changing", Phases: []Phase{{15 * time.Second, wide}, {15 * time.Second, narrow}, {0, wide}}},
	}
}

// Named returns one of [Profiles].
func Named(name string) (Profile, bool) {
	all := Profiles()
	i := slices.IndexFunc(all, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return Profile{}, false
	}
	return all[i], true
}
