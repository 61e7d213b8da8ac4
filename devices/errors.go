package devices

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/pion/mediadevices/pkg/driver/availability"

	"github.com/parley-calls/parley/engine/media"
)

// errClosed is why a closed [Set] opens nothing.
var errClosed = errors.New("the devices are closed")

// deviceError says which device failed and finds the reason in what the system said. Errors of a context stay what they are.
func deviceError(kind media.DeviceKind, label string, err error) error {
	var known *media.DeviceError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return &media.DeviceError{Kind: kind, Label: label, Reason: reason(err)}
}

// reason is one of media's reasons where the error means one, or the error itself.
func reason(err error) error {
	for _, m := range []struct{ is, means error }{
		{availability.ErrBusy, media.ErrDeviceBusy},
		{syscall.EBUSY, media.ErrDeviceBusy},
		{availability.ErrNoDevice, media.ErrDeviceNotFound},
		{syscall.ENODEV, media.ErrDeviceNotFound},
		{syscall.ENXIO, media.ErrDeviceNotFound},
		{fs.ErrNotExist, media.ErrDeviceNotFound},
		{fs.ErrPermission, media.ErrDeviceDenied},
	} {
		if errors.Is(err, m.is) {
			return m.means
		}
	}
	return err
}

// refused is a device error with that reason.
func refused(kind media.DeviceKind, label string, why error) error {
	return &media.DeviceError{Kind: kind, Label: label, Reason: why}
}
