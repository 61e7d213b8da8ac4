package speech

import (
	"math/cmplx"

	"gonum.org/v1/gonum/dsp/fourier"
)

const (
	piece  = 0.4  // seconds that are placed at a time
	wander = 0.1  // seconds by which the delay may change between two pieces
	sure   = 0.25 // likeness from which on a piece is taken to be found
)

// Align undoes the delay of what was heard, also where it changes as jitter buffers make it do: the result is as long as the
// reference and begins with it. most bounds the delay, in seconds; it also returns the delay of the first speech that was found, in seconds.
func Align(reference, heard []float32, perSecond int, most float64) (aligned []float32, delay float64) {
	x, y := resample(reference, perSecond, rate), resample(heard, perSecond, rate)
	aligned = make([]float32, len(reference))
	lag, first := 0, -1
	size := int(piece * rate)
	for at := 0; at < len(x); at += size {
		from, to := lag-int(wander*rate), lag+int(wander*rate)
		if first < 0 { // the first piece may be anywhere
			from, to = 0, int(most*rate)
		}
		p := x[at:min(at+size, len(x))]
		if found, certainty := place(p, y, at+from, at+to); certainty > sure {
			lag = found - at
			if first < 0 {
				first = lag
			}
		}
		scale := float64(perSecond) / rate
		begin, end := int(float64(at)*scale), min(int(float64(at+size)*scale), len(aligned))
		for i := begin; i < end; i++ {
			if j := i + int(float64(lag)*scale); j >= 0 && j < len(heard) {
				aligned[i] = heard[j]
			}
		}
	}
	return aligned, float64(max(first, 0)) / rate
}

// place finds where between two offsets a piece is most like y, and how much like it: 1 is the same but for loudness.
func place(p, y []float64, from, to int) (at int, certainty float64) {
	span := to - from + len(p)
	n := 1
	for n < span+len(p) {
		n *= 2
	}
	fft := fourier.NewFFT(n)
	a, b := make([]float64, n), make([]float64, n)
	copy(a, p)
	for i := range span {
		if j := from + i; j >= 0 && j < len(y) {
			b[i] = y[j]
		}
	}
	ca, cb := fft.Coefficients(nil, a), fft.Coefficients(nil, b)
	for i := range ca {
		ca[i] = cmplx.Conj(ca[i]) * cb[i]
	}
	products := fft.Sequence(nil, ca)
	ep, ey := 0.0, 0.0
	for i, v := range p {
		ep += v * v
		ey += b[i] * b[i]
	}
	best, found := 0.0, from
	for k := 0; k <= to-from; k++ {
		if c := products[k] / float64(n); c > 0 && c*c/(ep*ey+tiny) > best {
			best, found = c*c/(ep*ey+tiny), from+k
		}
		ey += b[k+len(p)]*b[k+len(p)] - b[k]*b[k]
	}
	return found, best // squared: of noise it is next to nothing
}
