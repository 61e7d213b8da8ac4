package media

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-calls/parley/engine/media/internal/apm"
)

// Cleaning says what is done to the sound of a microphone before it is sent. The zero value suits a voice.
type Cleaning struct {
	KeepEcho  bool // leave in it what the speaker plays: right for headphones and music
	KeepNoise bool // leave in it fans, keyboards and streets
	AutoGain  bool // bring soft and loud voices to the same level
}

// none reports whether nothing is to be done.
func (c Cleaning) none() bool { return c.KeepEcho && c.KeepNoise && !c.AutoGain }

// CanClean reports whether this build can clean the sound of a microphone at all.
func CanClean() bool { return apm.Available }

// farBlocks is how much of the far end waits for the microphone: 640 ms, more than any driver hands over at once.
const farBlocks = 64

// Cleaner is a [Processor] that takes out the echo of the speaker and noise, with the audio processing of WebRTC. All methods may be
// called from any goroutine; Render and Capture each from one at a time. Render only copies, so that the speaker never waits for the
// work, which is done by Capture.
type Cleaner struct {
	// A ring with one writer, Render, and one reader, Capture.
	far      [farBlocks][Block]float32
	written  atomic.Uint64
	read     atomic.Uint64
	overflow atomic.Bool // nobody captured for long: what waits is old

	mu   sync.Mutex // guards the following; Render never takes it
	apm  *apm.APM   // nil after Close
	what Cleaning
}

var _ Processor = (*Cleaner)(nil)

// NewCleaner returns a cleaner that does what the zero value of [Cleaning] says. It fails where [CanClean] is false. Close frees it.
func NewCleaner() (*Cleaner, error) {
	a, err := apm.New(SampleRate)
	if err != nil {
		return nil, err
	}
	c := &Cleaner{apm: a}
	c.apply()
	return c, nil
}

// Set changes what is done, at once.
func (c *Cleaner) Set(what Cleaning) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.what != what {
		c.what = what
		c.apply()
	}
}

// Cleaning returns what is done.
func (c *Cleaner) Cleaning() Cleaning {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.what
}

// apply switches the parts. c.mu is held, or nobody else knows c yet.
func (c *Cleaner) apply() {
	if c.apm != nil {
		c.apm.Set(!c.what.KeepEcho, !c.what.KeepNoise, c.what.AutoGain)
	}
}

// Reset forgets what was learnt: another microphone is used from now on.
func (c *Cleaner) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read.Store(c.written.Load())
	if c.apm != nil {
		c.apm.Reset()
	}
}

// Render implements [Processor]. It allocates nothing and takes no lock.
func (c *Cleaner) Render(far []float32) {
	n := c.written.Load()
	if n-c.read.Load() >= farBlocks {
		c.overflow.Store(true)
		return
	}
	copy(c.far[n%farBlocks][:], far)
	c.written.Store(n + 1)
}

// Capture implements [Processor].
func (c *Cleaner) Capture(block []float32, delay time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	written := c.written.Load()
	if c.overflow.Swap(false) || c.apm == nil || c.what.none() {
		c.read.Store(written)
	}
	if c.apm == nil || c.what.none() {
		return
	}
	for n := c.read.Load(); n < written; n++ {
		c.apm.Render(c.far[n%farBlocks][:])
		c.read.Store(n + 1)
	}
	c.apm.Capture(block, delay)
}

// Close frees the cleaner; what is captured from then on stays as it is. It may be called again.
func (c *Cleaner) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.apm != nil {
		c.apm.Close()
		c.apm = nil
	}
}
