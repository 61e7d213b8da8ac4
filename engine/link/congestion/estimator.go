// Package congestion estimates what a network path takes, from what the receiver says about each packet.
//
// It follows Google's congestion control (draft-ietf-rmcat-gcc-02) as libwebrtc has it today: a trend line over the delays of groups
// of packets says when a queue grows ([delay.go]); then the rate falls below what still arrives. Three things are different. A rate
// is not climbed to for a quarter of a minute after a dip: short clusters of packets probe for it, as libwebrtc does for senders with
// little to send, until the path is full again ([probe.go]). A cut because of loss is an experiment: what is lost all the same has
// other reasons than us, and is no reason to fall further ([loss.go]). And while a queue stands, less than the target is sent, by as
// much as empties it within a second.
//
// There is no clock and no goroutine: time comes with the calls, which may thus be a simulation.
package congestion

import (
	"math"
	"slices"
	"time"
)

// Packet is what is known of a packet that we sent.
type Packet struct {
	Sent    time.Duration // by our clock
	Arrived time.Duration // by the receiver's
	Lost    bool          // it has not arrived
	Size    int           // bytes on the wire, with all headers
	Cluster int           // of the probe that it belongs to; 0 is none
}

// Options bound an estimate, in bit/s.
type Options struct{ Start, Min, Max int }

// Figures of the rate control.
const (
	backOff       = 0.85                   // of what arrives, after a queue grew
	growth        = 1.08                   // per second
	growthNear    = 1.03                   // ... near the rate at which a queue grew before
	ahead         = 1.5                    // times what arrives, at most: more has not been proven
	aheadAlways   = 30_000                 // bit/s on top, so that nothing stays nothing and a voice can have a copy
	standing      = 15 * time.Millisecond  // a queue below that is none
	standingLong  = 100 * time.Millisecond // nothing grows with such a queue
	tolerated     = 50 * time.Millisecond  // a queue below that need not be emptied
	drainTime     = time.Second            // ... and this is how fast it is otherwise
	drainMost     = 0.5                    // of the target
	cutPause      = 200 * time.Millisecond // between two cuts, at most: a round trip
	silence       = 1500 * time.Millisecond
	silenceFactor = 0.7 // for each time of silence
)

// Estimator is the estimate of one path. It is not for several goroutines at once.
type Estimator struct {
	o        Options
	target   float64 // bit/s
	grown    time.Duration
	cut      time.Duration // when it fell last
	started  bool          // feedback has come
	waiting  bool          // for feedback
	since    time.Duration // ... since when
	rtt      time.Duration
	arriving throughput
	delay    detector
	queue    queue
	loss     lossControl
	probe    prober
	full     capacity
}

// New makes an estimator.
func New(o Options) *Estimator {
	return &Estimator{o: o, target: float64(o.Start), delay: newDetector(), cut: -time.Hour, probe: prober{pause: probeSoon}}
}

// Target returns what may be sent, in bit/s.
func (e *Estimator) Target() int {
	rate := e.target
	if over := e.queue.delay - tolerated; over > 0 {
		rate *= 1 - min(over.Seconds()/drainTime.Seconds(), drainMost)
	}
	return int(max(rate, float64(e.o.Min)))
}

// Full reports whether the path seems to take no more: packets queue up before it, or are lost because of how much is sent.
func (e *Estimator) Full() bool { return e.queue.delay >= tolerated || e.loss.ours() }

// Feedback takes what one feedback packet says, in the order of sending.
func (e *Estimator) Feedback(now time.Duration, packets []Packet) {
	arrived := slices.DeleteFunc(slices.Clone(packets), func(p Packet) bool { return p.Lost })
	if !e.started {
		e.started, e.grown = true, now
	}
	e.waiting = false
	for _, p := range packets {
		e.loss.count(p)
	}
	for _, p := range arrived {
		e.arriving.add(p.Arrived, p.Size)
		e.delay.add(p)
	}
	if len(arrived) > 0 {
		e.rtt = now - arrived[len(arrived)-1].Sent
		e.queue.add(now, arrived)
	}
	e.control(now)
	if proven, ok := e.probe.result(arrived); ok && proven > e.target {
		e.target = proven
		e.full.forget()
	}
	e.target = min(max(e.target, float64(e.o.Min)), float64(e.o.Max))
	e.probe.judge(e.target, e.target < float64(e.o.Max))
}

