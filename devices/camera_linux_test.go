package devices

import (
	"context"
	"encoding/binary"
	"errors"
	"image"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pion/mediadevices/pkg/driver"
	"github.com/pion/mediadevices/pkg/driver/availability"
	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"github.com/parley-calls/parley/engine/media"
)

// fakeCamera is a driver as the stock camera's, with a failure at each step. Its pictures are 4:2:2 in full range if they are JPEG.
type fakeCamera struct {
	driver.Driver // only for what is not called
	formats       []prop.Media
	openErr       error
	availableErr  error
	recordErr     error
	readErr       atomic.Pointer[error]
	opens, closes atomic.Int64
	format        frame.Format
	info          driver.Info
}

func (f *fakeCamera) Open() error {
	if f.openErr == nil {
		f.opens.Add(1)
	}
	return f.openErr
}
func (f *fakeCamera) Close() error               { f.closes.Add(1); return nil }
func (f *fakeCamera) Properties() []prop.Media   { return f.formats }
func (f *fakeCamera) Info() driver.Info          { return f.info }
func (f *fakeCamera) IsAvailable() (bool, error) { return f.availableErr == nil, f.availableErr }
func (f *fakeCamera) VideoRecord(p prop.Media) (video.Reader, error) {
	if f.recordErr != nil {
		f.closes.Add(1) // as the wrapper of the stock driver does
		return nil, f.recordErr
	}
	img := image.NewYCbCr(image.Rect(0, 0, p.Width, p.Height), image.YCbCrSubsampleRatio422)
	fill(img.Y, 255)
	fill(img.Cb, 128)
	fill(img.Cr, 0)
	f.format = p.FrameFormat
	return video.ReaderFunc(func() (image.Image, func(), error) {
		if err := f.readErr.Load(); err != nil {
			return nil, func() {}, *err
		}
		return img, func() {}, nil
	}), nil
}

func format(w, h int, rate float32, f frame.Format) prop.Media {
	return prop.Media{Video: prop.Video{Width: w, Height: h, FrameRate: rate, FrameFormat: f}}
}

// nodeFor makes the node that the access check opens. /dev/null is as good as a camera there.
const openNode = "cam;null"

func withCameras(t *testing.T, found ...camera) *cameras {
	t.Helper()
	c := newCameras(slog.New(slog.DiscardHandler), func() {}, func(context.Context) ([]camera, error) { return found, nil },
		func(context.Context, *slog.Logger) <-chan struct{} { return nil })
	closing(t, c)
	return c
}

func fake(f *fakeCamera) camera {
	return camera{device: media.Device{ID: "cam", Label: "Cam", Kind: media.CameraDevice, Default: true}, driver: &oneUser{Driver: f}, label: openNode}
}

func TestCameraGivesNearestFormat(t *testing.T) {
	t.Parallel()
	f := &fakeCamera{formats: []prop.Media{
		format(1280, 720, 10, frame.FormatYUYV), format(640, 480, 30, frame.FormatYUYV), format(1280, 720, 30, frame.FormatMJPEG),
		format(640, 480, 30, frame.FormatZ16), format(320, 240, 30, frame.FormatYUYV),
	}}
	c := withCameras(t, fake(f))
	for _, tt := range []struct {
		want   media.VideoFormat
		size   image.Point
		format frame.Format
		luma   byte
	}{
		{media.VideoFormat{}, image.Pt(1280, 720), frame.FormatMJPEG, 235}, // full range becomes limited
		{media.VideoFormat{Width: 640, Height: 480}, image.Pt(640, 480), frame.FormatYUYV, 255},
		{media.VideoFormat{Width: 300, Height: 200, FrameRate: 25}, image.Pt(320, 240), frame.FormatYUYV, 255},
	} {
		source, err := c.open(timeout(t), "", tt.want)
		if err != nil {
			t.Fatal(err)
		}
		img := picture(t, source)
		if img.Rect.Size() != tt.size || img.SubsampleRatio != image.YCbCrSubsampleRatio420 || f.format != tt.format || img.Y[0] != tt.luma {
			t.Errorf("wanted %+v, got %v of luma %d in %v", tt.want, img.Rect.Size(), img.Y[0], f.format)
		}
		if _, err := c.open(timeout(t), "cam", tt.want); !errors.Is(err, media.ErrDeviceBusy) {
			t.Errorf("opened twice: %v", err)
		}
		if err := source.Close(); err != nil {
			t.Error(err)
		}
	}
	if o, c := f.opens.Load(), f.closes.Load(); o != c {
		t.Errorf("opened %d times, closed %d times", o, c)
	}
}

func TestCameraSaysWhy(t *testing.T) {
	t.Parallel()
	formats := []prop.Media{format(640, 480, 30, frame.FormatYUYV)}
	odd := errors.New("out of ink")
	for name, tt := range map[string]struct {
		camera *fakeCamera
		want   error
	}{
		"busy":          {&fakeCamera{formats: formats, availableErr: availability.ErrBusy}, media.ErrDeviceBusy},
		"gone":          {&fakeCamera{formats: formats, availableErr: availability.ErrNoDevice}, media.ErrDeviceNotFound},
		"busy on start": {&fakeCamera{formats: formats, recordErr: syscall.EBUSY}, media.ErrDeviceBusy},
		"denied":        {&fakeCamera{formats: formats, openErr: &os.PathError{Op: "open", Err: syscall.EACCES}}, media.ErrDeviceDenied},
		"odd":           {&fakeCamera{formats: formats, recordErr: odd}, odd},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := withCameras(t, fake(tt.camera)).open(timeout(t), "", media.VideoFormat{})
			reasonOf(t, err, media.CameraDevice, tt.want)
			if o, c := tt.camera.opens.Load(), tt.camera.closes.Load(); o != c {
				t.Errorf("opened %d times, closed %d times", o, c)
			}
		})
	}
	missing := fake(&fakeCamera{formats: formats})
	missing.label = "cam;no such node"
	_, err := withCameras(t, missing).open(timeout(t), "", media.VideoFormat{})
	reasonOf(t, err, media.CameraDevice, media.ErrDeviceNotFound)
	_, err = withCameras(t).open(timeout(t), "", media.VideoFormat{})
	reasonOf(t, err, media.CameraDevice, media.ErrDeviceNotFound)
}

