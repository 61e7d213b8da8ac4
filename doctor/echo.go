package doctor

import (
	"math"
	"slices"
	"time"

	"github.com/parley-calls/parley/engine/media"
)

// What is played to find out whether the microphone hears the speaker: sweeps through the range of voices, so soft that nobody minds.
const (
	sweepTime   = 300 * time.Millisecond
	sweepCount  = 5 // an echo canceller learns from the first ones
	sweepLevel  = 0.1
	sweepLow    = 400  // Hz
	sweepHigh   = 3000 // Hz
	longestEcho = 400 * time.Millisecond
)

// sweeps are what is played, each followed by as much silence.
func sweeps() []float32 {
	n := samples(sweepTime)
	pcm := make([]float32, 0, sweepCount*2*n)
	for range sweepCount {
		for i := range n {
			t := float64(i) / float64(n)
			phase := 2 * math.Pi * sweepTime.Seconds() * (sweepLow*t + (sweepHigh-sweepLow)*t*t/2)
			pcm = append(pcm, float32(sweepLevel*math.Sin(math.Pi*t)*math.Sin(phase)))
		}
		pcm = append(pcm, make([]float32, n)...)
	}
	return pcm
}

// room looks for what was played in what was heard from the same moment on.
func room(played, heard []float32) Room {
	const thin = 6                                  // every sixth sample is enough for that range
	first := min(len(played), 4*samples(sweepTime)) // two of them are enough to find, and to compare at each delay
	p, h := thinned(played[:first], thin), thinned(heard, thin)
	var power float64
	for _, v := range p {
		power += v * v
	}
	best, found := 0.0, 0
	for lag := range samples(longestEcho) / thin {
		if lag+len(p) > len(h) {
			break
		}
		var sum float64
		for i, v := range p {
			sum += v * h[lag+i]
		}
		if math.Abs(sum) > math.Abs(best) {
			best, found = sum, lag
		}
	}
	if power == 0 || best == 0 {
		return Room{}
	}
	var there float64
	for _, v := range h[found : found+len(p)] {
		there += v * v
	}
	// How much of what was heard is what was played, from 0 to 1. A room adds reflections to the direct sound, and others talk.
	if alike := math.Abs(best) / math.Sqrt(power*there); alike < 0.15 {
		return Room{}
	}
	gain := 20 * math.Log10(math.Abs(best)/power)
	return Room{
		Heard: true,
		Delay: millis(at(found * thin)),
		Gain:  gain,
		Left:  gain + cleaned(played, heard, found*thin),
	}
}

// cleaned is what the echo canceller of calls makes of the last of the sweeps, in dB: 0 if there is none.
func cleaned(played, heard []float32, delay int) float64 {
	if !media.CanClean() {
		return 0
	}
	c, err := media.NewCleaner()
	if err != nil {
		return 0
	}
	defer c.Close()
	out := slices.Clone(heard)
	for i := 0; i+media.Block <= min(len(out), len(played)+delay); i += media.Block {
		far := make([]float32, media.Block)
		if i < len(played) {
			copy(far, played[i:])
		}
		c.Render(far)
		c.Capture(out[i:i+media.Block], at(delay))
	}
	last := len(played)*(sweepCount-1)/sweepCount + delay
	return level(out[last:last+samples(sweepTime)]) - level(heard[last:last+samples(sweepTime)])
}

// thinned is a sound with the mean of each n samples for one.
func thinned(pcm []float32, n int) []float64 {
	out := make([]float64, len(pcm)/n)
	for i := range out {
		for _, v := range pcm[i*n : (i+1)*n] {
			out[i] += float64(v) / float64(n)
		}
	}
	return out
}
