package engine

import (
	"time"

	"github.com/parley-calls/parley/engine/media"
)

const (
	someLoss, muchLoss = 0.02, 0.05 // shares of the packets from which on a voice carries one, and two, of them again
	calmAfter          = 10 * time.Second
)

// shortRate is what a path must take, in bit/s, for the voice to travel in short packets, whose headers take half as much as itself.
const shortRate = 400_000

// short reports whether the voice travels in packets of 10 ms. Where packets are lost copies are waited for anyway.
func (p protection) short(bps int) bool { return p.copies == 0 && bps >= shortRate }

// protection is how many packets each packet of our voice carries again.
type protection struct {
	copies int
	until  time.Time // that many are sent at least so long: loss comes and goes
}

// next says how it goes on after receivers have missed that share, on paths that take so many bit/s.
func (p protection) next(loss float64, bps int, now time.Time) protection {
	want := 0
	switch {
	case loss >= muchLoss:
		want = 2
	case loss >= someLoss:
		want = 1
	}
	if want >= p.copies || !now.Before(p.until) {
		p = protection{want, now.Add(calmAfter)}
	}
	// Where hardly more than the voice fits, it is the voice that is lost for want of room.
	p.copies = min(p.copies, media.MaxRedundancy, max(0, bps-voiceBudget)/voiceBitRate)
	return p
}

// missed notes the share of our voice that the worst receiver has missed lately. It is called by one goroutine.
func (r *room) missed(loss float64) {
	r.mu.RLock()
	bps := r.slowest()
	r.mu.RUnlock()
	r.protection = r.protection.next(loss, bps, time.Now())
	if v := r.voice.Load(); v != nil {
		v.SetLoss(int(loss*100 + 0.5))
		v.SetShort(r.protection.short(bps))
	}
	if before := r.copies.Swap(int32(r.protection.copies)); int(before) != r.protection.copies {
		r.allot()
	}
}
