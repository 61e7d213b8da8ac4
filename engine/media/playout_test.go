package media

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// The limits are a little over what the algorithm was measured to reach.
func TestPlayoutKeepsToItsLimits(t *testing.T) {
	t.Parallel()
	packets := opusPackets(t, Opus{}, voice(8))
	for _, c := range []struct {
		network
		mean, p95, concealed float64 // at most
		recovered            float64 // at least, share of packets
		changes              uint64  // at least
	}{
		{network: network{
			name:  "LAN",
			delay: func(r *rand.Rand, _ time.Duration) time.Duration { return ms(1 + r.Float64()) },
		}, mean: 20, p95: 25, concealed: 0},
		{network: network{
			name:  "wifi",
			delay: func(r *rand.Rand, _ time.Duration) time.Duration { return ms(20 + 8*r.ExpFloat64()) },
			loss:  0.01,
		}, mean: 55, p95: 65, concealed: 0.008, recovered: 0.002},
		{network: network{
			name: "mobile",
			delay: func(r *rand.Rand, sent time.Duration) time.Duration {
				d := ms(60 + 25*math.Abs(r.NormFloat64()))
				if in := sent % (5 * time.Second); in < 150*time.Millisecond { // a stall
					d += 150*time.Millisecond - in
				}
				return d
			},
			loss: 0.05,
		}, mean: 115, p95: 155, concealed: 0.04, recovered: 0.02},
		{network: network{
			name:  "heavy loss",
			delay: func(r *rand.Rand, _ time.Duration) time.Duration { return ms(20 + 5*r.ExpFloat64()) },
			loss:  0.1,
		}, mean: 60, p95: 70, concealed: 0.045, recovered: 0.05},
		{network: network{
			name:  "slow clock",
			delay: func(*rand.Rand, time.Duration) time.Duration { return ms(5) },
			drift: -500,
		}, mean: 25, p95: 30, concealed: 0, changes: 1},
		{network: network{
			name:  "fast clock",
			delay: func(*rand.Rand, time.Duration) time.Duration { return ms(5) },
			drift: 500,
		}, mean: 28, p95: 32, concealed: 0, changes: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := simulate(t, packets, c.network, 92*time.Second)
			share := float64(h.stats.Recovered) / float64(h.packets)
			t.Logf("delay %.0f ms, p95 %.0f; concealed %.2f %%, recovered %.2f %%; %+v", h.mean(), h.p95(), 100*h.concealed, 100*share, h.stats)
			if h.mean() > c.mean || h.p95() > c.p95 {
				t.Errorf("delay %.0f ms and p95 %.0f, at most %.0f and %.0f", h.mean(), h.p95(), c.mean, c.p95)
			}
			if h.concealed > c.concealed {
				t.Errorf("%.2f %% concealed, at most %.2f %%", 100*h.concealed, 100*c.concealed)
			}
			if share < c.recovered {
				t.Errorf("%.2f %% recovered, at least %.2f %%", 100*share, 100*c.recovered)
			}
			if h.stats.Shortened+h.stats.Stretched < c.changes {
				t.Error("the length was never changed")
			}
			if h.stats.Resets+h.stats.Skipped+h.stats.Duplicates != 0 {
				t.Errorf("stats %+v", h.stats)
			}
		})
	}
}

// However the times of packets and blocks lie to each other: once a path has become steady, packets wait for little more than their
// turn.
func TestPlayoutWaitsForNoMoreThanItsTurn(t *testing.T) {
	t.Parallel()
	const length = 40 * time.Second
	for _, short := range []bool{true, false} {
		sent := transmit(t, voice(length.Seconds()), Opus{BitRate: 32_000}, short, 0)
		for phase := time.Duration(0); phase < 10*time.Millisecond; phase += time.Millisecond {
			t.Run(fmt.Sprintf("short %v, %v apart", short, phase), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(1, uint64(phase)))
				var arrivals []voiceArrival
				for i, v := range sent {
					jitter := 1.0
					if v.at < 5*time.Second {
						jitter = 20
					}
					packet := voicePacket(i, v.payload)
					packet.Timestamp = uint32(v.at * SampleRate / time.Second)
					arrivals = append(arrivals, voiceArrival{v.at + phase + ms(jitter*r.Float64()), packet})
				}
				waits := 0.0
				_, s := deliver(t, arrivals, (*Playout).PushRedundant, length, func(now time.Duration, _ bool, delay float64) {
					if now > length-10*time.Second {
						waits = max(waits, delay)
					}
				})
				if turn := float64(frameOf(short)+Block) * 500 / SampleRate; waits > turn+17 {
					t.Errorf("%.0f ms of sound wait; %+v", waits, s)
				}
			})
		}
	}
}

