package engine

import (
	"image"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
)

// manyReceive is from how many receivers on our camera is coded in layers. To fewer it goes in one, as the slowest path takes it.
const manyReceive = 3

// rung is a layer of our camera: the largest picture that it is enough for, and what it takes of a path, in bit/s.
type rung struct {
	size        image.Point
	least, most int
}

// rungs are the layers, the largest first.
var rungs = [media.Layers]rung{
	{image.Pt(1280, 720), 500_000, maxCameraRate},
	{image.Pt(640, 360), 180_000, 500_000},
	{image.Pt(320, 180), 0, 180_000},
}

const (
	rungMargin = 1.25 // over the least of a better layer, before it is taken
	enlarged   = 1.25 // a picture may be shown so much larger than it is
)

// fitting returns the smallest layer that is enough for a picture of that size, in pixels.
func fitting(shown image.Point) uint8 {
	for i := len(rungs) - 1; i > 0; i-- {
		if s := rungs[i].size; float64(shown.X) <= enlarged*float64(s.X) && float64(shown.Y) <= enlarged*float64(s.Y) {
			return uint8(i)
		}
	}
	return 0
}

// layerFor chooses the layer for somebody who has one now, shows our camera in that size, and has a path that takes bps for it.
func layerFor(now uint8, shown image.Point, bps int) uint8 {
	l := fitting(shown)
	for ; int(l) < len(rungs)-1; l++ {
		least := float64(rungs[l].least)
		if l < now {
			least *= rungMargin
		}
		if float64(bps) >= least {
			break
		}
	}
	return l
}

// layering says which layer of our camera each member gets, and with what bit rate each is coded; 0 is not at all.
type layering struct {
	rates [media.Layers]int
	of    map[link.MemberID]uint8
}

// layered shares our camera among the members. Only those of one layer wait for the slowest of them. r.mu is held.
func (r *room) layered() layering {
	out := layering{of: map[link.MemberID]uint8{}}
	many := len(r.paths) >= manyReceive
	for m, bps := range r.paths {
		p := r.remotes[m]
		if p != nil && p.thin.on {
			out.of[m] = link.NoLayer
			if len(r.paths) > 1 {
				continue
			}
		}
		camera, _ := split(bps-int(r.copies.Load())*voiceBitRate, r.on)
		layer := uint8(0)
		if p != nil && many {
			shown := p.shown
			if p.said.Held {
				shown = image.Point{}
			}
			p.layer = layerFor(p.layer, shown, camera)
			layer = p.layer
		}
		if p == nil || !p.thin.on {
			out.of[m] = layer
		}
		if many {
			camera = min(camera, rungs[layer].most)
		}
		if rate := &out.rates[layer]; *rate == 0 || camera < *rate {
			*rate = camera
		}
	}
	if len(r.paths) == 0 {
		out.rates[0], _ = split(startRate, r.on)
	}
	return out
}

// shows tells a member how large we show his camera, in pixels, so that he need not send more. Nothing is 0×0.
type shows struct {
	Width  int `json:"w"` // 0 to 16384
	Height int `json:"h"`
}

// point is the size, if it can be one.
func (s shows) point() (image.Point, bool) {
	const most = 1 << 14
	return image.Pt(s.Width, s.Height), s.Width >= 0 && s.Height >= 0 && s.Width <= most && s.Height <= most
}

// see notes how large a member shows us.
func (r *room) see(from link.MemberID, s shows) {
	size, ok := s.point()
	if !ok {
		return
	}
	r.mu.Lock()
	if p := r.remotes[from]; p != nil {
		p.shown = size
	}
	r.mu.Unlock()
	r.allot()
}

// tellShown tells the members who need to know how large we show them: those for whom it makes a difference. It runs on the room's
// goroutine.
func (r *room) tellShown() {
	type told struct {
		to  link.MemberID
		fit uint8
		e   envelope
	}
	var all []told
	r.mu.RLock()
	for m, p := range r.remotes {
		size := r.feeds[track{p.user, link.Camera}].Size()
		if fit := fitting(size); p.told == nil || *p.told != fit {
			all = append(all, told{m, fit, envelope{Shows: &shows{size.X, size.Y}}})
		}
	}
	r.mu.RUnlock()
	for _, t := range all {
		body, err := t.e.encode()
		if err != nil || r.session.SendData(t.to, body) != nil {
			continue // he is told at the next look
		}
		r.remotes[t.to].told = &t.fit
	}
}
