package ui

import (
	"fmt"
	"image"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/profile"
)

// joinedBy adds so many members.
func joinedBy(n int) func(*engine.CallState) {
	return func(c *engine.CallState) {
		for i := range n {
			u := engine.User{ID: engine.UserID(fmt.Sprint("m", i)), Name: fmt.Sprint("Member ", i)}
			c.Members = append(c.Members, engine.Member{User: u, Microphone: true, Camera: true, Quality: engine.Good})
		}
	}
}

// sharedBy makes members share.
func sharedBy(all ...engine.UserID) func(*engine.CallState) {
	return func(c *engine.CallState) {
		for i := range c.Members {
			for _, u := range all {
				if c.Members[i].ID == u {
					c.Members[i].Sharing = engine.Sharing{On: true, Label: "Plans.odt"}
				}
			}
		}
	}
}

// settings changes what is remembered.
func (s *stage) setting(change func(*profile.Settings)) {
	s.t.Helper()
	change(&s.program.settings)
	s.ui.applyNow()
	s.settle()
}

// large is whose tile is at large.
func (s *stage) large() tileID {
	a := s.ui.pages.call.scene.places
	if len(a.tiles) == 0 || a.tiles[0].role == roleCell {
		return tileID{}
	}
	return a.tiles[0].tileID
}

// double clicks twice on a tile.
func (s *stage) double(t *videoTile) {
	s.t.Helper()
	s.ui.pages.call.ground.DoubleTapped(&fyne.PointEvent{Position: boxOf(t).middle()})
	s.settle()
}

// point moves the pointer onto a tile.
func (s *stage) point(t *videoTile) {
	e := &desktop.MouseEvent{}
	e.Position = boxOf(t).middle()
	s.ui.pages.call.ground.MouseMoved(e)
}

func TestPinning(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(joinedBy(3))))
	c := s.ui.pages.call.scene
	tile := c.tileOf("m1")
	s.double(tile)
	if s.large() != (tileID{user: "m1"}) || !tile.tags.pinned {
		t.Fatalf("a double click brings %v to large, with %+v", s.large(), tile.tags)
	}
	s.click(c.tileOf(bob.ID))
	if s.large() != (tileID{user: bob.ID}) || tile.tags.pinned {
		t.Error("a click on a small tile does not bring it to large")
	}
	s.key(fyne.KeyP)
	if s.large() != (tileID{}) {
		t.Error("P does not take the pin off")
	}
	s.point(c.tileOf("m2"))
	s.key(fyne.KeyP)
	if s.large() != (tileID{user: "m2"}) {
		t.Error("P does not pin whom the pointer is on")
	}
	s.show(world(inCall(joinedBy(2))))
	if s.large() != (tileID{}) || c.pinned != (tileID{}) {
		t.Error("who is pinned and leaves is still pinned")
	}
}

func TestPinDoesNotKeepTwoFromSwapping(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call.scene
	c.pin(tileID{user: bob.ID})
	s.click(c.tileOf(ana.ID))
	if s.large() != (tileID{user: ana.ID}) {
		t.Error("a pin keeps the small picture small")
	}
	s.click(c.tileOf(bob.ID))
	if s.large() != (tileID{user: bob.ID}) {
		t.Error("there is no way back")
	}
}

