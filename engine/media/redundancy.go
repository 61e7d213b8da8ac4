package media

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/pion/rtp"
)

// MaxRedundancy is how many packets a packet can carry again.
const MaxRedundancy = 2

// copied are how many packets back those are that a packet carries again. Packets are lost in bursts: the farther apart the copies, the
// longer a burst may be. The receiver has to wait for them, so they are not very far.
var copied = [MaxRedundancy]int{1, 4}

// The fields of a block's header, RFC 2198 section 3.
const (
	redMore      = 0x80      // another block follows
	redType      = 111       // of our blocks: Opus, as negotiated
	redHeader    = 4         // bytes, of all blocks but the last
	redMaxOffset = 1<<14 - 1 // samples
	redMaxLength = 1<<10 - 1 // bytes
)

var errRedundant = errors.New("media: not a packet of RFC 2198")

// Redundancy puts copies of some packets before into each packet of a sound (RFC 2198), so that a receiver who missed those has them
// all the same. It is for one goroutine; the zero value is ready.
type Redundancy struct {
	before [8]EncodedFrame // a ring of the newest
	n      int             // packets so far
}

// Wrap returns what to send for a packet of Opus with so many copies, up to [MaxRedundancy]. It keeps the packet for the ones to come.
func (r *Redundancy) Wrap(f EncodedFrame, depth int) []byte {
	depth = min(max(depth, 0), MaxRedundancy)
	out := make([]byte, 0, (1+depth)*(redHeader+len(f.Data)))
	var copies [][]byte
	for _, back := range slices.Backward(copied[:depth]) {
		if back > r.n {
			continue
		}
		c, ago := r.before[(r.n-back)%len(r.before)], back*opusFrame
		if (f.At-c.At)*SampleRate/time.Second != time.Duration(ago) || len(c.Data) > redMaxLength {
			continue // there was a pause between them: it is of no use any more
		}
		out = binary.BigEndian.AppendUint32(out, (redMore|redType)<<24|uint32(ago)<<10|uint32(len(c.Data)))
		copies = append(copies, c.Data)
	}
	out = append(out, redType)
	for _, c := range copies {
		out = append(out, c...)
	}
	r.before[r.n%len(r.before)] = f
	r.n++
	return append(out, f.Data...)
}

// PushRedundant takes a packet that [Redundancy.Wrap] made, from whoever it comes. Those that it carries again are used if they are
// missing.
func (p *Playout) PushRedundant(packet *rtp.Packet, at time.Time) {
	newest, copies, err := unwrap(packet)
	if err != nil {
		return
	}
	p.Push(&newest, at)
	p.carries(&newest, copies)
	for i := range copies {
		p.fill(&copies[i])
	}
}

// unwrap takes a packet apart: itself, and those before, the oldest first.
func unwrap(packet *rtp.Packet) (newest rtp.Packet, copies []rtp.Packet, err error) {
	head, body := packet.Payload, packet.Payload
	n := 0
	for len(body) > 0 && body[0]&redMore != 0 {
		if n++; n > MaxRedundancy || len(body) < redHeader {
			return newest, nil, errRedundant
		}
		body = body[redHeader:]
	}
	if len(body) == 0 || body[0] != redType {
		return newest, nil, errRedundant
	}
	body = body[1:]
	for i := range n {
		h := binary.BigEndian.Uint32(head[i*redHeader:])
		length := int(h & redMaxLength)
		if h>>24 != redMore|redType || length > len(body) {
			return newest, nil, errRedundant
		}
		c := rtp.Packet{Header: packet.Header, Payload: body[:length]}
		ago := h >> 10 & redMaxOffset
		c.SequenceNumber -= uint16(ago / opusFrame)
		c.Timestamp -= ago
		copies, body = append(copies, c), body[length:]
	}
	return rtp.Packet{Header: packet.Header, Payload: body}, copies, nil
}
