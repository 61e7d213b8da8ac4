package media

import (
	"time"

	"github.com/pion/rtp"
)

const (
	// reorderSlots bounds the packets that are held: a key frame of 1080p at its largest is about 250, and as much may come
	// while a lost one is repaired.
	reorderSlots = 1024
	// reorderWindow is how many packets may come after a gap before it is given up.
	reorderWindow = reorderSlots / 2
	// reorderFresh is how many packets the first one may have overtaken, and how many late ones in a row mean that the sender
	// has started anew.
	reorderFresh = 64
	// How long after a gap was noticed a retransmission may still come: so many round trips, for two of them may be lost as well, and
	// for at least so long. Earlier only a complete key frame behind the gap ends the waiting; one is asked for after a part of that
	// time, so that whichever comes first goes on. Of a sender who is farther away than repairMost nobody waits for more.
	repairTrips = 4
	repairWait  = 400 * time.Millisecond
	repairDoubt = 5. / 8
	repairMost  = 400 * time.Millisecond
	// maxFrame bounds the bytes of one frame.
	maxFrame = 2 << 20
)

// assembler puts frames together from RTP packets. A frame is out as soon as its last packet, the one with the
// marker bit, is in. When a gap cannot be repaired nothing comes out until a key frame, so that no broken picture is shown.
type assembler struct {
	format  Format
	slots   [reorderSlots]slot
	begun   bool
	ssrc    uint32
	next    uint16    // first packet of the frame that is being put together
	high    uint16    // newest packet
	gapSeq  uint16    // first missing packet, valid while gapAt is set
	gapAt   time.Time // when it was noticed to be missing
	fresh   bool      // nothing was taken out since the start
	lateRun int       // late packets in a row
	needKey bool      // nothing comes out before a key frame
	wanted  bool      // a frame was, or may be, lost, or thrown away for want of a key frame; cleared by the reader
	doubted bool      // ... and the present gap is why
	frame   []byte    // memory of the frame that is given out

	patience time.Duration // how long a gap is waited for; 0 means repairWait

	lost, late, duplicates, discarded uint64
}

type slot struct {
	seq    uint16
	filled bool
	start  bool // first packet of a frame
	key    bool // of a key frame, if start
	end    bool // marker
	ts     uint32
	data   []byte // the frame's, without payload descriptor; empty for padding and for what is not of the format
}

// assembled is one whole frame.
type assembled struct {
	data []byte // valid until the next call
	key  bool
	ts   uint32
}

// push takes a packet; its payload is kept until its frame is out. at is the time of arrival.
func (a *assembler) push(p *rtp.Packet, at time.Time) {
	seq := p.SequenceNumber
	if !a.begun || p.SSRC != a.ssrc {
		a.restart(p)
	}
	switch ahead := int16(seq - a.next); {
	case ahead >= reorderSlots: // an outage, or the sender started anew
		a.lost += uint64(seq - a.high - 1)
		a.restart(p)
	case ahead < 0 && a.fresh && ahead > -reorderFresh: // the very first packets came in disorder
		a.next = seq
	case ahead < 0 && (ahead < -2*reorderSlots || a.lateRun >= reorderFresh):
		a.restart(p)
	case ahead < 0:
		a.late++
		a.lateRun++
		return
	}
	a.lateRun = 0
	s := &a.slots[seq%reorderSlots]
	if s.filled && s.seq == seq {
		a.duplicates++
		return
	}
	*s = slot{seq: seq, filled: true, end: p.Marker, ts: p.Timestamp}
	s.data, s.start, s.key = a.format.depacketize(p.Payload)
	if int16(seq-a.high) > 0 {
		a.high = seq
	}
	a.watchGap(at)
}

// restart forgets everything and begins with p.
func (a *assembler) restart(p *rtp.Packet) {
	if a.begun {
		a.wanted = true
	}
	for i := range a.slots {
		a.slots[i] = slot{}
	}
	a.begun, a.fresh, a.ssrc, a.needKey, a.gapAt = true, true, p.SSRC, true, time.Time{}
	a.next, a.high = p.SequenceNumber, p.SequenceNumber
}

