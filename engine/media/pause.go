package media

import (
	"math"

	"github.com/pion/rtp"
)

// hush finds the pauses of sound that is not a voice, where libopus would take a soft passage for one: nothing but digital silence is a
// pause, as of a machine that plays nothing.
type hush struct{ packets int } // that were silent, up to now

const (
	hushAfter = 10          // silent packets that are sent: what was heard before has died away in every decoder by then
	hushBeat  = 20          // from then on one of so many is sent, as libopus does it in the pauses of a voice
	hushLevel = 1.0 / 65536 // half a step of 16 bits
)

// of returns what to send of a packet that was coded from pcm: an empty one in a pause.
func (h *hush) of(pcm []float32, packet []byte) []byte {
	for _, v := range pcm {
		if v >= hushLevel || v <= -hushLevel {
			h.packets = 0
			return packet
		}
	}
	if h.packets++; h.packets <= hushAfter || h.packets%hushBeat == 0 {
		return packet
	}
	return packet[:1] // without a frame: RFC 6716 section 3.2.1
}

// In a pause of the sender (discontinuous transmission) no packets come, but the time goes on: sequence numbers have no gap, and timestamps
// jump. The decoder makes the noise in between. How much of it is heard is free, so that is where the delay is put right.
const (
	maxPause = 100              // blocks of noise without a packet: then it is the end, and not a pause
	shortest = SampleRate / 400 // samples that the decoder can invent
)

// silent reports whether an Opus packet says that nothing is sent for some time: it has no or an empty frame (RFC 6716 section 3.1, RFC 7587
// section 3.1.3).
func silent(packet []byte) bool { return len(packet) <= 2 }

// settle reports whether the sender had paused before this packet: then the time has gone on by more than the numbers. It decides what
// was invented meanwhile: in a pause nothing was missing.
func (p *Playout) settle(packet *rtp.Packet, seq int64) (paused bool) {
	ahead := seq - p.high
	jump := int(int32(packet.Timestamp-p.highTS)) - int(ahead)*p.frame
	if paused = ahead > 0 && jump >= max(p.dry/2, p.frame/2); paused {
		p.run = 0
	}
	p.run++
	if p.dry > 0 && !paused {
		p.stats.Underruns += p.dryRuns
		p.concealT += int64(p.dry)
		p.ahead = p.dry
	}
	p.dry, p.dryRuns = 0, 0
	return paused
}

// anchor says when the first packet after a pause is heard: after as much noise as keeps the headroom, or brings it to where it should be.
// That the packet is late itself is no reason for those that follow to wait longer.
func (p *Playout) anchor(ts uint32) {
	headroom := min(max(p.headroom, p.wanted()), p.most())
	if p.waits > 0 { // packets are lost, also those that would have told of it in the pause
		headroom = p.most()
	}
	blocks := math.Ceil((headroom - p.early(ts)) / blockTime) // from the last one
	p.at = ts - uint32(max(int(blocks-1)*Block-p.fifo.n, 0))
	p.quiet = true
}

// pause returns how much noise is still to be heard before the next packet, at most a block. So many packets before the first that waits
// are lost.
func (p *Playout) pause(lost int64) int {
	rest := int(int32(p.slots[(p.next+lost)%playoutSlots].ts-p.at)) - int(lost)*p.frame
	if rest < shortest || !p.quiet && rest < p.frame {
		return 0
	}
	first := p.slots[(p.next+lost)%playoutSlots].ts - uint32(lost*int64(p.frame))
	needed := p.early(first) + float64((p.fifo.n+rest)/Block)*blockTime
	if much := needed - p.most(); much > 0 { // a pause is where time is caught up unheard
		cut := min(rest, int(math.Ceil(much/blockTime))*Block)
		p.at += uint32(cut)
		rest -= cut
		p.level = min(p.level, p.waiting())
	}
	return min(rest, Block) / shortest * shortest
}
