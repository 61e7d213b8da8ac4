//go:build !linux

package devices

import (
	"context"
	"errors"
	"fmt"
	"image"
	"runtime"

	"github.com/parley-calls/parley/engine/media"
)

// screens says that there is no way yet to take pictures of a screen.
type screens struct{ absent }

func newScreens(func()) screens { return screens{absent{media.ScreenDevice}} }

// Close does nothing.
func (screens) Close() error { return nil }

func (screens) surfaces() ([]media.Surface, error) { return nil, unseen() }

func (screens) thumbnail(string, int, int) (*image.RGBA, error) { return nil, unseen() }

func (screens) open(_ context.Context, c media.Capture) (media.VideoSource, error) {
	return nil, refused(media.ScreenDevice, c.Surface, unseen())
}

func unseen() error {
	return fmt.Errorf("taking pictures of a screen on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
