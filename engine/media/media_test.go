package media

import (
	"image"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/mediadevices/pkg/wave"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
)

// scene draws a picture of a moving block on a textured ground, different for each n.
func scene(w, h, n int) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	ground := make([]float64, w)
	for x := range ground {
		ground[x] = 100 + 60*math.Sin(float64(x)/17)
	}
	for y := range h {
		row, light := img.Y[y*img.YStride:][:w], 40*math.Cos(float64(y)/11)
		for x, g := range ground {
			row[x] = uint8(g + light)
		}
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = uint8(100+i%41), uint8(150-i%37)
	}
	bx, by := (n*5)%(w/2), (n*3)%(h/2)
	for y := by; y < by+h/4; y++ {
		for x := bx; x < bx+w/4; x++ {
			img.Y[y*img.YStride+x] = 200
		}
	}
	return img
}

// psnr compares the brightness of two pictures of one size, in dB.
func psnr(a, b *image.YCbCr) float64 {
	var sum float64
	w, h := a.Rect.Dx(), a.Rect.Dy()
	for y := range h {
		ra, rb := a.Y[y*a.YStride:], b.Y[y*b.YStride:]
		for x := range w {
			d := float64(ra[x]) - float64(rb[x])
			sum += d * d
		}
	}
	if sum == 0 {
		return 99
	}
	return 10 * math.Log10(255*255*float64(w*h)/sum)
}

// packetizer makes RTP packets of frames.
type packetizer struct {
	format Format
	seq    uint16
	ssrc   uint32

	vp9 codecs.VP9Payloader // counts the pictures
}

func (z *packetizer) packets(frame []byte, ts uint32) []*rtp.Packet {
	var out []*rtp.Packet
	var parts [][]byte
	if z.format == VP9 {
		parts = z.vp9.Payload(1188, frame)
	} else {
		parts = (&codecs.VP8Payloader{}).Payload(1188, frame)
	}
	for i, p := range parts {
		out = append(out, &rtp.Packet{Header: rtp.Header{
			Version: 2, SequenceNumber: z.seq, Timestamp: ts, SSRC: z.ssrc, Marker: i == len(parts)-1,
		}, Payload: p})
		z.seq++
	}
	return out
}

// voice is speech-like: a gliding pitch with harmonics and a syllable rhythm, never twice the same.
func voice(seconds float64) []float32 {
	pcm := make([]float32, int(seconds*SampleRate))
	r := rand.New(rand.NewPCG(1, 2))
	phase := 0.0
	for i := range pcm {
		t := float64(i) / SampleRate
		phase += 2 * math.Pi * (140 + 30*math.Sin(2*math.Pi*0.7*t)) / SampleRate
		var v float64
		for k := 1; k <= 12; k++ {
			v += math.Sin(float64(k)*phase) / float64(k)
		}
		syllable := 0.15 + 0.85*math.Pow(math.Abs(math.Sin(2*math.Pi*1.9*t)), 2)
		pcm[i] = float32(0.15*v*syllable + 0.004*r.NormFloat64())
	}
	return pcm
}

// opusPackets encodes pcm.
func opusPackets(t testing.TB, o Opus, pcm []float32) [][]byte {
	t.Helper()
	enc, err := newOpusEncoder(o)
	if err != nil {
		t.Fatal(err)
	}
	defer enc.close()
	var out [][]byte
	for i := 0; i+opusFrame <= len(pcm); i += opusFrame {
		p, err := enc.encode(pcm[i : i+opusFrame])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// source is a camera or microphone of a test: it gives what next returns until it is closed or fails.
type source[T any] struct {
	next   func(n int) (T, error) // may wait; n counts from 0
	n      int
	once   sync.Once
	closed chan struct{}
}

func newSource[T any](next func(n int) (T, error)) *source[T] {
	return &source[T]{next: next, closed: make(chan struct{})}
}

func (s *source[T]) Read() (v T, release func(), err error) {
	select {
	case <-s.closed:
		return v, nil, io.EOF
	default:
	}
	v, err = s.next(s.n)
	s.n++
	return v, func() {}, err
}
func (s *source[T]) Label() string { return "test source" }
func (s *source[T]) Close() error  { s.once.Do(func() { close(s.closed) }); return nil }

func float32Block(pcm []float32) wave.Audio {
	return &wave.Float32Interleaved{Data: pcm, Size: wave.ChunkInfo{Len: len(pcm), Channels: 1, SamplingRate: SampleRate}}
}

// eventually waits until reason returns "", and fails with the last reason.
func eventually(t testing.TB, reason func() string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		last := reason()
		if last == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(last)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// noLeak fails the test if one of this package's goroutines that are named outlives it.
func noLeak(t testing.TB, of ...string) {
	t.Helper()
	t.Cleanup(func() {
		eventually(t, func() string {
			buf := make([]byte, 1<<20)
			stacks := string(buf[:runtime.Stack(buf, true)])
			for _, name := range of {
				if strings.Contains(stacks, name) {
					return "still running: " + name
				}
			}
			return ""
		})
	})
}