func TestOnlyThePageThatIsSeenIsConverted(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(joinedBy(30))))
	c := s.ui.pages.call.scene
	if c.places.pager.pages < 2 {
		t.Fatal("31 members are on one page")
	}
	for _, turn := range []func(){
		func() {}, func() { s.key(fyne.KeyPageDown) }, func() { s.key(fyne.KeyPageUp) }, func() { test.Tap(c.turner.next) },
		func() { c.ground.Scrolled(&fyne.ScrollEvent{Scrolled: fyne.NewDelta(0, 20)}) },
		func() {
			c.ground.Tapped(&fyne.PointEvent{Position: c.places.pager.dotBoxes()[1].middle()})
		},
	} {
		turn()
		seen := 0
		for id, tile := range c.tiles {
			_, placed := c.places.find(id)
			if tile.looking != placed || tile.Visible() != placed {
				t.Errorf("on page %d the tile of %v is looked at: %t, and has a place: %t", c.page, id, tile.looking, placed)
			}
			if placed {
				seen++
			}
		}
		if seen == 0 || seen == len(c.tiles) {
			t.Errorf("%d of %d tiles are on page %d", seen, len(c.tiles), c.page)
		}
	}
	if c.page != 1 {
		t.Errorf("it ended on page %d, want the one of the second dot", c.page)
	}
	s.key(fyne.KeyPageDown)
	s.key(fyne.KeyPageDown)
	s.key(fyne.KeyPageDown)
	if c.page != c.places.pager.pages-1 || !c.turner.next.disabled {
		t.Errorf("page %d of %d is the last one that one gets to", c.page, c.places.pager.pages)
	}
}

// drag moves the pointer with the button held.
func (s *stage) drag(from, to fyne.Position) {
	g := s.ui.pages.call.ground
	down := &desktop.MouseEvent{}
	down.Position = from
	g.MouseDown(down)
	for _, part := range []float32{0.2, 0.6, 1} {
		e := &fyne.DragEvent{}
		e.Position = fyne.NewPos(from.X+(to.X-from.X)*part, from.Y+(to.Y-from.Y)*part)
		g.Dragged(e)
	}
}

func TestOwnPictureGoesToTheCornerWhereItIsLetGo(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call.scene
	tile := c.tileOf(ana.ID)
	start := boxOf(tile)
	s.drag(start.middle(), fyne.NewPos(200, 150))
	if tile.Position().X > 150 {
		t.Errorf("while it is drawn it is at %v", tile.Position())
	}
	s.ui.applyNow()
	if tile.Position().X > 150 {
		t.Error("it does not stay with the pointer")
	}
	c.ground.DragEnd()
	if got := boxOf(tile); got.x != 16 || got.y != 16 || s.program.settings.OwnCorner != profile.TopLeft {
		t.Errorf("it went to %v, remembered as %q", got, s.program.settings.OwnCorner)
	}
	s.drag(boxOf(tile).middle(), fyne.NewPos(boxOf(tile).middle().X+10, boxOf(tile).middle().Y+10))
	c.ground.DragEnd()
	if got := boxOf(tile); got.x != 16 || got.y != 16 {
		t.Errorf("after a small move it is at %v", got)
	}
	s.drag(c.tileOf(bob.ID).Position().AddXY(500, 500), fyne.NewPos(100, 100))
	c.ground.DragEnd()
	if s.large() != (tileID{user: bob.ID}) || boxOf(c.tileOf(bob.ID)).x != 0 {
		t.Error("the large picture can be drawn away")
	}
}

func TestOwnPictureIsMadeLarger(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call.scene
	tile := c.tileOf(ana.ID)
	was := boxOf(tile)
	s.drag(fyne.NewPos(was.x+3, was.y+3), fyne.NewPos(was.x-97, was.y-57))
	c.ground.DragEnd()
	now := boxOf(tile)
	if now.w < was.w+90 || now.x+now.w != was.x+was.w || s.program.settings.OwnSize != now.w {
		t.Errorf("drawn at its corner it is %v, was %v, remembered as %.0f", now, was, s.program.settings.OwnSize)
	}
	for range 100 {
		c.ground.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: boxOf(tile).middle()}, Scrolled: fyne.NewDelta(0, 20)})
	}
	if _, most := ownBounds(c.size); boxOf(tile).w > most+1 || boxOf(tile).w <= now.w {
		t.Errorf("with the wheel it is %.0f wide, at most %.0f", boxOf(tile).w, most)
	}
}

