package ui

import (
	"context"

	"github.com/parley-calls/parley/engine"
)

// preview shows the chosen camera in a tile without any call. It is used on the UI goroutine; the camera is opened and closed
// beside it, as that may take a while.
type preview struct {
	name     string // of its commands
	hardware hardware
	commands *commands
	tile     *videoTile
	told     func(error) // why there is no picture; nil when there is
	who      engine.User // stands for the picture until it comes

	wanted  bool
	attempt int // counts, so that one that comes too late is stopped
	stop    func()
}

// open opens the camera that is chosen now, also if another one is open.
func (p *preview) open() {
	p.close()
	p.wanted = true
	attempt, id := p.attempt, p.hardware.Choice().Camera
	var stop func()
	p.commands.start(attemptKey(p.name, attempt), func(ctx context.Context) (err error) {
		stop, err = p.hardware.PreviewCamera(context.WithoutCancel(ctx), id, p.tile.view)
		return err
	}, func(err error) {
		if attempt != p.attempt {
			p.end(stop)
			return
		}
		p.tile.show(p.who, err == nil)
		if err == nil {
			p.stop = stop
		}
		p.told(err)
	})
}

// close lets go of the camera.
func (p *preview) close() { p.end(p.release()) }

// release gives the camera to the caller, who has to call what it returns, beside the UI goroutine: to open that camera for something else.
func (p *preview) release() (stop func()) {
	stop = p.stop
	p.wanted, p.stop = false, nil
	p.attempt++
	p.tile.show(p.who, false)
	return stop
}

func (p *preview) end(stop func()) {
	if stop != nil {
		p.commands.background(stop)
	}
}
