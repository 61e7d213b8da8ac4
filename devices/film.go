package devices

import (
	"context"
	"errors"
	"image"
	"io"
	"sync"
	"time"

	"github.com/pion/mediadevices"
	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"github.com/parley-calls/parley/engine/media"
)

// film is what a synthetic camera shows.
type film interface {
	size() image.Point
	rate() float64 // pictures/s
	// show fills dst, a 4:2:0 picture of the film's size, with the picture of a beat.
	show(dst *image.YCbCr, beat int64, at time.Time) error
	io.Closer
}

// filmCamera is the one synthetic camera of a Set.
type filmCamera struct {
	device media.Device
	faults *Faults
	film   func(media.VideoFormat) (film, error) // opens a showing
}

func (c *filmCamera) list() []media.Device { return []media.Device{c.device} }

func (c *filmCamera) open(ctx context.Context, id string, want media.VideoFormat) (media.VideoSource, error) {
	if id != "" && id != c.device.ID {
		return nil, refused(media.CameraDevice, id, media.ErrDeviceNotFound)
	}
	if err := c.faults.check(media.CameraDevice, c.device.Label); err != nil {
		return nil, err
	}
	f, err := c.film(want)
	if err != nil {
		return nil, deviceError(media.CameraDevice, c.device.Label, err)
	}
	p := &projector{film: f, faults: c.faults}
	source, err := openVideo(ctx, media.CameraDevice, c.device.Label, p, exactly(f.size(), f.rate()))
	if err != nil && !p.started() { // else the track owns it
		err = errors.Join(err, f.Close())
	}
	return source, err
}

// exactly constrains a driver to its only format.
func exactly(size image.Point, rate float64) func(*mediadevices.MediaTrackConstraints) {
	return func(c *mediadevices.MediaTrackConstraints) {
		c.Width, c.Height, c.FrameRate = prop.Int(size.X), prop.Int(size.Y), prop.Float(rate)
	}
}

// projector is the driver that shows a film, once.
type projector struct {
	film   film
	faults *Faults

	mu      sync.Mutex
	closed  chan struct{} // nil until it runs
	release func()
}

func (p *projector) started() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed != nil
}

// Open does nothing: the film is open.
func (p *projector) Open() error { return nil }

// Properties gives the film's format.
func (p *projector) Properties() []prop.Media {
	size := p.film.size()
	return []prop.Media{{Video: prop.Video{Width: size.X, Height: size.Y, FrameRate: float32(p.film.rate()), FrameFormat: frame.FormatI420}}}
}

// VideoRecord starts the film.
func (p *projector) VideoRecord(prop.Media) (video.Reader, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	closed := make(chan struct{})
	p.closed = closed
	lost, release := p.faults.watch(media.CameraDevice)
	p.release = release
	size := p.film.size()
	dst := image.NewYCbCr(image.Rectangle{Max: size}, image.YCbCrSubsampleRatio420)
	clock := every(p.film.rate(), 0)
	return video.ReaderFunc(func() (image.Image, func(), error) {
		beat, err := clock.wait(closed, lost)
		if err != nil {
			return nil, func() {}, err
		}
		p.mu.Lock() // so that the film is not closed under us
		defer p.mu.Unlock()
		if p.closed == nil {
			return nil, func() {}, io.EOF
		}
		if err := p.film.show(dst, beat, time.Now()); err != nil {
			return nil, func() {}, err
		}
		return dst, func() {}, nil
	}), nil
}

// Close ends the film. A read in progress returns.
func (p *projector) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed == nil {
		return nil
	}
	close(p.closed)
	p.closed = nil
	p.release()
	return p.film.Close()
}
