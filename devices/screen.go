package devices

import (
	"context"
	"image"
	"io"
	"sync"

	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"github.com/parley-calls/parley/engine/media"
)

// screenRate is how many pictures of a screen are taken in a second if nothing else is asked for: text moves little.
const screenRate = 15

// grabber takes pictures of a part of a screen.
type grabber interface {
	size() image.Point
	// grab fills dst, a 4:2:0 picture of that size.
	grab(dst *image.YCbCr) error
	io.Closer
}

// openScreen opens a grabber as a video source.
func openScreen(ctx context.Context, d media.Device, want media.VideoFormat, open func() (grabber, error)) (media.VideoSource, error) {
	rate := float64(want.FrameRate)
	if rate <= 0 {
		rate = screenRate
	}
	return openVideo(ctx, media.ScreenDevice, d.Label, &screen{rate: min(rate, greatestRate), open: open}, nil)
}

// screen is a driver of mediadevices. The stock one takes no cursor and no part of a screen, and ends the process when it is
// closed while it is read.
type screen struct {
	rate float64
	open func() (grabber, error)

	mu      sync.Mutex // held while a picture is taken
	grabber grabber    // nil while it is closed
	closed  chan struct{}
}

// Open connects to the screen.
func (s *screen) Open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.open()
	if err != nil {
		return err
	}
	s.grabber, s.closed = g, make(chan struct{})
	return nil
}

// Properties gives the screen's size.
func (s *screen) Properties() []prop.Media {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.grabber == nil {
		return nil
	}
	size := s.grabber.size()
	return []prop.Media{{Video: prop.Video{Width: size.X, Height: size.Y, FrameRate: float32(s.rate), FrameFormat: frame.FormatI420}}}
}

// VideoRecord starts to take pictures.
func (s *screen) VideoRecord(prop.Media) (video.Reader, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.grabber == nil {
		return nil, errClosed
	}
	closed := s.closed
	dst := image.NewYCbCr(image.Rectangle{Max: s.grabber.size()}, image.YCbCrSubsampleRatio420)
	clock := every(s.rate, 0)
	return video.ReaderFunc(func() (image.Image, func(), error) {
		if _, err := clock.wait(closed, nil); err != nil {
			return nil, func() {}, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		select {
		case <-closed:
			return nil, func() {}, io.EOF
		default:
		}
		if err := s.grabber.grab(dst); err != nil {
			return nil, func() {}, err
		}
		return dst, func() {}, nil
	}), nil
}

// Close disconnects. It waits for a picture that is being taken.
func (s *screen) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.grabber == nil {
		return nil
	}
	close(s.closed)
	g := s.grabber
	s.grabber = nil
	return g.Close()
}
