package engine

import (
	"testing"
	"time"

	"github.com/parley-calls/parley/internal/netem"
)

// Speech stays understood while packets are lost, also when nothing but the voice is on the path: its copies must not be refused for want of
// room, and bursts that are longer than the delay must not add to it. The limits are well under what was measured.
func TestSpeechOverPathsThatLose(t *testing.T) {
	t.Parallel()
	spoken := spokenText(t)
	for _, n := range []struct {
		name  string
		loss  netem.Loss
		least float64 // STOI
	}{
		{"nothing", netem.Loss{}, 0.97},
		{"30 % at random", netem.Random(0.3), 0.91},
		{"10 % in bursts of 4", netem.Bursts(0.1, 4), 0.86},
		{"30 % in bursts of 4", netem.Bursts(0.3, 4), 0.8},
	} {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			meet(t, losing(netem.Loss{}, 7), spoken, nil, func(t *testing.T, e *encounter) {
				e.play(losing(n.loss, 7))
				time.Sleep(4 * time.Second)
				from, before := time.Now(), e.voice().playout.Stats()
				time.Sleep(12 * time.Second)
				to, after := time.Now(), e.voice().playout.Stats()
				time.Sleep(time.Second)
				stoi := e.understood(from, to)
				t.Logf("STOI %.3f; %d packets as sent, %d rebuilt, %d invented (%v); delay aimed at %v", stoi, after.Decoded-before.Decoded,
					after.Recovered-before.Recovered, after.Concealed-before.Concealed, after.ConcealedTime-before.ConcealedTime, after.Target)
				if stoi < n.least {
					t.Errorf("STOI %.3f, at least %.2f", stoi, n.least)
				}
				if n.loss == (netem.Loss{}) && after.Target > 25*time.Millisecond {
					t.Errorf("a delay of %v is aimed at where nothing is lost", after.Target)
				}
			})
		})
	}
}

// A path that stands still now and then, such as Wi-Fi, makes no holes in what is said once that is known.
func TestSpeechOverAPathThatStalls(t *testing.T) {
	t.Parallel()
	p, ok := netem.Named("spiky")
	if !ok {
		t.Fatal("there is no such network")
	}
	meet(t, p, spokenText(t), nil, func(t *testing.T, e *encounter) {
		time.Sleep(10 * time.Second)
		from, before := time.Now(), e.voice().playout.Stats()
		time.Sleep(12 * time.Second)
		to, after := time.Now(), e.voice().playout.Stats()
		time.Sleep(time.Second)
		stoi, invented := e.understood(from, to), after.ConcealedTime-before.ConcealedTime
		t.Logf("STOI %.3f, %v invented, delay aimed at %v", stoi, invented, after.Target)
		if stoi < 0.93 || invented > 200*time.Millisecond || after.Target > 350*time.Millisecond {
			t.Errorf("STOI %.3f, %v invented, delay aimed at %v", stoi, invented, after.Target)
		}
	})
}

// Pictures go on while packets are lost: what is lost is sent again, and what comes late for that reason does not jerk. Where nothing is lost
// they do not wait. The limits are well beyond what was measured.
func TestPicturesOverPathsThatLose(t *testing.T) {
	t.Parallel()
	film := detailed(640, 360, 60)
	for _, n := range []struct {
		name   string
		loss   float64
		delay  time.Duration // of the path, one way
		least  float64       // pictures/s
		frozen float64       // share of the time, at most
		wait   time.Duration // for evenness, at most
	}{
		{"nothing", 0, nearby.Delay, 29, 0, 0},
		{"10 %", 0.1, nearby.Delay, 25, 0.12, 250 * time.Millisecond},
		{"2 % far away", 0.02, 120 * time.Millisecond, 24, 0.2, 360 * time.Millisecond},
	} {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			p := losing(netem.Loss{}, 7)
			p.Phases[0].Delay = n.delay
			meet(t, p, nil, film, func(t *testing.T, e *encounter) {
				p := losing(netem.Random(n.loss), 7)
				p.Phases[0].Delay = n.delay
				e.play(p)
				time.Sleep(4 * time.Second)
				const length = 8 * time.Second
				s := e.watch(length)
				received := e.camera().Stats()
				rate, frozen := float64(s.pictures)/length.Seconds(), s.frozen.Seconds()/length.Seconds()
				t.Logf("%.1f pictures/s, one stood for %.1f %% of the time; they wait for %v", rate, 100*frozen, received.Delay)
				if rate < n.least || frozen > n.frozen {
					t.Errorf("%.1f pictures/s, at least %.0f; one stood for %.1f %% of the time, at most %.0f", rate, n.least, 100*frozen, 100*n.frozen)
				}
				if received.Delay > n.wait {
					t.Errorf("they wait for %v, at most %v", received.Delay, n.wait)
				}
			})
		})
	}
}
