package engine_test

import (
	"context"
	"fmt"
	"image"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/mediadevices/pkg/wave"

	"github.com/parley-calls/parley/engine/media"
)

// deck is a set of devices that counts what is open. Its camera can be made busy.
type deck struct {
	mu      sync.Mutex
	open    map[media.DeviceKind]int
	opened  map[media.DeviceKind]int // ever
	ids     []string                 // opened, in order: "camera back"
	busy    atomic.Bool              // cameras
	mute    atomic.Bool              // no speakers
	silent  atomic.Bool              // no system sound
	closed  atomic.Bool              // what is shared was closed
	frozen  atomic.Bool              // what is shared gives no pictures, without a word
	page    atomic.Int32             // what is to be seen on screens
	watcher func()
	there   []media.Device // what it lists; nil: it opens whatever it is asked for
	parts   []*part        // ever opened
	loudest float32        // that a speaker has played
}

func newDeck() *deck {
	return &deck{open: map[media.DeviceKind]int{}, opened: map[media.DeviceKind]int{}}
}

func (d *deck) count(k media.DeviceKind, by int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open[k] += by
	if by > 0 {
		d.opened[k]++
	}
}

func (d *deck) everOpened(k media.DeviceKind) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.opened[k]
}

func (d *deck) allClosed() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for k, n := range d.open {
		if n != 0 {
			return fmt.Sprintf("%d × %s open", n, k)
		}
	}
	return ""
}

func (d *deck) Devices() []media.Device {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.there
}

// missing is why a device cannot be opened, if it cannot.
func (d *deck) missing(k media.DeviceKind, id string) error {
	there := d.Devices()
	if there == nil || slices.ContainsFunc(there, func(v media.Device) bool { return v.Kind == k && v.ID == id }) {
		return nil
	}
	return &media.DeviceError{Kind: k, Label: id, Reason: media.ErrDeviceNotFound}
}

func (d *deck) Watch(changed func()) (stop func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watcher = changed
	return func() {}
}

func (d *deck) plug() {
	d.mu.Lock()
	f := d.watcher
	d.mu.Unlock()
	f()
}

// part is one open device.
type part struct {
	deck   *deck
	kind   media.DeviceKind
	id     string
	lost   chan struct{}
	closed chan struct{}
	once   sync.Once
	tick   *time.Ticker
	n      int
}

func (d *deck) part(k media.DeviceKind, id string, every time.Duration) *part {
	d.count(k, 1)
	d.mu.Lock()
	d.ids = append(d.ids, strings.TrimSpace(string(k)+" "+id))
	d.mu.Unlock()
	p := &part{deck: d, kind: k, id: id, lost: make(chan struct{}), closed: make(chan struct{}), tick: time.NewTicker(every)}
	d.mu.Lock()
	d.parts = append(d.parts, p)
	d.mu.Unlock()
	return p
}

func (p *part) Label() string         { return "test " + string(p.kind) }
func (p *part) Lost() <-chan struct{} { return p.lost }

// end is what reading ends with.
func (p *part) end() error {
	select {
	case <-p.lost:
		return &media.DeviceError{Kind: p.kind, Label: p.Label(), Reason: media.ErrDeviceLost}
	default:
		return io.EOF
	}
}

func (p *part) Close() error {
	p.once.Do(func() {
		close(p.closed)
		p.tick.Stop()
		p.deck.count(p.kind, -1)
	})
	return nil
}

func (p *part) next() bool {
	select {
	case <-p.tick.C:
		p.n++
		return true
	case <-p.lost:
		return false
	case <-p.closed:
		return false
	}
}

type camera struct{ *part }

func (c camera) Read() (image.Image, func(), error) {
	if !c.next() {
		return nil, func() {}, c.end()
	}
	img := image.NewYCbCr(image.Rect(0, 0, 160, 90), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = byte(i + 3*c.n)
	}
	return img, func() {}, nil
}

type microphone struct{ *part }

