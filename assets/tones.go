package assets

import "math"

// ToneRate is the rate of all tones, in Hz. They are mono, between -1 and 1. Making one takes some milliseconds.
const ToneRate = 48000

// What the loudest sample of a sound is brought to that takes the place of one of ours, so that it is about as loud.
const (
	IncomingPeak = 0.6
	RingBackPeak = 0.25
)

// The notes that the tones are made of, in Hz (equal temperament, A4 = 440 Hz).
const (
	noteD4 = 293.66
	noteE4 = 329.63
	noteG4 = 392.00
	noteA4 = 440.00
	noteC5 = 523.25
	noteE5 = 659.26
	noteA5 = 880.00
)

// lineTone is the frequency of ring-back and busy tones in most of the world, in Hz (ITU-T E.180).
const lineTone = 425

// Incoming is what rings for an incoming call: a bright motif of three bells, up and back, twice, and a rest. It lasts 4 s and is
// made to loop.
func Incoming() []float32 {
	out := silence(4)
	for _, at := range []float64{0, 0.9} {
		bell(out, at, noteE5, 0.30)
		bell(out, at+0.18, noteA5, 0.34)
		bell(out, at+0.45, noteE5, 0.16)
	}
	return out
}

// Waiting says during a call that somebody else calls: two short pips and a long rest. It lasts 5 s and is made to loop. It should
// be played softly, beside those who speak.
func Waiting() []float32 {
	out := silence(5)
	hum(out, 0, 0.14, noteE5, 0.15)
	hum(out, 0.26, 0.14, noteE5, 0.15)
	return out
}

// RingBack is what a caller hears while it rings on the other side: one long, even hum and a longer rest, as a telephone has it. It
// lasts 5 s and is made to loop.
func RingBack() []float32 {
	out := silence(5)
	hum(out, 0, 1, lineTone, 0.10)
	return out
}

// Busy says that the other side is in another call: four quick hums of a telephone line. It lasts 2 s.
func Busy() []float32 {
	out := silence(2)
	for i := range 4 {
		hum(out, 0.5*float64(i), 0.25, lineTone, 0.12)
	}
	return out
}

// Declined says that somebody said no, or did not answer: the same low bell twice, and a lower one, like a shake of the head. It
// lasts 1 s.
func Declined() []float32 {
	out := silence(1)
	bell(out, 0, noteG4, 0.20)
	bell(out, 0.16, noteG4, 0.16)
	bell(out, 0.36, noteE4, 0.24)
	fadeOut(out, 0.2)
	return out
}

// Ended says that a call is over: two falling bells, in half a second.
func Ended() []float32 {
	out := silence(0.6)
	bell(out, 0, noteC5, 0.22)
	bell(out, 0.14, noteG4, 0.22)
	fadeOut(out, 0.1)
	return out
}

// Dropped says that the connection was lost for good: four bells that tumble down, the last one the lowest. It lasts 1.2 s.
func Dropped() []float32 {
	out := silence(1.2)
	for i, hz := range []float64{noteE5, noteC5, noteA4, noteD4} {
		bell(out, 0.13*float64(i), hz, 0.14+0.03*float64(i))
	}
	fadeOut(out, 0.2)
	return out
}

// Reconnecting says that the connection is being sought: a faint sonar, one ping with two echoes, and a rest. It lasts 3 s and is
// made to loop.
func Reconnecting() []float32 {
	out := silence(3)
	for i := range 3 {
		hum(out, 0.28*float64(i), 0.18, noteA4, 0.08*math.Pow(0.45, float64(i)))
		hum(out, 0.28*float64(i), 0.18, noteA5, 0.03*math.Pow(0.45, float64(i)))
	}
	return out
}

func silence(seconds float64) []float32 { return make([]float32, int(seconds*ToneRate)) }

// bell adds a struck note with three partials that die away, the high ones first.
func bell(out []float32, at, hz, gain float64) {
	const attack = 0.004 // seconds: no click, still a strike
	for _, p := range []struct{ ratio, gain, decay float64 }{{1, 1, 0.32}, {2, 0.28, 0.18}, {3.01, 0.12, 0.09}} {
		start := int(at * ToneRate)
		wave, fading, fade := newSine(hz*p.ratio), 1.0, math.Exp(-1/(p.decay*ToneRate))
		for i := start; i < len(out); i++ {
			t := float64(i-start) / ToneRate
			level := rise(t/attack) * fading
			if t > attack && level < 1e-4 {
				break
			}
			out[i] += float32(gain * p.gain * level * wave.next())
			fading *= fade
		}
	}
}

// hum adds a steady tone with soft ends.
func hum(out []float32, at, seconds, hz, gain float64) {
	const edge = 0.02 // seconds
	start, n := int(at*ToneRate), int(seconds*ToneRate)
	wave := newSine(hz)
	for i := range min(n, len(out)-start) {
		t := float64(i) / ToneRate
		level := rise(math.Min(t, seconds-t) / edge)
		out[start+i] += float32(gain * level * wave.next())
	}
}

// sine is a sine wave, made by turning a pointer: the program makes its tones while its windows open, which the real function delays.
type sine struct{ now, turn complex128 }

func newSine(hz float64) *sine {
	sin, cos := math.Sincos(2 * math.Pi * hz / ToneRate)
	return &sine{now: 1, turn: complex(cos, sin)}
}

func (s *sine) next() float64 {
	y := imag(s.now)
	s.now *= s.turn
	return y
}

// rise goes from 0 to 1 without a corner that would click, while x does.
func rise(x float64) float64 {
	if x >= 1 { // as nearly always
		return 1
	}
	return 0.5 - 0.5*math.Cos(math.Pi*math.Max(0, x))
}

func fadeOut(out []float32, seconds float64) {
	n := min(len(out), int(seconds*ToneRate))
	for i := range n {
		out[len(out)-1-i] *= float32(i) / float32(n)
	}
}