func TestSpeakerLayoutFollowsTheVoice(t *testing.T) {
	s := newStage(t)
	says := func(u engine.UserID) engine.Snapshot {
		return world(inCall(joinedBy(3), func(c *engine.CallState) { c.Speaker = u }))
	}
	s.enter(says(""))
	s.setting(func(v *profile.Settings) { v.Layout = profile.SpeakerLayout })
	c := s.ui.pages.call.scene
	if s.large() != (tileID{user: bob.ID}) {
		t.Errorf("before anybody spoke %v is at large", s.large())
	}
	s.show(says("m2"))
	if s.large() != (tileID{user: "m2"}) {
		t.Error("who speaks is not at large")
	}
	s.click(c.tileOf("m0"))
	s.show(says("m1"))
	if s.large() != (tileID{user: "m0"}) {
		t.Error("who speaks takes the place of who is pinned")
	}
}

// A face that does not move any more is not shown as if it were of now.
func TestNothingArrives(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(joinedBy(1))))
	tile := s.ui.pages.call.scene.tileOf(bob.ID)
	s.engine.mu.Lock()
	s.engine.heard = map[engine.UserID]time.Time{bob.ID: s.now}
	s.engine.mu.Unlock()
	s.pass(quietFor)
	if tile.over != (remark{}) {
		t.Errorf("after a second it says %q", tile.over.words)
	}
	s.pass(200 * time.Millisecond)
	if tile.over.words != "Last heard 1.2 s ago" || !tile.over.veiled {
		t.Errorf("it says %+v", tile.over)
	}
	s.pass(75 * time.Second)
	if tile.over.words != "Last heard 1:16 ago" {
		t.Errorf("later it says %q", tile.over.words)
	}
	if other := s.ui.pages.call.scene.tileOf("m0"); other.over != (remark{}) {
		t.Error("it is said of who was never heard")
	}
	s.engine.mu.Lock()
	s.engine.heard[bob.ID] = s.now
	s.engine.mu.Unlock()
	s.pass(100 * time.Millisecond)
	if tile.over != (remark{}) {
		t.Error("it is still said")
	}
}

// Rings and frames show a voice only while the microphone is on.
func TestVoiceIsShownOnlyWithTheMicrophoneOn(t *testing.T) {
	s := newStage(t)
	speaks := func(on, held bool) engine.Snapshot {
		return world(inCall(joinedBy(1), func(c *engine.CallState) {
			c.Members[0].Microphone, c.Members[0].Camera, c.Members[0].Held = on, false, held
		}))
	}
	s.enter(speaks(true, false))
	tile := s.ui.pages.call.scene.tileOf(bob.ID)
	if tile.ripple.target == 0 || !tile.voice {
		t.Fatal("a voice is not shown")
	}
	s.show(speaks(false, false))
	if tile.ripple.target != 0 || tile.ripple.level != 0 || tile.voice {
		t.Error("a voice is shown of who is muted")
	}
	s.show(speaks(true, true))
	if tile.ripple.target != 0 || tile.voice {
		t.Error("a voice is shown of who holds us")
	}
}

func TestOwnPictureIsAMirrorAsThePersonWants(t *testing.T) {
	s := newStage(t)
	feed := &media.Feed{}
	s.engine.feeds[ana.ID] = feed
	s.enter(world(inCall()))
	tile := s.ui.pages.call.scene.tileOf(ana.ID)
	left := func() uint8 {
		feed.Push(picture(64, 36))
		s.until(t, func() string {
			if !tile.filled {
				return "no picture came"
			}
			return ""
		})
		for s.drain() {
			continue
		}
		return tile.img.Image.(*image.RGBA).Pix[1]
	}
	plain := left()
	s.setting(func(v *profile.Settings) { v.MirrorSelf = true })
	s.until(t, func() string {
		if left() == plain {
			return "it is not mirrored"
		}
		return ""
	})
}

func TestTileIsFilledAsThePersonWants(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall(joinedBy(1))))
	c := s.ui.pages.call.scene
	tile, other := c.tileOf(bob.ID), c.tileOf("m0")
	s.setting(func(v *profile.Settings) { v.FillTiles = true })
	if !tile.cropped || tile.whole {
		t.Error("the settings do not count")
	}
	c.frame(tileID{user: bob.ID}, false)
	if tile.cropped || !tile.whole || !other.cropped {
		t.Error("one tile cannot be another way")
	}
}

