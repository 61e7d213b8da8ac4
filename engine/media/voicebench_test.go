package media

import (
	"fmt"
	"testing"
	"time"
)

// One iteration is a packet of 20 ms, or of 10.
func BenchmarkOpusEncodeShort(b *testing.B) {
	pcm := voice(4)
	enc, err := newOpusEncoder(Opus{})
	if err != nil {
		b.Fatal(err)
	}
	defer enc.close()
	frame := frameOf(true)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		from := n * frame % (len(pcm) - frame)
		if _, err := enc.encode(pcm[from : from+frame]); err != nil {
			b.Fatal(err)
		}
		n++
	}
}

func BenchmarkOpusDecode(b *testing.B) {
	packets := opusPackets(b, Opus{}, voice(4))
	dec, err := NewOpusDecoder()
	if err != nil {
		b.Fatal(err)
	}
	defer dec.Close()
	pcm := make([]float32, opusMaxFrame)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if _, err := dec.Decode(packets[n%len(packets)], pcm); err != nil {
			b.Fatal(err)
		}
		n++
	}
}

// One iteration is 20 ms of a stream: a packet comes, and two blocks are heard.
func BenchmarkPlayout(b *testing.B) {
	for _, c := range []struct {
		name string
		lost int // one packet of so many; 0: none
	}{{"no loss", 0}, {"10 % lost", 10}} {
		b.Run(c.name, func(b *testing.B) {
			packets := opusPackets(b, Opus{}, voice(4))
			r := newPlayoutRig(b)
			var red Redundancy
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				wrapped := red.Wrap(EncodedFrame{Data: packets[n%len(packets)], At: time.Duration(n) * 20 * time.Millisecond}, min(c.lost, MaxRedundancy))
				if c.lost == 0 || n%c.lost != 3 {
					r.PushRedundant(voicePacket(n, wrapped), time.Unix(1000, 0).Add(r.now))
				}
				r.play()
				r.play()
				n++
			}
		})
	}
}

// One iteration is 10 ms of a microphone, with the far end that is rendered meanwhile.
func BenchmarkCleaner(b *testing.B) {
	if !CanClean() {
		b.Skip("this build does not clean")
	}
	far := voice(4)
	near := acoustics{delay: 60 * time.Millisecond}.echo(far)
	for _, what := range []Cleaning{{}, {KeepNoise: true}, {KeepEcho: true}, {AutoGain: true}} {
		b.Run(fmt.Sprintf("echo=%t,noise=%t,gain=%t", !what.KeepEcho, !what.KeepNoise, what.AutoGain), func(b *testing.B) {
			c, err := NewCleaner()
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			c.Set(what)
			block := make([]float32, Block)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				from := n * Block % (len(far) - Block)
				copy(block, near[from:from+Block])
				c.Render(far[from : from+Block])
				c.Capture(block, 60*time.Millisecond)
				n++
			}
		})
	}
}
