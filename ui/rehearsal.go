package ui

import (
	"context"
	"errors"
	"math"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
)

// rehearsalTime is how long a person is recorded: time for two sentences.
const rehearsalTime = 5 * time.Second

// rehearsal lets a person hear how others hear him: a button that records and plays, and stops both.
type rehearsal struct {
	hardware hardware
	commands *commands
	fail     func(error)

	root   fyne.CanvasObject
	button *pushButton
	bar    *widget.ProgressBar
	words  *widget.Label

	stop    context.CancelFunc // of what goes on; nil: nothing does
	attempt int                // counts, so that the end of an earlier one is no end of this one
	playing atomic.Bool
	done    atomic.Uint64 // bits of a float64 from 0 to 1
}

func newRehearsal(h hardware, c *commands, fail func(error)) *rehearsal {
	r := &rehearsal{hardware: h, commands: c, fail: fail, bar: widget.NewProgressBar(), words: note(word("settings.rehearse.text"))}
	r.bar.TextFormatter = func() string { return "" }
	r.bar.Hide()
	r.button = newIconButton(word("settings.rehearse"), symbol(assets.Microphone), r.press)
	r.root = container.NewVBox(newBorder(nil, nil, r.button, nil, container.New(barely(10), r.bar)), r.words)
	return r
}

// press starts it, or ends it.
func (r *rehearsal) press() {
	if r.stop != nil {
		r.end()
		return
	}
	choice := r.hardware.Choice()
	ctx, cancel := context.WithCancel(context.Background())
	r.attempt++
	n := r.attempt
	r.playing.Store(false)
	r.done.Store(0)
	if !r.commands.start(attemptKey("rehearse", n), func(context.Context) error { // whose time is too short; the recording bounds itself
		defer context.AfterFunc(r.commands.ctx, cancel)()
		return r.hardware.RecordAndListen(ctx, choice.Microphone, choice.Speaker, rehearsalTime, func(playing bool, done float64) {
			r.playing.Store(playing)
			r.done.Store(math.Float64bits(done))
		})
	}, func(err error) {
		cancel()
		if n != r.attempt {
			return
		}
		whole := r.stop != nil && err == nil
		r.end()
		if whole {
			say(r.words, word("settings.rehearse.done"))
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			r.fail(err)
		}
	}) {
		cancel()
		return
	}
	r.stop = cancel
	r.button.SetText(word("settings.rehearse.stop"))
	r.button.SetIcon(symbol(assets.Stop))
	r.tick()
}

// end stops what goes on.
func (r *rehearsal) end() {
	if r.stop == nil {
		return
	}
	r.stop()
	r.stop = nil
	r.button.SetText(word("settings.rehearse"))
	r.button.SetIcon(symbol(assets.Microphone))
	visible(r.bar, false)
	say(r.words, word("settings.rehearse.text"))
}

// tick shows how far it is.
func (r *rehearsal) tick() {
	if r.stop == nil {
		return
	}
	key := "settings.rehearse.recording"
	if r.playing.Load() {
		key = "settings.rehearse.playing"
	}
	say(r.words, word(key))
	visible(r.bar, true)
	if done := math.Float64frombits(r.done.Load()); done != r.bar.Value {
		r.bar.SetValue(done)
	}
}

// barely gives what is in it a height, in the middle of what there is.
type barely float32

func (b barely) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		o.Resize(fyne.NewSize(s.Width, float32(b)))
		o.Move(fyne.NewPos(0, (s.Height-float32(b))/2))
	}
}

func (b barely) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(60, float32(b)) }
