package engine

import (
	"image"
	"maps"
	"slices"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
)

// manyReceive is from how many receivers on our camera is coded in layers. To fewer it goes in one, as large as any of them shows it.
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

// allowed is what the paths take for our camera, in bit/s, however small those who see it show it: the slowest if it goes in one layer, or as
// much as he takes half of, and otherwise the widest. r.mu is held.
func (r *room) allowed() int {
	lowest, highest := maxCameraRate, 0
	for m, bps := range r.paths {
		if p := r.remotes[m]; p == nil || p.gets(link.Camera) {
			camera, _ := split(bps-int(r.copies.Load())*voiceBitRate, r.on)
			lowest, highest = min(lowest, camera), max(highest, camera)
		}
	}
	switch {
	case len(r.paths) >= manyReceive:
		return highest
	case r.halved[r.common()]:
		return min(highest, int(float64(lowest)/media.BaseShare))
	}
	return lowest
}

// layering says which layer of our camera each member gets, maybe halved, with what bit rate each is coded, 0 being not at all, and in which
// every second picture is a spare one.
type layering struct {
	rates  [media.Layers]int
	spares [media.Layers]bool
	of     map[link.MemberID]uint8
}

// A layer is halved for members with slow paths if that gives the others so much more, and goes on to be until it is less than that. Below
// halvedLeast, in bit/s, there are few pictures anyway.
const (
	halvedFrom  = 1.4
	halvedUntil = 1.2
	halvedLeast = 150_000
)

// share sets the bit rate of a layer for members whose paths take that much of it, and reports whether those with slow paths get half of
// its pictures now. Without that all have to do with what the slowest takes.
func (o *layering) share(layer uint8, paths map[link.MemberID]int, halved bool) bool {
	if len(paths) == 0 {
		return false
	}
	takes := slices.Sorted(maps.Values(paths))
	slowest := takes[0]
	rate, gain := min(takes[len(takes)-1], int(float64(slowest)/media.BaseShare)), halvedFrom
	if halved {
		gain = halvedUntil
	}
	if slowest < halvedLeast || float64(rate) < gain*float64(slowest) {
		o.rates[layer] = slowest
		return false
	}
	o.rates[layer], o.spares[layer] = rate, true
	for m, takes := range paths {
		if takes < rate && o.of[m] == layer {
			o.of[m] = layer | link.Halved
		}
	}
	return true
}

// common is the layer that is enough for all who get our camera. r.mu is held.
func (r *room) common() uint8 {
	layer := uint8(len(rungs) - 1)
	for m := range r.paths {
		if p := r.remotes[m]; p == nil {
			return 0
		} else if p.gets(link.Camera) {
			layer = min(layer, fitting(p.shown))
		}
	}
	return layer
}

// layered shares our camera among the members who see it. Only those of one layer wait for the slowest of them, and only as far as half
// of the pictures are too many for him. r.mu is held.
func (r *room) layered() layering {
	out := layering{of: map[link.MemberID]uint8{}}
	var takes [media.Layers]map[link.MemberID]int
	many, common := len(r.paths) >= manyReceive, r.common()
	for m, bps := range r.paths {
		p := r.remotes[m]
		if p != nil && !p.gets(link.Camera) {
			out.of[m] = link.NoLayer
			continue
		}
		if p != nil && p.thin.on {
			out.of[m] = link.NoLayer
			if len(r.paths) > 1 {
				continue
			}
		}
		camera, _ := split(bps-int(r.copies.Load())*voiceBitRate, r.on)
		layer := common
		if p != nil && many {
			layer = layerFor(p.layer, p.shown, camera)
		}
		if p != nil {
			p.layer = layer
		}
		if p == nil || !p.thin.on {
			out.of[m] = layer
		}
		if takes[layer] == nil {
			takes[layer] = map[link.MemberID]int{}
		}
		takes[layer][m] = min(camera, rungs[layer].most)
	}
	for layer, paths := range takes {
		r.halved[layer] = out.share(uint8(layer), paths, r.halved[layer])
	}
	if len(r.paths) == 0 {
		out.rates[0], _ = split(startRate, r.on)
	}
	return out
}
