package link

import (
	"slices"
	"time"
)

// Figures of the repair of pictures.
const (
	repairLeast = 20 * time.Millisecond  // from one request for a packet to the next, on the shortest path
	repairMost  = 400 * time.Millisecond // ... on the longest
	repairGuess = 50 * time.Millisecond  // ... while the round trip is unknown
	repairTime  = 2 * time.Second        // then nobody waits for a packet any more
	repairLook  = 5 * time.Millisecond   // how often to look for what comes as a retransmission, while something is missing
	repairReach = 500                    // packets; a larger gap is another stream, or too much to ask for

	// The last packets of a picture leave no gap before the next picture comes. They are asked for when none has come for so long, and for so
	// many times as long as packets of a picture are apart.
	repairTail   = 15 * time.Millisecond
	repairSpread = 2

	// From such a round trip on all is done twice, so far apart that one burst does not take both: a request, and what is sent again
	// while the path has room. If either was lost, the picture would stand still for another round trip.
	repairTwice = 30 * time.Millisecond
	repairApart = 25 * time.Millisecond
)

// repair follows the sequence numbers of one incoming stream and says which packets to ask for again (generic NACK, RFC 4585
// section 6.2.1). Unlike pion's generator it learns of packets that came as retransmissions, and asks as soon as a gap shows or a picture
// has no end.
type repair struct {
	started bool
	highest uint16          // that has come or is missing
	missing []missingPacket // oldest first

	last   time.Time     // when the newest packet came
	open   bool          // it is not the last one of its picture
	asked  bool          // ... and the next one was asked for
	spread time.Duration // how far apart packets of a picture come at most, forgetting slowly
}

type missingPacket struct {
	number uint16
	since  time.Time
	due    time.Time // the next request
	twice  bool      // ... which only repeats the last one
}

// arrived notes a packet, of the stream or of its retransmissions, and reports whether it was not there yet. end says that it is the last one of
// its picture.
func (r *repair) arrived(number uint16, end, resent bool, now time.Time) (fresh bool) {
	ahead := int16(number - r.highest)
	switch {
	case !r.started || ahead > repairReach || ahead < -repairReach:
		*r = repair{started: true, highest: number, missing: r.missing[:0]}
	case ahead <= 0:
		i := slices.IndexFunc(r.missing, func(m missingPacket) bool { return m.number == number })
		if i < 0 {
			return false
		}
		r.missing = slices.Delete(r.missing, i, i+1)
		if ahead < 0 {
			return true
		}
	default:
		for n := r.highest + 1; n != number; n++ {
			r.missing = append(r.missing, missingPacket{number: n, since: now, due: now})
		}
		r.highest = number
	}
	if r.open && ahead <= 1 && !resent {
		r.spread = max(r.spread*63/64, now.Sub(r.last))
	}
	r.last, r.open, r.asked = now, !end, false
	return true
}

// waiting says whether anything is missing, or may be.
func (r *repair) waiting() bool { return r.open && !r.asked || len(r.missing) > 0 }

// due returns the packets to ask for now, and gives up those that are too old. What was asked for is asked for again when its answer
// should have come: sooner is in vain, for the sender ignores it, unless the request was lost. roundTrip is 0 while it is unknown.
func (r *repair) due(now time.Time, roundTrip time.Duration) []uint16 {
	r.missing = slices.DeleteFunc(r.missing, func(m missingPacket) bool {
		return now.Sub(m.since) >= repairTime || r.highest-m.number > repairReach
	})
	if r.open && !r.asked && now.Sub(r.last) >= max(repairTail, repairSpread*r.spread) {
		r.asked = true
		r.highest++
		r.missing = append(r.missing, missingPacket{number: r.highest, since: now, due: now})
	}
	pause := repairGuess
	if roundTrip > 0 {
		pause = min(max(roundTrip*5/4+10*time.Millisecond, repairLeast), repairMost)
	}
	var numbers []uint16
	for i := range r.missing {
		if m := &r.missing[i]; !now.Before(m.due) {
			numbers = append(numbers, m.number)
			m.due = now.Add(pause)
			if m.twice = !m.twice && roundTrip >= repairTwice; m.twice {
				m.due = now.Add(repairApart)
			}
		}
	}
	return numbers
}
