package media

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pion/mediadevices/pkg/wave"
)

// Processor cleans what a microphone hears: an echo canceller, a noise suppressor. Blocks are 10 ms. Render and Capture are called
// by different goroutines.
type Processor interface {
	// Render takes what is about to be heard from the speaker. It runs on a realtime thread and must not block.
	Render(far []float32)
	// Capture changes block in place. delay is about how long ago its echo was rendered.
	Capture(block []float32, delay time.Duration)
}

// VoiceSenderOptions say what is sent and how.
type VoiceSenderOptions struct {
	Source    AudioSource        // closed by the sender, also when NewVoiceSender fails
	Codec     Opus               // the zero value suits a voice
	Processor Processor          // may be nil; not closed
	EchoDelay time.Duration      // between Render and Capture; 0 means 60 ms
	Short     bool               // packets of 10 ms in place of 20 ms, to begin with: see SetShort
	Out       func(EncodedFrame) // gets each packet, on the sender's goroutine; it should not block for long
	Muted     bool               // to begin with
}

// VoiceSendStats are the figures of a sent voice.
type VoiceSendStats struct {
	Codec       string
	Packets     uint64        // sent
	Kbps        float64       // of the last second, payload
	Level       float32       // linear RMS from 0 to 1
	EncodeTime  time.Duration // running average for a packet
	LossPercent int           // that the redundancy is made for
}

// VoiceSender encodes and sends the sound of one source on a goroutine of its own. All methods may be called from any goroutine.
type VoiceSender struct {
	capture
	o     VoiceSenderOptions
	meter meter

	mu       sync.Mutex // guards the following; not held while reading, encoding or sending
	muted    bool
	frame    int // samples of a packet
	loss     int
	lossNew  bool
	packets  uint64
	rate     rate
	encoding mean

	enc   *opusEncoder // used by the goroutine only, from here on
	mono  mono
	pcm   []float32 // not encoded yet
	ready int       // samples of pcm that were processed
	media int64     // samples since the start
	hush  hush      // of what is no voice
	still int       // packets in which nobody spoke, up to now
	heard time.Time // when the last block came
}

// NewVoiceSender starts to read the source. The sender ends by [VoiceSender.Close] or when the device is lost.
func NewVoiceSender(o VoiceSenderOptions) (*VoiceSender, error) {
	if o.Source == nil {
		return nil, errors.New("media: a voice sender needs a source")
	}
	if o.Out == nil {
		return nil, errors.Join(errors.New("media: a voice sender needs an output"), o.Source.Close())
	}
	enc, err := newOpusEncoder(o.Codec)
	if err != nil {
		return nil, errors.Join(err, o.Source.Close())
	}
	if o.EchoDelay <= 0 {
		o.EchoDelay = 60 * time.Millisecond
	}
	s := &VoiceSender{
		capture: capture{source: o.Source, done: make(chan struct{})},
		o:       o,
		muted:   o.Muted,
		frame:   frameOf(o.Short),
		loss:    o.Codec.filled().LossPercent,
		enc:     enc,
	}
	go s.run(s.pump)
	return s, nil
}

// Label names the source for people.
func (s *VoiceSender) Label() string { return s.o.Source.Label() }

// SetMuted stops and resumes the sending. The device stays open and the media time goes on.
func (s *VoiceSender) SetMuted(muted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.muted = muted
}

// Muted reports whether nothing is sent.
func (s *VoiceSender) Muted() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.muted
}

// Level is how loud the source is, muted or not: linear RMS from 0 to 1, risen fast and fallen slowly.
func (s *VoiceSender) Level() float32 { return s.meter.level() }

// SetShort makes packets of 10 ms, which come 15 ms earlier to the ear, or (false) of 20 ms, which take 24 kbit/s less for their
// headers.
func (s *VoiceSender) SetShort(short bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frame = frameOf(short)
}

