package media

import "time"

// step is what a bit rate is enough for.
type step struct {
	below         int // bit/s: the step is taken under this
	width, height int // box of the picture; 0 means no limit
	fps           float64
}

// Faces stay recognisable in a small picture, so a camera gets smaller first. Text does not, so a screen gets slower.
var (
	cameraSteps = []step{
		{below: maxVideoRate + 1},
		{below: 500_000, width: 640, height: 360},
		{below: 150_000, width: 320, height: 180, fps: 20},
		{below: 80_000, width: 320, height: 180, fps: 10},
	}
	screenSteps = []step{
		{below: maxVideoRate + 1},
		{below: 500_000, fps: 8},
		{below: 150_000, fps: 3},
	}
)

const (
	ladderMargin = 1.25            // over the threshold, before a better step is tried again
	ladderHold   = 4 * time.Second // between the last change and a better step
)

// ladder picks the size and pace of pictures for a bit rate: down at once, up only when the rate has been enough for a while.
type ladder struct {
	steps   []step
	i       int
	changed time.Time
}

func newLadder(screen bool) *ladder {
	if screen {
		return &ladder{steps: screenSteps}
	}
	return &ladder{steps: cameraSteps}
}

// at returns the step for bps.
func (l *ladder) at(bps int, now time.Time) step {
	want := 0
	for i, s := range l.steps {
		if bps < s.below {
			want = i
		}
	}
	switch {
	case want > l.i:
		l.i, l.changed = want, now
	case want < l.i && float64(bps) >= float64(l.steps[l.i].below)*ladderMargin && now.Sub(l.changed) >= ladderHold:
		l.i, l.changed = l.i-1, now
	}
	return l.steps[l.i]
}

// pacer lets pictures through at no more than a given rate, evenly.
type pacer struct{ due time.Time }

// pass reports whether the picture of now is to be used. fps 0 lets all through.
func (p *pacer) pass(now time.Time, fps float64) bool {
	if fps <= 0 {
		p.due = time.Time{}
		return true
	}
	every := time.Duration(float64(time.Second) / fps)
	if now.Before(p.due.Add(-every / 10)) { // sources jitter
		return false
	}
	p.due = p.due.Add(every)
	if p.due.Before(now) {
		p.due = now.Add(every)
	}
	return true
}