// What is heard over a perfect network is what was said, all of it.
func TestPlayoutIsFaithful(t *testing.T) {
	t.Parallel()
	pcm := voice(10)
	packets := opusPackets(t, Opus{}, pcm)
	clean := network{name: "clean", delay: func(*rand.Rand, time.Duration) time.Duration { return ms(5) }}
	h := simulate(t, packets, clean, 10*time.Second)
	best := 0.0
	for shift := range 5 {
		best = max(best, likeness(envelope(pcm), envelope(h.pcm[shift*opusFrame/2+opusFrame:])))
	}
	if best < 0.95 {
		t.Errorf("likeness %.3f", best)
	}
}

// FEC is worth its bits: at 10 % loss most of the lost packets come back.
func TestPlayoutUsesCopies(t *testing.T) {
	t.Parallel()
	pcm := voice(8)
	lossy := network{name: "loss", delay: func(*rand.Rand, time.Duration) time.Duration { return ms(5) }, loss: 0.1}
	redundant := opusPackets(t, Opus{BitRate: 32_000, FEC: true, LossPercent: 10}, pcm)
	copies := 0
	for _, p := range redundant {
		if carriesCopy(p) {
			copies++
		}
	}
	with := simulate(t, redundant, lossy, 40*time.Second)
	without := simulate(t, opusPackets(t, Opus{BitRate: 32_000}, pcm), lossy, 40*time.Second)
	lost := float64(with.stats.Recovered + with.stats.Concealed)
	possible := lost * 0.9 * float64(copies) / float64(len(redundant)) // the next one may be lost too, or have no copy
	t.Logf("%.0f of %.0f possible", float64(with.stats.Recovered), possible)
	if without.stats.Recovered != 0 || float64(with.stats.Recovered) < 0.85*possible || with.stats.ConcealedTime > without.stats.ConcealedTime*2/3 {
		t.Errorf("with copies %+v, without %+v", with.stats, without.stats)
	}
	if all := with.stats.Recovered + with.stats.Concealed + with.stats.Decoded; all < uint64(with.packets-20) {
		t.Errorf("%d of %d packets accounted for", all, with.packets)
	}
}

// playoutRig pushes and pulls by hand.
type playoutRig struct {
	*Playout
	packets [][]byte
	now     time.Duration
	out     []float32
}

func newPlayoutRig(t testing.TB) *playoutRig {
	t.Helper()
	p, err := NewPlayout()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	r := &playoutRig{Playout: p, packets: opusPackets(t, Opus{}, voice(1)), out: make([]float32, Block)}
	p.now = r.time
	return r
}

func (r *playoutRig) time() time.Time { return time.Unix(1000, 0).Add(r.now) }

func (r *playoutRig) push(packet *rtp.Packet) { r.Push(packet, r.time()) }

// play passes 10 ms.
func (r *playoutRig) play() bool {
	r.now += 10 * time.Millisecond
	return r.Pull(r.out)
}

// send pushes n packets at their pace, starting with number from and that jump in time.
func (r *playoutRig) send(from, n int, jump time.Duration) {
	for i := from; i < from+n; i++ {
		p := voicePacket(i, r.packets[i%len(r.packets)])
		p.Timestamp += uint32(jump * SampleRate / time.Second)
		r.push(p)
		r.play()
		r.play()
	}
}

func TestPlayoutMuteIsNoLoss(t *testing.T) {
	t.Parallel()
	r := newPlayoutRig(t)
	r.send(0, 100, 0)
	for range 300 { // muted for 3 s: numbers go on, time jumps
		r.play()
	}
	if r.play() {
		t.Error("something is heard in the pause")
	}
	r.send(100, 100, 3*time.Second)
	s := r.Stats()
	if s.Underruns != 0 || s.ConcealedTime != 0 || s.Skipped != 0 || s.Resets != 0 || s.Decoded < 195 {
		t.Errorf("stats %+v", s)
	}
	if s.Target > ms(60) {
		t.Errorf("the target grew to %v", s.Target)
	}
}

