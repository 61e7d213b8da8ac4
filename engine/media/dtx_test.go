package media

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/parley-calls/parley/internal/speech"
)

// hum is that of a room, at a level in dBFS.
func hum(db float64, length int) []float32 {
	r := rand.New(rand.NewPCG(3, 5))
	pcm := make([]float32, length)
	for i := range pcm {
		pcm[i] = float32(math.Pow(10, db/20) * r.NormFloat64())
	}
	return pcm
}

// sentVoice is what a [VoiceSender] sends of a sound: as in a call, with redundancy and without.
type sentVoice struct {
	at      time.Duration
	payload []byte
}

// transmit runs a sender over a sound without waiting for its clock.
func transmit(t testing.TB, pcm []float32, o Opus, short bool, depth int) []sentVoice {
	t.Helper()
	enc, err := newOpusEncoder(o)
	if err != nil {
		t.Fatal(err)
	}
	defer enc.close()
	var sent []sentVoice
	var red Redundancy
	s := &VoiceSender{capture: capture{done: make(chan struct{})}, enc: enc, frame: frameOf(short), o: VoiceSenderOptions{
		Codec: o, Out: func(f EncodedFrame) { sent = append(sent, sentVoice{f.At, red.Wrap(f, depth)}) },
	}}
	for ; len(pcm) >= Block; pcm = pcm[Block:] {
		if err := s.sound(float32Block(pcm[:Block]), time.Unix(1000, 0).Add(time.Duration(s.media+int64(len(s.pcm)))*time.Second/SampleRate)); err != nil {
			t.Fatal(err)
		}
	}
	return sent
}

// receive plays what was sent over a network, and returns what is heard, and the delay in ms at each block.
func receive(t testing.TB, sent []sentVoice, length time.Duration, delay func() time.Duration, lost dice) (heard []float32, delays []float64, s PlayoutStats) {
	t.Helper()
	var arrivals []voiceArrival
	for i, v := range sent {
		d := delay()
		if lost() {
			continue
		}
		packet := &rtp.Packet{Header: rtp.Header{SequenceNumber: uint16(65000 + i), Timestamp: uint32(v.at * SampleRate / time.Second), SSRC: 1}, Payload: v.payload}
		arrivals = append(arrivals, voiceArrival{v.at + d, packet})
	}
	heard, s = deliver(t, arrivals, (*Playout).PushRedundant, length, func(_ time.Duration, _ bool, delay float64) {
		delays = append(delays, delay)
	})
	return heard, delays, s
}

func quick(r *rand.Rand) func() time.Duration {
	return func() time.Duration { return 30*time.Millisecond + ms(4*r.ExpFloat64()) }
}

// conversation is speech with pauses in the noise of a room, and where it begins again.
func conversation(t testing.TB) (pcm []float32, spurts []int) {
	const piece, pause = 3 * SampleRate / 2, 2 * SampleRate
	said := say(t, speech.Text)
	pcm = hum(-60, 30*SampleRate)
	for k := range 8 {
		at := pause + k*(piece+pause) + 137*k
		for i, v := range said[k*piece : (k+1)*piece] {
			pcm[at+i] += v
		}
		spurts = append(spurts, at)
	}
	return pcm, spurts
}

var callVoice = Opus{BitRate: 32_000, FEC: true, LossPercent: 5, DTX: true}

// Who is silent sends hardly anything, also when he has not said a word yet, and the others hear the noise of his room all the same.
func TestSilenceIsHardlySent(t *testing.T) {
	t.Parallel()
	const length = 15 * time.Second
	for _, db := range []float64{-80, -60, -54} {
		for _, short := range []bool{true, false} {
			t.Run(fmt.Sprintf("%.0f dBFS, short %v", db, short), func(t *testing.T) {
				t.Parallel()
				pcm := hum(db, int(length.Seconds())*SampleRate)
				sent := transmit(t, pcm, callVoice, short, 0)
				perSecond, kbps := traffic(sent, length)
				if perSecond > 16 || kbps > 3 {
					t.Errorf("%.0f packets/s with %.1f kbit/s", perSecond, kbps)
				}
				heard, _, s := receive(t, sent, length, quick(rand.New(rand.NewPCG(1, 2))), func() bool { return false })
				for i := 2 * SampleRate; i < len(heard)-SampleRate; i += SampleRate / 5 {
					if l := level(heard[i : i+SampleRate/5]); l < db-5 || l > db+3 {
						t.Errorf("after %d ms %.0f dBFS are heard", i*1000/SampleRate, l)
					}
				}
				if s.Skipped+s.Resets != 0 || s.ConcealedTime > 200*time.Millisecond {
					t.Errorf("stats %+v", s)
				}
			})
		}
	}
}

