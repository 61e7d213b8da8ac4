package devices

import (
	"cmp"
	"context"
	"errors"
	"image"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/parley-calls/parley/engine/media"
)

// Options tune a [Set]. The zero value works.
type Options struct {
	Logger *slog.Logger // nil discards
	Faults *Faults      // makes synthetic devices fail on demand; nil means they never do
}

// Set is cameras, microphones, speakers and screens that can be listed and opened. All methods may be called from any goroutine.
type Set struct {
	cameras     pictures
	microphones sounds
	speakers    outlets
	screens     display
	prefer      map[media.DeviceKind]string // ID or label; the choice for an empty id
	watchers    *watchers
	closers     []io.Closer

	close func() error
}

// pictures is all cameras of one origin. An empty id is the first of the list.
type pictures interface {
	list() []media.Device
	open(ctx context.Context, id string, want media.VideoFormat) (media.VideoSource, error)
}

// sounds is all microphones of one origin.
type sounds interface {
	list() []media.Device
	open(ctx context.Context, id string) (media.AudioSource, error)
}

// outlets is all speakers of one origin.
type outlets interface {
	list() []media.Device
	open(ctx context.Context, id string, render func([]float32)) (media.AudioOutput, error)
}

// Devices lists what is there now: the default of each kind first, then by label. It does not wait for any device.
func (s *Set) Devices() []media.Device {
	var all []media.Device
	for _, list := range [][]media.Device{s.cameras.list(), s.microphones.list(), s.speakers.list(), s.screens.list()} {
		list = slices.Clone(list)
		if len(list) > 0 {
			if at := find(list, s.prefer[list[0].Kind]); at >= 0 {
				for i := range list {
					list[i].Default = i == at
				}
			}
		}
		slices.SortStableFunc(list, func(a, b media.Device) int {
			if a.Default != b.Default {
				return map[bool]int{true: -1, false: 1}[a.Default]
			}
			return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.ID, b.ID))
		})
		all = append(all, list...)
	}
	return all
}

// Watch calls changed, on any goroutine, after devices came or went, until stop is called. changed must not wait; it may still be
// running when stop returns.
func (s *Set) Watch(changed func()) (stop func()) { return s.watchers.add(changed) }

// OpenCamera opens a camera by ID or label; an empty id is the preferred one. The format nearest to want is taken. The caller
// closes the source. Errors are a [*media.DeviceError], or the context's.
func (s *Set) OpenCamera(ctx context.Context, id string, want media.VideoFormat) (media.VideoSource, error) {
	return s.cameras.open(ctx, s.resolve(media.CameraDevice, s.cameras.list, id), want)
}

// OpenMicrophone opens a microphone by ID or label; an empty id is the preferred one. The caller closes the source. Errors are a
// [*media.DeviceError], or the context's.
func (s *Set) OpenMicrophone(ctx context.Context, id string) (media.AudioSource, error) {
	return s.microphones.open(ctx, s.resolve(media.MicrophoneDevice, s.microphones.list, id))
}

// OpenSpeaker opens a speaker by ID or label; an empty id is the preferred one, and follows the system's default. render fills
// mono blocks of 10 ms at 48 kHz and is called from a realtime thread, never by two at a time and not after Close has returned:
// so it must not call Close itself. The caller closes the output. Errors are a [*media.DeviceError], or the context's.
func (s *Set) OpenSpeaker(ctx context.Context, id string, render func(out []float32)) (media.AudioOutput, error) {
	return s.speakers.open(ctx, s.resolve(media.SpeakerDevice, s.speakers.list, id), render)
}

// OpenScreen takes pictures of a surface, or of a region of it, in its own size. They follow the surface: a window that gets another
// size gives pictures of that size, one that is put away gives the last one, and the end of a surface is [media.ErrDeviceLost]. The
// caller closes the source. Errors are a [*media.DeviceError], or the context's.
func (s *Set) OpenScreen(ctx context.Context, c media.Capture) (media.VideoSource, error) {
	c.Surface = s.resolve(media.ScreenDevice, s.screens.list, c.Surface)
	return s.screens.open(ctx, c)
}

// Surfaces lists what can be shared: screens, the primary one first, then windows, the topmost first. It asks the display. Windows of
// this process are not among them. Errors are a [*media.DeviceError], or the context's.
func (s *Set) Surfaces(ctx context.Context) ([]media.Surface, error) {
	return seeing(ctx, s.screens.surfaces)
}

// Thumbnail is a picture of a surface as it is now, without the cursor, not larger than width × height pixels. Errors are a
// [*media.DeviceError], or the context's.
func (s *Set) Thumbnail(ctx context.Context, surface string, width, height int) (*image.RGBA, error) {
	return seeing(ctx, func() (*image.RGBA, error) { return s.screens.thumbnail(surface, width, height) })
}

// seeing asks the display, and gives up waiting when ctx ends.
func seeing[T any](ctx context.Context, ask func() (T, error)) (T, error) {
	type answer struct {
		t   T
		err error
	}
	done := make(chan answer, 1)
	go func() {
		t, err := ask()
		done <- answer{t, err}
	}()
	select {
	case a := <-done:
		return a.t, deviceError(media.ScreenDevice, "", a.err)
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// OpenSystemSound gives what other programs of this machine play, without what this process does, and silence while they play nothing.
// The caller closes the source. Errors are a [*media.DeviceError] of a speaker, or the context's; [errors.ErrUnsupported] is one where the
// system does not let programs listen.
func (s *Set) OpenSystemSound(ctx context.Context) (media.AudioSource, error) {
	return openSystemSound(ctx)
}

// Close stops following the machine and closes the speakers that are still open; sources are closed by whoever opened them. It
// waits for its goroutines and may be called again.
func (s *Set) Close() error { return s.close() }

// newSet puts the parts together. The closers are closed in reverse order.
func newSet(c pictures, m sounds, o outlets, screens display, w *watchers, closers ...io.Closer) *Set {
	s := &Set{cameras: c, microphones: m, speakers: o, screens: screens, watchers: w, closers: closers, prefer: map[media.DeviceKind]string{}}
	s.close = sync.OnceValue(func() error {
		w.clear()
		var errs []error
		for _, c := range slices.Backward(s.closers) {
			errs = append(errs, c.Close())
		}
		return errors.Join(errs...)
	})
	return s
}

// resolve turns what a person or a setting named into an ID. What is not in the list is left to open to refuse: the list may be
// younger than a moment.
func (s *Set) resolve(kind media.DeviceKind, list func() []media.Device, name string) string {
	name = cmp.Or(name, s.prefer[kind])
	if name == "" {
		return ""
	}
	devices := list()
	if i := find(devices, name); i >= 0 {
		return devices[i].ID
	}
	return name
}

// find returns the index of the device with that ID, or else label, or else one label that contains the name in any case; or -1.
func find(list []media.Device, name string) int {
	if name == "" {
		return -1
	}
	lower := strings.ToLower(name)
	for _, same := range []func(media.Device) bool{
		func(d media.Device) bool { return d.ID == name },
		func(d media.Device) bool { return d.Label == name },
		func(d media.Device) bool { return strings.Contains(strings.ToLower(d.Label), lower) },
	} {
		if i := slices.IndexFunc(list, same); i >= 0 {
			return i
		}
	}
	return -1
}

// first returns the index of the default device, or of the first, or -1 for an empty list.
func first(list []media.Device) int {
	if i := slices.IndexFunc(list, func(d media.Device) bool { return d.Default }); i >= 0 {
		return i
	}
	return min(0, len(list)-1)
}

func logger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}