// menuOf opens the menu of a tile and returns what it offers.
func (s *stage) menuOf(t *videoTile) []string {
	s.t.Helper()
	p := s.ui.pages.call
	p.ground.TappedSecondary(&fyne.PointEvent{Position: boxOf(t).middle()})
	var out []string
	for _, r := range p.menu.rows {
		out = append(out, r.entry.face.label)
	}
	return out
}

func TestMenuOfATile(t *testing.T) {
	s := newStage(t)
	call := func(moderator bool) engine.Snapshot {
		return world(inCall(joinedBy(1), sharedBy("m0"), func(c *engine.CallState) { c.Moderator, c.Members[0].Camera = moderator, false }))
	}
	s.enter(call(false))
	c := s.ui.pages.call.scene
	for _, x := range []struct {
		name  string
		tile  tileID
		host  bool
		wants []string
	}{
		{"a member", tileID{user: bob.ID}, false, []string{"Pin"}},
		{"a member with a picture", tileID{user: "m0"}, false, []string{"Pin", "Show the whole picture"}},
		{"we", tileID{user: ana.ID}, false, []string{"Pin", "Show the whole picture", "Mirror my picture"}},
		{"a share", tileID{"m0", true}, false, []string{"Pin", "Full screen"}},
		{"a member, for a moderator", tileID{user: bob.ID}, true, []string{"Pin", "Mute for everyone", "Ask to start video", "Remove"}},
	} {
		s.show(call(x.host))
		if got := s.menuOf(c.tiles[x.tile]); fmt.Sprint(got) != fmt.Sprint(x.wants) {
			t.Errorf("%s: %q, want %q", x.name, got, x.wants)
		}
		c.Menu.close()
	}
	s.show(call(true))
	s.menuOf(c.tileOf(bob.ID))
	for _, r := range c.Menu.rows {
		if r.entry.face.symbol == assets.MicrophoneOff {
			r.press()
			break
		}
	}
	s.settle()
	s.want("switch microphone call false [bob]")
	s.menuOf(c.tileOf(bob.ID))
	s.show(world(inCall(func(c *engine.CallState) { c.Members = []engine.Member{{User: cyd}} })))
	if c.Menu.root.Visible() {
		t.Error("the menu of somebody who has gone stays")
	}
}

// Layers of the size of the window cost more than all else that software OpenGL draws.
func TestNothingIsDrawnBehindATileThatFillsAll(t *testing.T) {
	s := newStage(t)
	s.enter(world(inCall()))
	c := s.ui.pages.call
	tile := c.scene.tileOf(bob.ID)
	back := test.WidgetRenderer(tile).Objects()[0]
	if n := len(c.black.root.Objects); n > 0 || !back.Visible() {
		t.Errorf("black is drawn behind all, in %d parts; the ground of a tile without a picture: %t", n, back.Visible())
	}
	tile.set(testCard())
	if back.Visible() {
		t.Error("the ground of a tile is drawn behind a picture that fills it")
	}
	tile.crop(false, true)
	tile.frame(640, 360)
	if !back.Visible() {
		t.Error("what a picture leaves empty of a tile is not drawn")
	}
	s.show(world(inCall(func(c *engine.CallState) {
		c.Members = append(c.Members, engine.Member{User: cyd, Quality: engine.Good})
	})))
	area := func(s fyne.Size) float32 { return s.Width * s.Height }
	black, between := float32(0), area(c.scene.root.Size())
	for _, part := range c.black.root.Objects {
		black += area(part.Size())
	}
	for _, tile := range c.scene.tiles {
		between -= area(tile.Size())
	}
	if black < between || black > 1.25*between {
		t.Errorf("black is drawn on %.0f pixels, want a little more than the %.0f between tiles", black, between)
	}
}
