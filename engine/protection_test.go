package engine

import (
	"testing"
	"time"
)

func TestProtectionFollowsLoss(t *testing.T) {
	t.Parallel()
	const wide, floor, thin = 1_000_000, 135_000, 60_000
	start := time.Unix(1000, 0)
	var p protection
	for i, step := range []struct {
		after time.Duration
		loss  float64
		bps   int
		want  int
	}{
		{0, 0, wide, 0},
		{time.Second, 0.01, wide, 0},
		{2 * time.Second, 0.04, wide, 1},
		{3 * time.Second, 0.2, wide, 2},
		{4 * time.Second, 0, wide, 2}, // it may come back
		{12 * time.Second, 0.01, wide, 2},
		{14 * time.Second, 0.01, wide, 0},
		{15 * time.Second, 0.3, floor, 2},
		{16 * time.Second, 0.3, thin, 0},
		{17 * time.Second, 0.3, 0, 0},
		{18 * time.Second, 0.3, wide, 2},
		{27 * time.Second, 0.04, wide, 2},
		{29 * time.Second, 0.04, wide, 1},
	} {
		if p = p.next(step.loss, step.bps, start.Add(step.after)); p.copies != step.want {
			t.Errorf("step %d, %+v: %d copies", i, step, p.copies)
		}
		if short := p.short(step.bps); short != (step.want == 0 && step.bps == wide) {
			t.Errorf("step %d, %+v: short packets %t", i, step, short)
		}
	}
}
