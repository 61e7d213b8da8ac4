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

// display is what can be shared.
type display interface {
	// list returns the screens. It does not wait.
	list() []media.Device
	// surfaces returns the screens and windows, as the display knows them now.
	surfaces() ([]media.Surface, error)
	// thumbnail is a picture of a surface, at most so large.
	thumbnail(id string, width, height int) (*image.RGBA, error)
	open(ctx context.Context, c media.Capture) (media.VideoSource, error)
}

// grabber takes pictures of something on the display.
type grabber interface {
	// grab returns what is seen now, in 4:2:0. The picture is valid until the next one, which may have another size.
	grab() (*image.YCbCr, error)
	io.Closer
}

// openScreen opens a grabber as a video source.
func openScreen(ctx context.Context, label string, rate int, open func() (grabber, error)) (media.VideoSource, error) {
	if rate <= 0 {
		rate = screenRate
	}
	return openVideo(ctx, media.ScreenDevice, label, &screen{rate: min(float64(rate), greatestRate), open: open}, nil)
}

// screen is a driver of mediadevices. The stock one takes no cursor, no window and no part of a screen, and ends the process when it
// is closed while it is read.
type screen struct {
	rate float64
	open func() (grabber, error)

	mu      sync.Mutex // held while a picture is taken
	grabber grabber    // nil while it is closed
	first   *image.YCbCr
	closed  chan struct{}
}

// Open connects to the display, and takes a first picture to learn the size.
func (s *screen) Open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.open()
	if err != nil {
		return err
	}
	first, err := g.grab()
	if err != nil {
		_ = g.Close()
		return err
	}
	s.grabber, s.first, s.closed = g, first, make(chan struct{})
	return nil
}

// Properties gives the size at the beginning.
func (s *screen) Properties() []prop.Media {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.grabber == nil {
		return nil
	}
	size := s.first.Rect.Size()
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
		img, err := s.grabber.grab()
		if err != nil {
			return nil, func() {}, err
		}
		return img, func() {}, nil
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
