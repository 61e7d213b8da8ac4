package ui

import (
	"context"
	"image"
	"image/color"
	"slices"
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// How often the place of what is shared is looked for: windows are moved, screens hardly ever.
const (
	chaseWindow = 100 * time.Millisecond
	chaseScreen = time.Second
)

// chased is what has a frame.
type chased struct {
	on      bool
	surface string
	kind    media.SurfaceKind
	region  image.Rectangle
	colour  color.NRGBA
}

// chasedOf is the frame that a share has.
func chasedOf(s engine.ShareState) chased {
	if !s.On {
		return chased{}
	}
	c := chased{on: true, surface: s.Surface.ID, kind: s.Surface.Kind, region: s.Region, colour: lightPalette.accent}
	if s.Paused {
		c.colour = darkPalette.warning
	}
	return c
}

// around is where the frame belongs. It is empty for what is not on the display now.
func (c chased) around(all []media.Surface) image.Rectangle {
	i := slices.IndexFunc(all, func(s media.Surface) bool {
		return s.ID == c.surface || c.surface == "" && s.Kind == media.ScreenSurface // the first is the primary one
	})
	if i < 0 {
		return image.Rectangle{}
	}
	if c.region.Empty() {
		return all[i].Area
	}
	return c.region.Add(all[i].Area.Min).Intersect(all[i].Area)
}

// chase keeps the frame round what is shared. For each share there is one goroutine, which follows it on the display; one begins when
// the one before has taken its frame away.
type chase struct {
	hardware hardware
	desktop  Desktop
	commands *commands

	now  chased
	stop context.CancelFunc // of the goroutine; nil without one
	done chan struct{}      // closed when it has ended
}

// follow frames what is shared now.
func (c *chase) follow(want chased) {
	if want == c.now {
		return
	}
	c.now = want
	if c.stop != nil {
		c.stop()
		c.stop = nil
	}
	if !want.on {
		return
	}
	ctx, stop := context.WithCancel(c.commands.ctx)
	before, done := c.done, make(chan struct{})
	c.stop, c.done = stop, done
	c.commands.background(func() {
		defer close(done)
		if before != nil {
			<-before
		}
		c.run(ctx, want)
	})
}

// run is the goroutine.
func (c *chase) run(ctx context.Context, want chased) {
	defer c.desktop.Frame(image.Rectangle{}, color.NRGBA{})
	every := chaseScreen
	if want.kind == media.WindowSurface {
		every = chaseWindow
	}
	for {
		all, err := c.hardware.Surfaces(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			all = nil
		}
		c.desktop.Frame(want.around(all), want.colour)
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}
