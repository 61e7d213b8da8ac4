package engine

import (
	"context"
	"image"

	"github.com/parley-calls/parley/engine/media"
)

// Devices are the cameras, microphones, speakers and screens that the engine may use. Package devices has real and synthetic ones.
// An empty id means the system's choice.
type Devices interface {
	// Devices lists what is there now. It is cheap.
	Devices() []media.Device
	// Watch calls changed, on any goroutine, after devices came or went.
	Watch(changed func()) (stop func())
	OpenCamera(ctx context.Context, id string, want media.VideoFormat) (media.VideoSource, error)
	OpenMicrophone(ctx context.Context, id string) (media.AudioSource, error)
	// OpenSpeaker plays what render fills: mono blocks of about 10 ms at 48 kHz. render is called from a realtime thread.
	OpenSpeaker(ctx context.Context, id string, render func(out []float32)) (media.AudioOutput, error)
	// Surfaces lists what can be shared, screens first. It asks the display.
	Surfaces(ctx context.Context) ([]media.Surface, error)
	// Thumbnail is a picture of a surface as it is now, not larger than width × height pixels.
	Thumbnail(ctx context.Context, surface string, width, height int) (*image.RGBA, error)
	// OpenScreen takes pictures of a surface, or a region of it, in its own size, at its pace whether anything changes or not: see
	// [ShareAutoStop]. When the surface goes, Read returns a [*media.DeviceError].
	OpenScreen(ctx context.Context, c media.Capture) (media.VideoSource, error)
	// OpenSystemSound gives what other programs of this machine play, without what this program does.
	OpenSystemSound(ctx context.Context) (media.AudioSource, error)
}

// MediaDevice is a camera, microphone, speaker or screen of the machine.
type MediaDevice = media.Device

// DeviceChoice is which devices to use, by ID. Empty means the system's choice.
type DeviceChoice struct {
	Camera, Microphone, Speaker string
	Ring                        string // where it rings; empty means Speaker
}
