// Package media turns frames and sound into samples and back, in time.
//
//	camera, screen ─ VideoSource ─ VideoSender ─┬─ Feed ─ View … (self view)
//	                                            └─ encoder ─ EncodedFrame ─ network
//	network ─ VideoReceiver ─ assembler ─ evenly ─ VideoDecoder ─ Feed ─ View …
//	microphone ─ AudioSource ─ VoiceSender ─ Processor ─ Opus ─ EncodedFrame ─ Redundancy ─ network
//	network ─ Playout ─ Mixer ─┬─ AudioOutput
//	             Clip ─────────┘└─ Processor (far end)
//
// The goroutines: each [VideoSender] and [VoiceSender] has one, paced by its source, which it owns and closes. Each [VideoReceiver]
// has one, paced by the packets; it decodes, and scales and converts for the views that are looked at. Playout, Mixer and Clip
// have none: the speaker's realtime thread calls [Mixer.Mix], and nothing on that way allocates or waits. Windows take what is
// newest from a [View] at their own pace. Between two goroutines there is always a bound: one picture in a View, 512 packets before
// a decoder, 128 packets in a Playout; what does not fit is dropped and counted.
//
// Pictures are 4:2:0 in the limited range of BT.601, as VP8 carries them. libvpx, libyuv and, on Linux,
// WebRTC's audio processing are linked through cgo, libopus comes with mediadevices.
package media

import (
	"errors"
	"fmt"
	"image"

	"github.com/pion/mediadevices/pkg/io/audio"
	"github.com/pion/mediadevices/pkg/io/video"
)

// SampleRate is the rate of all sound inside Parley, in Hz. Sound is mono float32 between -1 and 1.
const SampleRate = 48000

// DeviceKind says what a device does.
type DeviceKind string

// The kinds of devices.
const (
	CameraDevice     DeviceKind = "camera"
	MicrophoneDevice DeviceKind = "microphone"
	SpeakerDevice    DeviceKind = "speaker"
	ScreenDevice     DeviceKind = "screen"
)

// Device is a camera, microphone, speaker or screen of this machine.
type Device struct {
	ID      string     `json:"id"`    // stable between runs; what settings remember
	Label   string     `json:"label"` // for people
	Kind    DeviceKind `json:"kind"`
	Default bool       `json:"default,omitempty"` // what the system would take
	Route   Route      `json:"route,omitempty"`   // of speakers and microphones
	Headset bool       `json:"headset,omitempty"` // worn on the head: a headset, headphones, earphones
	Direct  bool       `json:"direct,omitempty"`  // a microphone without a room around it, such as a file: its sound is sent as it is
	Group   string     `json:"group,omitempty"`   // the same for all that is one piece of hardware; empty: not known
}

// Route says what kind of speaker or microphone a device is.
type Route string

// The routes.
const (
	RouteSpeaker   Route = "speaker"   // built in, or at the line output
	RouteHeadphone Route = "headphone" // at the headphone socket
	RouteBluetooth Route = "bluetooth"
	RouteUSB       Route = "usb"
	RouteOther     Route = "other"
)

// Valid reports whether it is one of the routes.
func (r Route) Valid() bool {
	switch r {
	case RouteSpeaker, RouteHeadphone, RouteBluetooth, RouteUSB, RouteOther:
		return true
	}
	return false
}

// SurfaceKind says what a [Surface] is.
type SurfaceKind string

// The kinds of surfaces.
const (
	ScreenSurface SurfaceKind = "screen"
	WindowSurface SurfaceKind = "window"
)

// Surface is something on the display that can be shared.
type Surface struct {
	ID    string // stable while it is there; of a screen its device ID
	Label string // for people: the name of a screen, the title of a window
	App   string // that the window belongs to; may be empty
	Kind  SurfaceKind
	Area  image.Rectangle // on the display, in pixels
}

// Capture says what to take pictures of.
type Capture struct {
	Surface string          // ID; empty means the primary screen
	Region  image.Rectangle // of the surface, in its pixels; empty means all of it
	Rate    int             // pictures/s; 0 means 15
}

// VideoSource gives pictures at its own pace, in 4:2:0 and the limited range of BT.601 (*image.YCbCr; 4:2:2, 4:4:4 and *image.RGBA
// are converted). Read blocks until the next one and is called by one
// goroutine; the picture is valid until its release function is called. After Close, Read returns io.EOF; when the device is
// lost it returns a *DeviceError.
type VideoSource interface {
	video.Reader
	// Label names the device for people.
	Label() string
	Close() error
}

// AudioSource gives sound in blocks of about 10 ms, 48 kHz mono. The rules of [VideoSource] apply.
type AudioSource interface {
	audio.Reader
	Label() string
	Close() error
}

// AudioOutput is an open speaker. It calls its render function for each block of about 10 ms from a realtime thread.
type AudioOutput interface {
	Label() string
	// Lost is closed when the device stopped by itself.
	Lost() <-chan struct{}
	Close() error
}

// VideoFormat is what a caller would like from a camera; the nearest that the device can do is taken.
type VideoFormat struct {
	Width, Height int // pixels; 0 means 1280×720
	FrameRate     int // pictures/s; 0 means 30
}

// Reasons of a [DeviceError].
var (
	ErrDeviceNotFound = errors.New("no such device")
	ErrDeviceBusy     = errors.New("another program uses the device")
	ErrDeviceDenied   = errors.New("the system does not allow it")
	ErrDeviceLost     = errors.New("the device was unplugged or stopped")
	ErrNoSoundServer  = errors.New("no sound server")
	ErrNoDisplay      = errors.New("there is no display to take pictures of")
	ErrWayland        = errors.New("a Wayland session does not show its windows")
)

// DeviceError says which device failed and why. errors.Is finds the reason.
type DeviceError struct {
	Kind   DeviceKind
	Label  string // may be empty
	Reason error  // one of the reasons above, or the system's own
}

func (e *DeviceError) Error() string {
	if e.Label == "" {
		return fmt.Sprintf("%s: %v", e.Kind, e.Reason)
	}
	return fmt.Sprintf("%s %q: %v", e.Kind, e.Label, e.Reason)
}

func (e *DeviceError) Unwrap() error { return e.Reason }