func TestCameraIsUnplugged(t *testing.T) {
	t.Parallel()
	f := &fakeCamera{formats: []prop.Media{format(640, 480, 30, frame.FormatYUYV)}}
	source, err := withCameras(t, fake(f)).open(timeout(t), "", media.VideoFormat{})
	if err != nil {
		t.Fatal(err)
	}
	picture(t, source)
	var gone error = syscall.ENODEV
	f.readErr.Store(&gone)
	_, _, err = source.Read()
	reasonOf(t, err, media.CameraDevice, media.ErrDeviceLost)
	if err := source.Close(); err != nil {
		t.Error(err)
	}
	if _, _, err := source.Read(); !errors.Is(err, io.EOF) {
		t.Errorf("read after close: %v", err)
	}
}

func TestOpeningEndsWithContext(t *testing.T) {
	t.Parallel()
	leave, err := enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeCamera{formats: []prop.Media{format(640, 480, 30, frame.FormatYUYV)}}
	c := withCameras(t, fake(f))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := c.open(ctx, "", media.VideoFormat{})
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	leave()
	until(t, func() string {
		if f.opens.Load() != f.closes.Load() {
			return "what was opened too late is still open"
		}
		return ""
	})
}

func TestDescribeCamera(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ label, name, id, shown string }{
		{"usb-Acme_HD-video-index0;video2", "HD Webcam: HD Webcam;usb-0000:00:14.0-1", "usb-Acme_HD-video-index0", "HD Webcam"},
		{"video0;video0", ";", "video0", "video0"},
		{"pci-1;video1", "Integrated: IR;usb", "pci-1", "Integrated: IR"},
	} {
		c := describe(&fakeCamera{info: driver.Info{Label: tt.label, Name: tt.name}})
		if c.device.ID != tt.id || c.device.Label != tt.shown {
			t.Errorf("%q: %+v", tt.label, c.device)
		}
	}
}

// TestScanKeepsOthers makes sure that drivers of others survive a scan, which empties the manager.
func TestScanKeepsOthers(t *testing.T) {
	m := driver.GetManager()
	if err := m.Register(&fakeCamera{}, driver.Info{Label: "somebody's", DeviceType: driver.Screen}); err != nil {
		t.Fatal(err)
	}
	count := func() (ids []string) {
		for _, d := range m.Query(func(d driver.Driver) bool { return d.Info().Label == "somebody's" }) {
			ids = append(ids, d.ID())
		}
		return ids
	}
	for range 3 {
		if _, err := scanCameras(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(count()); n != 1 {
			t.Fatalf("%d drivers of somebody else", n)
		}
		if all := m.Query(driver.FilterVideoRecorder()); len(all) != 1 {
			t.Errorf("%d drivers are left in the manager", len(all))
		}
	}
	m.Delete(count()[0])
}

func TestCamerasComeAndGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	told := make(chan struct{}, 10)
	scan := func(context.Context) ([]camera, error) {
		var found []camera
		names, err := filepath.Glob(filepath.Join(dir, "video*"))
		for _, n := range names {
			found = append(found, camera{device: media.Device{ID: filepath.Base(n), Kind: media.CameraDevice}})
		}
		return found, err
	}
	c := newCameras(slog.New(slog.DiscardHandler), func() { told <- struct{}{} }, scan, func(ctx context.Context, _ *slog.Logger) <-chan struct{} {
		news, err := watchNodes(ctx, dir, "video")
		if err != nil {
			t.Error(err)
		}
		return news
	})
	closing(t, c)
	<-c.looked
	if len(c.list()) != 0 {
		t.Fatal("a camera in an empty directory")
	}
	node := filepath.Join(dir, "video0")
	for _, step := range []struct {
		do   func() error
		want int
	}{
		{func() error { return os.WriteFile(node, nil, 0o600) }, 1},
		{func() error { return os.WriteFile(node+"1", nil, 0o600) }, 2},
		{func() error { return os.Remove(node) }, 1},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-told:
		case <-time.After(patience):
			t.Fatal("a change is not told")
		}
		if got := len(c.list()); got != step.want {
			t.Errorf("%d cameras, want %d", got, step.want)
		}
	}
}

func TestConcerns(t *testing.T) {
	t.Parallel()
	event := func(mask uint32, name string) []byte {
		b := make([]byte, syscall.SizeofInotifyEvent, 64)
		binary.NativeEndian.PutUint32(b[4:], mask)
		padded := append([]byte(name), make([]byte, 16-len(name)%16)...)
		binary.NativeEndian.PutUint32(b[12:], uint32(len(padded)))
		return append(b, padded...)
	}
	other, ours := event(syscall.IN_CREATE, "tty1"), event(syscall.IN_CREATE, "video3")
	for name, tt := range map[string]struct {
		events []byte
		want   bool
	}{
		"nothing": {nil, false}, "other": {other, false}, "ours": {ours, true}, "both": {append(append([]byte(nil), other...), ours...), true},
		"overflow": {event(syscall.IN_Q_OVERFLOW, ""), true}, "cut off": {ours[:20], false}, "lies": {append(other[:12:12], 0xff, 0xff, 0xff, 0x7f), false},
	} {
		if got := concerns(tt.events, "video"); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
