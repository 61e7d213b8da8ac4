package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/parley-calls/parley/profile"
)

var _ felt = (*scene)(nil)

// hand is what the pointer does with the tiles.
type hand struct {
	over   tileID // that it is on
	holds  grip
	start  box            // of the tile that it holds
	from   fyne.Position  // where it took it
	share  *shareView     // that it moves
	side   float32        // of our own picture while its size is changed; 0: as remembered
	corner profile.Corner // our own picture is kept in while its size is changed; empty: as remembered
	rolled float32        // the wheel, since a page was turned
	turned time.Time      // when that was
}

// grip is how the pointer holds our own picture, or a share.
type grip uint8

const (
	gripNothing grip = iota
	gripMove
	gripSize
	gripShare // a share that is seen in part is moved
)

// point implements [felt].
func (c *scene) point(at fyne.Position) {
	over, _ := c.places.at(at)
	if over.tileID == c.hand.over {
		return
	}
	c.leave()
	c.hand.over = over.tileID
	if t := c.tiles[over.tileID]; t != nil {
		t.point(true)
	}
}

// leave implements [felt].
func (c *scene) leave() {
	if t := c.tiles[c.hand.over]; t != nil {
		t.point(false)
	}
	c.hand.over = tileID{}
}

// click implements [felt]: a small tile comes to large.
func (c *scene) click(at fyne.Position) bool {
	if page, ok := c.places.pager.pageAt(at); ok {
		c.turn(page)
		return true
	}
	p, ok := c.places.at(at)
	if !ok || p.role != roleSmall && p.role != roleOver || c.Config.NoSwap {
		return false
	}
	c.enlarge(p.tileID)
	return true
}

// enlarge brings a tile to large. Of two people they change places, whoever was pinned; of more the one is pinned, as otherwise who speaks
// next would take the place again.
func (c *scene) enlarge(id tileID) {
	if _, _, two := c.staging(c.size).two(); two {
		c.pinned, c.swapped = tileID{}, id.user == c.me.ID
	} else {
		c.pinned = id
	}
	c.settle(c.size)
}

// doubleClick implements [felt]: it pins a tile, or takes the pin off. What fills all the place has nothing to be pinned beside.
func (c *scene) doubleClick(at fyne.Position) bool {
	p, ok := c.places.at(at)
	if !ok || p.role == roleAll {
		return false
	}
	if p.share && p.role == roleLarge && c.Open != nil {
		c.Open(p.user)
		return true
	}
	c.pin(p.tileID)
	return true
}

// pin keeps a tile at large, or no longer does.
func (c *scene) pin(id tileID) {
	if c.pinned == id {
		id = tileID{}
	}
	c.pinned, c.swapped = id, false
	c.settle(c.size)
}

// turn opens a page.
func (c *scene) turn(page int) {
	if page = min(max(0, page), max(0, c.places.pager.pages-1)); c.page != page {
		c.page = page
		c.settle(c.size)
	}
}

// wheelNotch is how much a wheel turns for a page, and wheelRest how long a page then stays: a pad tells of many small steps.
const (
	wheelNotch = 9
	wheelRest  = 250 * time.Millisecond
)

// share is the share at a place, where that is large enough to be read, and where in it the place is.
func (c *scene) share(at fyne.Position) (*shareView, fyne.Position) {
	if p, ok := c.places.at(at); ok && p.role != roleSmall && c.tiles[p.tileID].shared != nil {
		return c.tiles[p.tileID].shared, at.SubtractXY(p.x, p.y)
	}
	return nil, fyne.Position{}
}

// scroll implements [felt]: over a share it zooms, over our own picture it changes its size, and elsewhere it turns pages.
func (c *scene) scroll(at fyne.Position, by float32) {
	if v, in := c.share(at); v != nil {
		v.wheel(by, in)
		return
	}
	if p, ok := c.places.at(at); ok && p.role == roleOver {
		if !c.Config.NoDrag {
			least, most := ownBounds(c.size)
			c.keepSize(min(max(max(p.w, p.h)+by, least), most))
		}
		return
	}
	if c.places.pager.pages < 2 {
		return
	}
	if c.hand.rolled*by < 0 {
		c.hand.rolled = 0
	}
	c.hand.rolled += by
	if max(c.hand.rolled, -c.hand.rolled) < wheelNotch || c.Now().Sub(c.hand.turned) < wheelRest {
		return
	}
	step := 1
	if c.hand.rolled > 0 {
		step = -1
	}
	c.hand.rolled, c.hand.turned = 0, c.Now()
	c.turn(c.page + step)
}

