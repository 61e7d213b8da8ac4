package media

import (
	"image"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"
)

const (
	defaultCameraRate = 1_500_000 // bit/s, for 720p
	defaultScreenRate = 2_500_000
	minVideoRate      = 30_000
	maxVideoRate      = 20_000_000
)

// VP8 says how to encode VP8 in real time: one thread, constant bit rate, key frames on demand. It is a codec.VideoEncoderBuilder,
// so it also serves mediadevices' tracks. The zero value suits a camera.
type VP8 struct {
	BitRate int  // bit/s; 0 means 1 500 000, or 2 500 000 for a screen
	Screen  bool // pictures of a display: what does not move is not sent again, text stays in full size
	Motion  bool // of a display on which a film runs, rather than text: smooth, and smaller if the rate is low
}

var _ codec.VideoEncoderBuilder = VP8{}

// RTPCodec describes VP8 to the signalling: 90 kHz, RFC 7741.
func (v VP8) RTPCodec() *codec.RTPCodec { return codec.NewRTPVP8Codec(90000) }

// BuildVideoEncoder returns an encoder that paces itself by r, which it does not close. Its controller forces key frames and
// changes the bit rate; neither ever waits for a picture.
func (v VP8) BuildVideoEncoder(r video.Reader, _ prop.Media) (codec.ReadCloser, error) {
	return &vp8Reader{source: r, enc: newVP8Encoder(v), start: time.Now()}, nil
}

func (v VP8) bitRate() int {
	if v.BitRate > 0 {
		return min(max(v.BitRate, minVideoRate), maxVideoRate)
	}
	if v.Screen {
		return defaultScreenRate
	}
	return defaultCameraRate
}

// vp8Reader is the encoder as mediadevices wants it.
type vp8Reader struct {
	source video.Reader
	start  time.Time
	other  canvas // used by Read only

	mu  sync.Mutex // never held while waiting for a picture
	enc *vp8Encoder
	key bool
}

var (
	_ codec.ReadCloser         = (*vp8Reader)(nil)
	_ codec.KeyFrameController = (*vp8Reader)(nil)
	_ codec.BitRateController  = (*vp8Reader)(nil)
)

// Read waits for pictures until one is encoded and not dropped by the rate control.
func (r *vp8Reader) Read() ([]byte, func(), error) {
	for {
		img, release, err := r.source.Read()
		if err != nil {
			return nil, nil, err
		}
		data, err := r.encode(img)
		release()
		if err != nil {
			return nil, nil, err
		}
		if data != nil {
			return slices.Clone(data), func() {}, nil
		}
	}
}

func (r *vp8Reader) encode(img image.Image) ([]byte, error) {
	ycc, err := to420(&r.other, img)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.enc == nil {
		return nil, io.EOF
	}
	data, key, err := r.enc.encode(ycc, time.Since(r.start), r.key)
	if key {
		r.key = false
	}
	return data, err
}

func (r *vp8Reader) Controller() codec.EncoderController { return r }

// ForceKeyFrame makes the next picture a key frame.
func (r *vp8Reader) ForceKeyFrame() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.key = true
	return nil
}

// SetBitRate changes the target, in bit/s.
func (r *vp8Reader) SetBitRate(bps int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.enc == nil {
		return errClosed
	}
	r.enc.bps = bps
	return nil
}

// Close frees the encoder. A Read that waits for a picture ends with the next one.
func (r *vp8Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.enc != nil {
		r.enc.close()
		r.enc = nil
	}
	return nil
}
