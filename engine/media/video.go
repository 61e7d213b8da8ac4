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
	defaultVideoRate = 2_500_000 // bit/s, for 720p and for a display
	minVideoRate     = 30_000
	maxVideoRate     = 20_000_000
)

// Format is how coded pictures are written.
type Format uint8

// Formats.
const (
	VP8 Format = iota // RFC 6386: cheap, for cameras
	VP9               // for displays: what is sharp and moves as a whole, as text does, in fewer bits
)

// String is the format's name in RTP and in statistics.
func (f Format) String() string {
	if f == VP9 {
		return "VP9"
	}
	return "VP8"
}

// Video says how to encode pictures in real time: constant bit rate, key frames on demand. It is a codec.VideoEncoderBuilder, so it
// also serves mediadevices' tracks. The zero value suits a camera.
type Video struct {
	Format  Format
	BitRate int  // bit/s; 0 means 2 500 000
	Screen  bool // pictures of a display: what does not move is not sent again, text stays in full size
	Motion  bool // of a display on which a film runs, rather than text: smooth, and smaller if the rate is low
}

var _ codec.VideoEncoderBuilder = Video{}

// RTPCodec describes the format to the signalling: 90 kHz, RFC 7741 or RFC 9628.
func (v Video) RTPCodec() *codec.RTPCodec {
	if v.Format == VP9 {
		return codec.NewRTPVP9Codec(90000)
	}
	return codec.NewRTPVP8Codec(90000)
}

// BuildVideoEncoder returns an encoder that paces itself by r, which it does not close. Its controller forces key frames and
// changes the bit rate; neither ever waits for a picture.
func (v Video) BuildVideoEncoder(r video.Reader, _ prop.Media) (codec.ReadCloser, error) {
	return &videoReader{source: r, enc: newVideoEncoder(v), start: time.Now()}, nil
}

func (v Video) bitRate() int {
	if v.BitRate > 0 {
		return min(max(v.BitRate, minVideoRate), maxVideoRate)
	}
	return defaultVideoRate
}

// videoReader is the encoder as mediadevices wants it.
type videoReader struct {
	source video.Reader
	start  time.Time
	other  canvas // used by Read only

	mu  sync.Mutex // never held while waiting for a picture
	enc *videoEncoder
	key bool
}

var (
	_ codec.ReadCloser         = (*videoReader)(nil)
	_ codec.KeyFrameController = (*videoReader)(nil)
	_ codec.BitRateController  = (*videoReader)(nil)
)

// Read waits for pictures until one is encoded and not dropped by the rate control.
func (r *videoReader) Read() ([]byte, func(), error) {
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

func (r *videoReader) encode(img image.Image) ([]byte, error) {
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

func (r *videoReader) Controller() codec.EncoderController { return r }

// ForceKeyFrame makes the next picture a key frame.
func (r *videoReader) ForceKeyFrame() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.key = true
	return nil
}

// SetBitRate changes the target, in bit/s.
func (r *videoReader) SetBitRate(bps int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.enc == nil {
		return errClosed
	}
	r.enc.bps = bps
	return nil
}

// Close frees the encoder. A Read that waits for a picture ends with the next one.
func (r *videoReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.enc != nil {
		r.enc.close()
		r.enc = nil
	}
	return nil
}