// control moves the target.
func (e *Estimator) control(now time.Duration) {
	passed := min(now-e.grown, time.Second)
	e.grown = now
	arriving := e.arriving.rate()
	if rate, cut := e.loss.control(e.target, e.queue.delay >= standingLong); cut {
		e.lower(now, max(rate, arriving))
		return
	}
	switch usage := e.delay.usage; {
	case usage == overuse && e.queue.delay >= standing:
		full := e.arriving.newest() // while a queue stands that is what the path takes
		if full > 0 && (now-e.cut >= min(max(e.rtt, 50*time.Millisecond), cutPause) || full < e.target/2) {
			e.full.reached(full)
			e.lower(now, backOff*full)
		}
	case usage == normal && !e.loss.ours() && e.queue.delay < standingLong:
		if arriving > e.full.most() {
			e.full.forget()
		}
		factor := growth
		if e.full.near(e.target) {
			factor = growthNear
		}
		if limit := max(ahead*arriving+aheadAlways, float64(e.o.Min)); e.target < limit {
			e.target = min(e.target*math.Pow(factor, passed.Seconds()), limit)
		}
	}
}

// lower sets a lower target, if it is one.
func (e *Estimator) lower(now time.Duration, target float64) {
	e.cut = now
	e.loss.restart(now)
	if target < e.target {
		e.target = target
		e.probe.fell(now)
	}
}

// Sent says that a packet is sent, so that feedback is expected.
func (e *Estimator) Sent(now time.Duration) {
	if !e.waiting {
		e.waiting, e.since = true, now
	}
}

// Tick lets time pass. A path that nothing is heard of may be another one when it comes back.
func (e *Estimator) Tick(now time.Duration) {
	if e.started && e.waiting && now-e.since >= silence {
		e.since = now
		e.lower(now, max(e.target*silenceFactor, float64(e.o.Min)))
	}
}

// Probe returns a cluster to send, if it is time for one.
func (e *Estimator) Probe(now time.Duration) (Cluster, bool) {
	if !e.started || e.queue.delay >= tolerated || e.delay.usage == overuse {
		return Cluster{}, false
	}
	return e.probe.next(now, e.target, float64(e.o.Max))
}

// throughput is how much arrives, over a window of the receiver's time.
type throughput struct {
	packets []Packet
	bytes   int
}

const (
	throughputWindow = 400 * time.Millisecond
	throughputMost   = 2048 // packets, for times are the other end's word
	newestPackets    = 16
)

func (t *throughput) add(at time.Duration, size int) {
	t.packets = append(t.packets, Packet{Arrived: at, Size: size})
	t.bytes += size
	old := 0
	for old < len(t.packets) && (at-t.packets[old].Arrived > throughputWindow || len(t.packets)-old > throughputMost) {
		t.bytes -= t.packets[old].Size
		old++
	}
	t.packets = slices.Delete(t.packets, 0, old)
}

// rate returns bit/s; 0 if too little is known.
func (t *throughput) rate() float64 {
	if len(t.packets) < 2 {
		return 0
	}
	span := t.packets[len(t.packets)-1].Arrived - t.packets[0].Arrived
	if span < throughputWindow/2 {
		return 0
	}
	return float64(t.bytes-t.packets[0].Size) * 8 / span.Seconds()
}

// newest returns the rate of the last packets only, in bit/s; 0 if too little is known. A pause before them does not count.
func (t *throughput) newest() float64 {
	n := len(t.packets)
	if n < 2 {
		return 0
	}
	last := t.packets[max(n-newestPackets, 0):]
	bytes := 0
	for _, p := range last[1:] {
		bytes += p.Size
	}
	return float64(bytes) * 8 / max(last[len(last)-1].Arrived-last[0].Arrived, time.Millisecond).Seconds()
}

// capacity remembers at what rate a queue grew.
type capacity struct{ rate, deviation float64 }

func (c *capacity) reached(rate float64) {
	if c.rate == 0 || math.Abs(rate-c.rate) > 3*c.deviation {
		*c = capacity{rate, 0.15 * rate}
		return
	}
	c.deviation = max(0.95*c.deviation+0.05*math.Abs(rate-c.rate), 0.05*rate)
	c.rate = 0.95*c.rate + 0.05*rate
}

func (c *capacity) forget() { *c = capacity{} }

func (c *capacity) most() float64 {
	if c.rate == 0 {
		return math.Inf(1)
	}
	return c.rate + 3*c.deviation
}

func (c *capacity) near(rate float64) bool { return c.rate > 0 && rate > c.rate-3*c.deviation }
