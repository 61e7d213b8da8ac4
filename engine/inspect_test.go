package engine

import (
	"slices"
	"testing"

	"github.com/parley-calls/parley/engine/link"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	was := tally{quality: Good, voice: link.TrackStats{Packets: 100, Lost: 3, Bytes: 1000}, spoken: pace{total: 1000}}
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
		"one of the ten of a pause": {link.Connected, 109, 4, Good},
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

// Of a member who is silent few packets come: a judgement waits for more of them, but not for ever.
func TestJudgeWaitsForPackets(t *testing.T) {
	t.Parallel()
	now := tally{quality: Poor, voice: link.TrackStats{Packets: 100, Lost: 3}}
	var seen []Quality
	for i := range uint64(8) {
		f := link.MemberStats{State: link.Connected}
		f.In[link.Voice] = link.TrackStats{Packets: 100 + 10*(i+1), Lost: 3}
		if i >= 5 { // muted
			f.In[link.Voice].Packets = 150
		}
		now = judge(now, f)
		seen = append(seen, now.quality)
	}
	if want := []Quality{Poor, Poor, Good, Good, Good, Good, Good, Good}; !slices.Equal(seen, want) {
		t.Errorf("%v, want %v", seen, want)
	}
	now = tally{quality: Poor}
	looks := 0
	for ; now.quality == Poor && looks < 2*judgedLooks; looks++ {
		now = judge(now, link.MemberStats{State: link.Connected})
	}
	if looks != judgedLooks {
		t.Errorf("who says nothing is judged after %d looks", looks)
	}
}
