package speech

import "math"

// resample changes the rate with a windowed sinc of 24 zero crossings on each side. Each of the few phases of two usual rates has its
// weights computed once.
func resample(in []float32, from, to int) []float64 {
	const lobes = 24
	cut := min(1, float64(to)/float64(from))
	half := int(math.Ceil(lobes / cut))
	phases := to / gcd(from, to)
	weights := make([][]float64, phases)
	out := make([]float64, len(in)*to/from)
	for i := range out {
		at := i * from / to
		phase := i % phases
		if weights[phase] == nil {
			weights[phase] = sinc(half, cut, float64(i*from%to)/float64(to))
		}
		sum := 0.0
		for k, w := range weights[phase] {
			if j := at - half + k; j >= 0 && j < len(in) {
				sum += w * float64(in[j])
			}
		}
		out[i] = sum
	}
	return out
}

// sinc are the weights of the samples from half before to half after a place that lies a fraction of a sample after the middle one.
func sinc(half int, cut, fraction float64) []float64 {
	w := make([]float64, 2*half+1)
	total := 0.0
	for k := range w {
		x := float64(k-half) - fraction
		v := 1.0
		if a := math.Pi * x * cut; math.Abs(a) > 1e-9 {
			v = math.Sin(a) / a
		}
		w[k] = v * max(0, 0.5+0.5*math.Cos(math.Pi*x/float64(half+1)))
		total += w[k]
	}
	for k := range w {
		w[k] /= total
	}
	return w
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
