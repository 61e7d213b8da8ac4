package congestion

import (
	"math"
	"time"
)

// Figures of the loss control.
const (
	lossWindow  = 500 * time.Millisecond
	lossPackets = 20   // a window has at least so many
	lossGrave   = 0.10 // beyond what is not ours: a cut at once
	lossMild    = 0.03 // ... a cut when it stays, and no growth
	lossStays   = 6    // windows
	lossKept    = 0.6  // of the loss is still there after a cut: it is not ours
	lossLess    = 0.6  // of the cut must have been followed, or it proves nothing
	lossMost    = 0.5  // of it is never ours
	lossForget  = 0.2  // per window, when less is lost
	lossTrials  = 4    // windows in which a cut must show what it does
	lossDoubt   = 0.01 // per window: what is believed to be foreign is tried again
	lossIdle    = 0.5  // of the target: who sends less than that has not come near it
)

// lossControl finds out how much of the loss is our own doing. Radio loses packets at random, however few are sent; a queue that
// overflows loses what is too much. Only an experiment tells them apart: send as much less as was lost, and look what is lost then. A voice
// alone is no experiment: it is far below the target and does not become less.
type lossControl struct {
	latest  float64 // of the last whole window
	foreign float64 // the part that is not ours
	scatter float64 // ... its standard deviation over such a window

	began       time.Duration // the window; packets sent before do not count
	packets     int
	lost        int
	bytes       int
	first, last time.Duration // sent

	mild   int      // windows with some loss
	trials int      // windows until the experiment is given up; 0 if there is none
	before struct { // it
		loss, own, rate float64
	}
}

func (l *lossControl) count(p Packet) {
	if p.Sent < l.began {
		return
	}
	if l.packets == 0 {
		l.first = p.Sent
	}
	l.last = p.Sent
	l.packets++
	l.bytes += p.Size
	if p.Lost {
		l.lost++
	}
}

// own is the part of the loss that we seem to cause. Few packets tell little: foreign loss scatters.
func (l *lossControl) own() float64 {
	return max(l.latest-l.foreign-l.scatter, 0) / (1 - l.foreign)
}

// ours says whether we lose so much by ourselves that the rate must not grow.
func (l *lossControl) ours() bool { return l.own() > lossMild }

// restart begins a window with packets that are sent from now on.
func (l *lossControl) restart(now time.Duration) { l.began, l.packets, l.lost, l.bytes = now, 0, 0, 0 }

// believe takes what was lost last to be no doing of ours.
func (l *lossControl) believe() { l.foreign = min(max(l.foreign, l.latest), lossMost) }

// control ends a window, if it is time, and says whether to cut the target to a part of what was sent, in bit/s. queued says that a queue
// stands on the path: what is lost then is lost by it.
func (l *lossControl) control(target float64, queued bool) (rate float64, cut bool) {
	length := l.last - l.first
	if length < lossWindow || l.packets < lossPackets {
		return 0, false
	}
	sent := float64(l.bytes) * 8 / length.Seconds()
	l.latest = float64(l.lost) / float64(l.packets)
	l.scatter = math.Sqrt(l.foreign * (1 - l.foreign) / float64(l.packets))
	l.restart(l.last)
	l.foreign *= 1 - lossDoubt
	if l.latest < l.foreign {
		l.foreign += lossForget * (l.latest - l.foreign)
	}
	if !queued && sent < lossIdle*target {
		l.believe()
		l.trials, l.mild = 0, 0
		return 0, false
	}
	if l.trials > 0 {
		l.trials--
		if sent > l.before.rate*(1-lossLess*l.before.own) && l.trials > 0 {
			return 0, false
		}
		if l.trials > 0 && l.latest > lossKept*l.before.loss && !queued {
			l.believe()
		}
		l.trials = 0
	}
	own := l.own()
	if l.mild++; own <= lossMild {
		l.mild = 0
	}
	if own <= lossGrave && l.mild < lossStays {
		return 0, false
	}
	l.trials, l.mild = lossTrials, 0
	l.before.loss, l.before.own, l.before.rate = l.latest, own, sent
	return sent * (1 - own), true
}
