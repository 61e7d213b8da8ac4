package soundfile

import "math"

// resample changes the rate with a windowed sinc of 16 zero crossings on each side.
func resample(in []float32, from, to int) []float32 {
	if from == to {
		return in
	}
	const lobes = 16
	step := float64(from) / float64(to)
	cut := min(1, 1/step) // below both Nyquist frequencies
	half := lobes / cut
	// From one sample to the next the angles of the sinc and its window turn by the same amount, so they need no more sines.
	sinc, window := angle(math.Pi*cut), angle(math.Pi*cut/lobes)
	out := make([]float32, int(float64(len(in))/step))
	for i := range out {
		at := float64(i) * step
		first, last := max(0, int(math.Ceil(at-half))), min(len(in)-1, int(at+half))
		x := (float64(first) - at) * cut
		s, w := angle(math.Pi*x), angle(math.Pi*x/lobes)
		var sum, weight float64
		for j := first; j <= last; j++ {
			v := 0.5 + 0.5*w.cos
			if math.Abs(x) > 1e-9 {
				v *= s.sin / (math.Pi * x)
			}
			sum += v * float64(in[j])
			weight += v
			x += cut
			s, w = s.turn(sinc), w.turn(window)
		}
		if weight != 0 {
			out[i] = float32(sum / weight)
		}
	}
	return out
}

// rotation is an angle by its sine and cosine.
type rotation struct{ sin, cos float64 }

func angle(a float64) rotation {
	sin, cos := math.Sincos(a)
	return rotation{sin, cos}
}

func (r rotation) turn(by rotation) rotation {
	return rotation{r.sin*by.cos + r.cos*by.sin, r.cos*by.cos - r.sin*by.sin}
}
