package ui

import (
	"image"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// A share in the page of a call is zoomed by the wheel about the pointer, moved by dragging, and shows where people point.
func TestShareIsReadInTheCallPage(t *testing.T) {
	s := newStage(t)
	feed := &media.Feed{}
	s.engine.feeds["screen of bob"] = feed
	s.enter(world(inCall(joinedBy(2), sharedBy(bob.ID))))
	c := s.ui.pages.call.scene
	id := tileID{bob.ID, true}
	place, _ := c.places.find(id)
	tile := c.tiles[id]
	v := tile.shared
	feed.Push(image.NewYCbCr(image.Rect(0, 0, 1600, 900), image.YCbCrSubsampleRatio420))
	v.flush()
	if !tile.filled || tile.said().words != "" || !v.whole() || v.Size() != tile.Size() {
		t.Fatalf("the first picture: filled %t, %q, %v of %v", tile.filled, tile.said().words, v.Size(), tile.Size())
	}
	wheel := func(at fyne.Position, by float32) {
		c.ground.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: at}, Scrolled: fyne.NewDelta(0, by)})
	}
	at := place.middle().AddXY(30, 20)
	x, y, _ := v.lens.at(at.SubtractXY(place.x, place.y), v.Size(), v.size())
	for range 10 {
		wheel(at, 10)
	}
	nx, ny, _ := v.lens.at(at.SubtractXY(place.x, place.y), v.Size(), v.size())
	if v.whole() || max(x-nx, nx-x, y-ny, ny-y) > 0.01 {
		t.Errorf("zoomed to %+v: what was under the pointer went from %.2f, %.2f to %.2f, %.2f", v.lens, x, y, nx, ny)
	}
	if w, _ := v.asked[0], v.asked[1]; w != 1600 {
		t.Errorf("asked for %v", v.asked)
	}
	if v.img.CornerRadius != 0 {
		t.Error("a part of the picture has round corners in the middle of nowhere")
	}

	before := v.img.Position()
	c.ground.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at}})
	for _, by := range []float32{10, 30} {
		c.ground.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at.AddXY(by, by)}})
	}
	c.ground.DragEnd()
	if moved := v.img.Position().Subtract(before); moved != fyne.NewPos(30, 30) {
		t.Errorf("dragged by 30 it moves by %v", moved)
	}
	if now, _ := c.places.find(id); now != place {
		t.Error("the tile moves with it")
	}
	acts := c.acts(c.cast[id])
	if i := slices.IndexFunc(acts, func(e entry) bool { return e.face.label == word("watch.fit") }); i < 0 {
		t.Error("the menu has no way back to all of it")
	} else if acts[i].do(); !v.whole() {
		t.Error("the way back leads elsewhere")
	}

	s.engine.points = map[engine.UserID][]engine.Pointer{bob.ID: {{User: cyd, X: 0.5, Y: 0.5}}}
	s.pass(100 * time.Millisecond)
	if len(v.marks) != 1 || v.marks[0].dot.Position().AddXY(6, 6) != v.middle() {
		t.Errorf("%d marks", len(v.marks))
	}
	for _, paused := range []bool{false, true} { // what is marked on the display over there is in the picture, unless that stands still
		s.show(world(inCall(joinedBy(2), sharedBy(bob.ID), func(c *engine.CallState) {
			c.Members[0].Sharing.Marked, c.Members[0].Sharing.Paused = true, paused
		})))
		s.pass(100 * time.Millisecond)
		if m := v.marks[0]; m.dot.Visible() != paused || m.halo.Visible() != paused || !m.name.seen() {
			t.Errorf("marked in the picture, paused %t: it is drawn again: %t", paused, m.dot.Visible())
		}
	}
	s.engine.points = nil
	s.pass(100 * time.Millisecond)
	if len(v.marks) != 0 {
		t.Error("a mark stays")
	}

	s.click(c.tiles[tileID{user: "m1"}]) // a small share turns pages as all small tiles do
	wheel(boxOf(tile).middle(), 10)
	if !v.whole() {
		t.Error("a small tile is zoomed")
	}
}
