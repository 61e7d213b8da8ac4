package media

import (
	"errors"
	"io"
	"math"
	"testing"

	"github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/prop"
	"github.com/pion/mediadevices/pkg/wave"
)

func newOpus(t testing.TB) *OpusDecoder {
	t.Helper()
	d, err := NewOpusDecoder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// envelope is the loudness of each 20 ms, in dB.
func envelope(pcm []float32) []float64 {
	var out []float64
	for i := 0; i+opusFrame <= len(pcm); i += opusFrame {
		out = append(out, 20*math.Log10(float64(rms(pcm[i:i+opusFrame]))+1e-4))
	}
	return out
}

// likeness is the correlation of two envelopes.
func likeness(a, b []float64) float64 {
	n := min(len(a), len(b))
	var ma, mb, ab, aa, bb float64
	for i := range n {
		ma, mb = ma+a[i]/float64(n), mb+b[i]/float64(n)
	}
	for i := range n {
		ab += (a[i] - ma) * (b[i] - mb)
		aa += (a[i] - ma) * (a[i] - ma)
		bb += (b[i] - mb) * (b[i] - mb)
	}
	return ab / math.Sqrt(aa*bb)
}

func TestOpusRoundTrip(t *testing.T) {
	t.Parallel()
	for _, o := range []Opus{{}, {BitRate: 64_000}, {Music: true}} {
		pcm := voice(3)
		dec := newOpus(t)
		var got []float32
		bytes := 0
		buf := make([]float32, opusMaxFrame)
		for _, p := range opusPackets(t, o, pcm) {
			bytes += len(p)
			n, err := dec.Decode(p, buf)
			if err != nil || n != opusFrame {
				t.Fatalf("%d samples, %v", n, err)
			}
			got = append(got, buf[:n]...)
		}
		if l := likeness(envelope(pcm), envelope(got)); l < 0.97 {
			t.Errorf("%+v: likeness %.3f", o, l)
		}
		if kbps, want := bytes*8/3000, o.filled().BitRate/1000; kbps > want*5/4 || kbps < want/3 {
			t.Errorf("%+v: %d kbit/s", o, kbps)
		}
	}
}

// The coarse copies must help: a lost packet comes back more like itself than what is invented.
func TestOpusRecovers(t *testing.T) {
	t.Parallel()
	pcm := voice(6)
	packets := opusPackets(t, Opus{BitRate: 32_000, FEC: true, LossPercent: 10}, pcm)
	copies := 0
	for _, p := range packets {
		if carriesCopy(p) {
			copies++
		}
	}
	if copies < len(packets)/2 {
		t.Fatalf("only %d of %d packets carry a copy", copies, len(packets))
	}
	plain := opusPackets(t, Opus{BitRate: 32_000}, pcm)
	for _, p := range plain {
		if carriesCopy(p) {
			t.Fatal("a packet carries a copy without FEC")
		}
	}
	distance := func(recover bool) (sum float64) {
		dec, ref := newOpus(t), newOpus(t)
		buf, want := make([]float32, opusFrame), make([]float32, opusFrame)
		for i, p := range packets {
			if _, err := ref.Decode(p, want); err != nil {
				t.Fatal(err)
			}
			var err error
			switch {
			case i%5 != 4 || i+1 == len(packets):
				_, err = dec.Decode(p, buf)
			case recover:
				_, err = dec.Recover(packets[i+1], buf)
			default:
				_, err = dec.Conceal(buf)
			}
			if err != nil {
				t.Fatal(err)
			}
			for k := range buf {
				d := float64(buf[k] - want[k])
				sum += d * d
			}
		}
		return sum
	}
	if with, without := distance(true), distance(false); with > 0.7*without {
		t.Errorf("error %.1f with the copies, %.1f without", with, without)
	}
}

func TestOpusDecoderRefuses(t *testing.T) {
	t.Parallel()
	d := newOpus(t)
	buf := make([]float32, opusMaxFrame)
	for _, bad := range [][]byte{nil, {}, {0xff, 0xff, 0xff}} {
		if n, err := d.Decode(bad, buf); err == nil {
			t.Errorf("%v gave %d samples", bad, n)
		}
	}
	d.Close()
	d.Close()
	if _, err := d.Decode([]byte{0}, buf); !errors.Is(err, errClosed) {
		t.Errorf("%v after Close", err)
	}
}

// The builder must work inside mediadevices, with blocks of any length and layout.
func TestOpusBehindMediadevices(t *testing.T) {
	t.Parallel()
	pcm := voice(1)
	src := newSource(func(n int) (wave.Audio, error) {
		from := n * 700
		if from+700 > len(pcm) {
			return nil, io.EOF
		}
		stereo := &wave.Int16Interleaved{Size: wave.ChunkInfo{Len: 700, Channels: 2, SamplingRate: SampleRate}}
		for _, v := range pcm[from : from+700] {
			stereo.Data = append(stereo.Data, int16(v*32767), int16(v*32767))
		}
		return stereo, nil
	})
	enc, err := Opus{}.BuildAudioEncoder(src, prop.Media{})
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	if err := enc.Controller().(codec.BitRateController).SetBitRate(24_000); err != nil {
		t.Error(err)
	}
	dec, buf := newOpus(t), make([]float32, opusMaxFrame)
	var got []float32
	for {
		p, release, err := enc.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n, err := dec.Decode(p, buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:n]...)
		release()
	}
	if len(got) < len(pcm)-2*opusFrame || likeness(envelope(pcm), envelope(got)) < 0.95 {
		t.Errorf("%d of %d samples, likeness %.3f", len(got), len(pcm), likeness(envelope(pcm), envelope(got)))
	}
}

func TestMonoTakesEveryLayout(t *testing.T) {
	t.Parallel()
	size := wave.ChunkInfo{Len: 2, Channels: 2, SamplingRate: SampleRate}
	for _, chunk := range []wave.Audio{
		&wave.Float32Interleaved{Data: []float32{0.5, 0, -0.25, -0.25}, Size: size},
		&wave.Float32NonInterleaved{Data: [][]float32{{0.5, -0.25}, {0, -0.25}}, Size: size},
		&wave.Int16Interleaved{Data: []int16{16384, 0, -8192, -8192}, Size: size},
		&wave.Int16NonInterleaved{Data: [][]int16{{16384, -8192}, {0, -8192}}, Size: size},
	} {
		var m mono
		got, err := m.of(chunk)
		if err != nil || len(got) != 2 || got[0] != 0.25 || got[1] != -0.25 {
			t.Errorf("%T: %v, %v", chunk, got, err)
		}
	}
	for _, chunk := range []wave.Audio{
		nil,
		&wave.Float32Interleaved{Data: make([]float32, 2), Size: wave.ChunkInfo{Len: 2, Channels: 1, SamplingRate: 44100}},
		&wave.Float32Interleaved{Data: make([]float32, 2), Size: wave.ChunkInfo{Len: 3, Channels: 1, SamplingRate: SampleRate}},
		&wave.Int16Interleaved{Size: wave.ChunkInfo{Len: 2, SamplingRate: SampleRate}},
	} {
		var m mono
		if _, err := m.of(chunk); err == nil {
			t.Errorf("%#v was accepted", chunk)
		}
	}
}
