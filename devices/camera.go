package devices

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pion/mediadevices"
	"github.com/pion/mediadevices/pkg/driver"
	"github.com/pion/mediadevices/pkg/driver/availability"
	stock "github.com/pion/mediadevices/pkg/driver/camera"
	"github.com/pion/mediadevices/pkg/frame"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"

	"github.com/parley-calls/parley/engine/media"
)

const (
	// A camera's node appears before its names and rights are settled, and two nodes come at a time.
	settleTime = 300 * time.Millisecond

	cameraTimeout     = "PION_MEDIADEVICES_CAMERA_READ_TIMEOUT" // seconds; the stock driver's only way to set it
	cameraTimeoutTime = "3"                                     // of silence: lost
)

// Format of a camera if none is asked for.
const cameraWidth, cameraHeight, cameraRate = 1280, 720, 30

// camera is a camera of the machine and its stock driver.
type camera struct {
	device media.Device
	driver *oneUser
	label  string // of the driver
}

// cameras are those of the machine. Its one goroutine scans, and waits for changes.
type cameras struct {
	log     *slog.Logger
	changed func()
	scan    func(context.Context) ([]camera, error)
	looked  chan struct{} // closed after the first scan
	stop    context.CancelFunc
	done    chan struct{}

	mu    sync.Mutex
	found []camera
}

// newCameras follows the cameras that scan finds, after each value of the channel that watch fills.
func newCameras(log *slog.Logger, changed func(), scan func(context.Context) ([]camera, error), watch func(context.Context, *slog.Logger) <-chan struct{}) *cameras {
	ctx, cancel := context.WithCancel(context.Background())
	c := &cameras{log: log, changed: changed, scan: scan, looked: make(chan struct{}), stop: cancel, done: make(chan struct{})}
	go c.run(ctx, watch)
	return c
}

// Close stops following. It may be called again.
func (c *cameras) Close() error {
	c.stop()
	<-c.done
	return nil
}

func (c *cameras) run(ctx context.Context, watch func(context.Context, *slog.Logger) <-chan struct{}) {
	defer close(c.done)
	look := sync.OnceFunc(func() { close(c.looked) })
	defer look()
	news := watch(ctx, c.log)
	for {
		found, err := c.scan(ctx)
		if err != nil && ctx.Err() == nil {
			c.log.Warn("cameras cannot be listed", "err", err)
		}
		c.mu.Lock()
		same := slices.EqualFunc(c.found, found, func(a, b camera) bool { return a.device == b.device })
		c.found = found
		c.mu.Unlock()
		look()
		if !same {
			c.changed()
		}
		select {
		case _, ok := <-news:
			if !ok {
				news = nil
			}
		case <-ctx.Done():
			return
		}
		select { // more is about to come
		case <-time.After(settleTime):
		case <-ctx.Done():
			return
		}
	}
}

func (c *cameras) list() []media.Device {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]media.Device, 0, len(c.found))
	for _, f := range c.found {
		out = append(out, f.device)
	}
	return out
}

