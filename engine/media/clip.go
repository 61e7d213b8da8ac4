package media

import "sync/atomic"

// Clip is a [Source] that plays recorded sound: a ring tone, a hint.
type Clip struct {
	pcm  []float32
	loop bool
	pos  int // used by Pull only
	done atomic.Bool
}

// NewClip returns a source for pcm, mono at 48 kHz, which must not be changed afterwards. It plays once, or for ever if loop is set.
func NewClip(pcm []float32, loop bool) *Clip {
	c := &Clip{pcm: pcm, loop: loop}
	c.done.Store(len(pcm) == 0)
	return c
}

// Pull implements [Source].
func (c *Clip) Pull(out []float32) bool {
	if c.done.Load() {
		clear(out)
		return false
	}
	for len(out) > 0 {
		n := copy(out, c.pcm[c.pos:])
		c.pos += n
		out = out[n:]
		if c.pos < len(c.pcm) {
			continue
		}
		if !c.loop {
			clear(out)
			c.done.Store(true)
			break
		}
		c.pos = 0
	}
	return true
}

// Done reports whether the clip was played to its end. Any goroutine may ask.
func (c *Clip) Done() bool { return c.done.Load() }