func frameOf(short bool) int {
	if short {
		return opusFrame / 2
	}
	return opusFrame
}

// SetLoss says how many percent of the packets the worst receiver misses; beyond 15 no more redundancy is added.
func (s *VoiceSender) SetLoss(percent int) {
	percent = min(max(percent, 0), maxLoss)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lossNew = s.lossNew || percent != s.loss
	s.loss = percent
}

// Stats returns the figures of the moment.
func (s *VoiceSender) Stats() VoiceSendStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, kbps := s.rate.perSecond(time.Now())
	return VoiceSendStats{
		Codec:       "opus",
		Packets:     s.packets,
		Kbps:        kbps,
		Level:       s.meter.level(),
		EncodeTime:  s.encoding.value,
		LossPercent: s.loss,
	}
}

// pump works until the source ends.
func (s *VoiceSender) pump() error {
	defer s.enc.close()
	defer s.meter.reset()
	for {
		chunk, release, err := s.o.Source.Read()
		if err != nil {
			return lost(MicrophoneDevice, s.o.Source.Label(), err)
		}
		err = s.sound(chunk, time.Now())
		release()
		if err != nil {
			return err
		}
	}
}

// sound takes one block of the source, of any length.
func (s *VoiceSender) sound(chunk wave.Audio, now time.Time) error {
	block, err := s.mono.of(chunk)
	if err != nil {
		return fmt.Errorf("%s: %w", s.o.Source.Label(), err)
	}
	s.bridge(now, len(block))
	s.pcm = append(s.pcm, block...)
	for ; len(s.pcm)-s.ready >= Block; s.ready += Block {
		b := s.pcm[s.ready : s.ready+Block]
		if s.o.Processor != nil {
			s.o.Processor.Capture(b, s.o.EchoDelay)
		}
		s.meter.add(b)
	}
	for frame := s.frameNow(); s.ready >= frame; frame = s.frameNow() {
		err := s.packet(s.pcm[:frame])
		s.pcm = append(s.pcm[:0], s.pcm[frame:]...)
		s.ready -= frame
		s.media += int64(frame)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *VoiceSender) frameNow() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.frame
}

// bridge lets the media time jump over a stall of the device, so that receivers do not take it for a slower clock.
func (s *VoiceSender) bridge(now time.Time, samples int) {
	const stall = 250 * time.Millisecond
	if gap := now.Sub(s.heard) - time.Duration(samples)*time.Second/SampleRate; !s.heard.IsZero() && gap > stall {
		s.media += int64(gap/(20*time.Millisecond)) * opusFrame
	}
	s.heard = now
}

// said is how often receivers are told that nothing follows: once more where one may miss it.
func said(loss int) int {
	if loss >= 2 {
		return 2
	}
	return 1
}

// packet encodes and sends 10 or 20 ms. Of a silence (see [Opus] and [hush]) only the beginning is sent, and what is not empty in it.
func (s *VoiceSender) packet(pcm []float32) error {
	s.mu.Lock()
	muted, loss, lossNew := s.muted, s.loss, s.lossNew
	s.lossNew = false
	s.mu.Unlock()
	if lossNew {
		if err := s.enc.setLoss(loss); err != nil {
			return err
		}
	}
	if muted || s.ended() {
		s.still = 0
		return nil
	}
	begin := time.Now()
	data, err := s.enc.encode(pcm)
	if err != nil {
		return err
	}
	if s.o.Codec.Music {
		data = s.hush.of(pcm, data)
	}
	if !silent(data) {
		s.still = 0
	} else if s.still++; s.still > said(loss) {
		return nil
	}
	now := time.Now()
	s.mu.Lock()
	s.packets++
	s.rate.add(now, 1, len(data))
	s.encoding.add(now.Sub(begin))
	s.mu.Unlock()
	s.o.Out(EncodedFrame{Data: data, At: time.Duration(s.media) * time.Second / SampleRate, Key: true})
	return nil
}
