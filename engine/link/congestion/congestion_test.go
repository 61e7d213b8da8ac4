package congestion

import (
	"fmt"
	"testing"
	"time"

	"github.com/parley-calls/parley/internal/netem"
)

const seeds = 8 // of each simulation

// simulate runs a simulation with several seeds.
func simulate(t *testing.T, p netem.Profile, wants int, length time.Duration, judge func(t *testing.T, s *simulation)) {
	t.Helper()
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprintf("%s %d", p.Name, seed), func(t *testing.T) {
			t.Parallel()
			s := &simulation{profile: p, wants: wants}
			s.run(length, seed)
			judge(t, s)
			if t.Failed() {
				t.Logf("\n%s", s)
			}
		})
	}
}

func named(t *testing.T, name string) netem.Profile {
	t.Helper()
	p, ok := netem.Named(name)
	if !ok {
		t.Fatalf("there is no network %q", name)
	}
	return p
}

// The path takes 2 Mbit/s, from 15 s on 300 kbit/s, from 30 s on 2 Mbit/s again.
func TestFollowsAChangingPath(t *testing.T) {
	t.Parallel()
	simulate(t, named(t, "changing"), 2_500_000, 45*time.Second, func(t *testing.T, s *simulation) {
		if target, _, _ := s.mean(10*time.Second, 15*time.Second); target < 1_500_000 || target > 2_300_000 {
			t.Errorf("before: %d", target)
		}
		if target, _, _ := s.mean(16500*time.Millisecond, 17*time.Second); target > 300_000 {
			t.Errorf("1.5 s after it narrowed: %d", target)
		}
		target, came, queue := s.mean(19*time.Second, 30*time.Second)
		if target < 220_000 || target > 310_000 || came < 220_000 || queue > 200*time.Millisecond {
			t.Errorf("while it is narrow: %d, %d came, the queue reached %v", target, came, queue)
		}
		if target, _, _ := s.mean(35*time.Second, 37*time.Second); target < 1_600_000 {
			t.Errorf("5 s after it is wide again: %d", target)
		}
	})
}

// Where nothing but radio loses packets, the rate is what the path takes.
func TestLossAtRandomIsNoReason(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		loss  float64
		least int
	}{{0.02, 1_400_000}, {0.05, 1_400_000}, {0.1, 1_300_000}, {0.2, 700_000}} {
		p := netem.Steady(fmt.Sprint(tt.loss), netem.Conditions{Delay: 30 * time.Millisecond, Rate: 2_000_000, Loss: netem.Random(tt.loss)})
		simulate(t, p, 2_500_000, 30*time.Second, func(t *testing.T, s *simulation) {
			if target, _, queue := s.mean(10*time.Second, 30*time.Second); target < tt.least || queue > 300*time.Millisecond {
				t.Errorf("target %d, the queue reached %v", target, queue)
			}
		})
	}
}

// A voice alone is far below what its path was believed to take, and cannot become less: what radio loses of it, also in bursts, says nothing.
func TestLossOfAVoiceAlone(t *testing.T) {
	t.Parallel()
	for _, share := range []float64{0.05, 0.1, 0.2, 0.3} {
		p := netem.Steady(fmt.Sprint(share), netem.Conditions{Delay: 20 * time.Millisecond, Jitter: 3 * time.Millisecond, Loss: netem.Bursts(share, 4)})
		simulate(t, p, 0, 30*time.Second, func(t *testing.T, s *simulation) {
			if target, _, _ := s.mean(5*time.Second, 30*time.Second); target < 500_000 {
				t.Errorf("target %d", target)
			}
		})
	}
	narrow := netem.Profile{Name: "too narrow", Phases: []netem.Phase{
		{For: 5 * time.Second, Conditions: netem.Conditions{Delay: 20 * time.Millisecond}},
		{Conditions: netem.Conditions{Delay: 20 * time.Millisecond, Rate: 50_000}},
	}}
	simulate(t, narrow, 0, 30*time.Second, func(t *testing.T, s *simulation) {
		if target, _, _ := s.mean(10*time.Second, 30*time.Second); target > 100_000 {
			t.Errorf("target %d", target)
		}
	})
}