// pop returns the next whole frame. ok is false when there is none yet; call it after each push until then.
func (a *assembler) pop(at time.Time) (f assembled, ok bool) {
	for a.begun {
		from, to, whole := a.whole(a.next)
		if !whole {
			if !a.giveUp(at) {
				return assembled{}, false
			}
			continue
		}
		first := a.at(from)
		switch {
		case first == nil || !first.start: // padding, or the rest of a frame whose start is gone
			if first != nil && len(first.data) > 0 {
				a.refuse()
			}
		case a.needKey && !first.key:
			a.refuse()
		default:
			f, ok = a.collect(from, to)
		}
		a.drop(to + 1)
		a.watchGap(at)
		if ok {
			a.needKey = false
			return f, true
		}
	}
	return assembled{}, false
}

// refuse throws a frame away that cannot be decoded.
func (a *assembler) refuse() {
	a.discarded++
	a.needKey, a.wanted = true, true
}

// at returns the packet with that number, or nil.
func (a *assembler) at(seq uint16) *slot {
	if s := &a.slots[seq%reorderSlots]; s.filled && s.seq == seq {
		return s
	}
	return nil
}

// whole finds the frame that begins at seq: the packets up to a marker, or up to a packet of another time if the marker is not
// used. from skips padding before it.
func (a *assembler) whole(seq uint16) (from, to uint16, ok bool) {
	from = seq
	began := false
	for i := seq; int16(a.high-i) >= 0; i++ {
		s := a.at(i)
		if s == nil {
			return 0, 0, false
		}
		if !began {
			if len(s.data) == 0 && !s.end {
				from = i + 1
				continue
			}
			began, from = true, i
		} else if s.ts != a.at(from).ts && len(s.data) > 0 {
			return from, i - 1, true
		}
		if s.end {
			return from, i, true
		}
	}
	if !began && from != seq { // nothing but padding up to the newest packet
		return from - 1, from - 1, true
	}
	return 0, 0, false
}

// collect copies a frame together.
func (a *assembler) collect(from, to uint16) (assembled, bool) {
	first := a.at(from)
	a.frame = a.frame[:0]
	for i := from; int16(to-i) >= 0; i++ {
		s := a.at(i)
		if i != from && s.start || len(a.frame)+len(s.data) > maxFrame { // two frames run into one, or an absurd one
			a.refuse()
			return assembled{}, false
		}
		a.frame = append(a.frame, s.data...)
	}
	return assembled{data: a.frame, key: first.key, ts: first.ts}, true
}

// drop forgets the packets before next.
func (a *assembler) drop(next uint16) {
	for i := a.next; i != next; i++ {
		a.slots[i%reorderSlots] = slot{}
	}
	a.next, a.fresh = next, false
	if int16(a.high-next) < -1 {
		a.high = next - 1
	}
}

// watchGap remembers since when the first missing packet is missed.
func (a *assembler) watchGap(at time.Time) {
	missing := a.next
	if !a.gapAt.IsZero() && int16(a.gapSeq-a.next) >= 0 {
		missing = a.gapSeq
	}
	for int16(a.high-missing) >= 0 && a.at(missing) != nil {
		missing++
	}
	switch {
	case int16(a.high-missing) < 0:
		a.gapAt = time.Time{}
	case a.gapAt.IsZero() || missing != a.gapSeq:
		a.gapSeq, a.gapAt, a.doubted = missing, at, false
	}
}

// giveUp moves on behind a gap: at once to a whole key frame, otherwise when a retransmission can no longer be hoped for.
// It reports whether it moved.
func (a *assembler) giveUp(at time.Time) bool {
	if a.gapAt.IsZero() {
		return false
	}
	patience, waited := max(a.patience, repairWait), at.Sub(a.gapAt)
	expired := waited >= patience || int16(a.high-a.gapSeq) >= reorderWindow
	if !a.doubted && waited >= time.Duration(repairDoubt*float64(patience)) {
		a.doubted, a.wanted = true, true
	}
	resume, found := uint16(0), false
	for i := a.gapSeq + 1; int16(a.high-i) >= 0; i++ {
		s := a.at(i)
		if s == nil || !s.start {
			continue
		}
		if !found {
			resume, found = i, true
		}
		if s.key {
			if _, _, whole := a.whole(i); whole {
				resume, expired = i, true
				break
			}
		}
	}
	if !expired {
		return false
	}
	if !found { // nothing can be used of what is here
		resume = a.high + 1
	}
	for i := a.next; i != resume; i++ {
		if a.at(i) == nil {
			a.lost++
		}
	}
	a.drop(resume)
	a.needKey, a.wanted = true, true
	a.watchGap(at)
	return true
}
