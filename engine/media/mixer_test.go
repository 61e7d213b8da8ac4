package media

import (
	"fmt"
	"math"
	"sync"
	"testing"
)

// tone is an endless sine.
type tone struct{ hz, amplitude, phase float64 }

func (t *tone) Pull(out []float32) bool {
	for i := range out {
		out[i] = float32(t.amplitude * math.Sin(t.phase))
		t.phase += 2 * math.Pi * t.hz / SampleRate
	}
	return true
}

// constant gives the same sample for ever.
type constant float32

func (c constant) Pull(out []float32) bool {
	for i := range out {
		out[i] = float32(c)
	}
	return true
}

type silence struct{}

func (silence) Pull(out []float32) bool { return false } // leaves rubbish in out

func TestMixerNeverClips(t *testing.T) {
	t.Parallel()
	for _, amplitude := range []float64{0.1, 0.5, 1, 20} {
		m := NewMixer()
		for i := range 8 {
			m.Add(fmt.Sprint(i), &tone{hz: 200 + 37*float64(i), amplitude: amplitude}, 1)
		}
		out := make([]float32, Block)
		peak := float32(0)
		for range 500 {
			m.Mix(out)
			for _, v := range out {
				if !(v > -1 && v < 1) {
					t.Fatalf("amplitude %g: clipped at %g", amplitude, v)
				}
				peak = max(peak, v)
			}
		}
		if amplitude >= 0.5 && peak < 0.8 {
			t.Errorf("amplitude %g: turned down to %g", amplitude, peak)
		}
	}
}

func TestMixerLeavesQuietSoundAlone(t *testing.T) {
	t.Parallel()
	m := NewMixer()
	m.Add("a", &tone{hz: 440, amplitude: 0.4}, 1)
	m.Add("b", &tone{hz: 880, amplitude: 0.4}, 0.5)
	a, b := &tone{hz: 440, amplitude: 0.4}, &tone{hz: 880, amplitude: 0.4}
	out, wa, wb := make([]float32, Block), make([]float32, Block), make([]float32, Block)
	for range 50 {
		m.Mix(out)
		a.Pull(wa)
		b.Pull(wb)
		for i := range out {
			if d := out[i] - wa[i] - wb[i]/2; d > 1e-6 || d < -1e-6 {
				t.Fatalf("sample %d is off by %g", i, d)
			}
		}
	}
}

// The limiter must not leave steps behind.
func TestMixerLimitsSmoothly(t *testing.T) {
	t.Parallel()
	m := NewMixer()
	in := m.Add("a", &tone{hz: 100, amplitude: 0.6}, 1)
	out := make([]float32, Block)
	last := float32(0)
	for n := range 200 {
		if n == 50 {
			in.SetGain(4)
		}
		if n == 100 {
			in.SetGain(1)
		}
		m.Mix(out)
		for i, v := range out {
			if d := v - last; d > 0.06 || d < -0.06 { // a full-scale 100 Hz tone changes by 0.013 a sample
				t.Fatalf("a step of %g at block %d, sample %d", d, n, i)
			}
			last = v
		}
	}
	if l := rms(out); l < 0.4 || l > 0.45 {
		t.Errorf("level %g long after the peak", l)
	}
}

func TestMixerSurvivesRubbish(t *testing.T) {
	t.Parallel()
	m := NewMixer()
	nan := m.Add("nan", constant(math.NaN()), 1)
	m.Add("inf", constant(math.Inf(1)), 1)
	out := make([]float32, Block)
	m.Mix(out)
	m.Remove("nan")
	m.Remove("inf")
	quiet := m.Add("silent", silence{}, 1)
	in := m.Add("good", constant(0.25), float32(math.NaN()))
	in.SetGain(1)
	for range 100 {
		m.Mix(out)
	}
	for _, v := range out {
		if v < 0.24 || v > 0.26 {
			t.Fatalf("%g after rubbish", v)
		}
	}
	if nan.Level() != 0 || quiet.Level() != 0 {
		t.Errorf("levels %g and %g", nan.Level(), quiet.Level())
	}
}