// traffic is what a sound takes: packets/s, and kbit/s of payload.
func traffic(sent []sentVoice, length time.Duration) (packets, kbps float64) {
	bytes := 0
	for _, v := range sent {
		bytes += len(v.payload)
	}
	return float64(len(sent)) / length.Seconds(), float64(bytes) * 8 / 1000 / length.Seconds()
}

func TestNoiseThatWasCleanedIsSilence(t *testing.T) {
	t.Parallel()
	noise := hum(-45, 15*SampleRate) // too loud to be silence by itself
	pcm := clean(t, Cleaning{}, make([]float32, len(noise)), noise)
	if perSecond, _ := traffic(transmit(t, pcm[5*SampleRate:], callVoice, true, 0), 10*time.Second); perSecond > 20 {
		t.Errorf("%.0f packets/s", perSecond)
	}
}

// Pauses change neither how well speech is understood nor how long it takes.
func TestSpeechWithPauses(t *testing.T) {
	t.Parallel()
	pcm, spurts := conversation(t)
	for _, c := range []struct {
		name  string
		short bool
		loss  float64
		depth int
		least float64 // intelligibility
		most  float64 // ms, of the delays of two spurts apart
	}{
		{"no loss", true, 0, 0, 0.97, 25},
		{"no loss, long packets", false, 0, 0, 0.97, 25},
		{"5 % lost", false, 0.05, 2, 0.96, 50},
		{"20 % lost", false, 0.2, 2, 0.92, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			measure := func(dtx bool) (stoi, apart float64) {
				o := callVoice
				o.LossPercent, o.DTX = int(100*c.loss), dtx
				sent := transmit(t, pcm, o, c.short, c.depth)
				r := rand.New(rand.NewPCG(1, 77))
				length := time.Duration(len(pcm)) * time.Second / SampleRate
				heard, _, s := receive(t, sent, length, quick(r), random(c.loss, r))
				var want, got []float32
				var delays []float64 // ms
				for _, at := range spurts {
					from, to := at-SampleRate/10, at+16*SampleRate/10
					aligned, delay := speech.Align(pcm[from:to], heard[from:to+SampleRate/2], SampleRate, 0.4)
					want, got, delays = append(want, pcm[from:to]...), append(got, aligned...), append(delays, 1000*delay)
				}
				stoi, apart = speech.STOI(want, got, SampleRate), slices.Max(delays[1:])-slices.Min(delays[1:])
				packets, kbps := traffic(sent, length)
				t.Logf("DTX %v: %.0f packets/s, %.0f kbit/s, intelligibility %.3f, delays %.0f ms, %v invented, %+v", dtx, packets, kbps, stoi, delays, s.ConcealedTime, s)
				return stoi, apart
			}
			without, _ := measure(false)
			with, apart := measure(true)
			if with < c.least || with < without-0.02 {
				t.Errorf("intelligibility %.3f, without pauses %.3f", with, without)
			}
			if apart > c.most {
				t.Errorf("delays differ by %.0f ms", apart)
			}
		})
	}
}

// The first packet after a pause is lost each time: the next ones carry it.
func TestStartOfSpeechIsProtected(t *testing.T) {
	t.Parallel()
	pcm, spurts := conversation(t)
	sent := transmit(t, pcm, callVoice, false, MaxRedundancy)
	n, firsts := 0, 0
	lost := func() bool {
		i := n
		n++
		if i == 0 || i+2 >= len(sent) || sent[i].at-sent[i-1].at < 100*time.Millisecond || sent[i+1].at-sent[i].at > 20*time.Millisecond || silentBlock(sent[i+1].payload) {
			return false
		}
		firsts++
		return true
	}
	_, _, s := receive(t, sent, 30*time.Second, quick(rand.New(rand.NewPCG(1, 2))), lost)
	if firsts < len(spurts) || int(s.Recovered) < firsts || s.Concealed > 1 {
		t.Errorf("%d first packets lost, %d rebuilt and %d invented", firsts, s.Recovered, s.Concealed)
	}
}

