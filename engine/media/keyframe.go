package media

import "time"

const (
	keyFrameGap    = 300 * time.Millisecond // between two key frames, and between two requests
	keyFrameRepeat = 500 * time.Millisecond // until an unanswered request is repeated
	fallenSilent   = 4 * keyFrameRepeat     // nothing has come for so long: nobody is asked any more
)

// keyGate lets key frames through no more often than every keyFrameGap. A request that comes too early waits, but while the last key
// frame is still on its way it is that one which answers the request: who has to ask again does.
type keyGate struct {
	pending bool
	last    time.Time // of the last key frame
	through time.Time // when it has arrived everywhere
}

// ask asks for a key frame.
func (g *keyGate) ask(now time.Time) {
	if !now.Before(g.through) {
		g.pending = true
	}
}

// open reports whether the next picture shall be a key frame.
func (g *keyGate) open(now time.Time) bool {
	return g.pending && (g.last.IsZero() || now.Sub(g.last) >= keyFrameGap)
}

// made notes a key frame, asked for or not, and how long it is on its way. A short way is no reason to wait.
func (g *keyGate) made(now time.Time, way time.Duration) {
	g.pending, g.last, g.through = false, now, time.Time{}
	if way > keyFrameGap {
		g.through = now.Add(way)
	}
}

// keyWish is the receiver's side: it asks while a key frame is needed, repeats an unanswered request, and falls silent when
// nothing comes from the sender at all.
type keyWish struct {
	needed bool
	fresh  bool // a new reason since the last request
	asked  time.Time
	heard  time.Time // of the last packet
}

func (w *keyWish) want() { w.needed, w.fresh = true, true }

func (w *keyWish) satisfied() { w.needed, w.fresh = false, false }

// due reports whether to ask now, and if not, how long to wait before looking again; 0 means until something happens.
func (w *keyWish) due(now time.Time) (ask bool, wait time.Duration) {
	if !w.needed || now.Sub(w.heard) > fallenSilent {
		return false, 0
	}
	gap := keyFrameRepeat
	if w.fresh {
		gap = keyFrameGap
	}
	if passed := now.Sub(w.asked); !w.asked.IsZero() && passed < gap {
		return false, gap - passed
	}
	w.asked, w.fresh = now, false
	return true, keyFrameRepeat
}