func TestMixerAnyLength(t *testing.T) {
	t.Parallel()
	one, other := NewMixer(), NewMixer()
	one.Add("a", &tone{hz: 300, amplitude: 0.3}, 1)
	other.Add("a", &tone{hz: 300, amplitude: 0.3}, 1)
	blocks := 0
	other.SetFarEnd(func(b []float32) {
		if len(b) != Block {
			t.Errorf("the far end got %d samples", len(b))
		}
		blocks++
	})
	whole := make([]float32, 48*Block)
	one.Mix(whole)
	var got []float32
	for _, n := range []int{1, 479, 480, 481, 104, 960, 0, 7, 2000} {
		part := make([]float32, n)
		other.Mix(part)
		got = append(got, part...)
	}
	for i, v := range got {
		if v != whole[i] {
			t.Fatalf("sample %d is %g, not %g", i, v, whole[i])
		}
	}
	if want := (len(got) + Block - 1) / Block; blocks != want {
		t.Errorf("the far end got %d blocks of %d", blocks, want)
	}
}

func TestMixerLevel(t *testing.T) {
	t.Parallel()
	m := NewMixer()
	in := m.Add("a", constant(0.5), 0) // muted here, but he speaks
	out := make([]float32, Block)
	for range 20 {
		m.Mix(out)
	}
	if l := in.Level(); l < 0.49 || l > 0.51 {
		t.Errorf("level %g", l)
	}
	if rms(out) != 0 {
		t.Errorf("heard at gain 0: %g", rms(out))
	}
	m.Add("a", silence{}, 1) // replaces
	m.Mix(out)
	if len(m.inputs) != 1 {
		t.Errorf("%d inputs", len(m.inputs))
	}
}

func TestMixerIsSafeWhilePeopleComeAndGo(t *testing.T) {
	t.Parallel()
	m := NewMixer()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 200 {
				id := fmt.Sprint(g)
				in := m.Add(id, &tone{hz: 200, amplitude: 0.5}, 1)
				in.SetGain(float32(i%3) / 2)
				in.Level()
				m.SetFarEnd(func([]float32) {})
				m.Remove(id)
			}
		})
	}
	out := make([]float32, 333)
	for range 500 {
		m.Mix(out)
	}
	wg.Wait()
}

func TestMixerAllocatesNothing(t *testing.T) { // not parallel: AllocsPerRun
	m := NewMixer()
	for i := range 4 {
		m.Add(fmt.Sprint(i), &tone{hz: 200, amplitude: 0.5}, 1)
	}
	out := make([]float32, 512)
	if n := testing.AllocsPerRun(100, func() { m.Mix(out) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func TestClip(t *testing.T) {
	t.Parallel()
	pcm := []float32{1, 2, 3, 4, 5}
	once, loop := NewClip(pcm, false), NewClip(pcm, true)
	out := make([]float32, 4)
	for n, want := range []struct {
		once  []float32
		heard bool
		loop  []float32
	}{
		{[]float32{1, 2, 3, 4}, true, []float32{1, 2, 3, 4}},
		{[]float32{5, 0, 0, 0}, true, []float32{5, 1, 2, 3}},
		{[]float32{0, 0, 0, 0}, false, []float32{4, 5, 1, 2}},
	} {
		if heard := once.Pull(out); heard != want.heard || fmt.Sprint(out) != fmt.Sprint(want.once) {
			t.Errorf("once, %d: %v %t", n, out, heard)
		}
		if heard := loop.Pull(out); !heard || fmt.Sprint(out) != fmt.Sprint(want.loop) {
			t.Errorf("loop, %d: %v %t", n, out, heard)
		}
	}
	if !once.Done() || loop.Done() {
		t.Errorf("done: once %t, loop %t", once.Done(), loop.Done())
	}
	for _, c := range []*Clip{NewClip(nil, true), NewClip(nil, false)} {
		if c.Pull(out) || !c.Done() {
			t.Error("an empty clip is heard")
		}
	}
}