// silentBlock reports whether the newest of the blocks of a packet is silent.
func silentBlock(payload []byte) bool {
	newest, _, err := unwrap(&rtp.Packet{Payload: payload})
	return err == nil && silent(newest.Payload)
}

// What says that a pause begins is lost: nothing is missing all the same.
func TestPauseThatWasNotAnnounced(t *testing.T) {
	t.Parallel()
	r := newPlayoutRig(t)
	r.send(0, 100, 0)
	for range 12 {
		r.play()
	}
	before := r.Stats()
	r.send(100, 100, 120*time.Millisecond)
	s := r.Stats()
	if s.Underruns != before.Underruns || s.ConcealedTime != before.ConcealedTime || s.Concealed != 0 || s.Late != 0 {
		t.Errorf("before %+v, after %+v", before, s)
	}
}

// Nobody pulls for some time in which only silence comes: the delay is what it was.
func TestStallInAPause(t *testing.T) {
	t.Parallel()
	r := newPlayoutRig(t)
	r.send(0, 100, 0)
	before := r.Stats().Level
	seq, ts := 100, uint32(100*opusFrame)
	for range 10 { // 4 s
		for _, payload := range [][]byte{r.packets[0], r.packets[0][:1]} {
			p := voicePacket(seq, payload)
			p.Timestamp = ts
			r.push(p)
			seq, ts, r.now = seq+1, ts+opusFrame, r.now+20*time.Millisecond
		}
		ts, r.now = ts+18*opusFrame, r.now+360*time.Millisecond
	}
	jump := time.Duration(ts-uint32(seq*opusFrame)) * time.Second / SampleRate
	r.send(seq, 100, jump)
	if s := r.Stats(); s.Level > before+30*time.Millisecond || s.Underruns > 5 {
		t.Errorf("the delay is %v, it was %v: %+v", s.Level, before, s)
	}
}

// A sender whose times are nonsense is heard badly, and that is all.
func TestPlayoutSurvivesTimes(t *testing.T) {
	t.Parallel()
	rig := newPlayoutRig(t)
	r := rand.New(rand.NewPCG(9, 9))
	for i := range 5000 {
		payload := rig.packets[r.IntN(len(rig.packets))]
		if r.IntN(3) == 0 {
			payload = payload[:1+r.IntN(2)]
		}
		p := voicePacket(i+r.IntN(4), payload)
		switch r.IntN(4) {
		case 0:
			p.Timestamp = r.Uint32()
		case 1:
			p.Timestamp += uint32(r.IntN(SampleRate))
		}
		rig.push(p)
		rig.play()
		rig.play()
	}
	if s := rig.Stats(); s.Level > 3*time.Second || s.Level < 0 {
		t.Errorf("stats %+v", s)
	}
	rig.send(5100+playoutJump, 200, 0) // he starts anew
	if s := rig.Stats(); s.Level > 200*time.Millisecond {
		t.Errorf("it does not come back to order: %+v", s)
	}
}

// What a voice takes of a path, with all headers: who is silent, and who speaks half of the time.
func BenchmarkVoiceTraffic(b *testing.B) {
	const headers = 28 + 16 + 12 + 8 // IP, UDP, SRTP, RTP, its extension
	speaking, _ := conversation(b)
	for _, c := range []struct {
		name string
		pcm  []float32
	}{{"silent", hum(-60, 30*SampleRate)}, {"speaking", speaking}} {
		for _, short := range []bool{true, false} {
			for _, dtx := range []bool{false, true} {
				b.Run(fmt.Sprintf("%s,short=%v,dtx=%v", c.name, short, dtx), func(b *testing.B) {
					o := callVoice
					o.DTX = dtx
					var packets, kbps float64
					for b.Loop() {
						packets, kbps = traffic(transmit(b, c.pcm, o, short, 0), 30*time.Second)
					}
					b.ReportMetric(packets, "packets/s")
					b.ReportMetric(kbps+packets*headers*8/1000, "kbit/s")
				})
			}
		}
	}
}
