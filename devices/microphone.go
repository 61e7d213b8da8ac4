package devices

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/gen2brain/malgo"
	"github.com/pion/mediadevices/pkg/io/audio"
	"github.com/pion/mediadevices/pkg/prop"
	"github.com/pion/mediadevices/pkg/wave"

	"github.com/parley-calls/parley/engine/media"
)

const (
	micPeriod  = 10 * time.Millisecond
	micWaiting = 25 // blocks that wait for a reader that the system stalls; older ones are dropped

	// A device is lost after so many ticks without a sign of it. Ticks are counted and not the clock asked, so that a process
	// that did not run for a while does not take that for the device's silence.
	watchTick  = 100 * time.Millisecond
	firstTicks = 30 // a sleeping device takes up to two seconds
	micTicks   = 5
)

// microphones are those of the sound system.
type microphones struct{ sys *soundSystem }

func (m microphones) list() []media.Device { return m.sys.devices(media.MicrophoneDevice) }

func (m microphones) open(ctx context.Context, id string) (media.AudioSource, error) {
	d, err := m.sys.choose(ctx, media.MicrophoneDevice, id)
	if err != nil {
		return nil, err
	}
	device, err := captureID(d)
	if err != nil {
		return nil, refused(media.MicrophoneDevice, d.Label, err)
	}
	return openAudio(ctx, media.MicrophoneDevice, d.Label, &microphone{sys: m.sys, device: d, id: device, follows: id == ""})
}

// microphone is a driver of mediadevices on miniaudio. The stock one hands out memory that the sound thread overwrites, and stops
// that thread when nobody reads.
type microphone struct {
	sys     *soundSystem
	device  media.Device
	id      malgo.DeviceID
	follows bool

	mu      sync.Mutex
	capture *capture // nil while it does not record
}

// Open does nothing: the device is opened when recording starts.
func (m *microphone) Open() error { return nil }

// Properties says that it gives 48 kHz mono float32.
func (m *microphone) Properties() []prop.Media {
	return []prop.Media{{Audio: prop.Audio{ChannelCount: 1, SampleRate: media.SampleRate, SampleSize: 4, IsFloat: true, IsInterleaved: true, Latency: micPeriod}}}
}

// AudioRecord starts to record.
func (m *microphone) AudioRecord(prop.Media) (audio.Reader, error) {
	c, err := startCapture(m.sys.backends(), m.id)
	if err != nil {
		return nil, err
	}
	c.label = m.device.Label
	c.release = m.sys.held.add(&holding{kind: media.MicrophoneDevice, id: m.device.ID, lose: c.lose})
	m.mu.Lock()
	m.capture = c
	m.mu.Unlock()
	return audio.ReaderFunc(c.read), nil
}

// Close stops recording. A read in progress returns.
func (m *microphone) Close() error {
	m.mu.Lock()
	c := m.capture
	m.capture = nil
	m.mu.Unlock()
	if c != nil {
		c.close()
		if n := c.dropped.Load(); n > 0 {
			m.sys.log.Debug("sound of the microphone was not fetched", "label", m.device.Label, "blocks", n)
		}
	}
	return nil
}

// capture is a recording in progress.
type capture struct {
	label   string
	context *malgo.AllocatedContext
	device  *malgo.Device
	release func()

	free, filled chan []float32 // buffers go round between the sound thread and the reader
	closed, lost chan struct{}
	lose         func()
	dropped      atomic.Uint64 // blocks
	heard        bool          // the reader's own
}

// startCapture opens a device in a context of its own: after the death of a sound server only a new context works.
func startCapture(backends []malgo.Backend, id malgo.DeviceID) (*capture, error) {
	ctx, err := malgo.InitContext(backends, malgo.ContextConfig{}, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", media.ErrNoSoundServer, err)
	}
	c := &capture{
		context: ctx, free: make(chan []float32, micWaiting+2), filled: make(chan []float32, micWaiting),
		closed: make(chan struct{}), lost: make(chan struct{}), release: func() {},
	}
	c.lose = sync.OnceFunc(func() { close(c.lost) })
	for range cap(c.free) {
		c.free <- make([]float32, 0, media.SampleRate*int(micPeriod)/int(time.Second))
	}

	cfg := malgo.DefaultDeviceConfig(malgo.Capture)
	cfg.PerformanceProfile = malgo.LowLatency
	cfg.SampleRate = media.SampleRate
	cfg.PeriodSizeInMilliseconds = uint32(micPeriod.Milliseconds())
	cfg.Periods = micWaiting // what the server keeps for us while the system stalls; it is no delay
	cfg.Capture.Channels = 1
	cfg.Capture.Format = malgo.FormatF32
	cfg.Pulse.StreamNameCapture = "Microphone"
	var pin runtime.Pinner // the configuration holds a pointer to the ID while C reads it
	pin.Pin(&id)
	defer pin.Unpin()
	cfg.Capture.DeviceID = unsafe.Pointer(&id)
	c.device, err = malgo.InitDevice(ctx.Context, cfg, malgo.DeviceCallbacks{Data: c.take, Stop: c.lose})
	if err == nil {
		if err = c.device.Start(); err != nil {
			c.device.Uninit()
		}
	}
	if err != nil {
		_ = ctx.Uninit()
		ctx.Free()
		return nil, err
	}
	return c, nil
}

// take is called by the sound thread, which owns in. It never waits: when the reader is late it takes the oldest block away.
func (c *capture) take(_, in []byte, _ uint32) {
	if len(in) < 4 {
		return
	}
	samples := unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(in))), len(in)/4)
	var b []float32
	select {
	case b = <-c.free:
	default:
		select {
		case b = <-c.filled:
			c.dropped.Add(1)
		default:
			return
		}
	}
	b = append(b[:0], samples...)
	select {
	case c.filled <- b:
	default:
		select {
		case old := <-c.filled:
			c.dropped.Add(1)
			c.giveBack(old)
		default:
		}
		select {
		case c.filled <- b:
		default:
			c.giveBack(b)
		}
	}
}

func (c *capture) giveBack(b []float32) {
	select {
	case c.free <- b:
	default:
	}
}

// read waits for a block and copies it out.
func (c *capture) read() (wave.Audio, func(), error) {
	patience := micTicks
	if !c.heard {
		patience = firstTicks
	}
	tick := time.NewTicker(watchTick)
	defer tick.Stop()
	for {
		select {
		case b := <-c.filled:
			c.heard = true
			block := &wave.Float32Interleaved{Data: append([]float32(nil), b...), Size: wave.ChunkInfo{Len: len(b), Channels: 1, SamplingRate: media.SampleRate}}
			c.giveBack(b)
			return block, func() {}, nil
		case <-c.closed:
			return nil, func() {}, io.EOF
		case <-c.lost:
			return nil, func() {}, c.gone()
		case <-tick.C:
			if patience--; patience <= 0 {
				c.lose()
			}
		}
	}
}

// gone tells a loss from our own close, which also stops the device.
func (c *capture) gone() error {
	select {
	case <-c.closed:
		return io.EOF
	default:
		return refused(media.MicrophoneDevice, c.label, media.ErrDeviceLost)
	}
}

// close stops the device. That is left behind if the sound server is dead, and if the device is gone, where it takes a second: another
// one is waited for then.
func (c *capture) close() {
	close(c.closed)
	c.release()
	closing := func() error {
		c.device.Uninit()
		err := c.context.Uninit()
		c.context.Free()
		return err
	}
	select {
	case <-c.lost:
		go func() { _ = closing() }()
	default:
		_ = patiently(closing)
	}
}
