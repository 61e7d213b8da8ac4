package engine

import (
	"testing"

	"github.com/parley-calls/parley/engine/link"
)

// All members get what the slowest path takes; who is gone slows nobody down.
func TestTheSlowestPathSaysTheRate(t *testing.T) {
	t.Parallel()
	r := &room{paths: paths{}}
	for _, step := range []struct {
		member link.MemberID
		bps    int
		want   int
	}{
		{"bob", 900_000, 900_000},
		{"cyd", 2_000_000, 900_000},
		{"bob", 300_000, 300_000},
		{"bob", 0, 2_000_000},
		{"cyd", 0, startRate},
		{"cyd", 0, startRate},
	} {
		r.rated(step.member, step.bps)
		if got := r.slowest(); got != step.want {
			t.Errorf("%s at %d: the rate is %d, want %d", step.member, step.bps, got, step.want)
		}
	}
}
