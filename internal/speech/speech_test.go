package speech

import (
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"testing"
)

const perSecond = 48_000

// say is some seconds of speech.
func say(t *testing.T) []float32 {
	t.Helper()
	if _, err := exec.LookPath("espeak-ng"); err != nil && os.Getenv("CI") == "" {
		t.Skip("espeak-ng is not here")
	}
	pcm, err := Say(t.Context(), Text, perSecond)
	if err != nil {
		t.Fatal(err)
	}
	return pcm
}

// noisy adds noise that is so many dB softer than the speech.
func noisy(pcm []float32, snr float64) []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	e := 0.0
	for _, v := range pcm {
		e += float64(v) * float64(v)
	}
	scale := math.Sqrt(e/float64(len(pcm))) * math.Pow(10, -snr/20)
	out := make([]float32, len(pcm))
	for i, v := range pcm {
		out[i] = v + float32(scale*r.NormFloat64())
	}
	return out
}

func TestSTOI(t *testing.T) {
	t.Parallel()
	pcm := say(t)
	if len(pcm) < 10*perSecond {
		t.Fatalf("only %d samples of speech", len(pcm))
	}
	soft := make([]float32, len(pcm))
	for i, v := range pcm {
		soft[i] = v / 10
	}
	for _, c := range []struct {
		name        string
		heard       []float32
		least, most float64
	}{
		{"the same", pcm, 0.99999, 1.00001},
		{"softer", soft, 0.99999, 1.00001},
		{"nothing", make([]float32, len(pcm)), -0.01, 0.01},
		{"only noise", noisy(make([]float32, len(pcm)), 0), -0.01, 0.01}, // the noise of silence is silent
	} {
		if got := STOI(pcm, c.heard, perSecond); !(got >= c.least && got <= c.most) {
			t.Errorf("%s: %.4f, want %.4f to %.4f", c.name, got, c.least, c.most)
		}
	}
	before := 1.0
	for _, snr := range []float64{30, 10, 0, -10, -20} {
		got := STOI(pcm, noisy(pcm, snr), perSecond)
		t.Logf("%+3.0f dB: %.3f", snr, got)
		if got >= before {
			t.Errorf("at %+.0f dB it is %.3f, not less than with less noise", snr, got)
		}
		before = got
	}
	if before > 0.6 {
		t.Errorf("%.3f where noise is ten times as loud as speech", before)
	}
}

// Blanks of 20 ms, as a receiver without any concealment has them, cost three quarters of their share.
func TestSTOIOfGaps(t *testing.T) {
	t.Parallel()
	pcm := say(t)
	for _, c := range []struct{ loss, want float64 }{{0.05, 0.962}, {0.10, 0.924}, {0.20, 0.852}} {
		r := rand.New(rand.NewPCG(3, 5))
		gone := slices.Clone(pcm)
		for at := 0; at+960 <= len(gone); at += 960 {
			if r.Float64() < c.loss {
				clear(gone[at : at+960])
			}
		}
		got := STOI(pcm, gone, perSecond)
		t.Logf("%.0f %% lost: %.3f", 100*c.loss, got)
		if math.Abs(got-c.want) > 0.025 {
			t.Errorf("%.0f %% lost: %.3f, want %.3f", 100*c.loss, got, c.want)
		}
	}
}

func TestAlign(t *testing.T) {
	t.Parallel()
	pcm := say(t)
	const late = 0.137
	heard := append(make([]float32, int(late*perSecond)), pcm...)
	middle := len(heard) / 2 // from there on 15 ms earlier, as after a jitter buffer has caught up
	heard = noisy(append(heard[:middle:middle], heard[middle+perSecond*15/1000:]...), 20)
	aligned, delay := Align(pcm, heard, perSecond, 1)
	if math.Abs(delay-late) > 0.001 {
		t.Errorf("a delay of %.3f s, want %.3f", delay, late)
	}
	raw, got, ideal := STOI(pcm, heard, perSecond), STOI(pcm, aligned, perSecond), STOI(pcm, noisy(pcm, 20), perSecond)
	t.Logf("as it is %.3f, aligned %.3f, without delay %.3f", raw, got, ideal)
	if got < ideal-0.02 || raw > 0.5 {
		t.Errorf("as it is %.3f, aligned %.3f, without delay %.3f", raw, got, ideal)
	}
}

func TestResampleKeepsTones(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		hz   float64
		want float64 // RMS
	}{{440, math.Sqrt2 / 2}, {4000, math.Sqrt2 / 2}, {6500, 0}} {
		in := make([]float32, perSecond)
		for i := range in {
			in[i] = float32(math.Sin(2 * math.Pi * c.hz * float64(i) / perSecond))
		}
		out := resample(in, perSecond, rate)
		e := 0.0
		for _, v := range out[100 : len(out)-100] {
			e += v * v
		}
		if got := math.Sqrt(e / float64(len(out)-200)); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%.0f Hz has an RMS of %.3f, want %.3f", c.hz, got, c.want)
		}
	}
}
