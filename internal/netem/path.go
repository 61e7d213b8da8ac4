package netem

import (
	"math/rand/v2"
	"time"
)

// Path is one direction of a path. Times count from the beginning of its profile. It is not for several goroutines at once.
type Path struct {
	profile Profile
	random  *rand.Rand
	bad     bool          // of [Loss]
	free    time.Duration // when the bottleneck has sent all that it has
	last    time.Duration // when the newest packet comes
}

// NewPath makes a path at the beginning of a profile. The same seed and packets give the same losses and delays.
func NewPath(p Profile, seed uint64) *Path {
	return &Path{profile: p, random: rand.New(rand.NewPCG(seed, 0))}
}

// Carry takes a packet of a size in bytes, with IP header, and says when it arrives; not ok means never. Time must not go back.
func (p *Path) Carry(now time.Duration, size int) (at time.Duration, ok bool) {
	c := p.profile.At(now)
	if p.lose(c.Loss) {
		return 0, false
	}
	start := max(now, p.free)
	if s := c.Stall; s.Every > 0 {
		if into := start % s.Every; into < s.For {
			start += s.For - into
		}
	}
	if c.Rate > 0 {
		queue := c.Queue
		if queue <= 0 {
			queue = defaultQueue
		}
		if p.free-now > queue {
			return 0, false
		}
		start += time.Duration(float64(size*8) / float64(c.Rate) * float64(time.Second))
		p.free = start
	}
	at = start + c.Delay
	if c.Jitter > 0 {
		at += time.Duration(p.random.Int64N(int64(c.Jitter)))
	}
	p.last = max(p.last, at)
	return p.last, true
}

// lose moves the model of loss on by one packet.
func (p *Path) lose(l Loss) bool {
	change := l.ToBad
	if p.bad {
		change = l.ToGood
	}
	if p.random.Float64() < change {
		p.bad = !p.bad
	}
	probability := l.Good
	if p.bad {
		probability = l.Bad
	}
	return p.random.Float64() < probability
}
