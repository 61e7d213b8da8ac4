package soundfile

import (
	"math"
	"testing"
)

// strength is the part of a sound's power that a frequency has.
func strength(pcm []float32, rate, frequency float64) float64 {
	var re, im, power float64
	for i, v := range pcm {
		sin, cos := math.Sincos(2 * math.Pi * frequency * float64(i) / rate)
		re, im, power = re+float64(v)*cos, im+float64(v)*sin, power+float64(v)*float64(v)
	}
	return 2 * (re*re + im*im) / (power*float64(len(pcm)) + 1e-12)
}

func TestResample(t *testing.T) {
	t.Parallel()
	for _, rate := range []int{8000, 16000, 44100, 96000} {
		in := make([]float32, rate/2)
		for i := range in {
			in[i] = 0.5 * float32(math.Sin(2*math.Pi*1000*float64(i)/float64(rate)))
		}
		out := resample(in, rate, Rate)
		if d := len(out) - Rate/2; d < -1 || d > 1 {
			t.Errorf("from %d: %d samples", rate, len(out))
		}
		if s := strength(out[1000:len(out)-1000], Rate, 1000); s < 0.999 {
			t.Errorf("from %d: %.4f of the power is the tone", rate, s)
		}
	}
	high := make([]float32, 48000) // what 48 kHz cannot carry must not come back as something else
	for i := range high {
		high[i] = float32(math.Sin(2 * math.Pi * 40000 * float64(i) / 96000))
	}
	var loudest float32
	for _, v := range resample(high, 96000, 48000)[500:20000] {
		loudest = max(loudest, v, -v)
	}
	if loudest > 0.02 {
		t.Errorf("an alias of %.3f", loudest)
	}
}
