package media

import "time"

// freezes counts the times when a picture stood still for longer than people forgive: an interval over three times the average of
// the last 30, and at least 150 ms over it. https://www.w3.org/TR/webrtc-stats/#dom-rtcinboundrtpstreamstats-freezecount
type freezes struct {
	intervals [30]time.Duration
	n         int // intervals seen
	last      time.Time
	excused   bool // the sender paused on purpose

	count uint64
	total time.Duration
}

// shown notes a picture.
func (f *freezes) shown(at time.Time) {
	last := f.last
	f.last = at
	if last.IsZero() || f.excused {
		f.excused = false
		return
	}
	d := at.Sub(last)
	if seen := min(f.n, len(f.intervals)); seen > 0 {
		var sum time.Duration
		for _, i := range f.intervals[:seen] {
			sum += i
		}
		avg := sum / time.Duration(seen)
		if d > max(3*avg, avg+150*time.Millisecond) {
			f.count++
			f.total += d
		}
	}
	f.intervals[f.n%len(f.intervals)] = d
	f.n++
}
