package devices

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/pion/mediadevices"
	"github.com/pion/mediadevices/pkg/driver"
	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/io/audio"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"
	"github.com/pion/mediadevices/pkg/wave"

	"github.com/parley-calls/parley/engine/media"
)

// closePatience is how long Close waits for a device. A dead sound server may keep a close for ever, a silent camera for seconds.
const closePatience = time.Second

// gate admits one user of mediadevices' driver manager at a time. The manager belongs to the process, its drivers have no locks,
// and GetUserMedia opens and closes every registered driver of the kind.
var gate = make(chan struct{}, 1)

// enter waits for the gate.
func enter(ctx context.Context) (leave func(), err error) {
	select {
	case gate <- struct{}{}:
		return func() { <-gate }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// noted is a driver that remembers why it failed (mediadevices only says that no driver fits) and the format that was chosen.
type noted struct {
	driver.Adapter
	err    error
	format frame.Format
}

func (n *noted) note(err error) error {
	if err != nil {
		n.err = err
	}
	return err
}

// Open opens the driver.
func (n *noted) Open() error { return n.note(n.Adapter.Open()) }

type notedVideo struct{ *noted }

// VideoRecord starts the driver.
func (n notedVideo) VideoRecord(p prop.Media) (video.Reader, error) {
	n.format = p.FrameFormat
	r, err := n.Adapter.(driver.VideoRecorder).VideoRecord(p)
	return r, n.note(err)
}

type notedAudio struct{ *noted }

// AudioRecord starts the driver.
func (n notedAudio) AudioRecord(p prop.Media) (audio.Reader, error) {
	r, err := n.Adapter.(driver.AudioRecorder).AudioRecord(p)
	return r, n.note(err)
}

// openTrack opens a driver through mediadevices. The driver is registered for that moment only; the track owns it afterwards.
func openTrack(ctx context.Context, kind driver.DeviceType, a driver.Adapter, want func(*mediadevices.MediaTrackConstraints)) (mediadevices.Track, frame.Format, error) {
	leave, err := enter(ctx)
	if err != nil {
		return nil, "", err
	}
	defer leave()

	n := &noted{Adapter: a}
	var wrapped driver.Adapter = notedVideo{n}
	if kind == driver.Microphone {
		wrapped = notedAudio{n}
	}
	manager, label := driver.GetManager(), uuid.NewString()
	if err := manager.Register(wrapped, driver.Info{Label: label, DeviceType: kind}); err != nil {
		return nil, "", fmt.Errorf("register driver: %w", err)
	}
	registered := manager.Query(func(d driver.Driver) bool { return d.Info().Label == label })
	if len(registered) != 1 {
		return nil, "", fmt.Errorf("driver manager knows %d drivers with one label", len(registered))
	}
	id := registered[0].ID()
	defer manager.Delete(id)

	constrain := func(c *mediadevices.MediaTrackConstraints) {
		c.DeviceID = prop.StringExact(id)
		if want != nil {
			want(c)
		}
	}
	var stream mediadevices.MediaStream
	switch kind {
	case driver.Microphone:
		stream, err = mediadevices.GetUserMedia(mediadevices.MediaStreamConstraints{Audio: constrain})
	case driver.Screen:
		stream, err = mediadevices.GetDisplayMedia(mediadevices.MediaStreamConstraints{Video: constrain})
	default:
		stream, err = mediadevices.GetUserMedia(mediadevices.MediaStreamConstraints{Video: constrain})
	}
	if err != nil {
		if n.err != nil {
			err = n.err
		}
		return nil, "", err
	}
	return stream.GetTracks()[0], n.format, nil
}

// await opens beside the caller and gives up waiting when ctx ends; what is opened too late is closed.
func await[T io.Closer](ctx context.Context, open func() (T, error)) (T, error) {
	type result struct {
		t   T
		err error
	}
	done := make(chan result, 1)
	go func() {
		t, err := open()
		done <- result{t, err}
	}()
	select {
	case r := <-done:
		return r.t, r.err
	case <-ctx.Done():
		go func() {
			if r := <-done; r.err == nil {
				_ = r.t.Close()
			}
		}()
		var none T
		return none, ctx.Err()
	}
}

// source is what video and audio sources have in common.
type source struct {
	kind   media.DeviceKind
	label  string
	track  mediadevices.Track
	closed atomic.Bool
	once   sync.Once
	err    error
}

// Label names the device for people.
func (s *source) Label() string { return s.label }

// Close stops the device. It waits for it, but at most [closePatience].
func (s *source) Close() error {
	s.once.Do(func() {
		s.closed.Store(true)
		s.err = patiently(s.track.Close)
	})
	return s.err
}

// patiently runs a close and leaves it behind if it does not end in time.
func patiently(closing func() error) error {
	done := make(chan error, 1)
	go func() { done <- closing() }()
	late := time.NewTimer(closePatience)
	defer late.Stop()
	select {
	case err := <-done:
		return err
	case <-late.C:
		return nil
	}
}

// ended turns the driver's read error into the contract's.
func (s *source) ended(err error) error {
	var known *media.DeviceError
	switch {
	case s.closed.Load():
		return io.EOF
	case errors.As(err, &known):
		return known
	default:
		return &media.DeviceError{Kind: s.kind, Label: s.label, Reason: fmt.Errorf("%w: %w", media.ErrDeviceLost, err)}
	}
}

// videoSource is a [media.VideoSource] on a track.
type videoSource struct {
	source
	reader video.Reader
	pool   picturePool
	shrink *[2][256]byte // full range to limited range, nil if the pictures are limited already
}

// Read waits for the next picture. The picture is a copy in 4:2:0 and limited range, whatever the driver gave.
func (v *videoSource) Read() (image.Image, func(), error) {
	img, _, err := v.reader.Read()
	if err != nil || v.closed.Load() {
		return nil, func() {}, v.ended(err)
	}
	src, ok := img.(*image.YCbCr)
	if !ok {
		return nil, func() {}, v.ended(fmt.Errorf("pictures of type %T", img))
	}
	out := v.pool.take(src.Rect.Dx()&^1, src.Rect.Dy()&^1)
	if err := copy420(out, src, v.shrink); err != nil {
		return nil, func() {}, v.ended(err)
	}
	return out, v.pool.release(out), nil
}

// openVideo opens a driver as a video source.
func openVideo(ctx context.Context, kind media.DeviceKind, label string, a driver.Adapter, want func(*mediadevices.MediaTrackConstraints)) (media.VideoSource, error) {
	device := driver.Camera
	if kind == media.ScreenDevice {
		device = driver.Screen
	}
	return await(ctx, func() (media.VideoSource, error) {
		track, format, err := openTrack(ctx, device, a, want)
		if err != nil {
			return nil, deviceError(kind, label, err)
		}
		t, ok := track.(*mediadevices.VideoTrack)
		if !ok {
			return nil, errors.Join(fmt.Errorf("no video track: %T", track), track.Close())
		}
		v := &videoSource{source: source{kind: kind, label: label, track: track}, reader: t.NewReader(false), pool: newPicturePool()}
		if format == frame.FormatMJPEG { // https://www.w3.org/Graphics/JPEG/jfif3.pdf: JPEG uses all 256 levels
			v.shrink = limitedRange()
		}
		return v, nil
	})
}

// audioSource is a [media.AudioSource] on a track.
type audioSource struct {
	source
	reader audio.Reader
}

// Read waits for the next block. The block stays valid.
func (a *audioSource) Read() (wave.Audio, func(), error) {
	block, _, err := a.reader.Read()
	if err != nil || a.closed.Load() {
		return nil, func() {}, a.ended(err)
	}
	return block, func() {}, nil
}

// openAudio opens a driver as an audio source. kind is that of its errors.
func openAudio(ctx context.Context, kind media.DeviceKind, label string, a driver.Adapter) (media.AudioSource, error) {
	return await(ctx, func() (media.AudioSource, error) {
		track, _, err := openTrack(ctx, driver.Microphone, a, nil)
		if err != nil {
			return nil, deviceError(kind, label, err)
		}
		t, ok := track.(*mediadevices.AudioTrack)
		if !ok {
			return nil, errors.Join(fmt.Errorf("no audio track: %T", track), track.Close())
		}
		return &audioSource{source: source{kind: kind, label: label, track: track}, reader: t.NewReader(false)}, nil
	})
}
