//go:build !linux || noapm

// Package apm is the audio processing of WebRTC. This build is without it.
package apm

import (
	"errors"
	"time"
)

// Available reports whether this build has the library.
const Available = false

// APM is never made in this build.
type APM struct{}

// New fails.
func New(int) (*APM, error) { return nil, errors.ErrUnsupported }

// Set does nothing.
func (*APM) Set(echo, noise, gain bool) {}

// Reset does nothing.
func (*APM) Reset() {}

// Render does nothing.
func (*APM) Render([]float32) {}

// Capture does nothing.
func (*APM) Capture([]float32, time.Duration) {}

// Close does nothing.
func (*APM) Close() {}
