//go:build !linux

package devices

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/parley-calls/parley/engine/media"
)

func openSystemSound(context.Context) (media.AudioSource, error) {
	return nil, refused(media.SpeakerDevice, "", fmt.Errorf("hearing what programs play on %s: %w", runtime.GOOS, errors.ErrUnsupported))
}
