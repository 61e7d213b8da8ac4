package congestion

import (
	"fmt"
	"strings"
	"time"

	"github.com/parley-calls/parley/internal/netem"
)

// Figures of the simulated sender and receiver.
const (
	simStep     = time.Millisecond
	simFrame    = 33 * time.Millisecond
	simVoice    = 20 * time.Millisecond
	simFeedback = 100 * time.Millisecond
	simPacket   = 1200
	simHeaders  = 60 // IP, UDP, SRTP and RTP with its extension, of each packet
)

// simulation is a call in virtual time: an encoder that follows the target within a quarter of a second, a pacer, a path there, and
// feedback on a path back.
type simulation struct {
	profile netem.Profile
	wants   int  // the most that the encoder makes, bit/s; 0 sends only voice
	blind   bool // nothing can be probed for
	curve   []sample
}

// sample is a tenth of a second.
type sample struct {
	at     time.Duration
	target int
	came   int // bit/s
	queue  time.Duration
	lost   int
}

func (s *simulation) run(length time.Duration, seed uint64) {
	type flying struct {
		at time.Duration
		p  []Packet
	}
	e := New(Options{Start: 1_000_000, Min: 60_000, Max: 3_000_000})
	there, back := netem.NewPath(s.profile, seed), netem.NewPath(s.profile, seed+1)
	var (
		waiting  []int // packets of pictures, bytes
		coming   []Packet
		answers  []flying
		encoder  = 800_000.0
		budget   = 0.0
		cluster  Cluster
		begun    time.Duration
		probed   int
		arrived  int
		lost     int
		unheard  []Packet
		ownQueue time.Duration
	)
	send := func(now time.Duration, size int) {
		p := Packet{Sent: now, Size: size + simHeaders, Cluster: cluster.ID}
		if probed += p.Size; probed >= cluster.Bytes {
			cluster = Cluster{}
		}
		at, ok := there.Carry(now, p.Size)
		p.Arrived, p.Lost = at+time.Hour, !ok // a clock of its own
		coming = append(coming, p)
		e.Sent(now)
		if ok {
			ownQueue = max(ownQueue, at-now-s.profile.At(now).Delay)
		} else {
			lost++
		}
	}
	for now := time.Duration(0); now < length; now += simStep {
		target := float64(e.Target())
		encoder += (min(0.9*target-45_000, float64(s.wants)) - encoder) * simStep.Seconds() / 0.25
		if now%simVoice == 0 {
			send(now, 100)
		}
		if now%simFrame < simStep && s.wants > 0 {
			for size := int(max(encoder, 0) * simFrame.Seconds() / 8); size > 0; size -= simPacket {
				waiting = append(waiting, min(size, simPacket))
			}
		}
		budget = min(budget+2.5*target/8*simStep.Seconds(), 12<<10)
		for len(waiting) > 0 && budget > 0 {
			send(now, waiting[0])
			budget -= float64(waiting[0])
			waiting = waiting[1:]
		}
		if !s.blind {
			if c, ok := e.Probe(now); ok {
				cluster, begun, probed = c, now, 0
			}
		}
		for cluster.ID > 0 && probed < min(int(float64(cluster.Rate)/8*(now-begun+simStep).Seconds()), cluster.Bytes) {
			send(now, probeSize)
		}
		// The receiver tells of all that has arrived, and of what is missing before it.
		if now%simFeedback == 0 {
			last := -1
			for i, p := range coming {
				if !p.Lost && p.Arrived-time.Hour <= now {
					last = i
				}
			}
			if last >= 0 {
				report := coming[:last+1]
				coming = append([]Packet(nil), coming[last+1:]...)
				for _, p := range report {
					if !p.Lost {
						arrived += p.Size
					}
				}
				unheard = report
				if at, ok := back.Carry(now, 100); ok {
					answers = append(answers, flying{at, unheard})
				}
			}
		}
		for len(answers) > 0 && answers[0].at <= now {
			e.Feedback(now, answers[0].p)
			answers = answers[1:]
		}
		e.Tick(now)
		if now%(100*time.Millisecond) == 0 {
			s.curve = append(s.curve, sample{now, e.Target(), arrived * 80, ownQueue, lost})
			arrived, ownQueue, lost = 0, 0, 0
		}
	}
}

// mean returns the mean target and what came between two times, in bit/s, and the worst queue.
func (s *simulation) mean(from, to time.Duration) (target, came int, queue time.Duration) {
	n := 0
	for _, c := range s.curve {
		if c.at >= from && c.at < to {
			target, came, queue = target+c.target, came+c.came, max(queue, c.queue)
			n++
		}
	}
	return target / max(n, 1), came / max(n, 1), queue
}

func (s *simulation) String() string {
	var b strings.Builder
	for i := 0; i+5 <= len(s.curve); i += 5 {
		t, c, q := s.mean(s.curve[i].at, s.curve[i].at+500*time.Millisecond)
		lost := 0
		for _, x := range s.curve[i : i+5] {
			lost += x.lost
		}
		fmt.Fprintf(&b, "%5.1fs target %4d came %4d queue %v lost %d\n", s.curve[i].at.Seconds(), t/1000, c/1000, q, lost)
	}
	return b.String()
}
