package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// What is heard as a voice, and how many steps of loudness rings have: smaller changes are not worth a redraw.
const (
	leastVoice = 0.04
	voiceSteps = 16
)

// ripple is circles around an avatar, which grow with a voice and fade toward the outside. They move at the pace of the window's pump.
type ripple struct {
	pump    *pump
	circles [3]*canvas.Circle
	level   float32 // that is drawn, 0 to 1
	target  float32 // that it moves to
	disc    box     // of the avatar
	ink     color.NRGBA
}

func newRipple(p *pump) *ripple {
	r := &ripple{pump: p}
	for i := range r.circles {
		r.circles[i] = canvas.NewCircle(color.Transparent)
		r.circles[i].Hide()
	}
	return r
}

// hear says how loud the voice is, 0 to 1. Without a voice they are gone at once.
func (r *ripple) hear(level float32) {
	target := float32(int(min(1, level)*voiceSteps+0.5)) / voiceSteps
	if level < leastVoice {
		target = 0
	}
	if target == r.target {
		return
	}
	r.target = target
	if target == 0 {
		r.level = 0
		r.draw()
		return
	}
	r.pump.wake(r)
}

// flush implements [flusher].
func (r *ripple) flush() {
	step := r.target - r.level
	switch {
	case step == 0:
		return
	case max(step, -step) < 0.5/voiceSteps:
		r.level = r.target
	default:
		r.level += step * 0.45
		r.pump.wake(r)
	}
	r.draw()
}

// around says where the avatar is, and in which colour it glows.
func (r *ripple) around(disc box, ink color.NRGBA) {
	r.disc, r.ink = disc, ink
	r.place()
}

// draw shows the level.
func (r *ripple) draw() {
	r.place()
	for _, c := range r.circles {
		c.Refresh()
	}
}

func (r *ripple) place() {
	on := r.level > 0 && r.disc.w > 0
	for i, c := range r.circles {
		grow := r.disc.w * (0.035 + r.level*(0.07+0.085*float32(i)))
		ring := r.disc.inset(-grow)
		c.Move(fyne.NewPos(ring.x, ring.y))
		c.Resize(fyne.NewSize(ring.w, ring.h))
		ink := r.ink
		ink.A = uint8(150 * min(1, max(0, r.level*2.4-0.35*float32(i))) / float32(i+1))
		c.FillColor = ink
		if c.Hidden == on {
			c.Hidden = !on
			repaint()
		}
	}
}

// rest ends their life.
func (r *ripple) rest() {
	r.target, r.level = 0, 0
	r.pump.forget(r)
}