// keepSize remembers how large our own picture is.
func (c *scene) keepSize(side float32) {
	c.Save(func(s *profile.Settings) { s.OwnSize = side })
	c.settle(c.size)
}

// grab implements [felt]: it takes our own picture, at its inner corner to change its size, or a share of which only a part is seen.
func (c *scene) grab(at fyne.Position) bool {
	if v, _ := c.share(at); v != nil && !v.whole() {
		c.hand.holds, c.hand.share, c.hand.from = gripShare, v, at
		return true
	}
	p, ok := c.places.at(at)
	if !ok || p.role != roleOver || c.Config.NoDrag {
		return false
	}
	c.moves.stop()
	c.hand.holds, c.hand.start, c.hand.from = gripMove, p.box, at
	if own := c.staging(c.size).own; own.inner(p.box, at) {
		c.hand.holds, c.hand.corner = gripSize, own.corner
	}
	return true
}

// held is the tile that the pointer holds.
func (c *scene) held() (placed, *videoTile) {
	for _, p := range c.places.tiles {
		if p.role == roleOver {
			return p, c.tiles[p.tileID]
		}
	}
	return placed{}, nil
}

// drag implements [felt].
func (c *scene) drag(at fyne.Position) {
	_, t := c.held()
	switch {
	case c.hand.holds == gripShare:
		c.hand.share.pan(at.X-c.hand.from.X, at.Y-c.hand.from.Y)
		c.hand.from = at
	case t == nil:
	case c.hand.holds == gripMove:
		b := c.hand.start
		b.x, b.y = b.x+at.X-c.hand.from.X, b.y+at.Y-c.hand.from.Y
		b.within(box{0, 0, c.size.Width, c.size.Height}).put(t)
	case c.hand.holds == gripSize:
		own := c.staging(c.size).own
		c.hand.side = own.sideAt(c.size, c.hand.start, at)
		c.places = c.arrange(c.size)
		if p, ok := c.places.find(tileID{user: t.user.ID}); ok {
			p.put(t)
		}
	}
}

// drop implements [felt]: our own picture goes to the nearest corner and stays there, also in calls to come.
func (c *scene) drop() {
	p, t := c.held()
	was := c.hand
	c.hand = hand{over: was.over}
	switch {
	case was.holds == gripShare:
		return
	case t == nil:
	case was.holds == gripMove:
		to := nearestCorner(c.size, boxOf(t))
		c.Save(func(s *profile.Settings) { s.OwnCorner = to })
	case was.side > 0:
		c.Save(func(s *profile.Settings) { s.OwnSize = max(p.w, p.h) })
	}
	c.places = arrangement{} // the tile is not where it has its place
	c.settle(c.size)
}

// cursor implements [felt].
func (c *scene) cursor(at fyne.Position) desktop.Cursor {
	p, ok := c.places.at(at)
	switch {
	case c.hand.holds == gripSize:
		return desktop.CrosshairCursor
	case !ok:
		return desktop.DefaultCursor
	case p.role == roleOver && !c.Config.NoDrag && c.staging(c.size).own.inner(p.box, at):
		return desktop.CrosshairCursor
	case (p.role == roleOver || p.role == roleSmall) && !c.Config.NoSwap:
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

// target is the tile that a key is for: the one under the pointer, or at large, or the only other one.
func (c *scene) target() tileID {
	if _, there := c.places.find(c.hand.over); there {
		return c.hand.over
	}
	if len(c.places.tiles) == 0 {
		return tileID{}
	}
	if first := c.places.tiles[0]; first.role != roleCell {
		return first.tileID
	}
	return tileID{user: c.call.Speaker}
}

// pinTarget pins the tile that a key is for, or takes off the pin that there is.
func (c *scene) pinTarget() {
	id := c.target()
	if c.pinned != (tileID{}) {
		id = c.pinned
	}
	if c.tiles[id] != nil {
		c.pin(id)
	}
}

// menuOfTarget opens the menu of the tile that a key is for.
func (c *scene) menuOfTarget() {
	if p, ok := c.places.find(c.target()); ok {
		c.openMenu(p, p.middle())
	}
}
