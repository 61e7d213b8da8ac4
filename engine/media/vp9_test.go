package media

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// fakeVP9 is a frame that only the assembler takes for one.
func fakeVP9(key bool, n, size int) []byte {
	start := []byte{0x86}
	if key {
		start = []byte{0x82, 0x49, 0x83, 0x42, 0, 0x27, 0xf0, 0x16, 0x70}
	}
	return append(start, bytes.Repeat([]byte{byte(n)}, size)...)
}

// Packets of VP9 come whole, late, doubled, in disorder and not at all. Of each frame the script says which of its packets come, in which
// order; between two steps a picture's time passes.
func TestAssemblerVP9(t *testing.T) {
	t.Parallel()
	type step struct {
		frame int
		parts []int // of three
	}
	all := []int{0, 1, 2}
	for _, c := range []struct {
		name   string
		keys   []int
		steps  []step
		out    []int
		lost   uint64
		wanted bool
	}{
		{"whole", []int{0}, []step{{0, all}, {1, all}, {2, all}}, []int{0, 1, 2}, 0, false},
		{"disorder in a frame", []int{0}, []step{{0, all}, {1, []int{2, 0, 1}}, {2, []int{1, 2, 0}}}, []int{0, 1, 2}, 0, false},
		{"disorder of frames", []int{0}, []step{{0, all}, {2, all}, {1, all}}, []int{0, 1, 2}, 0, false},
		{"doubled", []int{0}, []step{{0, all}, {0, all}, {1, []int{0, 0, 1, 2, 2}}, {1, all}}, []int{0, 1}, 0, false},
		{"first packet repaired", []int{0}, []step{{0, all}, {1, []int{1, 2}}, {2, all}, {1, []int{0}}}, []int{0, 1, 2}, 0, false},
		{"last packet repaired", []int{0}, []step{{0, all}, {1, []int{0, 1}}, {2, all}, {1, []int{2}}}, []int{0, 1, 2}, 0, false},
		{"lost start", []int{0, 7}, []step{{0, all}, {1, []int{1, 2}}, {2, all}, {3, all}, {4, all}, {5, all}, {6, all}, {7, all}, {8, all}}, []int{0, 7, 8}, 1, true},
		{"lost frame, then a key frame", []int{0, 3}, []step{{0, all}, {2, all}, {3, all}, {4, all}}, []int{0, 3, 4}, 3, true},
		{"begins without a key frame", []int{2}, []step{{0, all}, {1, all}, {2, all}, {3, all}}, []int{2, 3}, 0, true},
		{"begins in a key frame", []int{0, 2}, []step{{0, []int{1, 2}}, {1, all}, {2, all}}, []int{2}, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newAssemblerRig()
			r.asm.format = VP9
			z := packetizer{format: VP9, seq: 65530} // wraps
			var sent [12][]*rtp.Packet
			for n := range sent {
				if sent[n] = z.packets(fakeVP9(slices.Contains(c.keys, n), n, 3000), uint32(n*3000)); len(sent[n]) != 3 {
					t.Fatalf("frame %d has %d packets", n, len(sent[n]))
				}
			}
			for _, s := range c.steps {
				for _, part := range s.parts {
					r.push(sent[s.frame][part])
				}
				r.now = r.now.Add(2 * frameTime)
			}
			var got []int
			for _, f := range r.out {
				n := int(f.ts / 3000)
				got = append(got, n)
				if key := slices.Contains(c.keys, n); f.key != key || !bytes.Equal(f.data, fakeVP9(key, n, 3000)) {
					t.Errorf("frame %d came out as another, key %t", n, f.key)
				}
			}
			if !slices.Equal(got, c.out) || r.asm.lost != c.lost || r.asm.wanted != c.wanted {
				t.Errorf("frames %v, %d packets lost, wanted %t", got, r.asm.lost, r.asm.wanted)
			}
		})
	}
}

func TestDepacketizeVP9(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		payload    []byte
		data       int
		start, key bool
	}{
		{"nothing", nil, 0, false, false},
		{"a descriptor alone", []byte{0x8c, 0x80, 1}, 0, false, false},
		{"a cut picture number", []byte{0x88, 0x80}, 0, false, false},
		{"a cut layer", []byte{0x28}, 0, false, false},
		{"references without end", []byte{0x58, 3, 3, 3, 3, 3, 3}, 0, false, false},
		{"a structure that is cut", []byte{0x0a, 0xff, 0, 1}, 0, false, false},
		{"a key frame", []byte{0x88, 0x80, 1, 0x82, 0x49}, 2, true, true},
		{"... with its structure", []byte{0x8a, 0x80, 1, 0x18, 2, 0x80, 1, 0x68, 1, 0x14, 1, 0x82, 0x49}, 2, true, true},
		{"... with a short picture number", []byte{0x88, 1, 0x82}, 1, true, true},
		{"the rest of one", []byte{0x84, 0x80, 1, 0x82, 0x49}, 2, false, false},
		{"a frame that refers to others", []byte{0xc8, 0x80, 1, 0x86}, 1, true, false},
		{"... and says that it does not", []byte{0x88, 0x80, 1, 0x86}, 1, true, false},
		{"a key frame that says it refers to others", []byte{0xc8, 0x80, 1, 0x82}, 1, true, false},
		{"an older frame shown", []byte{0x88, 0x80, 1, 0x88}, 1, true, false},
		{"another profile", []byte{0x88, 0x80, 1, 0xa2}, 1, true, false},
		{"the start of an upper layer", []byte{0xa8, 0x80, 1, 0x02, 0, 0x86}, 1, false, false},
	} {
		data, start, key := VP9.depacketize(c.payload)
		if len(data) != c.data || start != c.start || key != c.key {
			t.Errorf("%s: %d bytes, start %t, key %t", c.name, len(data), start, key)
		}
	}
}