func (m microphone) Read() (wave.Audio, func(), error) {
	if !m.next() {
		return nil, func() {}, m.end()
	}
	block := wave.NewInt16Interleaved(wave.ChunkInfo{Len: 480, Channels: 1, SamplingRate: media.SampleRate})
	for i := range block.Data {
		block.Data[i] = int16(8000 * (i % 96) / 96)
	}
	return block, func() {}, nil
}

func (d *deck) OpenCamera(_ context.Context, id string, _ media.VideoFormat) (media.VideoSource, error) {
	if d.busy.Load() {
		return nil, &media.DeviceError{Kind: media.CameraDevice, Reason: media.ErrDeviceBusy}
	}
	if err := d.missing(media.CameraDevice, id); err != nil {
		return nil, err
	}
	return camera{d.part(media.CameraDevice, id, 66*time.Millisecond)}, nil
}

func (d *deck) OpenMicrophone(_ context.Context, id string) (media.AudioSource, error) {
	if err := d.missing(media.MicrophoneDevice, id); err != nil {
		return nil, err
	}
	return microphone{d.part(media.MicrophoneDevice, id, 10*time.Millisecond)}, nil
}

func (d *deck) OpenSpeaker(_ context.Context, id string, render func([]float32)) (media.AudioOutput, error) {
	if d.mute.Load() {
		return nil, &media.DeviceError{Kind: media.SpeakerDevice, Reason: media.ErrNoSoundServer}
	}
	if err := d.missing(media.SpeakerDevice, id); err != nil {
		return nil, err
	}
	p := d.part(media.SpeakerDevice, id, 10*time.Millisecond)
	go func() {
		for out := make([]float32, 480); p.next(); {
			render(out)
			d.listen(out)
		}
	}()
	return p, nil
}

func (d *deck) listen(block []float32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.loudest = max(d.loudest, slices.Max(block))
}

// heard is the loudest sample that a speaker has played.
func (d *deck) heard() float32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.loudest
}

// systemSound is what the deck counts its system sound as.
const systemSound media.DeviceKind = "system"

// display is a screen of one colour, which tells the page.
type display struct{ *part }

// shade is how bright a page is.
func shade(page int32) uint8 { return uint8(60 + 40*page) }

func (s display) Read() (image.Image, func(), error) {
	for s.deck.frozen.Load() {
		if !s.next() {
			return nil, func() {}, io.EOF
		}
	}
	if !s.next() {
		return nil, func() {}, io.EOF
	}
	if s.deck.closed.Load() {
		return nil, func() {}, &media.DeviceError{Kind: media.ScreenDevice, Label: "Mail", Reason: media.ErrDeviceLost}
	}
	img := image.NewYCbCr(image.Rect(0, 0, 320, 200), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = shade(s.deck.page.Load())
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = 128, 128
	}
	return img, func() {}, nil
}

func (d *deck) OpenScreen(_ context.Context, c media.Capture) (media.VideoSource, error) {
	if c.Surface == "none" || d.closed.Load() {
		return nil, &media.DeviceError{Kind: media.ScreenDevice, Reason: media.ErrDeviceNotFound}
	}
	return display{d.part(media.ScreenDevice, c.Surface, time.Second/time.Duration(c.Rate))}, nil
}

func (d *deck) Surfaces(context.Context) ([]media.Surface, error) {
	return []media.Surface{{ID: "desk", Label: "Desk", Kind: media.ScreenSurface}, {ID: "mail", Label: "Mail", Kind: media.WindowSurface}}, nil
}

func (*deck) Thumbnail(_ context.Context, surface string, width, height int) (*image.RGBA, error) {
	if surface != "desk" {
		return nil, &media.DeviceError{Kind: media.ScreenDevice, Reason: media.ErrDeviceNotFound}
	}
	return image.NewRGBA(image.Rect(0, 0, width, height)), nil
}

func (d *deck) OpenSystemSound(context.Context) (media.AudioSource, error) {
	if d.silent.Load() {
		return nil, &media.DeviceError{Kind: media.SpeakerDevice, Reason: media.ErrNoSoundServer}
	}
	return microphone{d.part(systemSound, "", 10*time.Millisecond)}, nil
}
