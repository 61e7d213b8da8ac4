package doctor

import (
	"context"
	"image"
	"math"
	"sync"
	"time"

	"github.com/pion/mediadevices/pkg/wave"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// silence is the level of no sound at all, in dB below full scale.
const silence = -120

// lookThrough opens the camera for a moment.
func lookThrough(ctx context.Context, o Options, r *Report) {
	r.Camera.Label = o.device(media.CameraDevice).Label
	opening, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	source, err := o.Devices.OpenCamera(opening, o.device(media.CameraDevice).ID, media.VideoFormat{})
	if err != nil {
		r.Camera.Trial = failed(err)
		return
	}
	r.Camera.Label = source.Label()
	defer context.AfterFunc(ctx, func() { _ = source.Close() })()
	defer time.AfterFunc(openTime+watchTime, func() { _ = source.Close() }).Stop() // it gives no picture at all
	var first, last time.Time
	var light float64
	pictures := 0
	for first.IsZero() || time.Since(first) < watchTime {
		img, release, err := source.Read()
		if err != nil {
			r.Camera.Trial = failed(noPicture(err, r.Camera.Label))
			break
		}
		last = time.Now()
		if first.IsZero() {
			first = last
		}
		pictures++
		r.Camera.Width, r.Camera.Height = img.Bounds().Dx(), img.Bounds().Dy()
		light += brightness(img)
		release()
	}
	_ = source.Close()
	if pictures > 0 {
		r.Camera.Light = light / float64(pictures)
	}
	if pictures > 1 {
		r.Camera.FPS = float64(pictures-1) / last.Sub(first).Seconds()
	}
}

// noPicture is why a camera that was opened gave no picture: it may be that we gave up.
func noPicture(err error, label string) error {
	if d := engine.Code(err); d != "failed" {
		return err
	}
	return &media.DeviceError{Kind: media.CameraDevice, Label: label, Reason: media.ErrDeviceLost}
}

// brightness is the mean of some of a picture's pixels.
func brightness(img image.Image) float64 {
	const step = 16
	b := img.Bounds()
	sum, n := 0.0, 0
	for y := b.Min.Y; y < b.Max.Y; y += step {
		for x := b.Min.X; x < b.Max.X; x += step {
			red, green, blue, _ := img.At(x, y).RGBA()
			sum += (0.299*float64(red) + 0.587*float64(green) + 0.114*float64(blue)) / 257
			n++
		}
	}
	return sum / float64(max(n, 1))
}

// tryCard lets the graphics card code a film.
func tryCard(ctx context.Context, o Options, r *Report) {
	if o.Card != nil {
		r.Card, _ = o.Card.Examine(ctx) // whose only errors are that somebody has had enough
	}
}

// listen hears the room, first as it is and then while the speaker plays something.
func listen(ctx context.Context, o Options, r *Report) {
	opening, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	r.Microphone.Label = o.device(media.MicrophoneDevice).Label
	r.Speaker.Label = o.device(media.SpeakerDevice).Label
	source, err := o.Devices.OpenMicrophone(opening, o.device(media.MicrophoneDevice).ID)
	var ear *ear
	if err != nil {
		r.Microphone.Trial = failed(err)
	} else {
		r.Microphone.Label = source.Label()
		ear = newEar(source)
		defer ear.close()
		sleep(ctx, settle+listenTime)
		quiet := ear.heard(settle)
		r.Microphone.Noise = level(quiet)
	}
	m := &mouth{pcm: sweeps()}
	out, err := o.Devices.OpenSpeaker(opening, o.device(media.SpeakerDevice).ID, m.render)
	if err != nil {
		r.Speaker.Trial = failed(err)
		return
	}
	r.Speaker.Label = out.Label()
	sleep(ctx, m.length()+longestEcho)
	_ = out.Close()
	m.mu.Lock()
	defer m.mu.Unlock()
	r.Speaker.Longest = millis(m.longest)
	if m.at.IsZero() {
		r.Speaker.Trial = failed(&media.DeviceError{Kind: media.SpeakerDevice, Label: r.Speaker.Label, Reason: media.ErrDeviceLost})
		return
	}
	if ear != nil {
		r.Microphone.Longest = millis(ear.longestGap())
		r.Room = room(m.pcm, ear.since(m.at))
	}
}

// settle is how much of a microphone's sound at its beginning is no use: many devices click when they are opened.
const settle = 300 * time.Millisecond

// sleep waits, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// device is the one that calls would use.
func (o Options) device(kind media.DeviceKind) media.Device {
	return o.Choice.Device(o.Devices.Devices(), kind)
}

// ear keeps what a microphone hears.
type ear struct {
	source media.AudioSource
	done   chan struct{}

	mu      sync.Mutex
	pcm     []float32
	ends    time.Time // when the last sample came
	longest time.Duration
}

// earTime bounds what an ear keeps.
const earTime = 20 * time.Second

func newEar(source media.AudioSource) *ear {
	e := &ear{source: source, done: make(chan struct{})}
	go e.run()
	return e
}

func (e *ear) run() {
	defer close(e.done)
	for {
		chunk, release, err := e.source.Read()
		if err != nil {
			return
		}
		now := time.Now()
		e.mu.Lock()
		if !e.ends.IsZero() {
			e.longest = max(e.longest, now.Sub(e.ends))
		}
		e.ends = now
		if info := chunk.ChunkInfo(); len(e.pcm) < int(earTime.Seconds())*media.SampleRate {
			for i := range info.Len {
				e.pcm = append(e.pcm, float32(wave.Float32SampleFormat.Convert(chunk.At(i, 0)).(wave.Float32Sample)))
			}
		}
		e.mu.Unlock()
		release()
	}
}

// heard is what came after the first moments.
func (e *ear) heard(after time.Duration) []float32 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.pcm[min(len(e.pcm), samples(after)):]
}

// since is what came after a moment.
func (e *ear) since(at time.Time) []float32 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.pcm[max(0, len(e.pcm)-max(0, samples(e.ends.Sub(at)))):]
}

func (e *ear) longestGap() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.longest
}

func (e *ear) close() {
	_ = e.source.Close()
	<-e.done
}

// mouth plays something once.
type mouth struct {
	mu      sync.Mutex
	pcm     []float32
	next    int
	at      time.Time // of the first block
	last    time.Time
	longest time.Duration
}

func (m *mouth) render(out []float32) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at.IsZero() {
		m.at = now
	} else {
		m.longest = max(m.longest, now.Sub(m.last))
	}
	m.last = now
	n := copy(out, m.pcm[m.next:])
	clear(out[n:])
	m.next += n
}

func (m *mouth) length() time.Duration {
	return time.Duration(len(m.pcm)) * time.Second / media.SampleRate
}

func samples(d time.Duration) int { return int(d.Seconds() * media.SampleRate) }

// level is the power of a sound in dB below full scale.
func level(pcm []float32) float64 {
	var sum float64
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	if sum == 0 {
		return silence
	}
	return max(silence, 10*math.Log10(sum/float64(len(pcm))))
}
