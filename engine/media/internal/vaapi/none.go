//go:build !linux

package vaapi

import (
	"context"
	"errors"
	"time"
)

// Serve fails: only Linux has VAAPI.
func Serve() error { return errors.ErrUnsupported }

// Coder is never made here.
type Coder struct{}

// Start fails.
func Start(context.Context, string, time.Duration, []string, ...string) (*Coder, error) {
	return nil, errors.ErrUnsupported
}

// Driver is empty.
func (*Coder) Driver() string { return "" }

// Encode fails.
func (*Coder) Encode(*Picture) (Frame, error) { return Frame{}, errors.ErrUnsupported }

// Close does nothing.
func (*Coder) Close() {}

// Ended is never closed.
func (*Coder) Ended() <-chan struct{} { return nil }
