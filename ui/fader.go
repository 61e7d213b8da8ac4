package ui

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
)

// fadeTime is how long something takes to appear over a picture, or to go.
const fadeTime = 150 * time.Millisecond

// fader moves between not seen, 0, and seen, 1. It begins with not seen.
type fader struct {
	draw      func(seen float32) // on each step, and at the end
	on        bool
	seen      float32
	animation *fyne.Animation // nil at rest
}

// fade says which of the two it is to be. On the way it turns round where it is.
func (f *fader) fade(on bool) {
	if f.on == on {
		return
	}
	f.on = on
	f.stop()
	from, to := f.seen, float32(0)
	if on {
		to = 1
	}
	f.animation = fyne.NewAnimation(fadeTime, func(done float32) {
		f.seen = from + (to-from)*done
		f.draw(f.seen)
	})
	f.animation.Start()
}

// stop leaves it where it is.
func (f *fader) stop() {
	if f.animation != nil {
		f.animation.Stop()
		f.animation = nil
	}
}

// thinned is a colour of which only a part is seen.
func thinned(c color.Color, seen float32) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = uint8(float32(n.A)*seen + 0.5)
	return n
}