func TestVP9Header(t *testing.T) {
	t.Parallel()
	key := []byte{0x82, 0x49, 0x83, 0x42, 0, 0x27, 0xf0, 0x16, 0x70, 0, 0, 0}
	with := func(at int, b byte) []byte {
		k := slices.Clone(key)
		k[at] = b
		return k
	}
	for _, c := range []struct {
		name  string
		frame []byte
		want  frameHeader
		ok    bool
	}{
		{"nothing", nil, frameHeader{}, false},
		{"cut", key[:9], frameHeader{}, false},
		{"640×360", key, frameHeader{key: true, w: 640, h: 360}, true},
		{"no sync code", with(2, 0x84), frameHeader{}, false},
		{"RGB", with(4, 0xe0), frameHeader{}, false},
		{"not shown", with(0, 0x80), frameHeader{}, false},
		{"an older one shown", with(0, 0x8a), frameHeader{}, false},
		{"profile 1", with(0, 0xa2), frameHeader{}, false},
		{"no marker", with(0, 0x42), frameHeader{}, false},
		{"of the size of a picture before", []byte{0x86, 0, 0x40, 0x02, 0, 0}, frameHeader{}, true},
		{"of the size of the third picture before", []byte{0x86, 0, 0, 0, 0x80, 0}, frameHeader{}, true},
		{"of a size of its own", []byte{0x86, 0, 0, 0, 0x7f, 0xff, 0xff}, frameHeader{}, false},
		{"of a size of its own, and resilient", []byte{0x87, 0, 0, 0, 0, 0xff, 0xff}, frameHeader{}, false},
		{"two in one", append(slices.Clone(key), 0xc1, 5, 7, 0xc1), frameHeader{}, false},
		{"the end only looks like an index", append(slices.Clone(key), 0xc0, 5, 7, 0xc1), frameHeader{key: true, w: 640, h: 360}, true},
	} {
		if h, ok := vp9Header(c.frame); h != c.want || ok != c.ok {
			t.Errorf("%s: %+v, %t", c.name, h, ok)
		}
	}
}

func TestVP9DecoderRefuses(t *testing.T) {
	t.Parallel()
	enc, dec := newEncoder(t, Video{Format: VP9, Screen: true}), newDecoder(t, VP9)
	coded := func(n, w, h int) []byte {
		data, _, err := enc.encode(scene(w, h, n), time.Duration(n)*frameTime, false)
		if err != nil || data == nil {
			t.Fatalf("frame %d is not coded: %v", n, err)
		}
		return slices.Clone(data)
	}
	key, delta := coded(0, 64, 48), coded(1, 64, 48)
	other := coded(2, 128, 96)
	huge := slices.Clone(key)
	huge[5], huge[7] = 0xff, 0xff // more than 4096 pixels each way
	for _, c := range []struct {
		name  string
		frame []byte
		err   error
	}{
		{"nothing", nil, ErrBadFrame},
		{"zeros", make([]byte, 100), ErrBadFrame},
		{"VP8", []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0}, ErrBadFrame},
		{"huge", huge, ErrBadFrame},
		{"half a key frame", key[:12], ErrBadFrame},
		{"delta first", delta, ErrNeedKeyFrame},
		{"key frame", key, nil},
		{"delta", delta, nil},
		{"cut delta", delta[:3], ErrBadFrame},
		{"delta after a bad one", delta, ErrNeedKeyFrame},
		{"key frame again", key, nil},
		{"a second frame of another size behind it", append(slices.Clone(key), other...), ErrBadFrame},
		{"delta after that", delta, ErrNeedKeyFrame},
		{"a huge frame behind it", append(slices.Clone(key), huge...), ErrBadFrame},
		{"another size", other, nil},
	} {
		img, err := dec.Decode(c.frame)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v, not %v", c.name, err, c.err)
		}
		if err == nil && img == nil {
			t.Errorf("%s: no picture", c.name)
		}
	}
}
