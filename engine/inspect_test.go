package engine

import (
	"testing"

	"github.com/parley-calls/parley/engine/link"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	was := tally{voice: link.TrackStats{Packets: 100, Lost: 3, Bytes: 1000}, spoken: pace{total: 1000}}
	for name, c := range map[string]struct {
		state   link.State
		packets uint64
		lost    int64
		want    Quality
	}{
		"nothing new is lost":       {link.Connected, 150, 3, Good},
		"one in fifty":              {link.Connected, 149, 4, Good},
		"one in twenty":             {link.Connected, 138, 5, Fair},
		"one in ten":                {link.Connected, 145, 8, Poor},
		"silence because of a mute": {link.Connected, 100, 3, Good},
		"the path is away":          {link.Reconnecting, 150, 3, LostNow},
		"counters begin anew":       {link.Connected, 10, 0, Good},
	} {
		f := link.MemberStats{State: c.state}
		f.In[link.Voice] = link.TrackStats{Packets: c.packets, Lost: c.lost, Bytes: 5000}
		got := judge(was, f)
		if got.quality != c.want || got.spoken.kbps() != 32 {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
}
