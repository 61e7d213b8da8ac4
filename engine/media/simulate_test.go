package media

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// network says when packet i, sent at i·20 ms, arrives; or that it is lost.
type network struct {
	name  string
	delay func(r *rand.Rand, sent time.Duration) time.Duration
	loss  float64
	drift float64 // of the sender's clock, ppm
}

// heard is what a simulated call was like.
type heard struct {
	stats     PlayoutStats
	delay     []float64 // ms, one for each 10 ms
	pcm       []float32
	packets   int
	concealed float64 // share of the time
}

func (h heard) mean() float64 {
	sum := 0.0
	for _, d := range h.delay {
		sum += d
	}
	return sum / float64(len(h.delay))
}

func (h heard) p95() float64 {
	s := slices.Clone(h.delay)
	slices.Sort(s)
	return s[len(s)*95/100]
}

func voicePacket(n int, payload []byte) *rtp.Packet {
	return &rtp.Packet{Header: rtp.Header{SequenceNumber: uint16(65000 + n), Timestamp: uint32(n * opusFrame), SSRC: 1}, Payload: payload}
}

// voiceArrival is when a packet comes out of a network.
type voiceArrival struct {
	at     time.Duration
	packet *rtp.Packet
}

// deliver plays packets as they arrive, in whatever order: discrete events, no clock. It returns what is heard; pulled is told of each block
// whether there was sound for it, and the delay in ms.
func deliver(
	t testing.TB, arrivals []voiceArrival, push func(*Playout, *rtp.Packet, time.Time), length time.Duration,
	pulled func(now time.Duration, some bool, delay float64),
) ([]float32, PlayoutStats) {
	t.Helper()
	p, err := NewPlayout()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	slices.SortStableFunc(arrivals, func(a, b voiceArrival) int { return int(a.at - b.at) })
	start := time.Unix(1000, 0)
	var pcm []float32
	out := make([]float32, Block)
	for now := time.Duration(0); now < length; now += 10 * time.Millisecond {
		for len(arrivals) > 0 && arrivals[0].at <= now {
			push(p, arrivals[0].packet, start.Add(arrivals[0].at))
			arrivals = arrivals[1:]
		}
		p.now = func() time.Time { return start.Add(now) }
		some := p.Pull(out)
		pcm = append(pcm, out...)
		pulled(now, some, float64(p.Stats().Level)/1e6)
	}
	return pcm, p.Stats()
}

// simulate plays a call of that length over the network.
func simulate(t testing.TB, packets [][]byte, n network, length time.Duration) heard {
	t.Helper()
	rnd := rand.New(rand.NewPCG(7, 11))
	var arrivals []voiceArrival
	h := heard{packets: int(length / (20 * time.Millisecond))}
	for i := range h.packets {
		sent := time.Duration(float64(i) * 20e6 / (1 + n.drift/1e6))
		late := n.delay(rnd, sent)
		if rnd.Float64() >= n.loss {
			arrivals = append(arrivals, voiceArrival{sent + late, voicePacket(i, packets[i%len(packets)])})
		}
	}
	h.pcm, h.stats = deliver(t, arrivals, (*Playout).Push, length, func(now time.Duration, some bool, delay float64) {
		if some && now > 5*time.Second {
			h.delay = append(h.delay, delay)
		}
	})
	h.concealed = h.stats.ConcealedTime.Seconds() / length.Seconds()
	return h
}

func ms(f float64) time.Duration { return time.Duration(f * float64(time.Millisecond)) }
