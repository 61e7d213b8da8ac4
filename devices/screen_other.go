//go:build !linux

package devices

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/parley-calls/parley/engine/media"
)

// screens says that there is no way yet to take pictures of a screen.
type screens struct{ absent }

func newScreens(func()) screens { return screens{absent{media.ScreenDevice}} }

// Close does nothing.
func (screens) Close() error { return nil }

func (screens) open(_ context.Context, id string, _ media.VideoFormat) (media.VideoSource, error) {
	return nil, refused(media.ScreenDevice, id, fmt.Errorf("taking pictures of a screen on %s: %w", runtime.GOOS, errors.ErrUnsupported))
}
