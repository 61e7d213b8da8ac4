package media

import (
	"math"
	"slices"
	"testing"
	"time"
)

// tune is a sound of some notes with their harmonics, each of which begins at once and fades, as a plucked string does.
func tune(length int, gain float64) []float32 {
	pcm := make([]float32, length)
	const note = SampleRate / 4
	for at, k := 0, 0; at < length; at, k = at+note, k+1 {
		pitch := 220 * math.Pow(2, float64([...]int{0, 4, 7, 12, 9, 5}[k%6])/12)
		for i := at; i < min(length, at+SampleRate); i++ {
			s := float64(i-at) / SampleRate
			for h := 1.0; h <= 8; h++ {
				pcm[i] += float32(gain / h * math.Exp(-4*h*s) * math.Sin(2*math.Pi*pitch*h*s))
			}
		}
	}
	return pcm
}

// musicWithPauses is four seconds of music after each three in which a machine plays nothing, and where they begin. The second is as
// soft as hardly anybody hears.
func musicWithPauses() (pcm []float32, begins []int) {
	for _, gain := range []float64{0.2, 0.0002, 0.2} {
		pcm = append(pcm, make([]float32, 3*SampleRate)...)
		begins = append(begins, len(pcm))
		pcm = append(pcm, tune(4*SampleRate, gain)...)
	}
	return append(pcm, make([]float32, 3*SampleRate)...), begins
}

var sharedSound = Opus{BitRate: 64_000, Music: true}

// A machine that plays nothing sends hardly anything; soft music is sent like any other.
func TestSharedSilenceIsHardlySent(t *testing.T) {
	t.Parallel()
	const length = 20 * time.Second
	count := func(pcm []float32) float64 {
		packets, kbps := traffic(transmit(t, pcm, sharedSound, false, 0), length)
		t.Logf("%.1f packets/s, %.1f kbit/s", packets, kbps)
		return packets
	}
	samples := int(length.Seconds()) * SampleRate
	if got := count(make([]float32, samples)); got > 6 {
		t.Errorf("%.1f packets/s of nothing", got)
	}
	if got := count(tune(samples, 0.0002)); got < 49 {
		t.Errorf("%.1f packets/s of soft music", got)
	}
	if got := count(hum(-84, samples)); got < 49 {
		t.Errorf("%.1f packets/s of noise", got)
	}
}

// What is heard of music after a pause is what would be heard if all of the silence had been sent.
func TestPausesDoNotHarmMusic(t *testing.T) {
	t.Parallel()
	pcm, begins := musicWithPauses()
	sent := transmit(t, pcm, sharedSound, false, 0)

	enc, err := newOpusEncoder(sharedSound)
	if err != nil {
		t.Fatal(err)
	}
	defer enc.close()
	whole, paused := newTestDecoder(t), newTestDecoder(t)
	var want, got []float32
	for at := 0; at+opusFrame <= len(pcm); at += opusFrame {
		packet, err := enc.encode(pcm[at : at+opusFrame])
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, whole.play(t, packet)...)
		now := time.Duration(at) * time.Second / SampleRate
		if len(sent) > 0 && sent[0].at <= now {
			packet, sent = sent[0].payload[1:], sent[1:] // without the header of its block
		} else {
			packet = nil
		}
		got = append(got, paused.play(t, packet)...)
	}
	for i, begin := range begins {
		if loud := level(got[begin-2*SampleRate : begin]); loud > -100 {
			t.Errorf("pause %d: %.0f dBFS are heard", i, loud)
		}
		piece := want[begin : begin+4*SampleRate]
		apart := make([]float32, len(piece))
		for k := range piece {
			apart[k] = piece[k] - got[begin+k]
		}
		below := level(piece) - level(apart)
		t.Logf("piece %d: %.0f dBFS, the difference %.0f dB below", i, level(piece), below)
		if below < 40 {
			t.Errorf("piece %d: the difference is only %.0f dB below the music", i, below)
		}
	}
}

// The receiver takes the pauses for pauses: nothing is invented that counts as lost, and nothing but silence is heard in them.
func TestPausesOfMusicAreHeardAsSilence(t *testing.T) {
	t.Parallel()
	pcm, begins := musicWithPauses()
	length := time.Duration(len(pcm)) * time.Second / SampleRate
	steady := func() time.Duration { return 30 * time.Millisecond } // so that nothing else is a reason to invent
	heard, delays, s := receive(t, transmit(t, pcm, sharedSound, false, 0), length, steady, func() bool { return false })
	if s.ConcealedTime != 0 || s.Skipped+s.Resets+s.Late != 0 {
		t.Errorf("stats %+v", s)
	}
	for i, begin := range begins {
		if loud := level(heard[begin-SampleRate : begin]); loud > -100 {
			t.Errorf("pause %d: %.0f dBFS are heard", i, loud)
		}
	}
	if most := slices.Max(delays[len(delays)/3:]); most > 120 {
		t.Errorf("the delay grows to %.0f ms", most)
	}
}

// testDecoder decodes packets of 20 ms, and invents what does not come.
type testDecoder struct {
	*OpusDecoder
	pcm [opusMaxFrame]float32
}

func newTestDecoder(t *testing.T) *testDecoder {
	d, err := NewOpusDecoder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return &testDecoder{OpusDecoder: d}
}

func (d *testDecoder) play(t *testing.T, packet []byte) []float32 {
	t.Helper()
	if packet == nil {
		if _, err := d.Conceal(d.pcm[:opusFrame]); err != nil {
			t.Fatal(err)
		}
		return d.pcm[:opusFrame]
	}
	n, err := d.Decode(packet, d.pcm[:])
	if err != nil || n != opusFrame {
		t.Fatal(n, err)
	}
	return d.pcm[:n]
}
