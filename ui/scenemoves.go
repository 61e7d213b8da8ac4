package ui

import (
	"time"

	"fyne.io/fyne/v2"
)

// moveTime is how long a tile takes to its new place.
const moveTime = 200 * time.Millisecond

// moves bring tiles to their places. A tile that has a place already goes there in a short motion, so that one sees who went where;
// not while the window changes its size.
type moves struct {
	busy  bool // the tree of objects is being changed
	anim  *fyne.Animation
	tiles []*videoTile // on their way
}

// to brings the tiles of a scene to where its arrangement has them.
func (m *moves) to(c *scene, gently bool) {
	m.stop()
	c.Covered(nil)
	from := map[*videoTile]box{}
	for _, o := range c.root.Objects {
		if t, ok := o.(*videoTile); ok && t.Size().Width > 0 {
			from[t] = boxOf(t)
		}
	}
	objects := []fyne.CanvasObject{c.ground}
	type way struct {
		tile     *videoTile
		from, to box
	}
	var ways []way
	for _, p := range c.places.tiles {
		t := c.tiles[p.tileID]
		objects = append(objects, t)
		if was, there := from[t]; there && gently && was != p.box && c.seen {
			ways = append(ways, way{t, was, p.box})
		} else {
			p.put(t)
		}
	}
	objects = append(objects, c.turner.show(c.places.pager)...)
	changed := !sameObjects(objects, c.root.Objects)
	c.root.Objects = objects
	for id, t := range c.tiles {
		_, placed := c.places.find(id)
		visible(t, placed)
		t.look(c.seen && placed)
	}
	if changed {
		m.busy = true
		c.root.Refresh()
		m.busy = false
	}
	if len(ways) == 0 {
		c.Covered(c.opaque())
		return
	}
	if !fyne.CurrentApp().Settings().ShowAnimations() {
		for _, w := range ways {
			w.to.put(w.tile)
		}
		c.Covered(c.opaque())
		return
	}
	for _, w := range ways {
		w.tile.still(false)
		m.tiles = append(m.tiles, w.tile)
	}
	m.anim = fyne.NewAnimation(moveTime, func(part float32) {
		for _, w := range ways {
			w.from.toward(w.to, part).put(w.tile)
		}
		if part == 1 {
			m.stop()
			c.Covered(c.opaque())
		}
	})
	m.anim.Curve = fyne.AnimationEaseOut
	m.anim.Start()
}

// stop leaves the tiles where they are.
func (m *moves) stop() {
	if m.anim != nil {
		m.anim.Stop()
		m.anim = nil
	}
	for _, t := range m.tiles {
		t.still(true)
	}
	m.tiles = nil
}

func sameObjects(a, b []fyne.CanvasObject) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
