package congestion

import (
	"time"

	"github.com/pion/rtcp"
)

// historySize bounds the packets that are remembered: some seconds of them.
const historySize = 1 << 12

// History remembers what was sent, by the numbers of transport-wide congestion control
// (draft-holmer-rmcat-transport-wide-cc-extensions-01), until the receiver tells of it.
type History struct {
	sent      [historySize]record
	reference int64 // unwrapped reference time of the newest feedback, in units of 64 ms
	begun     bool
}

type record struct {
	Packet
	number uint16
	known  bool // there is one
	lost   bool // was told to be missing; it may come yet
}

// Add remembers a packet. Numbers count up.
func (h *History) Add(number uint16, p Packet) {
	h.sent[number%historySize] = record{Packet: p, number: number, known: true}
}

// Read returns what feedback says about packets that are remembered, in its order. Each packet is said to be lost or to have arrived
// once, or first the one and then the other. Feedback that is not well formed is read as far as it is.
func (h *History) Read(f *rtcp.TransportLayerCC) []Packet {
	at := h.time(f.ReferenceTime)
	number, left, deltas := f.BaseSequenceNumber, int(f.PacketStatusCount), f.RecvDeltas
	var packets []Packet
	next := func(symbol uint16) bool {
		if left == 0 {
			return false
		}
		r := &h.sent[number%historySize]
		ours := r.known && r.number == number
		switch symbol {
		case rtcp.TypeTCCPacketReceivedSmallDelta, rtcp.TypeTCCPacketReceivedLargeDelta:
			if len(deltas) == 0 {
				return false
			}
			at += time.Duration(deltas[0].Delta) * time.Microsecond
			deltas = deltas[1:]
			if ours {
				r.known = false
				r.Arrived = at
				packets = append(packets, r.Packet)
			}
		default:
			if ours && !r.lost {
				r.lost = true
				p := r.Packet
				p.Lost = true
				packets = append(packets, p)
			}
		}
		number++
		left--
		return true
	}
	for _, chunk := range f.PacketChunks {
		switch c := chunk.(type) {
		case *rtcp.RunLengthChunk:
			for range c.RunLength {
				if !next(c.PacketStatusSymbol) {
					break
				}
			}
		case *rtcp.StatusVectorChunk:
			for _, symbol := range c.SymbolList {
				if !next(symbol) {
					break
				}
			}
		}
	}
	return packets
}

// time unwraps a reference time of 24 bits.
func (h *History) time(reference uint32) time.Duration {
	now := int64(reference & 0xffffff)
	if h.begun {
		now = h.reference + (now-h.reference+1<<23)&0xffffff - 1<<23
	}
	h.reference, h.begun = now, true
	return time.Duration(now) * 64 * time.Millisecond
}
