package assets

import "math"

// ToneRate is the rate of all tones, in Hz. They are mono, between -1 and 1.
const ToneRate = 48000

// The notes that the tones are made of, in Hz (equal temperament, A4 = 440 Hz).
const (
	noteG4 = 392.00
	noteC5 = 523.25
	noteE5 = 659.26
	noteA5 = 880.00
)

// lineTone is the frequency of ring-back and busy tones in most of the world, in Hz (ITU-T E.180).
const lineTone = 425

// Incoming is what rings for an incoming call: a soft motif of two notes, twice, and a rest. It lasts 4 s and is made to loop.
func Incoming() []float32 {
	out := silence(4)
	for _, at := range []float64{0, 0.9} {
		bell(out, at, noteE5, 0.30)
		bell(out, at+0.18, noteA5, 0.34)
		bell(out, at+0.45, noteE5, 0.16)
	}
	return out
}

// RingBack is what a caller hears while it rings on the other side. It lasts 5 s and is made to loop.
func RingBack() []float32 {
	out := silence(5)
	hum(out, 0, 1, lineTone, 0.10)
	return out
}

// Busy says that the other side is in another call. It lasts 2 s.
func Busy() []float32 {
	out := silence(2)
	for i := range 4 {
		hum(out, 0.5*float64(i), 0.25, lineTone, 0.12)
	}
	return out
}

// Ended says that a call is over: two falling notes, in half a second.
func Ended() []float32 {
	out := silence(0.6)
	bell(out, 0, noteC5, 0.22)
	bell(out, 0.14, noteG4, 0.22)
	fadeOut(out, 0.1)
	return out
}

func silence(seconds float64) []float32 { return make([]float32, int(seconds*ToneRate)) }

// bell adds a struck note with three partials that die away, the high ones first.
func bell(out []float32, at, hz, gain float64) {
	const attack = 0.004 // seconds: no click, still a strike
	for _, p := range []struct{ ratio, gain, decay float64 }{{1, 1, 0.32}, {2, 0.28, 0.18}, {3.01, 0.12, 0.09}} {
		start := int(at * ToneRate)
		for i := start; i < len(out); i++ {
			t := float64(i-start) / ToneRate
			level := math.Min(1, t/attack) * math.Exp(-t/p.decay)
			if t > attack && level < 1e-4 {
				break
			}
			out[i] += float32(gain * p.gain * level * math.Sin(2*math.Pi*hz*p.ratio*t))
		}
	}
}

// hum adds a steady tone with soft ends.
func hum(out []float32, at, seconds, hz, gain float64) {
	const edge = 0.02 // seconds
	start, n := int(at*ToneRate), int(seconds*ToneRate)
	for i := range min(n, len(out)-start) {
		t := float64(i) / ToneRate
		level := math.Min(1, math.Min(t, seconds-t)/edge)
		out[start+i] += float32(gain * level * math.Sin(2*math.Pi*hz*t))
	}
}

func fadeOut(out []float32, seconds float64) {
	n := min(len(out), int(seconds*ToneRate))
	for i := range n {
		out[len(out)-1-i] *= float32(i) / float32(n)
	}
}
