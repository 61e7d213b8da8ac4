package link

import (
	"math/rand/v2"
	"sync"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
)

// outgoing is one medium of ours: coded once, cut into packets once, written to all members.
type outgoing struct {
	sound bool
	track *webrtc.TrackLocalStaticRTP

	mu        sync.Mutex
	payloader rtp.Payloader
	sequence  sequence
}

func newOutgoing(k Kind) (*outgoing, error) {
	track, err := webrtc.NewTrackLocalStaticRTP(k.codec(), k.String(), "parley")
	if err != nil {
		return nil, err
	}
	o := &outgoing{sound: k.sound(), track: track, sequence: sequence{next: uint16(rand.Uint32())}}
	if o.sound {
		o.payloader = &codecs.OpusPayloader{} // RFC 7587: a packet is a payload
	} else {
		o.payloader = &codecs.VP8Payloader{EnablePictureID: true} // RFC 7741
	}
	return o, nil
}

// publish sends a frame. The lock keeps the packets of two frames apart. What a path refuses is lost for that path only.
func (o *outgoing) publish(s Sample) {
	o.mu.Lock()
	defer o.mu.Unlock()
	parts := o.payloader.Payload(packetSize-12, s.Data)
	for i, part := range parts {
		p := rtp.Packet{
			Header: rtp.Header{
				Version:        2,
				Marker:         !o.sound && i == len(parts)-1, // the end of a picture
				SequenceNumber: o.sequence.own(),
				Timestamp:      s.Timestamp,
			},
			Payload: part,
		}
		_ = o.track.WriteRTP(&p)
	}
}

// forward sends a packet of another stream.
func (o *outgoing) forward(p *rtp.Packet) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := rtp.Packet{
		Header: rtp.Header{
			Version:        2,
			Marker:         p.Marker,
			SequenceNumber: o.sequence.foreign(p.SSRC, p.SequenceNumber),
			Timestamp:      p.Timestamp,
		},
		Payload: p.Payload,
	}
	_ = o.track.WriteRTP(&out)
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
