//go:build linux && !noapm

// Package apm is the audio processing of WebRTC: echo cancellation, noise suppression and gain control, from the library
// webrtc-audio-processing 0.3. Builds with the tag noapm, and those for other systems than Linux, are without it.
package apm

/*
#cgo CXXFLAGS: -std=c++11
#cgo pkg-config: webrtc-audio-processing
#cgo LDFLAGS: -lstdc++
#include "apm.h"

#cgo noescape parley_apm_render
#cgo nocallback parley_apm_render
#cgo noescape parley_apm_capture
#cgo nocallback parley_apm_capture
*/
import "C"

import (
	"errors"
	"time"
	"unsafe"
)

// Available reports whether this build has the library.
const Available = true

// APM processes one voice, in blocks of 10 ms mono. Its methods are for one goroutine at a time.
type APM struct {
	c    unsafe.Pointer
	rate C.int
}

// New returns one with everything switched off. Close frees it.
func New(rate int) (*APM, error) {
	a := &APM{C.parley_apm_new(C.int(rate)), C.int(rate)}
	if a.c == nil {
		return nil, errors.New("apm: webrtc-audio-processing does not start")
	}
	return a, nil
}

// Set switches the parts, also while sound is processed.
func (a *APM) Set(echo, noise, gain bool) {
	C.parley_apm_set(a.c, number(echo), number(noise), number(gain))
}

// Reset forgets what was learnt of room and voice.
func (a *APM) Reset() { C.parley_apm_reset(a.c) }

// Render takes a block that is about to be heard.
func (a *APM) Render(far []float32) { C.parley_apm_render(a.c, pointer(far), a.rate) }

// Capture changes a block of the microphone in place; delay is the time from Render to the echo. What cannot be processed stays.
func (a *APM) Capture(near []float32, delay time.Duration) {
	C.parley_apm_capture(a.c, pointer(near), a.rate, C.int(delay.Milliseconds()))
}

// Close frees the library's memory; nothing may be called any more.
func (a *APM) Close() { C.parley_apm_free(a.c) }

func pointer(pcm []float32) *C.float { return (*C.float)(unsafe.Pointer(unsafe.SliceData(pcm))) }

func number(on bool) C.int {
	if on {
		return 1
	}
	return 0
}