func TestPlayoutOutageIsLossButAddsNoDelay(t *testing.T) {
	t.Parallel()
	r := newPlayoutRig(t)
	r.send(0, 100, 0)
	for range 300 {
		r.play()
	}
	r.send(250, 200, 0) // 150 packets are gone
	s := r.Stats()
	if s.Underruns == 0 || s.ConcealedTime < ms(100) || s.ConcealedTime > ms(400) {
		t.Errorf("stats %+v", s)
	}
	if s.Level > ms(90) {
		t.Errorf("delay %v after an outage", s.Level)
	}
	// The same with everything arriving at once afterwards.
	for range 200 {
		r.play()
	}
	for i := 450; i < 550; i++ {
		r.push(voicePacket(i, r.packets[i%len(r.packets)]))
	}
	r.send(550, 200, 0)
	if s := r.Stats(); s.Level > ms(450) || s.Skipped == 0 {
		t.Errorf("delay %v after a burst, stats %+v", s.Level, s)
	}
}

// A burst of losses that is longer than the delay is invented once: what is known to be lost when sound comes again was bridged already.
func TestPlayoutLongBurstAddsNoDelay(t *testing.T) {
	t.Parallel()
	r := newPlayoutRig(t)
	r.send(0, 100, 0)
	before := r.Stats()
	const lost = 5
	for range 2 * lost {
		r.play()
	}
	r.send(100+lost, 10, 0)
	s := r.Stats()
	if s.Concealed != lost || s.ConcealedTime > (lost+1)*ms(20) {
		t.Errorf("%d packets of %d are invented, %v", s.Concealed, lost, s.ConcealedTime)
	}
	if s.Level > before.Level+ms(20) {
		t.Errorf("%v wait, before %v", s.Level, before.Level)
	}
}

