package media

import (
	"math"
	"time"
)

// delayModel learns how late packets come, and how much sound must wait so that all but a few are there in time. It keeps a
// histogram of how much later than the fastest recent packet each one came, and forgets slowly.
type delayModel struct {
	hist   [160]float64 // shares, in bins of delayBin
	recent [64]float64  // ms, a ring: the smallest is the base
	n      int
	start  time.Time
	lastTS uint32
	media  int64 // samples since the first packet, wrap-free
	target float64
}

const (
	delayBin      = 2.5 // ms
	delayQuantile = 0.97
	delayForget   = 0.997 // per packet: half after 230 packets
	delayLearn    = 200   // packets that count more, at first
	delayJump     = 1000  // ms: beyond, a clock was set or the network stood still; not jitter
	minTarget     = 15.0  // ms
	maxTarget     = 400.0 // ms
	firstTarget   = 40.0  // ms
)

func (d *delayModel) reset() { *d = delayModel{target: firstTarget} }

// add notes a packet with that RTP time, and the length of its sound in samples.
func (d *delayModel) add(ts uint32, at time.Time, frame int) {
	if d.n == 0 {
		d.start, d.lastTS = at, ts
	}
	d.media += int64(int32(ts - d.lastTS))
	d.lastTS = ts
	rel := at.Sub(d.start).Seconds()*1000 - float64(d.media)*1000/SampleRate
	late := rel - d.base()
	if d.n > 0 && late > delayJump {
		for i := range d.recent {
			d.recent[i] = rel
		}
		late = 0
	}
	d.recent[d.n%len(d.recent)] = rel
	d.n++
	bin := min(int(max(late, 0)/delayBin), len(d.hist)-1)
	forget := delayForget
	if d.n < delayLearn {
		forget = 1 - 1/float64(d.n+1)
	}
	var total float64
	for i := range d.hist {
		d.hist[i] *= forget
		total += d.hist[i]
	}
	d.hist[bin] += 1 - forget
	total += 1 - forget
	var sum float64
	for i, share := range d.hist {
		if sum += share; sum >= delayQuantile*total {
			bin = i
			break
		}
	}
	half := float64(frame+Block) * 500 / SampleRate // a packet is on average half used up, and so is the block that is taken next
	d.target = min(max(float64(bin+1)*delayBin+half, minTarget), maxTarget)
}

// base is the relative delay of the fastest recent packet.
func (d *delayModel) base() float64 {
	base := math.Inf(1)
	for _, v := range d.recent[:min(d.n, len(d.recent))] {
		base = min(base, v)
	}
	if d.n == 0 {
		return 0
	}
	return base
}
