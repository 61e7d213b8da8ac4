// Package portaudio plays mono sound through PortAudio's callback streams.
//
// The library's life and its devices are those of github.com/gordonklaus/portaudio. Its streams are not used: they pass a number
// as a pointer to the library and get it back in each callback, which the Go runtime forbids (the race detector's pointer check
// ends the process at the second stream), and they call Go through reflection. Ours do neither and allocate nothing while they play.
//
// PortAudio is not safe for concurrent use; the package serialises what touches its global state. It starts no goroutine: render
// functions are called from the library's realtime threads.
//
// API: http://portaudio.com/docs/v19-doxydocs/portaudio_8h.html
package portaudio

/*
#cgo pkg-config: portaudio-2.0
#cgo linux LDFLAGS: -ldl
#include <stdlib.h>
#include "bridge.h"
*/
import "C"

import (
	"errors"
	"runtime/cgo"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/gordonklaus/portaudio"
)

// Rate is the sample rate of every stream, in Hz.
const Rate = 48000

// ErrClosed is returned by what needs the library outside [Acquire] and [Release].
var ErrClosed = errors.New("portaudio: not initialised")

func check(e C.PaError) error {
	if e < 0 {
		return portaudio.Error(e)
	}
	return nil
}

// initialize starts the library with its chatter on stderr switched off.
func initialize() error {
	saved := C.parley_hush()
	defer C.parley_unhush(saved)
	return portaudio.Initialize()
}

// library is the state of the process's one PortAudio.
var library struct {
	mu      sync.Mutex
	users   int // Acquire minus Release
	streams int // open ones
}

// Acquire initialises the library, or counts one more user. It takes 50 to 400 ms the first time. Each successful call needs a
// [Release].
func Acquire() error {
	library.mu.Lock()
	defer library.mu.Unlock()
	if library.users == 0 && library.streams == 0 {
		if err := initialize(); err != nil {
			return err
		}
	}
	library.users++
	return nil
}

// Release takes back one [Acquire]. The library is terminated after the last one, and after the last stream has been closed.
func Release() error {
	library.mu.Lock()
	defer library.mu.Unlock()
	if library.users == 0 {
		return ErrClosed
	}
	library.users--
	return unused()
}

// unused terminates the library if nobody needs it. library.mu is held.
func unused() error {
	if library.users > 0 || library.streams > 0 {
		return nil
	}
	return portaudio.Terminate()
}

// Rescan makes the library look for devices again, which it does only when it starts. It does nothing while a stream is open.
func Rescan() error {
	library.mu.Lock()
	defer library.mu.Unlock()
	if library.users == 0 {
		return ErrClosed
	}
	if library.streams > 0 {
		return nil
	}
	if err := portaudio.Terminate(); err != nil {
		return err
	}
	if err := initialize(); err != nil {
		library.users = 0
		return err
	}
	return nil
}

// Output is a device that plays.
type Output struct {
	Index    int // of the library, until it is terminated
	Name     string
	Host     string // the host API, such as ALSA or WASAPI
	Channels int    // the most it can play
	Default  bool
	ALSA     string // Linux: the ALSA device in place of Index, which need not be in any list; two channels if Channels is 0
}

// Outputs lists the devices that can play.
func Outputs() ([]Output, error) {
	library.mu.Lock()
	defer library.mu.Unlock()
	if library.users == 0 {
		return nil, ErrClosed
	}
	all, err := portaudio.Devices()
	if err != nil {
		return nil, err
	}
	preferred, _ := portaudio.DefaultOutputDevice() // nil if there is none
	var out []Output
	for i, d := range all {
		if d.MaxOutputChannels < 1 {
			continue
		}
		o := Output{Index: i, Name: d.Name, Channels: d.MaxOutputChannels, Default: preferred != nil && d.Name == preferred.Name && d.HostApi == preferred.HostApi}
		if d.HostApi != nil {
			o.Host = d.HostApi.Name
		}
		out = append(out, o)
	}
	return out, nil
}

// Stream is sound that plays.
type Stream struct {
	render   func([]float32)
	mono     []float32
	channels int
	handle   cgo.Handle
	stream   unsafe.Pointer

	calls, underflows atomic.Uint64
	close             func() error
}

// Play opens a device and starts to play what render writes: blocks of that many mono samples, on all channels alike (two at
// most). The caller closes the stream.
func Play(device Output, frames int, latency time.Duration, render func(mono []float32)) (*Stream, error) {
	library.mu.Lock()
	defer library.mu.Unlock()
	if library.users == 0 {
		return nil, ErrClosed
	}
	s := &Stream{render: render, mono: make([]float32, frames), channels: min(device.Channels, 2)}
	if device.ALSA != "" && s.channels == 0 {
		s.channels = 2
	}
	s.handle = cgo.NewHandle(s)
	var stream unsafe.Pointer
	var alsa *C.char
	if device.ALSA != "" {
		alsa = C.CString(device.ALSA)
		defer C.free(unsafe.Pointer(alsa))
	}
	err := check(C.parley_pa_open(&stream, C.int(device.Index), alsa, C.int(s.channels), C.double(latency.Seconds()), C.ulong(frames), C.uintptr_t(s.handle)))
	if err != nil {
		s.handle.Delete()
		return nil, err
	}
	s.stream = stream
	library.streams++
	s.close = sync.OnceValue(func() error {
		aborted := check(C.Pa_AbortStream(s.stream)) // Pa_StopStream would play what is buffered first
		_ = s.calls.Load()
		library.mu.Lock()
		defer library.mu.Unlock()
		err := errors.Join(aborted, check(C.Pa_CloseStream(s.stream)))
		library.streams--
		s.handle.Delete()
		return errors.Join(err, unused())
	})
	return s, nil
}

// Calls returns how many blocks have been rendered: it stands still when the device is gone.
func (s *Stream) Calls() uint64 { return s.calls.Load() }

// Underflows returns how often the device ran dry.
func (s *Stream) Underflows() uint64 { return s.underflows.Load() }

// Close stops at once. render is not called any more when it returns.
func (s *Stream) Close() error { return s.close() }

//export parleyRender
func parleyRender(handle C.uintptr_t, out unsafe.Pointer, frames C.ulong, dry C.int) {
	s := cgo.Handle(handle).Value().(*Stream)
	defer s.calls.Add(1) // at the end: Close reads it, so that all that render did happens before Close returns
	if dry != 0 {
		s.underflows.Add(1)
	}
	all := unsafe.Slice((*float32)(out), int(frames)*s.channels)
	for len(all) > 0 {
		mono := s.mono[:min(len(s.mono), len(all)/s.channels)]
		s.render(mono)
		if s.channels == 1 {
			copy(all, mono)
		} else {
			for i, v := range mono {
				all[2*i], all[2*i+1] = v, v
			}
		}
		all = all[len(mono)*s.channels:]
	}
}
