// Package speech says how well speech is understood after it went through codecs and networks, and makes speech to try it with.
package speech

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
)

// What the measure was tuned with: C. Taal, R. Hendriks, R. Heusdens, J. Jensen, "An Algorithm for Intelligibility Prediction of
// Time-Frequency Weighted Noisy Speech", IEEE Transactions on Audio, Speech, and Language Processing 19 (7), 2011.
const (
	rate     = 10_000 // Hz
	frame    = 256    // samples under a window
	hop      = frame / 2
	spectrum = 512 // samples of a transform: the window and zeros
	bands    = 15  // of a third of an octave
	lowest   = 150 // Hz, the middle of the first band
	segment  = 30  // frames that are compared at a time: 384 ms
	quiet    = 40  // dB under the loudest frame: beyond, there is no speech to be understood
	clip     = 15  // dB of distortion that count at most
)

// STOI is the short-time objective intelligibility of speech: 1 is as clear as the reference, under 0.5 next to nothing is
// understood. Both sounds are of that many samples a second and begin at the same time; what one is longer is left out. It is not a
// number for less than 384 ms of speech. See [Align] for sound that was delayed.
func STOI(reference, heard []float32, perSecond int) float64 {
	n := min(len(reference), len(heard))
	x, y := spoken(resample(reference[:n], perSecond, rate), resample(heard[:n], perSecond, rate))
	xs, ys := thirds(x), thirds(y)
	sum, count := 0.0, 0
	for last := segment; last <= len(xs); last++ {
		for b := range bands {
			sum += alike(xs[last-segment:last], ys[last-segment:last], b)
			count++
		}
	}
	return sum / float64(count)
}

// alike is the correlation of two envelopes of a band, after the distortion of the second was limited.
func alike(x, y [][bands]float64, band int) float64 {
	var ex, ey float64
	for i := range x {
		ex += x[i][band] * x[i][band]
		ey += y[i][band] * y[i][band]
	}
	gain := math.Sqrt(ex) / (math.Sqrt(ey) + tiny)
	most := 1 + math.Pow(10, clip/20.)
	var limited [segment]float64
	var mx, my float64
	for i := range x {
		limited[i] = min(y[i][band]*gain, x[i][band]*most)
		mx += x[i][band] / segment
		my += limited[i] / segment
	}
	var xy, xx, yy float64
	for i := range x {
		dx, dy := x[i][band]-mx, limited[i]-my
		xy, xx, yy = xy+dx*dy, xx+dx*dx, yy+dy*dy
	}
	return xy / (math.Sqrt(xx*yy) + tiny)
}

// tiny keeps divisions by nothing finite.
const tiny = 1e-16

// window is that of Hann without its zeros.
var window = func() (w [frame]float64) {
	for i := range w {
		w[i] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i+1)/(frame+1))
	}
	return w
}()

// spoken leaves the frames out in which the reference is silent, and joins the others again.
func spoken(x, y []float64) (_, _ []float64) {
	energy := func(at int) float64 {
		e := 0.0
		for i, w := range window {
			e += x[at+i] * w * x[at+i] * w
		}
		return e
	}
	loudest := 0.0
	for at := 0; at+frame < len(x); at += hop {
		loudest = max(loudest, energy(at))
	}
	xs, ys := make([]float64, len(x)), make([]float64, len(y))
	end := 0
	for at, to := 0, 0; at+frame < len(x); at += hop {
		if energy(at) <= loudest*math.Pow(10, -quiet/10.) {
			continue
		}
		for i, w := range window {
			xs[to+i] += x[at+i] * w
			ys[to+i] += y[at+i] * w
		}
		end = to + frame
		to += hop
	}
	return xs[:end], ys[:end]
}

// thirds are the amplitudes in bands of a third of an octave, for each frame.
func thirds(x []float64) [][bands]float64 {
	fft := fourier.NewFFT(spectrum)
	var edges [bands][2]int // bins
	bin := func(hz float64) int { return int(math.Round(hz * spectrum / rate)) }
	for b := range edges {
		middle := lowest * math.Pow(2, float64(b)/3)
		edges[b] = [2]int{bin(middle * math.Pow(2, -1./6)), bin(middle * math.Pow(2, 1./6))}
	}
	padded := make([]float64, spectrum)
	var bins []complex128
	var out [][bands]float64
	for at := 0; at+frame < len(x); at += hop {
		for i, w := range window {
			padded[i] = x[at+i] * w
		}
		bins = fft.Coefficients(bins, padded)
		var amplitudes [bands]float64
		for b, e := range edges {
			power := 0.0
			for _, c := range bins[e[0]:e[1]] {
				power += real(c)*real(c) + imag(c)*imag(c)
			}
			amplitudes[b] = math.Sqrt(power)
		}
		out = append(out, amplitudes)
	}
	return out
}