func (c *cameras) open(ctx context.Context, id string, want media.VideoFormat) (media.VideoSource, error) {
	select {
	case <-c.looked:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c.mu.Lock()
	found := slices.Clone(c.found)
	c.mu.Unlock()
	at := slices.IndexFunc(found, func(f camera) bool { return f.device.ID == id || id == "" && f.device.Default })
	if at < 0 {
		return nil, refused(media.CameraDevice, id, media.ErrDeviceNotFound)
	}
	f := found[at]
	if err := cameraProblem(f); err != nil {
		return nil, deviceError(media.CameraDevice, f.device.Label, err)
	}
	return openVideo(ctx, media.CameraDevice, f.device.Label, f.driver, nearest(want))
}

// nearest asks a camera for a format. Of pictures that it cannot give in that size it gives the nearest.
func nearest(want media.VideoFormat) func(*mediadevices.MediaTrackConstraints) {
	w, h, rate := want.Width, want.Height, cmp.Or(max(want.FrameRate, 0), cameraRate)
	if w <= 0 || h <= 0 {
		w, h = cameraWidth, cameraHeight
	}
	return func(c *mediadevices.MediaTrackConstraints) {
		c.Width, c.Height, c.FrameRate = prop.Int(w), prop.Int(h), prop.Float(rate)
		c.FrameFormat = prop.FrameFormatOneOf{frame.FormatI420, frame.FormatNV12, frame.FormatNV21, frame.FormatYUYV, frame.FormatUYVY, frame.FormatMJPEG}
	}
}

// cameraProblem asks a camera, before it is opened, why it would not open: afterwards that is not said.
func cameraProblem(c camera) error {
	if err := cameraAccess(c); err != nil {
		return err
	}
	return c.driver.available()
}

var firstScan sync.Once

// scanCameras lists the cameras that the stock drivers find. The drivers do not stay in the manager, where each query would open
// them all; the scan itself empties the manager of all that give pictures, so those of others are put back.
func scanCameras(ctx context.Context) ([]camera, error) {
	leave, err := enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	manager := driver.GetManager()
	others := manager.Query(driver.FilterVideoRecorder())
	firstScan.Do(func() { // the package's own init has registered cameras
		if os.Getenv(cameraTimeout) == "" {
			err = os.Setenv(cameraTimeout, cameraTimeoutTime)
		}
		others = slices.DeleteFunc(others, func(d driver.Driver) bool {
			return d.Info().DeviceType == driver.Camera && strings.Contains(d.Info().Label, stock.LabelSeparator)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("set read timeout: %w", err)
	}
	stock.Initialize()
	var found []camera
	for _, d := range manager.Query(driver.FilterVideoRecorder()) {
		manager.Delete(d.ID())
		if d.Info().DeviceType == driver.Camera && takesPictures(d) {
			found = append(found, describe(d))
		}
	}
	for _, d := range others {
		if err := manager.Register(d, d.Info()); err != nil {
			return nil, fmt.Errorf("put a driver back: %w", err)
		}
	}
	slices.SortFunc(found, func(a, b camera) int { return cmp.Compare(a.device.ID, b.device.ID) })
	if len(found) > 0 && !slices.ContainsFunc(found, func(c camera) bool { return c.device.Default }) {
		found[0].device.Default = true
	}
	return found, nil
}

// takesPictures tells cameras from the other nodes of a camera, such as that of its metadata. One that cannot be opened now may be
// in use, or forbidden, and counts.
func takesPictures(d driver.Driver) bool {
	if err := d.Open(); err != nil {
		return true
	}
	formats := d.Properties()
	return d.Close() != nil || len(formats) > 0
}

// describe makes names of what the stock driver says: "card;bus" and "by-id;node".
func describe(d driver.Driver) camera {
	id, _, _ := strings.Cut(d.Info().Label, stock.LabelSeparator)
	name, _, _ := strings.Cut(d.Info().Name, stock.LabelSeparator)
	if name == "" {
		name = id
	}
	if before, after, ok := strings.Cut(name, ": "); ok && before == after { // as UVC does: "HD Webcam: HD Webcam"
		name = before
	}
	return camera{
		device: media.Device{ID: id, Label: name, Kind: media.CameraDevice, Default: d.Info().Priority == driver.PriorityHigh},
		driver: &oneUser{Driver: d}, label: d.Info().Label,
	}
}

// oneUser lets one open a camera at a time, and closes it exactly once: the stock driver would close its number, which may be
// another file's by then.
type oneUser struct {
	driver.Driver
	mu   sync.Mutex
	open bool
}

// Open opens the camera, or says that it is busy.
func (o *oneUser) Open() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open {
		return availability.ErrBusy
	}
	err := o.Driver.Open()
	o.open = err == nil
	return err
}

// VideoRecord starts the camera. When that fails the camera is closed.
func (o *oneUser) VideoRecord(p prop.Media) (video.Reader, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	r, err := o.Driver.(driver.VideoRecorder).VideoRecord(p)
	if err != nil {
		o.open = false // the driver has closed itself
	}
	return r, err
}

// Close stops the camera. It waits for a read in progress.
func (o *oneUser) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.open {
		return nil
	}
	o.open = false
	return o.Driver.Close()
}

// available asks a closed camera why it would not open.
func (o *oneUser) available() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open {
		return availability.ErrBusy
	}
	if ok, err := driver.IsAvailable(o.Driver); !ok && !errors.Is(reason(err), err) {
		return err
	}
	return nil
}
