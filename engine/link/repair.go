package link

import (
	"slices"
	"time"
)

// Figures of the repair of pictures.
const (
	repairFirst = 50 * time.Millisecond // from the first request for a packet to the second; the sender ignores one within a round trip
	repairTries = 8                     // requests for one packet; together they span two seconds
	repairReach = 500                   // packets; a larger gap is another stream, or too much to ask for
)

// repair follows the sequence numbers of one incoming stream and says which packets to ask for again (generic NACK, RFC 4585
// section 6.2.1). Unlike pion's generator it learns of packets that came as retransmissions, and asks as soon as a gap shows.
type repair struct {
	started bool
	highest uint16
	missing []missingPacket // oldest first
}

type missingPacket struct {
	number uint16
	tries  int
	pause  time.Duration // to the next request
	due    time.Time
}

// arrived notes a packet, of the stream or of its retransmissions.
func (r *repair) arrived(number uint16, now time.Time) {
	switch ahead := int16(number - r.highest); {
	case !r.started || ahead > repairReach || ahead < -repairReach:
		*r = repair{started: true, highest: number, missing: r.missing[:0]}
	case ahead <= 0:
		if i := slices.IndexFunc(r.missing, func(m missingPacket) bool { return m.number == number }); i >= 0 {
			r.missing = slices.Delete(r.missing, i, i+1)
		}
	default:
		for n := r.highest + 1; n != number; n++ {
			r.missing = append(r.missing, missingPacket{number: n, pause: repairFirst, due: now})
		}
		r.highest = number
	}
}

// due returns the packets to ask for now, and gives up those that are too old or were asked for too often.
func (r *repair) due(now time.Time) []uint16 {
	r.missing = slices.DeleteFunc(r.missing, func(m missingPacket) bool {
		return m.tries >= repairTries || r.highest-m.number > repairReach
	})
	var numbers []uint16
	for i := range r.missing {
		if m := &r.missing[i]; !now.Before(m.due) {
			numbers = append(numbers, m.number)
			m.tries++
			m.due = now.Add(m.pause)
			m.pause = m.pause * 3 / 2
		}
	}
	return numbers
}
