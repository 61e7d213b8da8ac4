package link

import (
	"slices"
	"testing"
	"time"

	"github.com/parley-calls/parley/internal/netem"
)

// standing is how pictures come to the eye that wait as long as nearly all need, as [media.VideoReceiver] lets them: how long that is, and how
// often and how long they stand still all the same (freezeCount of W3C webrtc-stats).
type standing struct {
	delay   time.Duration
	freezes int
	frozen  time.Duration
}

// stand looks at pictures that were sent at a pace and were whole at those times; zero is never.
func stand(whole []time.Time, pace time.Duration) standing {
	const slack, most, never = 15 * time.Millisecond, 350 * time.Millisecond, 2500 * time.Millisecond
	start := whole[0]
	late := make([]time.Duration, len(whole)) // each builds on the one before
	for i, at := range whole {
		sent := time.Duration(i) * pace
		late[i] = never
		if !at.IsZero() {
			late[i] = at.Sub(start) - sent
		}
		if i > 0 {
			late[i] = max(late[i], late[i-1]-pace)
		}
	}
	sorted := slices.Sorted(slices.Values(late))
	s := standing{delay: min(max(sorted[len(sorted)*95/100]-slack, 0), most)}
	limit := max(3*pace, pace+150*time.Millisecond)
	last := time.Duration(0)
	for i, l := range late {
		shown := time.Duration(i)*pace + max(l, s.delay)
		if d := shown - last; i > 0 && d > limit {
			s.freezes++
			s.frozen += d
		}
		last = shown
	}
	return s
}

// On the way from far away packets are lost and the picture hardly ever stands still, for all that repairs it goes twice. Without that it
// stood still 10, 18, 38 and 7 times in the minute of the first four.
func TestPicturesFromFarAway(t *testing.T) {
	t.Parallel()
	over := func(delay time.Duration, loss netem.Loss) netem.Conditions {
		return netem.Conditions{Delay: delay, Jitter: 5 * time.Millisecond, Loss: loss}
	}
	const far, near, town = 122 * time.Millisecond, 50 * time.Millisecond, 20 * time.Millisecond // one way
	for _, c := range []struct {
		name    string
		path    netem.Profile
		freezes int     // at most
		resent  float64 // for each packet that was lost, at most
	}{
		{"2 % lost", netem.Steady("", over(far, netem.Random(0.02))), 3, 2.3},
		{"3 % lost", netem.Steady("", over(far, netem.Random(0.03))), 4, 2.3},
		{"5 % lost", netem.Steady("", over(far, netem.Random(0.05))), 15, 2.3},
		{"3 % lost in bursts", netem.Steady("", over(far, netem.Bursts(0.03, 3))), 5, 2.3},
		{"international", named(t, "international"), 3, 2.3},
		{"near", netem.Steady("", over(near, netem.Random(0.03))), 20, 2.3},
		{"near and full", netem.Steady("", netem.Conditions{Delay: near, Rate: 1_100_000}), 60, 1.6},
		{"the next town, 2 %", netem.Steady("", over(town, netem.Random(0.02))), 0, 2.3},
		{"the next town, 5 %", netem.Steady("", over(town, netem.Random(0.05))), 1, 2.3},
		{"the next town, 10 %", netem.Steady("", over(town, netem.Random(0.10))), 4, 2.3},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.path.Seed = 7
			inVirtualTime(t, c.path, func(t *testing.T, ana, bob *member) {
				s, out := watched(t, ana, bob)
				t.Logf("%d packets of %d lost, %d sent again; pictures %v later, %d freezes of %v in all", out.Lost, out.Packets, out.Retransmitted, s.delay, s.freezes, s.frozen)
				if s.freezes > c.freezes {
					t.Errorf("%d freezes, at most %d", s.freezes, c.freezes)
				}
				if out.Lost < 100 || float64(out.Retransmitted) > c.resent*float64(out.Lost) {
					t.Errorf("%d packets were sent again for %d", out.Retransmitted, out.Lost)
				}
			})
		})
	}
}

// watched sends a minute of pictures of five packets each, and says how they come.
func watched(t *testing.T, from, to *member) (standing, TrackStats) {
	const pace, pictures = time.Second / 30, 30 * 60
	whole := make([]time.Time, pictures)
	to.mu.Lock()
	to.onWhole = func(_ string, number uint16) {
		if int(number) < pictures {
			whole[number] = time.Now()
		}
	}
	to.mu.Unlock()
	time.Sleep(time.Second) // the round trip is known by then
	for i := range uint32(pictures) {
		if err := from.Publish(Camera, Sample{Data: coded(Camera, 5000), Timestamp: i * 3000, Key: true}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(pace)
	}
	time.Sleep(3 * time.Second) // the last ones are repaired
	out := from.Stats().Members[to.id].Out[Camera]
	to.mu.Lock()
	defer to.mu.Unlock()
	to.onWhole = nil
	first := slices.IndexFunc(whole, func(at time.Time) bool { return !at.IsZero() })
	if first < 0 || first > 5 {
		t.Fatalf("the first whole picture is %d", first)
	}
	return stand(whole[first:], pace), out
}

// From far away each request is made twice, and the next pair comes when the answer should have come.
func TestRepairFromFarAway(t *testing.T) {
	t.Parallel()
	const trip = 200 * time.Millisecond
	start := time.Now()
	var r repair
	r.arrived(1, true, false, start)
	r.arrived(3, true, false, start)
	var asked []time.Duration
	for d := time.Duration(0); d < 600*time.Millisecond; d += 5 * time.Millisecond {
		if len(r.due(start.Add(d), trip)) > 0 {
			asked = append(asked, d/time.Millisecond)
		}
	}
	if want := []time.Duration{0, 25, 285, 310, 570, 595}; !slices.Equal(asked, want) {
		t.Errorf("asked after %d ms, want %d", asked, want)
	}
	if !r.arrived(2, true, false, start) || r.arrived(2, true, false, start) || r.waiting() {
		t.Error("what comes twice is fresh only once")
	}
}