// A path that drops at once what is too much has no queue to warn of it.
func TestLossFromAPolicer(t *testing.T) {
	t.Parallel()
	p := netem.Steady("policer", netem.Conditions{Delay: 30 * time.Millisecond, Rate: 500_000, Queue: 40 * time.Millisecond})
	simulate(t, p, 2_500_000, 30*time.Second, func(t *testing.T, s *simulation) {
		lost, packets := 0, 0
		for _, c := range s.curve[50:] {
			lost += c.lost
			packets += c.came / 10 / 8 / 1000
		}
		if target, _, _ := s.mean(5*time.Second, 30*time.Second); target > 800_000 || target < 300_000 {
			t.Errorf("target %d", target)
		}
		if lost > packets/4 {
			t.Errorf("%d packets lost of about %d", lost, packets)
		}
	})
}

func TestOtherPaths(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		least, most int           // of the mean target, bit/s
		queue       time.Duration // the worst, with jitter and stalls
	}{
		{"good", 2_900_000, 3_000_000, 30 * time.Millisecond},
		{"moderate", 2_500_000, 3_000_000, 200 * time.Millisecond},
		{"international", 2_500_000, 3_000_000, 100 * time.Millisecond},
		{"bursty", 2_000_000, 3_000_000, 150 * time.Millisecond},
		{"spiky", 2_500_000, 3_000_000, 400 * time.Millisecond},
		{"thin", 180_000, 270_000, 200 * time.Millisecond},
	} {
		simulate(t, named(t, tt.name), 2_500_000, 40*time.Second, func(t *testing.T, s *simulation) {
			if target, _, queue := s.mean(10*time.Second, 40*time.Second); target < tt.least || target > tt.most || queue > tt.queue {
				t.Errorf("target %d, the queue reached %v", target, queue)
			}
		})
	}
}

// Who sends little learns little: without probes the target stays near what has arrived, with them it is what the path takes.
func TestSendingLittleProvesLittle(t *testing.T) {
	t.Parallel()
	p := netem.Steady("wide", netem.Conditions{Delay: 20 * time.Millisecond, Jitter: 2 * time.Millisecond, Rate: 2_000_000})
	s := &simulation{profile: p, wants: 1_000_000, blind: true}
	s.run(60*time.Second, 1)
	if target, came, _ := s.mean(50*time.Second, 60*time.Second); float64(target) > 1.7*float64(came) {
		t.Errorf("target %d where %d arrive", target, came)
	}
	s = &simulation{profile: p, wants: 100_000}
	s.run(60*time.Second, 1)
	if target, _, queue := s.mean(10*time.Second, 60*time.Second); target < 1_400_000 || target > 2_300_000 || queue > 60*time.Millisecond {
		t.Errorf("target %d, the queue reached %v", target, queue)
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	e := New(Options{Start: 1_000_000, Min: 50_000, Max: 3_000_000})
	e.Tick(time.Hour)
	if e.Target() != 1_000_000 {
		t.Error("it falls before anything was sent")
	}
	e.Feedback(0, []Packet{{Size: 100}})
	e.Tick(time.Minute)
	if e.Target() != 1_000_000 {
		t.Error("it falls while nothing is sent")
	}
	e.Sent(time.Minute)
	e.Sent(time.Minute + time.Second)
	e.Tick(time.Minute + silence - 1)
	if e.Target() != 1_000_000 {
		t.Error("it falls too early")
	}
	e.Tick(time.Minute + silence)
	if got := e.Target(); got >= 1_000_000 {
		t.Errorf("nothing is heard, and the target is %d", got)
	}
	for i := range 100 {
		e.Tick(time.Minute + time.Duration(i)*silence)
	}
	if got := e.Target(); got != 50_000 {
		t.Errorf("the least is %d", got)
	}
}

// The times of arrival are what the other end says. However wrong, they cost neither memory nor sense.
func TestTimesThatMakeNoSense(t *testing.T) {
	t.Parallel()
	e := New(Options{Start: 1_000_000, Min: 50_000, Max: 3_000_000})
	for i := range 20_000 {
		now := time.Duration(i) * time.Millisecond
		e.Feedback(now, []Packet{{Sent: now, Arrived: -time.Duration(i) * time.Hour, Size: 1200}, {Sent: now, Arrived: 1 << 62, Size: 1200, Lost: i%3 == 0}})
		e.Probe(now)
		if got := e.Target(); got < 50_000 || got > 3_000_000 {
			t.Fatalf("the target is %d", got)
		}
	}
	if n := len(e.arriving.packets); n > throughputMost {
		t.Errorf("%d packets are kept", n)
	}
}
