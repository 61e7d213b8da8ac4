package devices

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/parley-calls/parley/engine/media"
)

// card is the one synthetic speaker of a Set. It takes 10 ms of sound from everything that plays, each 10 ms, and mixes it into a
// recorder, if it has one. Its goroutine starts with the first sound; with a recorder it runs until Close, so that the recording
// has the length of the time, and otherwise while something plays.
type card struct {
	device media.Device
	faults *Faults
	rec    *recorder // nil discards

	mu      sync.Mutex // held while render functions run
	playing []*cardOutput
	mix     []float32
	running bool
	ended   bool
	stop    chan struct{}
	wait    sync.WaitGroup
	failed  error // of the recorder
}

func newCard(d media.Device, f *Faults, rec *recorder) *card {
	return &card{device: d, faults: f, rec: rec, mix: make([]float32, tapeBlock), stop: make(chan struct{})}
}

func (c *card) list() []media.Device { return []media.Device{c.device} }

func (c *card) open(_ context.Context, id string, render func([]float32)) (media.AudioOutput, error) {
	if id != "" && id != c.device.ID {
		return nil, refused(media.SpeakerDevice, id, media.ErrDeviceNotFound)
	}
	if err := c.faults.check(media.SpeakerDevice, c.device.Label); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || c.failed != nil {
		return nil, refused(media.SpeakerDevice, c.device.Label, errors.Join(errClosed, c.failed))
	}
	o := &cardOutput{card: c, render: render, block: make([]float32, tapeBlock), lost: make(chan struct{})}
	o.fault, o.release = c.faults.watch(media.SpeakerDevice)
	c.playing = append(c.playing, o)
	if !c.running {
		c.running = true
		c.wait.Go(c.run)
	}
	return o, nil
}

func (c *card) run() {
	clock := every(tapeRate, tapeLate)
	for {
		if _, err := clock.wait(c.stop, nil); err != nil {
			return
		}
		if !c.turn() {
			return
		}
	}
}

// turn plays one block and reports whether there is more to play.
func (c *card) turn() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.playing = slices.DeleteFunc(c.playing, func(o *cardOutput) bool {
		select {
		case <-o.fault:
			close(o.lost)
			return true
		default:
			return false
		}
	})
	clear(c.mix)
	for _, o := range c.playing {
		o.render(o.block)
		for i, v := range o.block {
			c.mix[i] += v
		}
	}
	if c.rec != nil {
		if c.failed = c.rec.write(c.mix); c.failed != nil {
			for _, o := range c.playing {
				close(o.lost)
			}
			c.playing = nil
		}
	}
	c.running = c.failed == nil && (c.rec != nil || len(c.playing) > 0)
	return c.running
}

// Close ends everything that plays, and the recording.
func (c *card) Close() error {
	c.mu.Lock()
	if !c.ended {
		c.ended = true
		close(c.stop)
	}
	c.mu.Unlock()
	c.wait.Wait()
	if c.rec == nil {
		return nil
	}
	return errors.Join(c.failed, c.rec.Close())
}

// cardOutput is something that plays on a card.
type cardOutput struct {
	card    *card
	render  func([]float32)
	block   []float32
	fault   <-chan struct{}
	release func()
	lost    chan struct{}
	closed  atomic.Bool
}

// Label names the device for people.
func (o *cardOutput) Label() string { return o.card.device.Label }

// Lost is closed when the card has stopped by itself.
func (o *cardOutput) Lost() <-chan struct{} { return o.lost }

// Close stops playing and brings the recording up to date.
func (o *cardOutput) Close() error {
	if o.closed.Swap(true) {
		return nil
	}
	o.release()
	c := o.card
	c.mu.Lock()
	defer c.mu.Unlock()
	c.playing = slices.DeleteFunc(c.playing, func(p *cardOutput) bool { return p == o })
	if c.rec == nil || c.ended {
		return nil
	}
	return c.rec.sync()
}
