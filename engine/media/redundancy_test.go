package media

import (
	"bytes"
	"testing"
	"time"

	"github.com/pion/rtp"
)

func numbered(i int) EncodedFrame {
	return EncodedFrame{Data: bytes.Repeat([]byte{byte(i)}, 3+i%5), At: time.Duration(i) * 20 * time.Millisecond}
}

func TestRedundancyCarriesEarlierPackets(t *testing.T) {
	t.Parallel()
	var r Redundancy
	for i := range 40 {
		depth := i / 10 // 3 is more than there can be
		f := numbered(i)
		if i >= 25 { // a pause: what was before is not carried
			f.At += time.Second
		}
		wrapped := r.Wrap(f, depth)
		in := &rtp.Packet{Header: rtp.Header{SequenceNumber: uint16(65520 + i), Timestamp: uint32(f.At * SampleRate / time.Second), SSRC: 4}, Payload: wrapped}
		newest, copies, err := unwrap(in)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(newest.Payload, f.Data) || newest.SequenceNumber != in.SequenceNumber || newest.Timestamp != in.Timestamp {
			t.Errorf("packet %d came out as %v", i, newest)
		}
		var want []int
		for _, back := range []int{4, 1} {
			if from := i - back; (depth >= 2 || depth == 1 && back == 1) && (from >= 25 || i < 25) && from >= 0 {
				want = append(want, from)
			}
		}
		if len(copies) != len(want) {
			t.Fatalf("packet %d carries %d, want %v", i, len(copies), want)
		}
		for k, from := range want {
			c := copies[k]
			if !bytes.Equal(c.Payload, numbered(from).Data) || c.SequenceNumber != uint16(65520+from) || c.Timestamp != in.Timestamp-uint32(i-from)*opusFrame || c.SSRC != 4 {
				t.Errorf("packet %d carries %v in place of %d", i, c, from)
			}
		}
	}
}

func TestUnwrapRefuses(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string][]byte{
		"nothing":            {},
		"another type":       {96, 1, 2, 3},
		"half a header":      {0x80 | 111, 0, 0},
		"no last header":     {0x80 | 111, 0, 0, 1},
		"longer than it is":  {0x80 | 111, 0, 0, 9, 111, 1, 2, 3},
		"another type again": {0x80 | 96, 0, 0, 1, 111, 1, 2, 3},
		"too many":           {0x80 | 111, 0, 0, 0, 0x80 | 111, 0, 0, 0, 0x80 | 111, 0, 0, 0, 111, 1},
	} {
		if _, _, err := unwrap(&rtp.Packet{Payload: payload}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// What is missing is filled in from what comes later; what is here already is not disturbed.
func TestPlayoutFillsGapsFromCopies(t *testing.T) {
	t.Parallel()
	r := newPlayoutRig(t)
	var red Redundancy
	wrapped := func(i int) *rtp.Packet {
		return voicePacket(i, red.Wrap(EncodedFrame{Data: r.packets[i%len(r.packets)], At: time.Duration(i) * 20 * time.Millisecond}, 2))
	}
	push := func(p *rtp.Packet) { r.PushRedundant(p, time.Unix(1000, 0).Add(r.now)) }
	lost := 0
	var late *rtp.Packet
	for i := range 500 {
		p := wrapped(i)
		switch {
		case i >= 100 && i%10 < 3: // a burst
			lost++
			late = p
		default:
			push(p)
			if i >= 100 && i%10 == 3 {
				push(p)    // again: nothing new
				push(late) // it comes after all, while its copy waits
				lost--
			}
		}
		r.play()
		r.play()
	}
	s := r.Stats()
	if s.Recovered < uint64(lost)*9/10 || s.Concealed > uint64(lost)/10 || s.Resets+s.Skipped != 0 {
		t.Errorf("of %d lost packets: %+v", lost, s)
	}
	if s.Decoded+s.Recovered+s.Concealed > 500 {
		t.Errorf("more was played than sent: %+v", s)
	}
	if s.Target < 100*time.Millisecond {
		t.Errorf("it waits for %v, copies come 80 ms later", s.Target)
	}
}
