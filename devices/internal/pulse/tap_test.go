package pulse

import (
	"encoding/binary"
	"math"
	"testing"
)

// sine gives the bytes of n samples of a tone, from sample at on.
func sine(at, n int) []byte {
	b := make([]byte, 4*n)
	for i := range n {
		binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(0.5*float32(math.Sin(2*math.Pi*440*float64(at+i)/TapRate))))
	}
	return b
}

// TestClocksDiffer plays a tone whose sender is faster or slower than we are, by much more than sound cards are.
func TestClocksDiffer(t *testing.T) {
	t.Parallel()
	const step = 0.5 * 2 * math.Pi * 440 / TapRate // the most by which two samples of the tone differ
	for name, more := range map[string]int{"faster": 1, "slower": -1, "the same": 0} {
		s, sent, last := &tapped{lead: tapLead}, 0, float32(0)
		send := func(n int) {
			s.fill(sine(sent, n))
			sent += n
		}
		send(tapLead)
		worst := float32(0)
		for block := range 3000 { // half a minute
			n := tapFragment
			if block%5 == 0 {
				n += more // 400 parts in a million
			}
			send(n)
			out := make([]float32, tapFragment)
			s.mix(out)
			for i, v := range out {
				if block > 0 || i > 0 {
					worst = max(worst, float32(math.Abs(float64(v-last))))
				}
				last = v
			}
			if len(s.waiting) < tapLead/4 || len(s.waiting) > tapMostLead {
				t.Fatalf("%s: %d samples wait after %d blocks", name, len(s.waiting), block)
			}
		}
		if worst > 1.2*step {
			t.Errorf("%s: a jump by %.4f, the tone itself moves by %.4f", name, worst, step)
		}
	}
}

func TestProgramPauses(t *testing.T) {
	t.Parallel()
	s := &tapped{lead: tapLead}
	heard := func() int {
		out := make([]float32, tapFragment)
		s.mix(out)
		n := 0
		for _, v := range out {
			if v != 0 {
				n++
			}
		}
		return n
	}
	s.fill(sine(1, tapFragment))
	if heard() > 0 {
		t.Error("it is heard before enough waits")
	}
	s.fill(sine(1+tapFragment, tapLead))
	for range 5 {
		if heard() < tapFragment-5 {
			t.Error("it is not heard although enough waits")
		}
	}
	for range 3 {
		heard()
	}
	if heard() > 0 || s.heard {
		t.Error("it is heard after it ran dry")
	}
	if s.lead <= tapLead {
		t.Error("the next time no more waits before it is heard")
	}
	s.fill(sine(0, 10*tapSpare))
	if len(s.waiting) != s.lead {
		t.Errorf("%d samples wait", len(s.waiting))
	}
}
