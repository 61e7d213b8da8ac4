package assets

import (
	"math"
	"testing"
	"time"
)

// allTones are the tones with what is promised of them.
var allTones = []struct {
	name  string
	make  func() []float32
	lasts time.Duration
	loops bool
	soft  bool // it is heard while people talk
}{
	{"incoming", Incoming, 4 * time.Second, true, false},
	{"waiting", Waiting, 5 * time.Second, true, false},
	{"ring-back", RingBack, 5 * time.Second, true, false},
	{"busy", Busy, 2 * time.Second, false, false},
	{"declined", Declined, time.Second, false, false},
	{"ended", Ended, 600 * time.Millisecond, false, false},
	{"dropped", Dropped, 1200 * time.Millisecond, false, false},
	{"reconnecting", Reconnecting, 3 * time.Second, true, true},
}

func TestTones(t *testing.T) {
	t.Parallel()
	for _, c := range allTones {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tone := c.make()
			if got := time.Duration(len(tone)) * time.Second / ToneRate; got != c.lasts {
				t.Errorf("lasts %v, want %v", got, c.lasts)
			}
			var peak, steepest float64
			for i, x := range tone {
				peak = math.Max(peak, math.Abs(float64(x)))
				if i > 0 {
					steepest = math.Max(steepest, math.Abs(float64(x-tone[i-1])))
				}
			}
			lowest, highest, quietest, loudest := 0.2, 0.7, 0.1, 0.3
			switch {
			case c.soft:
				lowest, highest, quietest, loudest = 0.05, 0.1, 0.03, 0.08
			case c.name == "ring-back" || c.name == "busy" || c.name == "waiting": // steady, so that less is as loud
				lowest, highest, quietest = 0.08, 0.2, 0.06
			}
			if peak < lowest || peak > highest {
				t.Errorf("its peak is %.3f, want %.2f to %.2f", peak, lowest, highest)
			}
			if level := level(tone); level < quietest || level > loudest {
				t.Errorf("its loudest 100 ms have %.3f RMS, want %.2f to %.2f", level, quietest, loudest)
			}
			if steepest > 0.2*peak {
				t.Errorf("a step of %.3f between two samples clicks", steepest)
			}
			if first, last := math.Abs(float64(tone[0])), math.Abs(float64(tone[len(tone)-1])); first > 1e-3 || last > 1e-3 {
				t.Errorf("it begins at %.4f and ends at %.4f, which clicks", first, last)
			}
			if rest := level(tone[len(tone)-ToneRate/2:]); c.loops && rest > 0.02 {
				t.Errorf("before it begins again there is no rest, but %.3f RMS", rest)
			}
		})
	}
}

func TestTonesCannotBeMistakenForOneAnother(t *testing.T) {
	t.Parallel()
	scores := make([][]float64, len(allTones))
	for i, a := range allTones {
		scores[i] = score(a.make())
		for j, b := range allTones[:i] {
			if like := likeness(scores[i], scores[j]); like > 0.7 {
				t.Errorf("%s sounds like %s (%.2f)", a.name, b.name, like)
			}
		}
	}
}

func TestRingBackHumsAtTheLineTone(t *testing.T) {
	t.Parallel()
	tone := RingBack()
	crossings := 0
	for i := 1; i < ToneRate; i++ { // the first second
		if tone[i-1] < 0 && tone[i] >= 0 {
			crossings++
		}
	}
	if crossings < lineTone-2 || crossings > lineTone+2 {
		t.Errorf("%d cycles in a second, want %d", crossings, lineTone)
	}
	for i, x := range tone[ToneRate:] {
		if x != 0 {
			t.Fatalf("sample %d after the hum is %f, not silent", i, x)
		}
	}
}

// level is the RMS of the loudest 100 ms.
func level(tone []float32) float64 {
	const window = ToneRate / 10
	loudest := 0.0
	for i := 0; i+window <= len(tone); i += window / 2 {
		sum := 0.0
		for _, x := range tone[i : i+window] {
			sum += float64(x) * float64(x)
		}
		loudest = math.Max(loudest, math.Sqrt(sum/window))
	}
	return loudest
}

// score is how strong the semitones from D4 on are in each twentieth of the first two seconds: what an ear tells tones apart by.
func score(tone []float32) []float64 {
	const frame, frames, notes = ToneRate / 20, 40, 24
	out := make([]float64, 0, frames*notes)
	for f := range frames {
		for n := range notes {
			hz := noteD4 * math.Pow(2, float64(n)/12)
			var re, im float64
			for i := f * frame; i < min(len(tone), (f+1)*frame); i++ {
				sin, cos := math.Sincos(2 * math.Pi * hz * float64(i) / ToneRate)
				re, im = re+float64(tone[i])*cos, im+float64(tone[i])*sin
			}
			out = append(out, math.Hypot(re, im))
		}
	}
	return out
}

// likeness is 1 for the same score, however loud, and 0 for two that share nothing.
func likeness(a, b []float64) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab, aa, bb = ab+a[i]*b[i], aa+a[i]*a[i], bb+b[i]*b[i]
	}
	return ab / math.Sqrt(aa*bb)
}
