package congestion

import "time"

// Cluster is a short run of packets at a rate above the target. How fast they arrive says whether the path takes it.
type Cluster struct {
	ID    int
	Rate  int // bit/s
	Bytes int
}

// Figures of probing.
const (
	probeFactor  = 2.0
	probeTime    = 25 * time.Millisecond // of a cluster
	probePackets = 5                     // in a cluster, of probeSize
	probeSize    = 240                   // bytes
	probePart    = 0.8                   // of a cluster must have come
	probeGood    = 0.7                   // of the rate has arrived: probe on at once
	probeShort   = 0.9                   // of what was sent has arrived per time: the path is full
	probeSoon    = 2 * time.Second       // after a fall
	probeLate    = 4 * time.Second       // after some clusters that found nothing
	probeAnswer  = time.Second           // how long the answer to a cluster is waited for
	probeSkew    = 2.0                   // how much faster than sent packets may come: more is a burst of a device
)

// prober decides when to probe, and reads the results.
type prober struct {
	cluster Cluster
	open    bool // the cluster is out
	again   bool // the last one found more: go on at once
	at      time.Duration
	pause   time.Duration
	packets int
	bytes   int
	first   Packet
	last    Packet
	lastIn  time.Duration
	firstIn time.Duration
}

// fell says that the rate was lowered: there may be more again soon.
func (p *prober) fell(now time.Duration) {
	p.at, p.pause, p.again, p.open = now, probeSoon, false, false
}

// next returns a cluster, if it is time for one.
func (p *prober) next(now time.Duration, target, most float64) (Cluster, bool) {
	if p.open && now-p.at < probeAnswer || target >= most {
		return Cluster{}, false
	}
	if p.open { // never answered
		p.open = false
		p.pause = probeLate
	}
	if !p.again && now-p.at < p.pause {
		return Cluster{}, false
	}
	rate := min(probeFactor*target, most*1.1)
	p.cluster = Cluster{p.cluster.ID + 1, int(rate), max(int(rate*probeTime.Seconds()/8), probePackets*probeSize)}
	p.open, p.again, p.at = true, false, now
	p.packets, p.bytes, p.lastIn = 0, 0, 0
	return p.cluster, true
}

// result takes packets that have arrived, and returns the rate that the cluster proves once enough of it is there.
func (p *prober) result(arrived []Packet) (rate float64, ok bool) {
	if !p.open {
		return 0, false
	}
	for _, a := range arrived {
		if a.Cluster != p.cluster.ID {
			continue
		}
		if p.packets == 0 {
			p.first, p.firstIn = a, a.Arrived
		}
		p.packets++
		p.bytes += a.Size
		p.last, p.lastIn, p.firstIn = a, max(p.lastIn, a.Arrived), min(p.firstIn, a.Arrived)
	}
	if p.packets < probePackets-1 || float64(p.bytes) < probePart*float64(p.cluster.Bytes) {
		return 0, false
	}
	p.open = false
	sending, coming := p.last.Sent-p.first.Sent, p.lastIn-p.firstIn
	if sending <= 0 || coming <= 0 {
		return 0, false
	}
	sent := float64(p.bytes-p.last.Size) * 8 / sending.Seconds()
	came := float64(p.bytes-p.first.Size) * 8 / coming.Seconds()
	if came > probeSkew*sent {
		return 0, false
	}
	if came < probeShort*sent {
		return probeShort * came, true
	}
	return min(sent, came), true
}

// judge looks at a finished cluster, given the target after it.
func (p *prober) judge(target float64, wanted bool) {
	if p.open || p.packets == 0 {
		return
	}
	p.packets = 0
	p.again = wanted && target >= probeGood*float64(p.cluster.Rate)
	p.pause = min(p.pause+time.Second, probeLate)
}
