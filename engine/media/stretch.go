package media

import "math"

const (
	minLag   = SampleRate / 400      // 2.5 ms: the shortest pitch period that is cut out or repeated
	maxLag   = SampleRate * 15 / 1e3 // 15 ms, the longest
	lagMatch = 240                   // samples that are compared, and blended at the seam: 5 ms
	// lookahead is the sound that must be at hand to find a period: 30 ms.
	lookahead = 1440
)

// queue holds decoded sound that was not heard yet. It never grows.
type queue struct {
	buf [1 << 14]float32
	n   int
}

func (q *queue) sound() []float32 { return q.buf[:q.n] }
func (q *queue) room() []float32  { return q.buf[q.n:] }

// take removes the oldest sound and fills out with it.
func (q *queue) take(out []float32) {
	n := copy(out, q.buf[:q.n])
	q.n = copy(q.buf[:], q.buf[n:q.n])
}

// shorten cuts one period of at most that many samples out, blending over the seam, and returns its length; 0 if there is none to cut.
// What is needed now stays.
func (q *queue) shorten(need, most int) int {
	lag := period(q.sound(), most)
	if lag == 0 || q.n-lag < need {
		return 0
	}
	n := min(lag, lagMatch)
	for i := range n {
		w := float32(i) / float32(n)
		q.buf[lag+i] = q.buf[i]*(1-w) + q.buf[lag+i]*w
	}
	q.n = copy(q.buf[:], q.buf[lag:q.n])
	return lag
}

// lengthen repeats the first period, blending over the seam, and returns its length; 0 if there is none to repeat.
func (q *queue) lengthen() int {
	lag := period(q.sound(), maxLag)
	if lag == 0 || q.n < 2*lag || q.n+lag > len(q.buf) {
		return 0
	}
	copy(q.buf[lag:], q.buf[:q.n]) // x[0:lag], then all of x again
	q.n += lag
	n := min(lag, lagMatch)
	for i := range n { // the seam: from what followed x[lag] to what follows x[0]
		w := float32(i) / float32(n)
		q.buf[lag+i] = q.buf[lag+i]*w + q.buf[2*lag+i]*(1-w)
	}
	return lag
}

// period finds the lag up to most at which the sound is most like itself, or any for near silence. 0 means that a cut would be heard.
func period(x []float32, most int) int {
	const step = 2 // every second sample is enough to compare
	if most = min(most, maxLag); most < minLag || len(x) < most+lagMatch {
		return 0
	}
	var e0 float64
	for i := 0; i < lagMatch; i += step {
		e0 += float64(x[i]) * float64(x[i])
	}
	if e0 < 1e-5*lagMatch/step { // -50 dBFS
		return min(Block, most)
	}
	best, at := 0.0, 0
	for lag := minLag; lag <= most; lag += 4 {
		var c, e float64
		y := x[lag : lag+lagMatch]
		for i := 0; i < lagMatch; i += step {
			c += float64(x[i]) * float64(y[i])
			e += float64(y[i]) * float64(y[i])
		}
		if r := c / (math.Sqrt(e0*e) + 1e-9); r > best {
			best, at = r, lag
		}
	}
	if best < 0.8 {
		return 0
	}
	return at
}
