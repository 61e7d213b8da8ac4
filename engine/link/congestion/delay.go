package congestion

import (
	"math"
	"time"
)

// usage says what a queue on the path does.
type usage uint8

const (
	normal usage = iota
	overuse
	underuse
)

// Figures of the detector; names and values are those of libwebrtc's InterArrival and TrendlineEstimator.
const (
	groupLength    = 5 * time.Millisecond   // packets sent within belong together
	burstGap       = 5 * time.Millisecond   // ... as do those that come together after they were held up
	burstLength    = 100 * time.Millisecond // ... but not for longer
	trendWindow    = 20                     // groups
	smoothing      = 0.9
	thresholdGain  = 4.0
	mostDeltas     = 60
	overuseTime    = 10.0 // ms
	thresholdUp    = 0.0087
	thresholdDown  = 0.039
	thresholdFirst = 12.5 // ms
	thresholdLeast = 6.0
	thresholdMost  = 600.0
	thresholdReach = 15.0  // ms: beyond is an exception and does not move the threshold
	thresholdStep  = 100.0 // ms
)

// detector finds out from the times of packets whether a queue grows (draft-ietf-rmcat-gcc-02 section 5, with a trend line in place
// of the Kalman filter).
type detector struct {
	usage             usage
	current, previous group

	count     int
	first     time.Duration // arrival of the first group
	delay     float64       // accumulated, ms
	smooth    float64
	points    []point
	trend     float64
	threshold float64 // ms
	updated   time.Duration
	over      float64 // ms
	overs     int
}

// group are packets that were sent together.
type group struct {
	packets                 int
	firstSent, lastSent     time.Duration
	firstArrived, lastComes time.Duration
}

// point is the delay at a time, both in ms.
type point struct{ at, delay float64 }

func newDetector() detector { return detector{threshold: thresholdFirst} }

// add takes the next packet that has arrived.
func (d *detector) add(p Packet) {
	g := &d.current
	switch {
	case g.packets == 0:
		*g = startGroup(p)
		return
	case p.Sent < g.firstSent:
		return // out of order
	case p.Sent-g.firstSent <= groupLength || g.holdsUp(p):
		g.packets++
		g.lastSent, g.lastComes = max(g.lastSent, p.Sent), max(g.lastComes, p.Arrived)
		return
	}
	if d.previous.packets > 0 {
		sent, came := g.lastSent-d.previous.lastSent, g.lastComes-d.previous.lastComes
		if came >= 0 {
			d.update(milliseconds(came)-milliseconds(sent), milliseconds(sent), g.lastComes)
		}
	}
	d.previous, d.current = *g, startGroup(p)
}

func startGroup(p Packet) group { return group{1, p.Sent, p.Sent, p.Arrived, p.Arrived} }

// holdsUp says whether a packet came together with the group although it was sent later: the path held them up.
func (g *group) holdsUp(p Packet) bool {
	sent, came := p.Sent-g.lastSent, p.Arrived-g.lastComes
	return came-sent < 0 && came <= burstGap && p.Arrived-g.firstArrived < burstLength
}

// update takes the change of the delay between two groups, in ms.
func (d *detector) update(change, sent float64, arrived time.Duration) {
	if d.count == 0 {
		d.first, d.updated = arrived, arrived
	}
	d.count++
	d.delay += change
	d.smooth = smoothing*d.smooth + (1-smoothing)*d.delay
	if len(d.points) == trendWindow {
		copy(d.points, d.points[1:])
		d.points = d.points[:trendWindow-1]
	}
	d.points = append(d.points, point{milliseconds(arrived - d.first), d.smooth})
	trend := d.trend
	if len(d.points) == trendWindow {
		trend = slope(d.points, trend)
	}
	d.detect(trend, sent, arrived)
}

// slope is that of the line through the points with the least squares.
func slope(points []point, otherwise float64) float64 {
	var at, delay float64
	for _, p := range points {
		at += p.at
		delay += p.delay
	}
	at /= float64(len(points))
	delay /= float64(len(points))
	var above, below float64
	for _, p := range points {
		above += (p.at - at) * (p.delay - delay)
		below += (p.at - at) * (p.at - at)
	}
	if below == 0 {
		return otherwise
	}
	return above / below
}

func (d *detector) detect(trend, sent float64, arrived time.Duration) {
	modified := float64(min(d.count, mostDeltas)) * trend * thresholdGain
	switch {
	case modified > d.threshold:
		if d.overs == 0 {
			d.over = sent / 2
		} else {
			d.over += sent
		}
		if d.overs++; d.over > overuseTime && d.overs > 1 && trend >= d.trend {
			d.over, d.overs, d.usage = 0, 0, overuse
		}
	case modified < -d.threshold:
		d.over, d.overs, d.usage = 0, 0, underuse
	default:
		d.over, d.overs, d.usage = 0, 0, normal
	}
	d.trend = trend

	size := math.Abs(modified)
	if size <= d.threshold+thresholdReach {
		k := thresholdUp
		if size < d.threshold {
			k = thresholdDown
		}
		passed := min(milliseconds(arrived-d.updated), thresholdStep)
		d.threshold = min(max(d.threshold+k*(size-d.threshold)*passed, thresholdLeast), thresholdMost)
	}
	d.updated = arrived
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

// queue measures how long packets wait, by the least delay of the last half minute. The clocks of both ends may differ and drift.
type queue struct {
	delay time.Duration
	least [queueBuckets]time.Duration
	times [queueBuckets]time.Duration // when each bucket began
	now   int
	began bool
}

const (
	queueBuckets = 15
	queueBucket  = 2 * time.Second
)

func (q *queue) add(now time.Duration, arrived []Packet) {
	delay := arrived[0].Arrived - arrived[0].Sent
	for _, p := range arrived {
		delay = min(delay, p.Arrived-p.Sent)
	}
	switch {
	case !q.began:
		q.began = true
		for i := range q.least {
			q.least[i] = math.MaxInt64
		}
		q.least[0], q.times[0] = delay, now
	case now-q.times[q.now] >= queueBucket:
		q.now = (q.now + 1) % queueBuckets
		q.least[q.now], q.times[q.now] = delay, now
	default:
		q.least[q.now] = min(q.least[q.now], delay)
	}
	base := delay
	for _, least := range q.least {
		base = min(base, least)
	}
	q.delay = delay - base
}
