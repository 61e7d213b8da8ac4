package media

import "time"

// step is what a bit rate is enough for.
type step struct {
	below         int // bit/s: the step is taken under this
	width, height int // box of the picture; 0 means no limit
	fps           float64
}

// Faces and films stay recognisable in a small picture, so they get smaller first. Text does not, so it gets slower.
var (
	cameraSteps = []step{
		{below: maxVideoRate + 1},
		{below: 500_000, width: 640, height: 360},
		{below: 150_000, width: 320, height: 180, fps: 20},
		{below: 80_000, width: 320, height: 180, fps: 10},
	}
	textSteps = []step{
		{below: maxVideoRate + 1, fps: 15},
		{below: 500_000, fps: 8},
		{below: 150_000, fps: 5},
	}
	motionSteps = []step{
		{below: maxVideoRate + 1, fps: 30},
		{below: 1_200_000, width: 1280, height: 720, fps: 30},
		{below: 500_000, width: 640, height: 360, fps: 30},
		{below: 150_000, width: 480, height: 270, fps: 15},
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

func newLadder(v Video) *ladder {
	switch {
	case v.Screen && v.Motion:
		return &ladder{steps: motionSteps}
	case v.Screen:
		return &ladder{steps: textSteps}
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
