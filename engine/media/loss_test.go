package media

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/parley-calls/parley/internal/speech"
)

// dice says for each packet whether it is lost.
type dice func() bool

func random(share float64, r *rand.Rand) dice { return func() bool { return r.Float64() < share } }

// bursty loses that share in bursts of three packets on average: the model of Gilbert and Elliott.
func bursty(share float64, r *rand.Rand) dice {
	const stay = 1 - 1/3.
	begin := share * (1 - stay) / (1 - share)
	bad := false
	return func() bool {
		if bad {
			bad = r.Float64() < stay
		} else {
			bad = r.Float64() < begin
		}
		return bad
	}
}

// intelligible is how well speech is understood after it went over a network that loses packets, through our encoder and playout.
func intelligible(t *testing.T, pcm []float32, o Opus, depth int, lost dice, jitter func() time.Duration) (stoi float64, s PlayoutStats, kbps float64) {
	t.Helper()
	padded := slices.Concat(make([]float32, SampleRate), pcm, make([]float32, SampleRate)) // the playout has to learn first
	p, err := NewPlayout()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var red Redundancy
	type arrival struct {
		at time.Duration
		n  int
		b  []byte
	}
	var arrivals []arrival
	bytes := 0
	for i, data := range opusPackets(t, o, padded) {
		sent := time.Duration(i) * 20 * time.Millisecond
		wrapped := red.Wrap(EncodedFrame{Data: data, At: sent}, depth)
		bytes += len(wrapped)
		if !lost() || i < 25 {
			arrivals = append(arrivals, arrival{sent + 30*time.Millisecond + jitter(), i, wrapped})
		}
	}
	slices.SortStableFunc(arrivals, func(a, b arrival) int { return int(a.at - b.at) })
	length := time.Duration(len(padded)) * time.Second / SampleRate
	start := time.Unix(1000, 0)
	out := make([]float32, Block)
	var heard []float32
	for now := time.Duration(0); now < length+time.Second; now += 10 * time.Millisecond {
		for len(arrivals) > 0 && arrivals[0].at <= now {
			p.PushRedundant(voicePacket(arrivals[0].n, arrivals[0].b), start.Add(arrivals[0].at))
			arrivals = arrivals[1:]
		}
		p.now = func() time.Time { return start.Add(now) }
		p.Pull(out)
		heard = append(heard, out...)
	}
	aligned, _ := speech.Align(pcm, heard[SampleRate:], SampleRate, 0.5)
	return speech.STOI(pcm, aligned, SampleRate), p.Stats(), float64(bytes) * 8 / 1000 / length.Seconds()
}

// What speech is worth after loss, with the redundancy that a call uses then. The limits are a little under what was measured.
func TestSpeechSurvivesLoss(t *testing.T) {
	t.Parallel()
	pcm := say(t, speech.Text)[:12*SampleRate]
	for _, c := range []struct {
		share         float64
		depth         int
		random, burst float64 // intelligibility, at least
	}{
		{0, 0, 0.97, 0.97},
		{0.05, 2, 0.96, 0.93},
		{0.1, 2, 0.96, 0.88},
		{0.2, 2, 0.95, 0.8},
		{0.3, 2, 0.93, 0.7},
	} {
		t.Run(fmt.Sprintf("%.0f %%", 100*c.share), func(t *testing.T) {
			t.Parallel()
			o := Opus{BitRate: 32_000, FEC: true, LossPercent: min(int(100*c.share), maxLoss)}
			for _, d := range []struct {
				name  string
				of    func(float64, *rand.Rand) dice
				least float64
			}{{"random", random, c.random}, {"in bursts", bursty, c.burst}} {
				r := rand.New(rand.NewPCG(1, 77))
				stoi, s, kbps := intelligible(t, pcm, o, c.depth, d.of(c.share, r), func() time.Duration { return ms(5 * r.ExpFloat64()) })
				t.Logf("%.0f %% lost %s: intelligibility %.3f with %.0f kbit/s; %v invented, %d packets rebuilt, target %v", 100*c.share, d.name, stoi, kbps, s.ConcealedTime, s.Recovered, s.Target)
				if stoi < d.least {
					t.Errorf("%.0f %% lost %s: intelligibility %.3f, at least %.3f", 100*c.share, d.name, stoi, d.least)
				}
			}
		})
	}
}
