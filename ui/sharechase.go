package ui

import (
	"context"
	"image"
	"image/color"
	"reflect"
	"slices"
	"time"

	"github.com/parley-calls/parley/desktop"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// How often the place of what is shared is looked for: windows are moved, screens hardly ever.
const (
	chaseWindow = 100 * time.Millisecond
	chaseScreen = time.Second
	chasePoints = 50 * time.Millisecond // who points is cheap to ask for
)

// chased is what has a frame.
type chased struct {
	call    engine.CallID
	on      bool
	surface string
	kind    media.SurfaceKind
	region  image.Rectangle
	colour  color.NRGBA
}

// chasedOf is the frame that a share has.
func chasedOf(call engine.CallState) chased {
	s := call.Share
	if !s.On {
		return chased{}
	}
	c := chased{call: call.ID, on: true, surface: s.Surface.ID, kind: s.Surface.Kind, region: s.Region, colour: lightPalette.accent}
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

// framing is the frame round an area, and where people point in it.
func (c chased) framing(area image.Rectangle, points []engine.Pointer) desktop.Framing {
	f := desktop.Framing{Around: area, Colour: c.colour}
	for _, p := range points {
		at := area.Min.Add(image.Pt(int(p.X*float32(area.Dx())), int(p.Y*float32(area.Dy()))))
		f.Marks = append(f.Marks, desktop.Mark{At: at, Colour: avatarColor(p.User.ID)})
	}
	return f
}

// chase keeps the frame round what is shared. For each share there is one goroutine, which follows it on the display; one begins when
// the one before has taken its frame away.
type chase struct {
	hardware hardware
	desktop  Desktop
	commands *commands
	points   func(engine.CallID) []engine.Pointer // at what we share; may be called from any goroutine

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
	defer c.desktop.Frame(desktop.Framing{})
	every := chaseScreen
	if want.kind == media.WindowSurface {
		every = chaseWindow
	}
	var (
		area   image.Rectangle
		looked time.Time
		shown  desktop.Framing
	)
	tick := time.NewTicker(chasePoints)
	defer tick.Stop()
	for {
		if time.Since(looked) >= every {
			all, err := c.hardware.Surfaces(ctx)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				all = nil
			}
			area, looked, shown = want.around(all), time.Now(), desktop.Framing{} // in front again
		}
		if f := want.framing(area, c.points(want.call)); !reflect.DeepEqual(f, shown) {
			shown = f
			c.desktop.Frame(f)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
