package media

import "github.com/pion/rtp/codecs"

// frameHeader is what the uncompressed start of a frame says.
type frameHeader struct {
	key  bool
	w, h int // of key frames only
}

// header reads the start of a frame that came from others. ok is false if the frame is not as our encoders make them.
func (f Format) header(frame []byte) (h frameHeader, ok bool) {
	if f == VP9 {
		return vp9Header(frame)
	}
	return vp8Header(frame)
}

// depacketize takes the payload descriptor off an RTP packet's payload. start says that the data are the first of a frame, key that this
// is a key frame. Without data the packet is padding, or not of the format.
func (f Format) depacketize(payload []byte) (data []byte, start, key bool) {
	if len(payload) == 0 {
		return nil, false, false
	}
	if f == VP9 { // RFC 9628, with one spatial layer
		var p codecs.VP9Packet
		data, err := p.Unmarshal(payload)
		if err != nil || len(data) == 0 {
			return nil, false, false
		}
		start = p.B && p.SID == 0
		return data, start, start && !p.P && data[0]&vp9Key == vp9Marker
	}
	var p codecs.VP8Packet // RFC 7741
	data, err := p.Unmarshal(payload)
	if err != nil || len(data) == 0 {
		return nil, false, false
	}
	start = p.S == 1 && p.PID == 0
	return data, start, start && data[0]&1 == 0
}

// vp8Header reads RFC 6386 section 9.1.
func vp8Header(frame []byte) (h frameHeader, ok bool) {
	if len(frame) < 3 {
		return h, false
	}
	if frame[0]&1 != 0 {
		return h, true
	}
	if len(frame) < 10 || frame[3] != 0x9d || frame[4] != 0x01 || frame[5] != 0x2a {
		return h, false
	}
	return frameHeader{
		key: true,
		w:   (int(frame[6]) | int(frame[7])<<8) & 0x3fff,
		h:   (int(frame[8]) | int(frame[9])<<8) & 0x3fff,
	}, true
}

// The first byte of a VP9 frame, from its highest bit: the frame marker (2 bits), the profile (2), whether it only shows an older one,
// whether it is no key frame, whether it is shown, whether it is error resilient.
const (
	vp9Marker    = 0x80
	vp9Inter     = 0x04
	vp9Shown     = 0x02
	vp9Resilient = 0x01

	vp9Key = 0xfc // of these bits a key frame of profile 0 has the marker's only
)

// vp9Header reads section 6.2 of the VP9 bitstream specification. Only what our encoder makes is ok: one shown frame of profile 0, of
// which none but a key frame has a size of its own. Others could make the decoder take any amount of memory with a few bytes.
func vp9Header(frame []byte) (h frameHeader, ok bool) {
	if len(frame) < 5 || frame[0]&^(vp9Inter|vp9Resilient) != vp9Marker|vp9Shown {
		return h, false
	}
	if last := frame[len(frame)-1]; last&0xe0 == 0xc0 { // several frames in one, if their index is there (annex B)
		if size := 2 + int(last>>3&3+1)*int(last&7+1); len(frame) >= size && frame[len(frame)-size] == last {
			return h, false
		}
	}
	b := bits{data: frame[1:]}
	if frame[0]&vp9Inter == 0 {
		if len(frame) < 10 || b.take(24) != 0x498342 || b.take(3) == 7 { // the sync code; RGB
			return h, false
		}
		b.take(1) // the range of the colours
		return frameHeader{key: true, w: b.take(16) + 1, h: b.take(16) + 1}, true
	}
	if frame[0]&vp9Resilient == 0 {
		b.take(2) // which contexts begin anew
	}
	b.take(8 + 3*4) // which pictures it replaces, and which it refers to
	for range 3 {
		if b.take(1) == 1 { // its size is that of the picture
			return h, true
		}
	}
	return h, false
}

// bits reads numbers from data, the highest bit first. Behind the end there are zeros.
type bits struct {
	data []byte
	at   int
}

func (b *bits) take(n int) (v int) {
	for range n {
		v <<= 1
		if i := b.at / 8; i < len(b.data) {
			v |= int(b.data[i]>>(7-b.at%8)) & 1
		}
		b.at++
	}
	return v
}
