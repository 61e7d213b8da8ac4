package media

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// fakeFrame is a frame that only the assembler takes for one.
func fakeFrame(key bool, n, size int) []byte {
	f := bytes.Repeat([]byte{byte(n)}, max(size, 10))
	f[0] = 1
	if key {
		f[0] = 0
	}
	return f
}

type assemblerRig struct {
	asm assembler
	now time.Time
	out []assembled
}

func newAssemblerRig() *assemblerRig { return &assemblerRig{now: time.Unix(1000, 0)} }

func (r *assemblerRig) push(ps ...*rtp.Packet) {
	for _, p := range ps {
		r.asm.push(p, r.now)
		for {
			f, ok := r.asm.pop(r.now)
			if !ok {
				break
			}
			f.data = bytes.Clone(f.data)
			r.out = append(r.out, f)
		}
	}
}

func TestAssemblerGivesFramesAtTheirLastPacket(t *testing.T) {
	t.Parallel()
	r := newAssemblerRig()
	z := packetizer{seq: 65000} // wraps
	for n := range 3000 {
		size := 500 + n%7*3000
		if n%60 == 0 {
			size = 60000
		}
		f := fakeFrame(n%60 == 0, n, size)
		ps := z.packets(f, uint32(n*3000))
		r.push(ps[:len(ps)-1]...)
		if len(r.out) != n {
			t.Fatalf("frame %d came early", n)
		}
		r.push(ps[len(ps)-1])
		if len(r.out) != n+1 || !bytes.Equal(r.out[n].data, f) || r.out[n].key != (n%60 == 0) || r.out[n].ts != uint32(n*3000) {
			t.Fatalf("frame %d is not what was sent", n)
		}
	}
	if r.asm.lost+r.asm.late+r.asm.duplicates+r.asm.discarded != 0 || r.asm.wanted {
		t.Errorf("counted %+v of a perfect network", []uint64{r.asm.lost, r.asm.late, r.asm.duplicates, r.asm.discarded})
	}
}

