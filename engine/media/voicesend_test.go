package media

import (
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/mediadevices/pkg/wave"
)

// microphone gives 10 ms each 10 ms.
func microphone(pcm []float32) *source[wave.Audio] {
	return newSource(func(n int) (wave.Audio, error) {
		time.Sleep(10 * time.Millisecond)
		from := n * Block % (len(pcm) - Block)
		return float32Block(pcm[from : from+Block]), nil
	})
}

func startVoice(t *testing.T, o VoiceSenderOptions) *VoiceSender {
	t.Helper()
	s, err := NewVoiceSender(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestVoiceSenderSendsEach20Milliseconds(t *testing.T) {
	t.Parallel()
	pcm := voice(2)
	synctest.Test(t, func(t *testing.T) {
		var got frames
		s := startVoice(t, VoiceSenderOptions{Source: microphone(pcm), Out: got.out})
		time.Sleep(2*time.Second - 5*time.Millisecond)
		synctest.Wait()
		st := s.Stats()
		s.Close()
		dec, buf := newOpus(t), make([]float32, opusMaxFrame)
		var heard []float32
		for i, e := range got.all {
			n, err := dec.Decode(e.Data, buf)
			if err != nil {
				t.Fatal(err)
			}
			heard = append(heard, buf[:n]...)
			if e.At != time.Duration(i)*20*time.Millisecond || !e.Key {
				t.Errorf("packet %d at %v", i, e.At)
			}
		}
		if l := likeness(envelope(pcm), envelope(heard)); l < 0.95 {
			t.Errorf("likeness %.3f", l)
		}
		if len(got.all) < 98 || st.Packets != uint64(len(got.all)) || st.Kbps < 15 || st.Kbps > 45 || st.Level <= 0 || st.LossPercent != 10 || st.Codec != "opus" {
			t.Errorf("%d packets, stats %+v", len(got.all), st)
		}
		if s.Err() != nil {
			t.Errorf("ended with %v", s.Err())
		}
	})
}

func TestVoiceSenderMute(t *testing.T) {
	t.Parallel()
	pcm := voice(2)
	synctest.Test(t, func(t *testing.T) {
		var got frames
		s := startVoice(t, VoiceSenderOptions{Source: microphone(pcm), Out: got.out, Muted: true})
		defer s.Close()
		time.Sleep(time.Second)
		synctest.Wait()
		if len(got.since(0)) != 0 || !s.Muted() {
			t.Fatal("something was sent while muted")
		}
		if s.Level() == 0 {
			t.Error("the level stands still while muted")
		}
		s.SetMuted(false)
		time.Sleep(time.Second)
		synctest.Wait()
		all := got.since(0)
		if len(all) < 48 || all[0].At < 960*time.Millisecond || all[0].At > 1040*time.Millisecond {
			t.Errorf("%d packets, the first at %v", len(all), all[0].At)
		}
	})
}

// A device that stalls must not make the media time late for ever.
func TestVoiceSenderBridgesStalls(t *testing.T) {
	t.Parallel()
	pcm := voice(1)
	synctest.Test(t, func(t *testing.T) {
		src := newSource(func(n int) (wave.Audio, error) {
			time.Sleep(10 * time.Millisecond)
			if n == 100 {
				time.Sleep(2 * time.Second)
			}
			return float32Block(pcm[:Block]), nil
		})
		var got frames
		s := startVoice(t, VoiceSenderOptions{Source: src, Out: got.out})
		defer s.Close()
		time.Sleep(4 * time.Second)
		synctest.Wait()
		all := got.since(0)
		if last := all[len(all)-1].At; last < 3900*time.Millisecond || last > 4*time.Second {
			t.Errorf("the last packet of 4 s is at %v", last)
		}
	})
}

// processor counts, and silences what it gets.
type processor struct{ blocks, far atomic.Int32 }

func (p *processor) Render([]float32) { p.far.Add(1) }
func (p *processor) Capture(block []float32, delay time.Duration) {
	if len(block) == Block && delay == 60*time.Millisecond {
		p.blocks.Add(1)
	}
	clear(block)
}

func TestVoiceSenderProcesses(t *testing.T) {
	t.Parallel()
	pcm := voice(1)
	synctest.Test(t, func(t *testing.T) {
		var p processor
		var got frames
		src := newSource(func(int) (wave.Audio, error) { // blocks that fit nothing
			time.Sleep(7 * time.Millisecond)
			return float32Block(pcm[:336]), nil
		})
		s := startVoice(t, VoiceSenderOptions{Source: src, Processor: &p, Out: got.out})
		defer s.Close()
		time.Sleep(time.Second)
		synctest.Wait()
		if n := p.blocks.Load(); n < 97 || n > 100 {
			t.Errorf("%d blocks processed", n)
		}
		if s.Level() != 0 {
			t.Errorf("level %g of silenced sound", s.Level())
		}
		if n := len(got.since(0)); n < 48 || n > 50 {
			t.Errorf("%d packets", n)
		}
	})
}

func TestVoiceSenderLoss(t *testing.T) {
	t.Parallel()
	pcm := voice(2)
	synctest.Test(t, func(t *testing.T) {
		var got frames
		s := startVoice(t, VoiceSenderOptions{Source: microphone(pcm), Out: got.out})
		defer s.Close()
		copies := func(percent int) (share float64) {
			s.SetLoss(percent)
			time.Sleep(time.Second)
			synctest.Wait()
			from := len(got.since(0))
			time.Sleep(2 * time.Second)
			synctest.Wait()
			n := 0
			for _, e := range got.since(from) {
				if carriesCopy(e.Data) {
					n++
				}
			}
			return float64(n) / float64(len(got.since(from)))
		}
		if none, many := copies(0), copies(50); none != 0 || many < 0.5 {
			t.Errorf("copies in %.2f of the packets without loss, in %.2f with", none, many)
		}
		if s.Stats().LossPercent != maxLoss {
			t.Errorf("prepared for %d %%", s.Stats().LossPercent)
		}
	})
}

func TestVoiceSenderLosesItsDevice(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{io.EOF, errors.New("read failed")} {
		src := newSource(func(n int) (wave.Audio, error) {
			if n == 3 {
				return nil, cause
			}
			return float32Block(make([]float32, Block)), nil
		})
		s := startVoice(t, VoiceSenderOptions{Source: src, Out: func(EncodedFrame) {}})
		<-s.Done()
		var d *DeviceError
		if !errors.As(s.Err(), &d) || !errors.Is(s.Err(), ErrDeviceLost) || d.Kind != MicrophoneDevice || d.Label != "test source" {
			t.Errorf("%v became %v", cause, s.Err())
		}
		<-src.closed
		s.Close()
	}
}

func TestVoiceSenderRefusesOtherRates(t *testing.T) {
	t.Parallel()
	src := newSource(func(int) (wave.Audio, error) {
		return &wave.Float32Interleaved{Data: make([]float32, 441), Size: wave.ChunkInfo{Len: 441, Channels: 1, SamplingRate: 44100}}, nil
	})
	s := startVoice(t, VoiceSenderOptions{Source: src, Out: func(EncodedFrame) {}})
	<-s.Done()
	if s.Err() == nil {
		t.Error("44.1 kHz was taken")
	}
}

func TestVoiceSenderLeavesNothingBehind(t *testing.T) {
	noLeak(t, "media.(*capture).run")
	for range 100 {
		src := newSource(func(int) (wave.Audio, error) {
			time.Sleep(time.Millisecond)
			return float32Block(make([]float32, Block)), nil
		})
		s := startVoice(t, VoiceSenderOptions{Source: src, Out: func(EncodedFrame) {}})
		s.SetMuted(true)
		s.Close()
		s.Close()
	}
}

func TestVoiceSenderShortPackets(t *testing.T) {
	t.Parallel()
	pcm := voice(2)
	synctest.Test(t, func(t *testing.T) {
		var got frames
		s := startVoice(t, VoiceSenderOptions{Source: microphone(pcm), Out: got.out, Short: true})
		defer s.Close()
		time.Sleep(time.Second)
		s.SetShort(false)
		synctest.Wait()
		short := len(got.since(0))
		time.Sleep(time.Second)
		synctest.Wait()
		all := got.since(0)
		if short < 98 || short > 100 || len(all)-short < 48 || len(all)-short > 50 {
			t.Errorf("%d packets in the first second, %d in the next", short, len(all)-short)
		}
		dec, buf, at := newOpus(t), make([]float32, opusMaxFrame), 0
		for i, e := range all {
			if want := time.Duration(at) * time.Second / SampleRate; e.At != want {
				t.Fatalf("packet %d is at %v, want %v", i, e.At, want)
			}
			n, err := dec.Decode(e.Data, buf)
			if err != nil {
				t.Fatal(err)
			}
			at += n
		}
	})
}
