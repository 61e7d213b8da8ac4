package media

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"
)

// An hour with a sender whose clock is off: the delay stays where it belongs, nothing is invented, and nothing piles up.
func TestAnHourWithClocksApart(t *testing.T) { // not parallel: it looks at the memory
	const (
		length  = time.Hour
		network = 5 * time.Millisecond
	)
	packets := opusPackets(t, Opus{}, voice(8))
	out := make([]float32, Block)
	for _, drift := range []float64{-200, 200} { // ppm, of the sender
		t.Run(fmt.Sprintf("%+.0f ppm", drift), func(t *testing.T) {
			p, err := NewPlayout()
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			start := time.Unix(1000, 0)
			arrival := func(n int) time.Duration {
				return network + time.Duration(float64(n)*20e6/(1+drift/1e6))
			}
			var delays []float64 // ms, one a second
			var early, late runtime.MemStats
			sent := 0
			for now := time.Duration(0); now < length; now += 10 * time.Millisecond {
				for ; arrival(sent) <= now; sent++ {
					p.Push(voicePacket(sent, packets[sent%len(packets)]), start.Add(arrival(sent)))
				}
				p.now = func() time.Time { return start.Add(now) }
				p.Pull(out)
				if now > time.Minute && now%time.Second == 0 {
					delays = append(delays, p.Stats().Level.Seconds()*1000)
				}
				if now == length/10 {
					runtime.GC()
					runtime.ReadMemStats(&early)
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&late)
			s := p.Stats()
			slices.Sort(delays)
			median, most := delays[len(delays)/2], delays[len(delays)-1]
			t.Logf("delay %.0f ms, at most %.0f; %v invented, %d periods cut out and %d repeated, %+d bytes", median, most, s.ConcealedTime, s.Shortened, s.Stretched,
				int64(late.HeapAlloc)-int64(early.HeapAlloc))
			if median > 30 || most > 40 {
				t.Errorf("delay %.0f ms and at most %.0f, want 30 and 40", median, most)
			}
			if s.ConcealedTime != 0 {
				t.Errorf("%v of %v invented", s.ConcealedTime, length)
			}
			if s.Skipped+s.Resets+s.Late != 0 {
				t.Errorf("stats %+v", s)
			}
			if grown := int64(late.HeapAlloc) - int64(early.HeapAlloc); grown > 1<<20 {
				t.Errorf("%d bytes more at the end", grown)
			}
		})
	}
}
