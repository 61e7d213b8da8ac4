package media

import (
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/mediadevices/pkg/wave"

	"github.com/parley-calls/parley/internal/speech"
)

// say is a text as espeak-ng speaks it.
func say(t testing.TB, text string) []float32 {
	t.Helper()
	if _, err := exec.LookPath("espeak-ng"); err != nil && os.Getenv("CI") == "" {
		t.Skip("espeak-ng is not here")
	}
	pcm, err := speech.Say(t.Context(), text, SampleRate)
	if err != nil {
		t.Fatal(err)
	}
	return pcm
}

// acoustics is a room with a speaker and a microphone.
type acoustics struct {
	delay time.Duration // from Render to the echo
	drift float64       // of the microphone's clock against the speaker's, ppm
}

// echo is what the microphone hears of far: 6 dB softer, with reflections that die away in 40 ms, and faint noise.
func (a acoustics) echo(far []float32) []float32 {
	r := rand.New(rand.NewPCG(5, 8))
	const apart = 32 // samples between two reflections
	var taps [60]float32
	for k := range taps {
		taps[k] = float32(0.5 * math.Exp(-float64(k*apart)/(SampleRate*0.012)) * (1 - 1.4*r.Float64()*min(1, float64(k))))
	}
	shift := int(a.delay * SampleRate / time.Second)
	out := make([]float32, len(far))
	for i := range out {
		at := float64(i)*(1+a.drift/1e6) - float64(shift)
		whole, part := int(math.Floor(at)), float32(at-math.Floor(at))
		for k, gain := range taps {
			if j := whole - k*apart; j >= 0 && j+1 < len(far) {
				out[i] += gain * (far[j]*(1-part) + far[j+1]*part)
			}
		}
		out[i] += float32(0.0005 * r.NormFloat64())
	}
	return out
}

// level is the RMS in dB.
func level(pcm []float32) float64 { return 20 * math.Log10(float64(rms(pcm))+1e-9) }

// clean runs a microphone through a cleaner while far is rendered.
func clean(t *testing.T, what Cleaning, far, mic []float32) []float32 {
	t.Helper()
	if !CanClean() {
		t.Skip("this build does not clean")
	}
	c, err := NewCleaner()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Set(what)
	out := append([]float32(nil), mic...)
	for i := 0; i+Block <= len(out); i += Block {
		c.Render(far[i : i+Block])
		c.Capture(out[i:i+Block], 60*time.Millisecond)
	}
	return out
}

func TestCleanerTakesTheEchoOut(t *testing.T) {
	t.Parallel()
	far := voice(30)
	for _, c := range []struct {
		name string
		room acoustics
	}{
		{"as hinted", acoustics{delay: 60 * time.Millisecond}},
		{"near", acoustics{delay: 20 * time.Millisecond}},
		{"far", acoustics{delay: 150 * time.Millisecond}},
		{"clocks apart", acoustics{delay: 60 * time.Millisecond, drift: 100}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			mic := c.room.echo(far)
			out := clean(t, Cleaning{}, far, mic)
			for _, part := range []struct{ from, to int }{{15, 22}, {22, 30}} {
				a, b := part.from*SampleRate, part.to*SampleRate
				loss := level(mic[a:b]) - level(out[a:b])
				t.Logf("echo return loss from %d s to %d s: %.1f dB", part.from, part.to, loss)
				if loss < 25 {
					t.Errorf("echo return loss from %d s to %d s: %.1f dB, at least 25", part.from, part.to, loss)
				}
			}
		})
	}
}

func TestCleanerKeepsSpeechInDoubleTalk(t *testing.T) {
	t.Parallel()
	near := say(t, speech.Text)
	far := voice(float64(len(near))/SampleRate + 10)
	// 10 s of the far end alone, then both.
	mic := acoustics{delay: 60 * time.Millisecond}.echo(far)
	begin := 10 * SampleRate
	for i, v := range near {
		if begin+i < len(mic) {
			mic[begin+i] += v
		}
	}
	out := clean(t, Cleaning{}, far, mic)
	heard, _ := speech.Align(near, out[begin:], SampleRate, 0.05)
	got, raw := speech.STOI(near, heard, SampleRate), speech.STOI(near, mic[begin:], SampleRate)
	t.Logf("intelligibility %.3f, of the microphone %.3f", got, raw)
	if got < 0.7 {
		t.Errorf("intelligibility %.3f in double talk, of the microphone %.3f", got, raw)
	}
}

