package media

import (
	"fmt"
	"image"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"
)

var benchSizes = [][2]int{{640, 360}, {1280, 720}}

func BenchmarkVP8Encode(b *testing.B) {
	for _, s := range benchSizes {
		b.Run(fmt.Sprintf("%dx%d", s[0], s[1]), func(b *testing.B) {
			enc := newEncoder(b, Video{BitRate: 1_500_000})
			var in [16]*image.YCbCr
			for n := range in {
				in[n] = scene(s[0], s[1], n)
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if _, _, err := enc.encode(in[n%len(in)], time.Duration(n)*frameTime, false); err != nil {
					b.Fatal(err)
				}
				n++
			}
		})
	}
}

func BenchmarkVP8Decode(b *testing.B) {
	for _, s := range benchSizes {
		b.Run(fmt.Sprintf("%dx%d", s[0], s[1]), func(b *testing.B) {
			enc, dec := newEncoder(b, Video{BitRate: 1_500_000}), newDecoder(b, VP8)
			var in [][]byte
			for n := range 30 {
				data, _, err := enc.encode(scene(s[0], s[1], n), time.Duration(n)*frameTime, false)
				if err != nil {
					b.Fatal(err)
				}
				if data != nil {
					in = append(in, slices.Clone(data))
				}
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if _, err := dec.Decode(in[n%len(in)]); err != nil {
					b.Fatal(err)
				}
				n++
			}
		})
	}
}

func BenchmarkView(b *testing.B) {
	for _, c := range []struct {
		name string
		w, h int
	}{{"same size", 1280, 720}, {"half", 640, 360}, {"tile", 500, 282}} {
		b.Run("720p to "+c.name, func(b *testing.B) {
			var f Feed
			v := NewView(Cover)
			defer f.Attach(v)()
			v.SetSize(c.w, c.h)
			img := scene(1280, 720, 0)
			b.ReportAllocs()
			for b.Loop() {
				f.Push(img)
				v.Take()
			}
		})
	}
}

func BenchmarkConvert(b *testing.B) {
	for _, s := range benchSizes {
		src, err := planesOf(scene(s[0], s[1], 0))
		if err != nil {
			b.Fatal(err)
		}
		rgba := image.NewRGBA(image.Rect(0, 0, s[0], s[1]))
		for i := 3; i < len(rgba.Pix); i += 4 {
			rgba.Pix[i] = 255
		}
		var c, m canvas
		for name, f := range map[string]func(){
			"to RGBA":   func() { toRGBA(rgba, src) },
			"from RGBA": func() { _, _ = to420(&c, rgba) },
			"mirror":    func() { mirror(m.sized(s[0], s[1]), src) },
		} {
			b.Run(fmt.Sprintf("%s/%dx%d", name, s[0], s[1]), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					f()
				}
			})
		}
	}
}

func BenchmarkScale(b *testing.B) {
	src, err := planesOf(scene(1280, 720, 0))
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range [][2]int{{640, 360}, {500, 282}, {320, 180}, {208, 116}} {
		b.Run(fmt.Sprintf("720p to %dx%d", s[0], s[1]), func(b *testing.B) {
			var small shrinker
			b.ReportAllocs()
			for b.Loop() {
				small.to(src, s[0], s[1])
			}
		})
	}
}

// One iteration is a picture of the camera in all layers.
func BenchmarkLayers(b *testing.B) {
	s := &VideoSender{capture: capture{done: make(chan struct{})}, o: VideoSenderOptions{Out: func(EncodedFrame) {}}, start: time.Now()}
	for i := range s.lanes {
		s.lanes[i] = newLane(uint8(i), Video{})
		defer s.lanes[i].enc.close()
	}
	s.SetMaxSize(0, 0)
	s.SetLayers([Layers]int{1_500_000, 500_000, 180_000})
	var in [16]*image.YCbCr
	for n := range in {
		in[n] = scene(1280, 720, n)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if err := s.picture(in[n%len(in)], s.start.Add(time.Duration(n)*frameTime)); err != nil {
			b.Fatal(err)
		}
		n++
	}
}

func BenchmarkAssembler(b *testing.B) {
	var z packetizer
	var all []*rtp.Packet
	for n := range 100 {
		all = append(all, z.packets(fakeFrame(n == 0, n, 6000), uint32(n*3000))...)
	}
	r := newAssemblerRig()
	seq := uint16(0)
	b.ReportAllocs()
	for b.Loop() {
		p := all[int(seq)%len(all)]
		p.SequenceNumber = seq
		seq++
		r.asm.push(p, r.now)
		for {
			if _, ok := r.asm.pop(r.now); !ok {
				break
			}
		}
	}
}

// One iteration is 10 ms of the speaker, decoding included.
func BenchmarkMix(b *testing.B) {
	packets := opusPackets(b, Opus{}, voice(4))
	for _, streams := range []int{1, 4, 8} {
		b.Run(fmt.Sprintf("%d streams", streams), func(b *testing.B) {
			m := NewMixer()
			all := make([]*playoutRig, streams)
			for i := range all {
				all[i] = newPlayoutRig(b)
				m.Add(fmt.Sprint(i), all[i], 1)
			}
			out := make([]float32, Block)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				if n%2 == 0 {
					for i, p := range all {
						p.now = time.Duration(n) * 10 * time.Millisecond
						p.push(voicePacket(n/2, packets[(n/2+i*37)%len(packets)]))
					}
				}
				m.Mix(out)
				n++
			}
		})
	}
}

func BenchmarkOpusEncode(b *testing.B) {
	pcm := voice(4)
	enc, err := newOpusEncoder(Opus{})
	if err != nil {
		b.Fatal(err)
	}
	defer enc.close()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		from := n * opusFrame % (len(pcm) - opusFrame)
		if _, err := enc.encode(pcm[from : from+opusFrame]); err != nil {
			b.Fatal(err)
		}
		n++
	}
}