func TestAssemblerPutsInOrder(t *testing.T) {
	t.Parallel()
	r := newAssemblerRig()
	z := packetizer{seq: 65500}
	var all []*rtp.Packet
	for n := range 200 {
		all = append(all, z.packets(fakeFrame(n == 0, n, 3000), uint32(n*3000))...)
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	for i := 3; i < len(all); i += 8 { // disorder within 8 packets, after the first frame; and some come twice
		part := all[i:min(i+8, len(all))]
		rnd.Shuffle(len(part), func(a, b int) { part[a], part[b] = part[b], part[a] })
	}
	for i, p := range all {
		r.push(p)
		if i%10 == 0 {
			r.push(p)
		}
	}
	if len(r.out) != 200 {
		t.Fatalf("%d of 200 frames", len(r.out))
	}
	for n, f := range r.out {
		if !bytes.Equal(f.data, fakeFrame(n == 0, n, 3000)) {
			t.Fatalf("frame %d is not what was sent", n)
		}
	}
	if r.asm.lost != 0 || r.asm.duplicates+r.asm.late != uint64((len(all)+9)/10) {
		t.Errorf("lost %d, duplicates %d, late %d", r.asm.lost, r.asm.duplicates, r.asm.late)
	}
}

func TestAssemblerWaitsForRepair(t *testing.T) {
	t.Parallel()
	r := newAssemblerRig()
	var z packetizer
	r.push(z.packets(fakeFrame(true, 0, 3000), 0)...)
	broken := z.packets(fakeFrame(false, 1, 3000), 3000)
	r.push(broken[0], broken[2])
	for n := 2; n < 8; n++ { // 200 ms
		r.now = r.now.Add(frameTime)
		r.push(z.packets(fakeFrame(false, n, 3000), uint32(n*3000))...)
	}
	if len(r.out) != 1 || r.asm.wanted {
		t.Fatalf("%d frames, wanted %t, while a repair may still come", len(r.out), r.asm.wanted)
	}
	r.push(broken[1])
	if len(r.out) != 8 || r.asm.lost != 0 || r.asm.wanted {
		t.Errorf("%d frames, lost %d, wanted %t after the repair", len(r.out), r.asm.lost, r.asm.wanted)
	}
}

func TestAssemblerGivesUp(t *testing.T) {
	t.Parallel()
	r := newAssemblerRig()
	var z packetizer
	r.push(z.packets(fakeFrame(true, 0, 3000), 0)...)
	broken := z.packets(fakeFrame(false, 1, 3000), 3000)
	r.push(broken[0], broken[2])
	frames := func(from, to int) {
		for n := from; n < to; n++ {
			r.now = r.now.Add(frameTime)
			r.push(z.packets(fakeFrame(false, n, 3000), uint32(n*3000))...)
		}
	}
	frames(2, 11) // 300 ms
	if len(r.out) != 1 || !r.asm.wanted || r.asm.lost != 0 {
		t.Fatalf("in doubt: %d frames, wanted %t, lost %d", len(r.out), r.asm.wanted, r.asm.lost)
	}
	frames(11, 15) // 433 ms
	if len(r.out) != 1 || !r.asm.wanted || r.asm.lost != 1 {
		t.Fatalf("%d frames, wanted %t, lost %d", len(r.out), r.asm.wanted, r.asm.lost)
	}
	r.push(broken[1]) // far too late
	r.push(z.packets(fakeFrame(false, 15, 100), 45000)...)
	if len(r.out) != 1 {
		t.Fatal("a frame came out that refers to a lost one")
	}
	r.push(z.packets(fakeFrame(true, 16, 3000), 48000)...)
	r.push(z.packets(fakeFrame(false, 17, 100), 51000)...)
	if len(r.out) != 3 || !r.out[1].key || r.asm.late != 1 {
		t.Errorf("%d frames, late %d", len(r.out), r.asm.late)
	}
}

// A whole key frame behind a gap ends the waiting at once.
func TestAssemblerJumpsToKeyFrame(t *testing.T) {
	t.Parallel()
	r := newAssemblerRig()
	var z packetizer
	r.push(z.packets(fakeFrame(true, 0, 3000), 0)...)
	r.push(z.packets(fakeFrame(false, 1, 3000), 3000)[1:]...)
	r.push(z.packets(fakeFrame(false, 2, 3000), 6000)...)
	r.push(z.packets(fakeFrame(true, 3, 3000), 9000)...)
	if len(r.out) != 2 || !r.out[1].key {
		t.Errorf("%d frames", len(r.out))
	}
}

func TestAssemblerStart(t *testing.T) {
	t.Parallel()
	t.Run("in the middle of a frame", func(t *testing.T) {
		t.Parallel()
		r := newAssemblerRig()
		var z packetizer
		r.push(z.packets(fakeFrame(true, 0, 3000), 0)[1:]...)
		r.push(z.packets(fakeFrame(false, 1, 3000), 3000)...)
		if len(r.out) != 0 || !r.asm.wanted {
			t.Errorf("%d frames, wanted %t", len(r.out), r.asm.wanted)
		}
	})
	t.Run("in disorder", func(t *testing.T) {
		t.Parallel()
		r := newAssemblerRig()
		var z packetizer
		ps := z.packets(fakeFrame(true, 0, 3000), 0)
		r.push(ps[1], ps[0], ps[2])
		if len(r.out) != 1 || r.asm.wanted {
			t.Errorf("%d frames, wanted %t", len(r.out), r.asm.wanted)
		}
	})
	t.Run("anew", func(t *testing.T) {
		t.Parallel()
		for _, z2 := range []packetizer{{seq: 30000}, {seq: 0, ssrc: 7}, {seq: 5}} {
			r := newAssemblerRig()
			z := packetizer{seq: 3000}
			r.push(z.packets(fakeFrame(true, 0, 3000), 0)...)
			for n := range 100 {
				r.push(z2.packets(fakeFrame(n%20 == 0, n, 1000), uint32(n*3000))...)
			}
			if len(r.out) < 40 {
				t.Errorf("%d frames of a new start", len(r.out))
			}
		}
	})
}

func TestAssemblerIgnoresPadding(t *testing.T) {
	t.Parallel()
	r := newAssemblerRig()
	var z packetizer
	pad := func() {
		r.push(&rtp.Packet{Header: rtp.Header{SequenceNumber: z.seq, Padding: true}})
		z.seq++
	}
	pad()
	r.push(z.packets(fakeFrame(true, 0, 3000), 0)...)
	pad()
	pad()
	ps := z.packets(fakeFrame(false, 1, 900), 3000)
	r.push(ps...)
	if len(r.out) != 2 || r.asm.wanted || r.asm.discarded != 0 {
		t.Errorf("%d frames, wanted %t, discarded %d", len(r.out), r.asm.wanted, r.asm.discarded)
	}
}

// Without marker bits a frame ends when the time changes.
func TestAssemblerWithoutMarkers(t *testing.T) {
	t.Parallel()
	r := newAssemblerRig()
	var z packetizer
	for n := range 10 {
		for _, p := range z.packets(fakeFrame(n == 0, n, 3000), uint32(n*3000)) {
			p.Marker = false
			r.push(p)
		}
	}
	if len(r.out) != 9 || r.asm.wanted {
		t.Errorf("%d frames, wanted %t", len(r.out), r.asm.wanted)
	}
}

func FuzzAssembler(f *testing.F)    { fuzzAssembler(f, VP8) }
func FuzzAssemblerVP9(f *testing.F) { fuzzAssembler(f, VP9) }

func fuzzAssembler(f *testing.F, format Format) {
	f.Add([]byte{0, 0, 0x90, 0x10, 0, 0, 0, 0, 1, 0, 0x10, 0x10, 1, 1})
	f.Add([]byte{0, 0, 4, 0x08, 0x82, 0x49, 0x83, 1, 1, 3, 0x40, 0x86, 1})
	f.Fuzz(func(t *testing.T, script []byte) {
		r := newAssemblerRig()
		r.asm.format = format
		seq := uint16(0)
		for len(script) >= 4 {
			op := script[0]
			seq += uint16(int16(int8(script[1])))
			if op&0x40 != 0 {
				seq += uint16(script[1]) << 8
			}
			n := min(int(script[2]&0x1f), len(script)-3)
			p := &rtp.Packet{Header: rtp.Header{
				SequenceNumber: seq, Marker: op&1 != 0, Timestamp: uint32(op & 6), SSRC: uint32(op >> 7),
			}, Payload: script[3 : 3+n]}
			script = script[3+n:]
			r.now = r.now.Add(time.Duration(op&0x38) * time.Millisecond)
			r.push(p)
			if len(r.out) == 0 {
				continue
			}
			last := r.out[len(r.out)-1]
			if len(last.data) == 0 {
				t.Fatal("an empty frame")
			}
			if !r.out[0].key {
				t.Fatal("the first frame is no key frame")
			}
			if int16(r.asm.high-r.asm.next) >= reorderSlots {
				t.Fatal("more packets are held than there is room for")
			}
		}
	})
}
