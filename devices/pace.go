package devices

import (
	"context"
	"io"
	"time"

	"github.com/parley-calls/parley/engine/media"
)

// beats keeps the time of a device that has no clock of its own: beat n is due at start + n·period, so nothing drifts.
type beats struct {
	start    time.Time
	next     int64
	interval func(n int64) time.Duration // from the start to beat n
	late     int64                       // beats that may be made up for at once; those before are skipped
}

// every makes beats with a rate per second.
func every(rate float64, late int64) *beats {
	return &beats{start: time.Now(), late: late, interval: func(n int64) time.Duration { return time.Duration(float64(n) / rate * float64(time.Second)) }}
}

// wait waits for the next beat and returns its number, or io.EOF when closed is closed, or [media.ErrDeviceLost] when lost is.
func (b *beats) wait(closed, lost <-chan struct{}) (int64, error) {
	select {
	case <-closed:
		return 0, io.EOF
	case <-lost:
		return 0, media.ErrDeviceLost
	default:
	}
	now := time.Since(b.start)
	for b.next++; b.interval(b.next+b.late+1) <= now; {
		b.next += max(1, int64(float64(now-b.interval(b.next+b.late+1))/float64(b.interval(1))))
	}
	if pause := b.interval(b.next) - now; pause > 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-closed:
			return 0, io.EOF
		case <-lost:
			return 0, media.ErrDeviceLost
		}
	}
	return b.next, nil
}

// absent is the devices of which there are none.
type absent struct{ kind media.DeviceKind }

func (absent) list() []media.Device { return nil }

type absentPictures struct{ absent }

func (a absentPictures) open(_ context.Context, id string, _ media.VideoFormat) (media.VideoSource, error) {
	return nil, refused(a.kind, id, media.ErrDeviceNotFound)
}

type absentSounds struct{ absent }

func (a absentSounds) open(_ context.Context, id string) (media.AudioSource, error) {
	return nil, refused(a.kind, id, media.ErrDeviceNotFound)
}
