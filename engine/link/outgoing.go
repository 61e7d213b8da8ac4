package link

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
)

// outgoing is one medium of ours, coded once for all members or in a few layers for those who can take more and less. Each connection has a
// branch of it.
type outgoing struct {
	kind Kind

	mu       sync.Mutex // guards the branches, and keeps the packets of two frames apart
	branches map[*branch]struct{}
}

// branch is the one stream of a medium that a member gets, whichever layers it is made of in turn.
type branch struct {
	track     *webrtc.TrackLocalStaticRTP
	sound     bool
	payloader rtp.Payloader // numbers the pictures
	sequence  sequence
	layer     uint8          // that is sent
	wanted    *atomic.Uint32 // layer that is sent from its next key frame on
	last      uint32         // timestamp
}

func newOutgoing(k Kind) *outgoing { return &outgoing{kind: k, branches: map[*branch]struct{}{}} }

// branch adds a stream of the layer that is wanted, whenever that changes.
func (o *outgoing) branch(wanted *atomic.Uint32) (*branch, error) {
	track, err := webrtc.NewTrackLocalStaticRTP(o.kind.codec(), o.kind.String(), "parley")
	if err != nil {
		return nil, err
	}
	b := &branch{track: track, sound: o.kind.sound(), sequence: sequence{next: uint16(rand.Uint32())}, layer: number(uint8(wanted.Load())), wanted: wanted}
	switch o.kind {
	case Camera:
		b.payloader = &codecs.VP8Payloader{EnablePictureID: true} // RFC 7741
	case Screen:
		b.payloader = &codecs.VP9Payloader{} // RFC 9628
	default:
		b.payloader = &codecs.OpusPayloader{} // RFC 7587: a packet is a payload
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.branches[b] = struct{}{}
	return b, nil
}

// cut ends a branch.
func (o *outgoing) cut(b *branch) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.branches, b)
}

// publish sends a frame to those who get its layer. What a path refuses is lost for that path only.
func (o *outgoing) publish(s Sample) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for b := range o.branches {
		b.send(s)
	}
}

// send sends a frame, if it is of the layer that is sent or of the one that is wanted.
func (b *branch) send(s Sample) {
	layer := uint8(b.wanted.Load())
	wanted, halved := number(layer), layer&Halved != 0
	if wanted == NoLayer {
		b.layer = NoLayer
		return
	}
	if s.Layer != b.layer {
		if s.Layer != wanted || !s.Key && !b.sound {
			return
		}
		b.layer = s.Layer
		if s.Timestamp == b.last { // the same picture has left in the other layer
			s.Timestamp++
		}
	}
	if s.Spare && halved {
		return
	}
	b.last = s.Timestamp
	parts := b.payloader.Payload(packetSize-12, s.Data)
	for i, part := range parts {
		p := rtp.Packet{
			Header: rtp.Header{
				Version:        2,
				Marker:         !b.sound && i == len(parts)-1, // the end of a picture
				SequenceNumber: b.sequence.own(),
				Timestamp:      s.Timestamp,
			},
			Payload: part,
		}
		_ = b.track.WriteRTP(&p)
	}
}

// forward sends a packet of another stream.
func (o *outgoing) forward(p *rtp.Packet) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for b := range o.branches {
		if b.wanted.Load() == NoLayer {
			continue
		}
		out := rtp.Packet{
			Header: rtp.Header{
				Version:        2,
				Marker:         p.Marker,
				SequenceNumber: b.sequence.foreign(p.SSRC, p.SequenceNumber),
				Timestamp:      p.Timestamp,
			},
			Payload: p.Payload,
		}
		_ = b.track.WriteRTP(&out)
	}
}

// sequence gives out the sequence numbers of one stream that is fed by us, by other streams, or by both in turn.
type sequence struct {
	next      uint16
	foreigner bool   // the last number was given to another stream
	source    uint32 // ... with this SSRC
	last      uint16 // ... and its number
	offset    uint16 // ours minus its
}

// sequenceJump is the distance from which on a stream counts as a new one.
const sequenceJump = 1000

// own returns the number of a packet of ours.
func (s *sequence) own() uint16 {
	s.foreigner = false
	n := s.next
	s.next++
	return n
}

// foreign returns the number of a packet of another stream, so that its gaps and its order stay: what the receiver sees as
// lost or late is so. Where the stream changes or jumps, the numbers go on without a gap.
func (s *sequence) foreign(ssrc uint32, number uint16) uint16 {
	if d := int16(number - s.last); !s.foreigner || s.source != ssrc || d > sequenceJump || d < -sequenceJump {
		s.offset = s.next - number
	}
	s.foreigner, s.source, s.last = true, ssrc, number
	n := number + s.offset
	if int16(n-s.next) >= 0 {
		s.next = n + 1
	}
	return n
}
