package engine

import (
	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
)

// What belongs to sound of a path's bit rate, with headers, in bit/s.
const (
	voiceBitRate  = 32_000
	voiceBudget   = 56_000
	systemBitRate = 64_000
	systemBudget  = 80_000
)

// The bounds of our pictures, in bit/s.
const (
	minCameraRate = 60_000
	maxCameraRate = 2_500_000
	minScreenRate = 100_000
	maxScreenRate = 2_500_000
	// besideScreen is how low the camera may go while the screen needs the path: a face of a few pictures a second.
	besideScreen = 40_000
	startRate    = 800_000 + voiceBudget
)

// paths are what the paths to the members take, in bit/s.
type paths map[link.MemberID]int

// sending is which of our media share a path with the voice.
type sending struct{ camera, screen, system bool }

// split shares what a path takes among our media. Sound comes first; of the rest the screen gets three quarters, for what is shared is
// what people look at, and the camera what is left.
func split(bps int, s sending) (camera, screen int) {
	rest := bps - voiceBudget
	if s.system {
		rest -= systemBudget
	}
	switch {
	case !s.screen:
		return min(max(rest, minCameraRate), maxCameraRate), min(max(rest, minScreenRate), maxScreenRate)
	case !s.camera:
		return min(max(rest/4, besideScreen), maxCameraRate), min(max(rest, minScreenRate), maxScreenRate)
	}
	screen = min(max(rest/4*3, minScreenRate), maxScreenRate)
	return min(max(rest-screen, besideScreen), maxCameraRate), screen
}

// rated notes what the path to a member takes, in bit/s; 0 forgets it.
func (r *room) rated(to link.MemberID, bps int) {
	r.mu.Lock()
	if bps > 0 {
		r.paths[to] = bps
	} else {
		delete(r.paths, to)
	}
	r.mu.Unlock()
	r.allot()
}

// allot gives our encoders their parts of the bit rate. It is called whenever the rate or one of them changes.
func (r *room) allot() {
	r.mu.Lock()
	camera, session := r.layered(), r.session
	screens, shown := r.screened()
	r.mu.Unlock()
	_, screen := r.parts()
	if p := r.picture.Load(); p != nil {
		p.SetLayers(camera.rates)
		p.SetSpares(camera.spares)
	}
	for m, layer := range camera.of {
		if session != nil {
			_ = session.SetLayer(m, link.Camera, layer) // a member who has gone needs none
			_ = session.SetLayer(m, link.Screen, screens[m])
		}
	}
	switch a := r.stage.now.Load(); {
	case a == nil:
	case shown:
		a.SetBitRate(screen)
	default:
		a.SetLayers([media.Layers]int{}) // coded for nobody
	}
}

// screened says who gets what we share, which has one layer, and whether anybody does. r.mu is held.
func (r *room) screened() (of map[link.MemberID]uint8, any bool) {
	of = map[link.MemberID]uint8{}
	for m := range r.paths {
		if p := r.remotes[m]; p != nil && !p.gets(link.Screen) {
			of[m] = link.NoLayer
		} else {
			any = true
		}
	}
	return of, any
}

// parts are the bit rates of our pictures.
func (r *room) parts() (camera, screen int) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return split(r.slowest()-int(r.copies.Load())*voiceBitRate, r.on)
}
