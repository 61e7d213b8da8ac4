package media

import (
	"math"
	"time"
)

// lateness learns how much later than the fastest of late each packet or picture comes, and forgets slowly.
type lateness struct {
	clock  float64 // Hz of the RTP times
	forget float64 // share that is kept with each one; the first ones count more

	hist   [160]float64 // shares, in bins of lateBin
	recent [64]float64  // ms, a ring: the smallest is the base
	n      int
	start  time.Time
	lastTS uint32
	media  int64 // in units of the clock since the first one, wrap-free
}

const (
	lateBin   = 2.5  // ms
	lateLearn = 200  // that count more, at first
	lateJump  = 1000 // ms: beyond, a clock was set or the network stood still; not jitter
)

// add notes what has that RTP time, and returns how late it is in ms.
func (l *lateness) add(ts uint32, at time.Time) float64 {
	if l.n == 0 {
		l.start, l.lastTS = at, ts
	}
	l.media += int64(int32(ts - l.lastTS))
	l.lastTS = ts
	rel := at.Sub(l.start).Seconds()*1000 - float64(l.media)*1000/l.clock
	late := rel - l.base()
	if l.n > 0 && late > lateJump {
		for i := range l.recent {
			l.recent[i] = rel
		}
		late = 0
	}
	l.recent[l.n%len(l.recent)] = rel
	l.n++
	late = max(late, 0)
	forget := l.forget
	if l.n < lateLearn {
		forget = min(forget, 1-1/float64(l.n+1))
	}
	for i := range l.hist {
		l.hist[i] *= forget
	}
	l.hist[min(int(late/lateBin), len(l.hist)-1)] += 1 - forget
	return late
}

// due is when what has that RTP time would come, if it were as quick as the fastest of late.
func (l *lateness) due(ts uint32) time.Time {
	media := l.media + int64(int32(ts-l.lastTS))
	return l.start.Add(time.Duration((l.base() + float64(media)*1000/l.clock) * float64(time.Millisecond)))
}

// most is how late in ms all but few are: those that make up a share.
func (l *lateness) most(share float64) float64 {
	var total, sum float64
	for _, part := range l.hist {
		total += part
	}
	for i, part := range l.hist {
		if sum += part; sum >= share*total {
			return (float64(i+1) - (sum-share*total)/part) * lateBin
		}
	}
	return float64(len(l.hist)) * lateBin
}

// base is the relative delay of the fastest recent one.
func (l *lateness) base() float64 {
	base := math.Inf(1)
	for _, v := range l.recent[:min(l.n, len(l.recent))] {
		base = min(base, v)
	}
	if l.n == 0 {
		return 0
	}
	return base
}

// delayModel says how much sound must wait so that all but a few packets are there in time.
type delayModel struct {
	late   lateness
	stalls stalls
	target float64 // ms
}

const (
	delayShare  = 0.97
	delayForget = 0.997 // half after 230 packets
	minTarget   = 15.0  // ms
	maxTarget   = 400.0 // ms
	firstTarget = 40.0  // ms
)

func (d *delayModel) reset() {
	*d = delayModel{late: lateness{clock: SampleRate, forget: delayForget}, target: firstTarget}
}

// add notes a packet with that RTP time, and the length of its sound in samples.
func (d *delayModel) add(ts uint32, at time.Time, frame int) {
	late := d.late.add(ts, at)
	most := d.late.most(delayShare)
	d.stalls.add(late, most, at)
	half := float64(frame+Block) * 500 / SampleRate // a packet is on average half used up, and so is the block that is taken next
	d.target = min(max(max(most, d.stalls.height(at))+half, minTarget), maxTarget)
}

// stalls are times when the path stood still and then delivered all at once, as Wi-Fi does while it looks for other networks. They are too
// few packets to matter in [lateness], but each one is a hole in what is heard. One is bad luck; those that come again are waited for.
type stalls struct {
	last, before stall
}

type stall struct {
	at     time.Time
	height float64 // ms
}

const (
	stallLeast = 150.0                  // ms later than nearly all others: a shorter hole is bridged well enough
	stallApart = 500 * time.Millisecond // what comes sooner is the same one
	stallAgain = 10 * time.Second       // what comes later is another story
)

// add notes how late a packet is, where most are no later than that, in ms.
func (s *stalls) add(late, most float64, at time.Time) {
	switch {
	case late < most+stallLeast:
		return
	case at.Sub(s.last.at) >= stallApart:
		s.before, s.last = s.last, stall{at: at}
	}
	s.last.height = max(s.last.height, late)
}

// height is how late in ms the packets after a stall are to be expected; 0 if none is.
func (s *stalls) height(now time.Time) float64 {
	if now.Sub(s.last.at) > stallAgain || s.last.at.Sub(s.before.at) > stallAgain {
		return 0
	}
	return min(s.last.height, s.before.height)
}