func TestPlayoutDisorder(t *testing.T) {
	t.Parallel()
	r := newPlayoutRig(t)
	order := []int{1, 0, 2, 4, 3, 3, 5}
	for _, i := range order {
		r.push(voicePacket(i, r.packets[i]))
	}
	for range 10 {
		r.play()
	}
	r.push(voicePacket(2, r.packets[2])) // long played
	if s := r.Stats(); s.Decoded < 5 || s.Concealed+s.Recovered != 0 || s.Duplicates != 1 || s.Late != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestPlayoutNewSender(t *testing.T) {
	t.Parallel()
	r := newPlayoutRig(t)
	r.send(0, 50, 0)
	for i := range 50 {
		p := voicePacket(i, r.packets[i%len(r.packets)])
		p.SSRC, p.SequenceNumber, p.Timestamp = 2, p.SequenceNumber+777, p.Timestamp+123456
		r.push(p)
		r.play()
		r.play()
	}
	if s := r.Stats(); s.Resets != 1 || s.Decoded < 90 || s.Concealed != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestPlayoutWhenNobodyPulls(t *testing.T) {
	t.Parallel()
	r := newPlayoutRig(t)
	for i := range 1000 {
		r.now += 20 * time.Millisecond
		r.push(voicePacket(i, r.packets[i%len(r.packets)]))
	}
	if r.held > playoutSlots {
		t.Errorf("%d packets held", r.held)
	}
	r.send(1000, 100, 0)
	if s := r.Stats(); s.Level > ms(200) {
		t.Errorf("delay %v", s.Level)
	}
}

func TestPlayoutAllocatesNothing(t *testing.T) { // not parallel: AllocsPerRun
	r := newPlayoutRig(t)
	n := 0
	all := make([]*rtp.Packet, 3000)
	for i := range all {
		all[i] = voicePacket(i, r.packets[i%len(r.packets)])
	}
	turn := func() {
		if n%7 != 3 { // loss too
			r.push(all[n])
		}
		n++
		r.play()
		r.play()
	}
	for range 100 {
		turn()
	}
	if a := testing.AllocsPerRun(500, turn); a != 0 {
		t.Errorf("%g allocations for a packet", a)
	}
}

func TestPlayoutAfterClose(t *testing.T) {
	t.Parallel()
	r := newPlayoutRig(t)
	r.send(0, 10, 0)
	r.Close()
	r.Close()
	r.send(10, 10, 0)
	if r.play() {
		t.Error("something is heard after Close")
	}
}

func FuzzPlayout(f *testing.F) {
	good := opusPackets(f, Opus{}, voice(0.1))
	f.Add(good[1], []byte{1, 0, 1, 0, 1, 0, 5, 0, 0, 0})
	f.Add(append([]byte{0x80 | 111, 0x0f, 0, 1, 111, 9}, good[1]...), []byte{1, 32, 1, 0, 3, 0, 1, 3})
	f.Add([]byte{0xff, 0xff}, []byte{1, 0, 255, 3, 1, 1, 1, 64})
	f.Fuzz(func(t *testing.T, payload, script []byte) {
		p, err := NewPlayout()
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		out := make([]float32, Block)
		now := time.Unix(0, 0)
		p.now = func() time.Time { return now }
		seq, ts := uint16(0), uint32(0)
		for len(script) >= 2 {
			seq += uint16(int16(int8(script[0])))
			ts += uint32(script[1]&31) * 480
			if script[1]&0x40 != 0 {
				seq += 0x1234
				ts += 0x12345678
			}
			body := payload
			if script[1]&0x20 != 0 {
				body = good[int(script[0])%len(good)]
			}
			packet := &rtp.Packet{Header: rtp.Header{SequenceNumber: seq, Timestamp: ts, SSRC: uint32(script[1] >> 7)}, Payload: body}
			if script[0]&1 == 0 {
				p.Push(packet, now)
			} else {
				p.PushRedundant(packet, now)
			}
			for range script[1] & 3 {
				p.Pull(out)
				now = now.Add(10 * time.Millisecond)
			}
			if p.held < 0 || p.held > playoutSlots || p.fifo.n > len(p.fifo.buf) {
				t.Fatalf("%d packets and %d samples held", p.held, p.fifo.n)
			}
			script = script[2:]
		}
		p.Stats()
	})
}

// The packets of a sender may change their length at any time.
func TestPlayoutTakesShortPackets(t *testing.T) {
	t.Parallel()
	const each = 400 // packets of a length
	pcm := voice(30)
	enc, err := newOpusEncoder(Opus{})
	if err != nil {
		t.Fatal(err)
	}
	defer enc.close()
	r := newPlayoutRig(t)
	at, ts := 0, uint32(0)
	for i := range 4 * each {
		frame := frameOf(i/each%2 == 0)
		data, err := enc.encode(pcm[at : at+frame])
		if err != nil {
			t.Fatal(err)
		}
		p := voicePacket(i, data)
		p.Timestamp = ts
		at, ts = at+frame, ts+uint32(frame)
		r.push(p)
		for range frame / Block {
			r.play()
		}
		if s := r.Stats(); i == 3*each-1 && (s.Target > ms(16) || s.Level > ms(24)) {
			t.Errorf("packets of 10 ms wait for %v with a target of %v", s.Level, s.Target)
		}
	}
	if s := r.Stats(); s.Decoded < 4*each-3 || s.Concealed+s.Recovered+s.Skipped+s.Resets != 0 || s.ConcealedTime > ms(20) {
		t.Errorf("stats %+v", s)
	}
}

func TestStallsAreWaitedForWhenTheyComeAgain(t *testing.T) {
	t.Parallel()
	start := time.Unix(1000, 0)
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	var s stalls
	for _, c := range []struct {
		at, late, want float64
	}{
		{0, 20, 0},
		{1, 250, 0},   // bad luck
		{1.1, 150, 0}, // still the same one
		{5, 220, 220}, // again: as much as was seen twice
		{5.1, 230, 230},
		{6, 20, 230},
		{15, 20, 230},
		{15.2, 20, 0},  // over
		{15.3, 250, 0}, // long after the last one
		{20, 150, 0},   // a hole that is bridged
		{25, 300, 250},
	} {
		s.add(c.late, 10, at(c.at))
		if got := s.height(at(c.at)); got != c.want {
			t.Errorf("after %v s, %v ms late: %v, want %v", c.at, c.late, got, c.want)
		}
	}
}