// Cleaning must not cost what it is to keep.
func TestCleanerKeepsClearSpeech(t *testing.T) {
	t.Parallel()
	pcm := say(t, speech.Text)[:10*SampleRate]
	out := clean(t, Cleaning{}, make([]float32, len(pcm)), pcm)
	heard, delay := speech.Align(pcm, out, SampleRate, 0.1)
	got := speech.STOI(pcm, heard, SampleRate)
	t.Logf("intelligibility %.3f, %.0f ms later", got, 1000*delay)
	if got < 0.97 || delay > 0.02 {
		t.Errorf("intelligibility %.3f, %.0f ms later; at least 0.97, at most 20 ms", got, 1000*delay)
	}
}

func TestCleanerSwitches(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 9))
	noise := make([]float32, 8*SampleRate)
	for i := range noise {
		noise[i] = float32(0.01 * r.NormFloat64())
	}
	soft := voice(20)
	for i := range soft {
		soft[i] *= 0.05
	}
	silence := make([]float32, len(soft))
	end := func(pcm []float32) float64 { return level(pcm[len(pcm)-2*SampleRate:]) }
	for _, c := range []struct {
		name        string
		what        Cleaning
		mic         []float32
		least, most float64 // dB that the end gets louder
	}{
		{"all off changes nothing", Cleaning{KeepEcho: true, KeepNoise: true}, noise, 0, 0},
		{"noise goes", Cleaning{}, noise, -60, -5},
		{"noise stays where wanted", Cleaning{KeepNoise: true, KeepEcho: true, AutoGain: true}, noise, -3, 30},
		{"a soft voice stays soft", Cleaning{}, soft, -6, 1},
		{"a soft voice gets louder", Cleaning{AutoGain: true}, soft, 3, 30},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := end(clean(t, c.what, silence, c.mic)) - end(c.mic)
			t.Logf("%+.1f dB", got)
			if !(got >= c.least && got <= c.most) {
				t.Errorf("%+.1f dB, want %+.0f to %+.0f", got, c.least, c.most)
			}
		})
	}
}

// What is sent has at least 25 dB less echo than the microphone hears, through mixer, cleaner and encoder.
func TestEchoIsNotSent(t *testing.T) {
	t.Parallel()
	if !CanClean() {
		t.Skip("this build does not clean")
	}
	far := voice(20)
	heard := acoustics{delay: 40 * time.Millisecond}.echo(far)
	synctest.Test(t, func(t *testing.T) {
		c, err := NewCleaner()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		m := NewMixer()
		m.Add("far", NewClip(far, false), 1)
		m.SetFarEnd(c.Render)
		speaker := make([]float32, Block)
		mic := newSource(func(n int) (wave.Audio, error) { // the speaker and the microphone of one room, in step
			time.Sleep(10 * time.Millisecond)
			m.Mix(speaker)
			from := min(n*Block, len(heard)-Block)
			return float32Block(heard[from : from+Block]), nil
		})
		var got frames
		s := startVoice(t, VoiceSenderOptions{Source: mic, Processor: c, Out: got.out})
		time.Sleep(19 * time.Second)
		synctest.Wait()
		s.Close()
		dec, buf := newOpus(t), make([]float32, opusMaxFrame)
		var sent []float32
		for _, e := range got.all {
			n, err := dec.Decode(e.Data, buf)
			if err != nil {
				t.Fatal(err)
			}
			sent = append(sent, buf[:n]...)
		}
		a, b := 5*SampleRate, 18*SampleRate
		loss := level(heard[a:b]) - level(sent[a:b])
		t.Logf("echo return loss %.1f dB", loss)
		if loss < 25 {
			t.Errorf("the echo is sent %.1f dB softer than heard, at least 25", loss)
		}
	})
}

func TestCleanerBoundsWhatWaits(t *testing.T) {
	t.Parallel()
	if !CanClean() {
		t.Skip("this build does not clean")
	}
	c, err := NewCleaner()
	if err != nil {
		t.Fatal(err)
	}
	block := make([]float32, Block)
	for range 1000 { // nobody captures
		c.Render(block)
	}
	if n := c.written.Load() - c.read.Load(); n > farBlocks {
		t.Errorf("%d blocks wait", n)
	}
	c.Capture(block, 0)
	if n := c.written.Load() - c.read.Load(); n != 0 {
		t.Errorf("%d old blocks wait", n)
	}
	c.Reset()
	c.Close()
	c.Close()
	c.Set(Cleaning{AutoGain: true})
	c.Reset()
	c.Render(block)
	block[0] = 0.5
	c.Capture(block, 0)
	if block[0] != 0.5 {
		t.Error("a closed cleaner changes sound")
	}
}

func TestRenderAllocatesNothing(t *testing.T) { // not parallel: AllocsPerRun
	if !CanClean() {
		t.Skip("this build does not clean")
	}
	c, err := NewCleaner()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	block := voice(0.01)
	if a := testing.AllocsPerRun(200, func() {
		c.Render(block)
		c.Capture(block, 60*time.Millisecond)
	}); a != 0 {
		t.Errorf("%g allocations for a block", a)
	}
}
