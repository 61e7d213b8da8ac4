package media

/*
#include <stdint.h>

// libopus 1.3.1 is linked by mediadevices' package, which ships it for every system; its header is not on our include path.
typedef struct OpusEncoder OpusEncoder;
typedef struct OpusDecoder OpusDecoder;
extern OpusEncoder *opus_encoder_create(int32_t rate, int channels, int application, int *error);
extern void opus_encoder_destroy(OpusEncoder *e);
extern int32_t opus_encode_float(OpusEncoder *e, const float *pcm, int frames, unsigned char *data, int32_t max);
extern int opus_encoder_ctl(OpusEncoder *e, int request, ...);
extern OpusDecoder *opus_decoder_create(int32_t rate, int channels, int *error);
extern void opus_decoder_destroy(OpusDecoder *d);
extern int opus_decode_float(OpusDecoder *d, const unsigned char *data, int32_t size, float *pcm, int frames, int fec);
extern int opus_decoder_ctl(OpusDecoder *d, int request, ...);
extern const char *opus_strerror(int error);

static int parley_opus_set(OpusEncoder *e, int request, int32_t value) { return opus_encoder_ctl(e, request, value); }
static int parley_opus_reset(OpusDecoder *d) { return opus_decoder_ctl(d, 4028); }

#cgo noescape opus_encode_float
#cgo nocallback opus_encode_float
#cgo noescape opus_decode_float
#cgo nocallback opus_decode_float
*/
import "C"

import (
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"
	"unsafe"

	"github.com/pion/mediadevices/pkg/codec"
	_ "github.com/pion/mediadevices/pkg/codec/opus" // links libopus
	"github.com/pion/mediadevices/pkg/io/audio"
	"github.com/pion/mediadevices/pkg/prop"
)

const (
	opusFrame     = SampleRate / 50 // samples in a packet of 20 ms
	opusMaxFrame  = SampleRate * 120 / 1000
	opusMaxPacket = 1275 // bytes, RFC 6716 section 3.2
	maxLoss       = 15   // percent: beyond, redundancy costs more than it saves

	opusVoIP, opusAudio                            = 2048, 2049
	opusSetBitRate, opusSetFEC, opusSetLossPercent = 4002, 4012, 4014
	opusSetComplexity, opusSetDTX, opusSetSignal   = 4010, 4016, 4024
	opusSignalVoice                                = 3001
)

// Opus says how to encode sound: mono, 20 ms packets. It is a codec.AudioEncoderBuilder, so it also serves mediadevices' tracks. The
// zero value is what a voice wants: 32 kbit/s with error correction for 10 % loss.
type Opus struct {
	BitRate     int  // bit/s; 0 means 32 000, or 64 000 for music
	LossPercent int  // loss to be prepared for, 0 to 15
	FEC         bool // add a coarse copy of each packet to the next one (RFC 6716 section 2.1.7)
	Music       bool // for sound that is not a voice
	DTX         bool // discontinuous transmission: while nobody speaks packets are empty but for one of 21; of music a [VoiceSender] finds the pauses
}

var _ codec.AudioEncoderBuilder = Opus{}

// RTPCodec describes Opus to the signalling: RFC 7587.
func (o Opus) RTPCodec() *codec.RTPCodec {
	c := codec.NewRTPOpusCodec(SampleRate)
	c.Latency = 20 * time.Millisecond
	return c
}

// BuildAudioEncoder returns an encoder that paces itself by r, which it does not close. Sound must come at 48 kHz.
func (o Opus) BuildAudioEncoder(r audio.Reader, _ prop.Media) (codec.ReadCloser, error) {
	enc, err := newOpusEncoder(o)
	if err != nil {
		return nil, err
	}
	return &opusReader{source: r, enc: enc}, nil
}

func (o Opus) filled() Opus {
	if o.BitRate <= 0 && o.LossPercent == 0 && !o.FEC {
		o.FEC, o.LossPercent = true, 10
	}
	if o.BitRate <= 0 {
		o.BitRate = 32_000
		if o.Music {
			o.BitRate = 64_000
		}
	}
	return o
}

