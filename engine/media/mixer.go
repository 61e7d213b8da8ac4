package media

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// Block is the number of samples that the mixer works on at a time: 10 ms.
const Block = SampleRate / 100

// Source gives sound when asked: a [Playout], a [Clip]. Pull fills out and reports whether there was anything but silence.
// It is called on a realtime thread and must not block.
type Source interface {
	Pull(out []float32) bool
}

// Mixer adds up what is to be heard, for the speaker that asks for it. Gains change without a click and the sum never clips.
// All methods may be called from any goroutine; Mix from one at a time.
type Mixer struct {
	mu     sync.Mutex // held while a block is mixed: after Remove the source is not touched
	inputs []*Input
	farEnd func([]float32)

	limiter limiter
	block   [Block]float32 // mixed; the last left samples are not given out yet
	left    int
	part    [Block]float32
}

// Input is one source in a mixer.
type Input struct {
	id      string
	src     Source
	gain    atomic.Uint32 // float32 bits
	applied float32       // gain at the end of the last block; guarded by Mixer.mu
	meter   meter
}

// Level is how loud the source is, before gain: linear RMS from 0 to 1, risen fast and fallen slowly. Any goroutine may read it.
func (i *Input) Level() float32 { return i.meter.level() }

// SetGain changes the loudness: 1 leaves it, 0 is silence. Anything outside 0 to 8 is moved there.
func (i *Input) SetGain(gain float32) {
	if !(gain >= 0) { // also not a number
		gain = 0
	}
	i.gain.Store(math.Float32bits(min(gain, 8)))
}

// NewMixer returns a mixer that is silent so far.
func NewMixer() *Mixer { return &Mixer{limiter: limiter{gain: 1}} }

// Add lets src be heard. A source with the same id is replaced.
func (m *Mixer) Add(id string, src Source, gain float32) *Input {
	in := &Input{id: id, src: src}
	in.SetGain(gain)
	in.applied = math.Float32frombits(in.gain.Load())
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(id)
	m.inputs = append(m.inputs, in)
	return in
}

// Remove silences a source. When it returns, the source is not asked any more.
func (m *Mixer) Remove(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(id)
}

func (m *Mixer) remove(id string) {
	m.inputs = slices.DeleteFunc(m.inputs, func(i *Input) bool { return i.id == id })
}

// SetFarEnd registers what gets every mixed block of 10 ms just before it is heard: the echo canceller. It runs on the realtime
// thread: it must not block, keep the block or call the mixer. nil removes it.
func (m *Mixer) SetFarEnd(f func(block []float32)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.farEnd = f
}

// Mix fills out, of any length, with the next sound. It allocates nothing.
func (m *Mixer) Mix(out []float32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(out) > 0 {
		if m.left == 0 {
			m.mix()
			m.left = Block
		}
		n := copy(out, m.block[Block-m.left:])
		m.left -= n
		out = out[n:]
	}
}

// mix makes the next block. m.mu is held.
func (m *Mixer) mix() {
	sum := m.block[:]
	clear(sum)
	for _, in := range m.inputs {
		from, to := in.applied, math.Float32frombits(in.gain.Load())
		in.applied = to
		if !in.src.Pull(m.part[:]) {
			clear(m.part[:])
			in.meter.add(m.part[:])
			continue
		}
		in.meter.add(m.part[:])
		if from == to {
			for k, v := range m.part {
				sum[k] += to * v
			}
			continue
		}
		for k, v := range m.part {
			sum[k] += (from + (to-from)*float32(k)/Block) * v
		}
	}
	m.limiter.apply(sum)
	if m.farEnd != nil {
		m.farEnd(sum)
	}
}

// limiter keeps a signal under full scale. Loud passages are turned down as a whole; what is left of a sudden peak is rounded off.
type limiter struct{ gain float32 }

const (
	ceiling = 0.95
	knee    = 0.9
	attack  = 48 // samples, 1 ms
)

func (l *limiter) apply(block []float32) {
	var peak float32
	for k, v := range block {
		if !(v > -64 && v < 64) { // a broken source, perhaps not even a number, must not silence the others
			block[k], v = 0, 0
		}
		peak = max(peak, v, -v)
	}
	want := float32(1)
	if peak > ceiling {
		want = ceiling / peak
	}
	from, ramp := l.gain, len(block)
	if want < l.gain {
		l.gain, ramp = want, min(attack, len(block))
	} else {
		l.gain += (want - l.gain) * 0.05 // released in about 200 ms
		if l.gain > 0.999 {
			l.gain = min(want, 1)
		}
	}
	if from == 1 && l.gain == 1 {
		return
	}
	for k := range block {
		g := l.gain
		if k < ramp {
			g = from + (l.gain-from)*float32(k)/float32(ramp)
		}
		block[k] = rounded(block[k] * g)
	}
}

// rounded bends what is over the knee so that it never reaches 1.
func rounded(v float32) float32 {
	switch {
	case v > knee:
		return knee + (1-knee)*squash((v-knee)/(1-knee))
	case v < -knee:
		return -knee - (1-knee)*squash((-v-knee)/(1-knee))
	}
	return v
}

// squash maps 0…∞ to 0…1 with slope 1 at 0.
func squash(x float32) float32 { return min(x/(1+x), 0.999) }
