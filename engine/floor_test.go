package engine

import (
	"math/rand/v2"
	"testing"
)

type levels = map[UserID]float32

func TestFloor(t *testing.T) {
	t.Parallel()
	type look struct {
		times int
		hear  levels
	}
	silence := levels{"bob": 0.001, "cyd": 0.001}
	for name, c := range map[string]struct {
		looks []look
		want  UserID
	}{
		"nobody yet":         {[]look{{10, silence}}, ""},
		"the first":          {[]look{{3, levels{"bob": 0.2, "cyd": 0}}}, "bob"},
		"stays when silent":  {[]look{{10, levels{"bob": 0.2, "cyd": 0}}, {100, silence}}, "bob"},
		"a cough":            {[]look{{10, levels{"bob": 0.2, "cyd": 0}}, {1, levels{"bob": 0.1, "cyd": 0.5}}, {10, levels{"bob": 0.2, "cyd": 0}}}, "bob"},
		"another":            {[]look{{10, levels{"bob": 0.2, "cyd": 0}}, {10, levels{"bob": 0, "cyd": 0.2}}}, "cyd"},
		"hardly louder":      {[]look{{10, levels{"bob": 0.2, "cyd": 0}}, {50, levels{"bob": 0.2, "cyd": 0.25}}}, "bob"},
		"much louder":        {[]look{{10, levels{"bob": 0.2, "cyd": 0}}, {10, levels{"bob": 0.2, "cyd": 0.5}}}, "cyd"},
		"muted is not heard": {[]look{{10, levels{"bob": 0.2, "cyd": 0}}, {1, levels{"cyd": 0.1}}}, "cyd"},
		"muted, all silent":  {[]look{{10, levels{"bob": 0.2, "cyd": 0}}, {10, levels{"cyd": 0.001}}}, "bob"},
		"alone":              {[]look{{10, levels{"bob": 0.2}}, {10, levels{}}}, "bob"},
		"by turns": {[]look{{10, levels{"bob": 0.2, "cyd": 0}}, {2, levels{"bob": 0, "cyd": 0.2}}, {2, levels{"bob": 0.2, "cyd": 0}},
			{2, levels{"bob": 0, "cyd": 0.2}}, {2, levels{"bob": 0.2, "cyd": 0}}}, "bob"},
	} {
		var f floor
		for _, l := range c.looks {
			for range l.times {
				f = f.listen(l.hear)
			}
		}
		if f.speaker != c.want {
			t.Errorf("%s: %q speaks, want %q", name, f.speaker, c.want)
		}
	}
}

// Two who speak at the same time do not take the floor from each other all the time.
func TestFloorDoesNotFlap(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	var f floor
	changes := 0
	for range 300 { // a minute
		before := f.speaker
		f = f.listen(levels{"bob": 0.1 + 0.2*rnd.Float32(), "cyd": 0.1 + 0.2*rnd.Float32()})
		if f.speaker != before {
			changes++
		}
	}
	if changes > 6 {
		t.Errorf("the speaker changed %d times in a minute", changes)
	}
}
