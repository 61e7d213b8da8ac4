package ui

import (
	"image"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/profile"
)

func TestShares(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(joinedBy(2), sharedBy(bob.ID))))
	c := s.ui.pages.call.scene
	first, second := tileID{bob.ID, true}, tileID{"m1", true}
	if s.large() != first || s.engine.watching("screen of bob") != 1 {
		t.Fatalf("at large is %v, and %d views watch the share", s.large(), s.engine.watching("screen of bob"))
	}
	if tile := c.tiles[first]; tile.chip != "Bob Meier: Plans.odt" || tile.over.words == "" || tile.portrait.Visible() {
		t.Errorf("the share is called %q, and says %q before its first picture", tile.chip, tile.over.words)
	}
	if c.places.tiles[1].tileID != (tileID{user: bob.ID}) {
		t.Error("the face of who shares does not come first")
	}
	s.show(world(inCall(joinedBy(2), sharedBy(bob.ID, "m1"))))
	if s.large() != second {
		t.Error("the newer share is not at large")
	}
	s.click(c.tiles[first])
	if s.large() != first || s.engine.watching("screen of m1") != 1 {
		t.Error("a click does not bring the other share to large")
	}
	for _, l := range []profile.CallLayout{profile.GridLayout, profile.SpeakerLayout} {
		s.setting(func(v *profile.Settings) { v.Layout = l })
		if s.large() != first {
			t.Errorf("in the layout %s the share is not at large", l)
		}
	}
	s.show(world(inCall(joinedBy(2))))
	if c.tiles[first] != nil || s.engine.watching("screen of bob") != 0 || s.large().share {
		t.Error("a share that has ended is still shown")
	}
}

func TestOwnShareIsNotMirroredInItself(t *testing.T) {
	s := newStage(t)
	mine := func(kind media.SurfaceKind, region image.Rectangle) engine.Snapshot {
		return world(inCall(func(c *engine.CallState) {
			c.Share = engine.ShareState{On: true, Share: engine.Share{Surface: media.Surface{Label: "Screen 2", Kind: kind}, Region: region}}
		}))
	}
	s.enter(mine(media.ScreenSurface, image.Rectangle{}))
	c := s.ui.pages.call.scene
	id := tileID{ana.ID, true}
	tile := c.tiles[id]
	if tile == nil || tile.over.words != "You are sharing" || tile.over.detail != "Screen 2" || s.engine.watching("screen of ana") != 0 {
		t.Fatalf("our own screen is shown as %+v", tile)
	}
	if s.large() == id {
		t.Error("what we share takes the place of who looks at it")
	}
	test.Tap(tile.button)
	s.settle()
	s.want("stop share call")
	s.show(mine(media.WindowSurface, image.Rectangle{}))
	if s.engine.watching("screen of ana") != 1 {
		t.Error("a window that we share is not shown")
	}
	s.show(mine(media.ScreenSurface, image.Rect(0, 0, 10, 10)))
	if s.engine.watching("screen of ana") != 0 {
		t.Error("a region of our screen is shown on itself")
	}
	s.show(world(inCall()))
	if c.tiles[id] != nil {
		t.Error("it is said that we share after the end")
	}
}

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