// opusReader is the encoder as mediadevices wants it.
type opusReader struct {
	source audio.Reader
	pcm    []float32 // used by Read only, like blocks
	blocks mono

	mu  sync.Mutex // never held while waiting for sound
	enc *opusEncoder
}

var (
	_ codec.ReadCloser        = (*opusReader)(nil)
	_ codec.BitRateController = (*opusReader)(nil)
)

func (r *opusReader) Read() ([]byte, func(), error) {
	for len(r.pcm) < opusFrame {
		chunk, release, err := r.source.Read()
		if err != nil {
			return nil, nil, err
		}
		block, err := r.blocks.of(chunk)
		r.pcm = append(r.pcm, block...)
		release()
		if err != nil {
			return nil, nil, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.enc == nil {
		return nil, nil, io.EOF
	}
	packet, err := r.enc.encode(r.pcm[:opusFrame])
	r.pcm = append(r.pcm[:0], r.pcm[opusFrame:]...)
	return packet, func() {}, err
}

func (r *opusReader) Controller() codec.EncoderController { return r }

// SetBitRate changes the target, in bit/s.
func (r *opusReader) SetBitRate(bps int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.enc == nil {
		return errClosed
	}
	return r.enc.set(opusSetBitRate, bps)
}

// Close frees the encoder. A Read that waits for sound ends with the next block.
func (r *opusReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.enc != nil {
		r.enc.close()
		r.enc = nil
	}
	return nil
}

// opusEncoder is for one goroutine at a time.
type opusEncoder struct {
	c   *C.OpusEncoder
	out [opusMaxPacket]byte
}

func newOpusEncoder(o Opus) (*opusEncoder, error) {
	o = o.filled()
	application := C.int(opusVoIP)
	if o.Music {
		application = opusAudio
	}
	var code C.int
	e := &opusEncoder{c: C.opus_encoder_create(SampleRate, 1, application, &code)}
	if code != 0 {
		return nil, fmt.Errorf("media: open Opus encoder: %w", opusError(code))
	}
	complexity, fec := 7, 0 // speech is understood as well as with 9, which takes a third more time; below 7 DTX takes noise for speech
	if o.Music {
		complexity = 9
	}
	if o.FEC {
		fec = 1
	}
	err := errors.Join(e.set(opusSetComplexity, complexity), e.set(opusSetBitRate, o.BitRate), e.set(opusSetFEC, fec), e.setLoss(o.LossPercent))
	if o.DTX {
		// Left to itself libopus takes some noise for music, and codes it otherwise: in a pause a decoder gets that louder by 15 dB.
		err = errors.Join(err, e.set(opusSetDTX, 1), e.set(opusSetSignal, opusSignalVoice), e.listen())
	}
	if err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

// listen lets the encoder hear a loud voice that nobody gets. libopus sends the noise of a room for ever until it has heard a voice that
// is 25 dB louder: somebody who only listens to a call would never be silent. This one makes it take noise below -50 dBFS for silence.
func (e *opusEncoder) listen() error {
	for pcm := vowel(); len(pcm) > 0; pcm = pcm[opusFrame:] {
		if _, err := e.encode(pcm[:opusFrame]); err != nil {
			return err
		}
	}
	return nil
}

// vowel is a voice, harmonics that are louder at the formants, and the silence after it, in whole packets. It is not to be changed.
var vowel = sync.OnceValue(func() []float32 {
	const packets, tail, pitch, level = 15, 3, 140, 0.056 // -25 dBFS
	pcm := make([]float32, (packets+tail)*opusFrame)
	sound := pcm[:packets*opusFrame]
	for n := 1; n <= 25; n++ {
		f := pitch * float64(n)
		loud := 1 / float64(n)
		for _, formant := range [...]float64{500, 1500, 2500} {
			loud += 1.5 * math.Exp(-(f-formant)*(f-formant)/(2*120*120)) / float64(1+n/8)
		}
		for i := range sound {
			sound[i] += float32(loud * math.Sin(2*math.Pi*f*float64(i)/SampleRate+float64(n*n)))
		}
	}
	for i, gain := 0, level/rms(sound); i < len(sound); i++ {
		sound[i] *= gain
	}
	return pcm
})

func (e *opusEncoder) set(request, value int) error {
	if code := C.parley_opus_set(e.c, C.int(request), C.int32_t(value)); code != 0 {
		return fmt.Errorf("media: Opus setting %d to %d: %w", request, value, opusError(code))
	}
	return nil
}

func (e *opusEncoder) setLoss(percent int) error {
	return e.set(opusSetLossPercent, min(max(percent, 0), maxLoss))
}

// encode encodes one frame of mono sound; the packet is the caller's.
func (e *opusEncoder) encode(pcm []float32) ([]byte, error) {
	n := C.opus_encode_float(e.c, floatPtr(pcm), C.int(len(pcm)), (*C.uchar)(&e.out[0]), C.int32_t(len(e.out)))
	if n < 0 {
		return nil, fmt.Errorf("media: encode Opus: %w", opusError(n))
	}
	return append(make([]byte, 0, n), e.out[:n]...), nil
}

func (e *opusEncoder) close() {
	if e.c != nil {
		C.opus_encoder_destroy(e.c)
		e.c = nil
	}
}

// OpusDecoder turns Opus packets (RFC 6716) into mono sound at 48 kHz, and invents what is missing. It is for one goroutine.
type OpusDecoder struct{ c *C.OpusDecoder }

// NewOpusDecoder returns a decoder; Close frees it.
func NewOpusDecoder() (*OpusDecoder, error) {
	var code C.int
	d := &OpusDecoder{C.opus_decoder_create(SampleRate, 1, &code)}
	if code != 0 {
		return nil, fmt.Errorf("media: open Opus decoder: %w", opusError(code))
	}
	return d, nil
}

// Decode decodes one packet, from whoever it comes, into pcm and returns the number of samples. 5760 samples hold any packet.
func (d *OpusDecoder) Decode(packet []byte, pcm []float32) (int, error) {
	if len(packet) == 0 {
		return 0, errors.New("media: decode Opus: empty packet")
	}
	return d.decode(packet, pcm, 0)
}

// Recover fills pcm with the packet that was lost just before next, from the coarse copy that next carries; if it carries none,
// the sound is invented as by Conceal. len(pcm) must be the length of the lost packet.
func (d *OpusDecoder) Recover(next []byte, pcm []float32) (int, error) {
	if len(next) == 0 {
		return d.decode(nil, pcm, 0)
	}
	return d.decode(next, pcm, 1)
}

// Conceal fills pcm, a multiple of 2.5 ms, with a fading continuation of what was heard before.
func (d *OpusDecoder) Conceal(pcm []float32) (int, error) { return d.decode(nil, pcm, 0) }

func (d *OpusDecoder) decode(packet []byte, pcm []float32, fec C.int) (int, error) {
	if d.c == nil {
		return 0, errClosed
	}
	if len(pcm) == 0 {
		return 0, nil
	}
	n := C.opus_decode_float(d.c, (*C.uchar)(unsafe.SliceData(packet)), C.int32_t(len(packet)), floatPtr(pcm), C.int(len(pcm)), fec)
	if n < 0 {
		return 0, fmt.Errorf("media: decode Opus: %w", opusError(n))
	}
	return int(n), nil
}

// reset forgets what was heard before.
func (d *OpusDecoder) reset() {
	if d.c != nil {
		C.parley_opus_reset(d.c)
	}
}

// Close frees the decoder. It may be called again.
func (d *OpusDecoder) Close() {
	if d.c != nil {
		C.opus_decoder_destroy(d.c)
		d.c = nil
	}
}

func floatPtr(pcm []float32) *C.float { return (*C.float)(unsafe.Pointer(unsafe.SliceData(pcm))) }

func opusError(code C.int) error { return errors.New("libopus: " + C.GoString(C.opus_strerror(code))) }
