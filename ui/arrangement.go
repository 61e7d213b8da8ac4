package ui

import (
	"slices"

	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// tileID names a tile of a call: that of a person, or of what a person shares.
type tileID struct {
	user  engine.UserID
	share bool
}

// staging is all that the places of the tiles depend on.
type staging struct {
	people  []tileID // in the order of their places, ourselves too
	shares  []tileID // newest first
	me      tileID
	layout  profile.CallLayout
	pinned  tileID        // that a person wants at large; the zero value is none
	big     engine.UserID // that the program wants at large; empty is none
	speaker engine.UserID
	swapped bool // of two people we are at large
	page    int
	size    fyne.Size
	head    float32   // what the title has for itself above the tiles
	foot    float32   // what the bar has for itself below them
	bar     fyne.Size // that lies over the bottom of the tiles at times
	own     ownStyle
	style   tileStyle
}

// tileStyle is what a program may change about tiles beside and over one another.
type tileStyle struct {
	gap, margin float32
	strip       int  // small tiles at once; 0: as many as there is room for
	floating    bool // small tiles lie over the large one
}

// role says what a tile is in an arrangement.
type role uint8

// The roles.
const (
	roleAll   role = iota // fills all the place
	roleCell              // one of several that are the same
	roleLarge             // the one that others are beside or over
	roleSmall             // beside a large one or over it
	roleOver              // small, and may be moved into any corner
)

// placed is a tile in its place.
type placed struct {
	tileID
	box
	role role
}

// arrangement is who is where.
type arrangement struct {
	tiles []placed // those that are seen, from the back to the front
	pager pager
}

// pager says how pages of tiles are turned.
type pager struct {
	page, pages int // page counts from 0; with one page there is nothing to turn
	back, next  box // where the arrows are
	dots        box // where the dots are; empty for none
	down        bool
}

// lineup keeps everybody's place: those who stay do not move, the last one takes the place of one who goes, and who is new comes last.
func lineup(before, now []tileID) []tileID {
	out := make([]tileID, 0, len(now))
	for _, id := range before {
		if slices.Contains(now, id) {
			out = append(out, id)
			continue
		}
		out = append(out, tileID{}) // a gap
	}
	for i := 0; i < len(out); i++ {
		for len(out) > i && out[i] == (tileID{}) {
			out[i] = out[len(out)-1]
			out = out[:len(out)-1]
		}
	}
	for _, id := range now {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// arrange gives tiles their places. It is pure: whoever asks with the same gets the same.
func arrange(s staging) arrangement {
	area := box{0, 0, s.size.Width, s.size.Height}
	if area.w < 1 || area.h < 1 {
		return arrangement{}
	}
	if len(s.people)+len(s.shares) == 1 {
		return arrangement{tiles: []placed{{slices.Concat(s.people, s.shares)[0], area, roleAll}}}
	}
	if large, small, two := s.two(); two {
		return arrangement{tiles: []placed{{large, area, roleAll}, {small, ownBox(s.size, s.own, s.bar), roleOver}}}
	}
	area.y, area.h = s.head, max(1, area.h-s.head-s.foot)
	lead, ok := s.lead()
	switch {
	case !ok:
		return s.grid(area)
	case s.style.floating && !lead.share:
		return s.float(lead)
	}
	return s.beside(lead, area)
}

// two reports whether there are only another person and us, who are then one over the other.
func (s staging) two() (large, small tileID, ok bool) {
	if len(s.people) != 2 || len(s.shares) > 0 || s.layout == profile.GridLayout || !slices.Contains(s.people, s.me) {
		return tileID{}, tileID{}, false
	}
	other := s.people[0]
	if other == s.me {
		other = s.people[1]
	}
	swapped := s.swapped
	switch {
	case s.pinned == s.me:
		swapped = true
	case s.pinned == other:
		swapped = false
	}
	if swapped {
		return s.me, other, true
	}
	return other, s.me, true
}

// lead is who is at large, if anybody is.
func (s staging) lead() (tileID, bool) {
	there := func(id tileID) bool { return slices.Contains(s.people, id) || slices.Contains(s.shares, id) }
	big, speaker := tileID{user: s.big}, tileID{user: s.speaker}
	switch {
	case there(s.pinned):
		return s.pinned, true
	case len(s.shares) > 0:
		return s.shares[0], true
	case s.layout == profile.GridLayout:
		return tileID{}, false
	case there(big):
		return big, true
	case s.layout != profile.SpeakerLayout && !s.style.floating:
		return tileID{}, false
	case there(speaker):
		return speaker, true
	}
	for _, id := range s.people {
		if id != s.me {
			return id, true
		}
	}
	return tileID{}, false
}

// The smallest tile of a grid that is of use, the most tiles of a page, and the room that turning pages takes.
const (
	leastCellWidth  = 160
	leastCellHeight = 90
	mostCells       = 16
	pagerArrow      = 32
	pagerDots       = 16
)

// grid gives all tiles the same size, as many on a page as there is room for.
func (s staging) grid(area box) arrangement {
	n, style := len(s.people), s.style
	inner := area.inset(style.margin)
	whole := lattice{inner, style.gap}
	if best := whole.most(); n <= best {
		return arrangement{tiles: seatIn(s.people, whole.cells(n, n), roleCell)}
	}
	inner = box{inner.x + pagerArrow, inner.y, inner.w - 2*pagerArrow, inner.h - pagerDots}
	part := lattice{inner, style.gap}
	per := part.most()
	p, shown := turn(s.people, s.page, per)
	p.back = box{area.x, area.y, pagerArrow + style.margin, area.h}
	p.next = box{area.x + area.w - pagerArrow - style.margin, area.y, pagerArrow + style.margin, area.h}
	p.dots = box{inner.x, inner.y + inner.h, inner.w, pagerDots}
	return arrangement{tiles: seatIn(shown, part.cells(len(shown), per), roleCell), pager: p}
}

// The bounds of the small tiles beside a large one.
const (
	leastSmall = 112 // width
	mostSmall  = 240
)

// beside gives one tile most of the place, and puts the others into a strip at its side, or below it where the place is narrow. The face
// of who shares comes first, and stays when pages are turned.
func (s staging) beside(lead tileID, area box) arrangement {
	style := s.style
	inner := area.inset(style.margin)
	var first []tileID
	rest := make([]tileID, 0, len(s.people)+len(s.shares))
	if face := (tileID{user: lead.user}); lead.share && slices.Contains(s.people, face) {
		first = []tileID{face}
	}
	for _, id := range slices.Concat(s.shares, s.people) {
		if id != lead && !slices.Contains(first, id) {
			rest = append(rest, id)
		}
	}
	large, strip := inner, inner
	down := inner.w >= inner.h*1.2
	var small box
	if down {
		small.w = min(mostSmall, max(leastSmall, inner.w*0.19))
		small.h = small.w * 9 / 16
		large.w -= small.w + style.gap
		strip.x, strip.w = large.x+large.w+style.gap, small.w
	} else {
		small.w = min(mostSmall, max(leastSmall, min(inner.h*0.2*16/9, inner.w*0.28)), inner.w)
		small.h = small.w * 9 / 16
		large.h -= small.h + style.gap
		strip.y, strip.h = large.y+large.h+style.gap, small.h
	}
	a := arrangement{tiles: []placed{{lead, large, roleLarge}}}
	tiles, p := lane{strip, small, style.gap, down}.fill(first, rest, style.strip, s.page)
	a.tiles, a.pager = append(a.tiles, tiles...), p
	return a
}

// floatingTiles is how many small tiles lie over a large one if the program does not say.
const floatingTiles = 3

// float lets one tile fill all the place, with some of the others over it in a column in the corner of our own picture.
func (s staging) float(lead tileID) arrangement {
	rest := make([]tileID, 0, len(s.people))
	for _, id := range slices.Concat(s.shares, s.people) {
		if id != lead {
			rest = append(rest, id)
		}
	}
	small := ownBox(s.size, s.own, s.bar)
	strip := box{small.x, s.own.margin, small.w, s.size.Height - 2*s.own.margin}
	if s.bar.Width+2*(small.w+s.own.margin+ownClear) > s.size.Width {
		strip.h -= max(0, s.bar.Height-s.own.margin)
	}
	most := s.style.strip
	switch {
	case most == 0:
		most = floatingTiles
	case most < 0:
		most = 0
	}
	tiles, p := lane{strip, small, s.style.gap, true}.fill(nil, rest, most, s.page)
	a := arrangement{tiles: []placed{{lead, box{0, 0, s.size.Width, s.size.Height}, roleAll}}, pager: p}
	if up := strip.y + strip.h; s.own.bottom() && len(tiles) > 0 && p.pages < 2 {
		shift := up - tiles[len(tiles)-1].y - small.h
		for i := range tiles {
			tiles[i].y += shift
		}
	}
	a.tiles = append(a.tiles, tiles...)
	return a
}

// lane is where small tiles are, one after another.
type lane struct {
	area  box
	small box // its size
	gap   float32
	down  bool // otherwise they go to the right
}

// fill puts tiles into the lane: first on each page, and as many of the rest as there is room for, and at most so many if most is not 0.
func (r lane) fill(first, rest []tileID, most, page int) ([]placed, pager) {
	length, step := r.area.w, r.small.w+r.gap
	if r.down {
		length, step = r.area.h, r.small.h+r.gap
	}
	room := func(length float32) int {
		n := int((length + r.gap) / step)
		if most > 0 {
			n = min(n, most)
		}
		return max(n, len(first)+1)
	}
	start := float32(0)
	p, shown := pager{pages: 1}, rest
	if len(first)+len(rest) > room(length) {
		start = pagerArrow
		p, shown = turn(rest, page, room(length-2*pagerArrow)-len(first))
		p.down = r.down
	}
	at := func(i int) box {
		b := box{r.area.x, r.area.y, r.small.w, r.small.h}
		if r.down {
			b.y += start + float32(i)*step
		} else {
			b.x += start + float32(i)*step
		}
		return b.within(r.area)
	}
	var tiles []placed
	for i, id := range slices.Concat(first, shown) {
		tiles = append(tiles, placed{id, at(i), roleSmall})
	}
	if p.pages > 1 {
		p.back, p.next = box{r.area.x, r.area.y, pagerArrow, r.area.h}, box{r.area.x + r.area.w - pagerArrow, r.area.y, pagerArrow, r.area.h}
		if r.down {
			p.back, p.next = box{r.area.x, r.area.y, r.area.w, pagerArrow}, box{r.area.x, r.area.y + r.area.h - pagerArrow, r.area.w, pagerArrow}
		}
	}
	return tiles, p
}

// turn opens a page of tiles, so many on each.
func turn(all []tileID, page, per int) (pager, []tileID) {
	per = max(1, per)
	pages := (len(all) + per - 1) / per
	page = min(max(0, page), max(0, pages-1))
	return pager{page: page, pages: pages}, all[page*per : min(len(all), (page+1)*per)]
}

func seatIn(ids []tileID, boxes []box, r role) []placed {
	out := make([]placed, len(ids))
	for i, id := range ids {
		out[i] = placed{id, boxes[i], r}
	}
	return out
}

// find returns the place of a tile.
func (a arrangement) find(id tileID) (placed, bool) {
	for _, t := range a.tiles {
		if t.tileID == id {
			return t, true
		}
	}
	return placed{}, false
}

// at returns the front tile at a position.
func (a arrangement) at(p fyne.Position) (placed, bool) {
	for _, t := range slices.Backward(a.tiles) {
		if t.has(p) {
			return t, true
		}
	}
	return placed{}, false
}

// same reports whether nobody's place is another one.
func (a arrangement) same(b arrangement) bool {
	return a.pager == b.pager && slices.Equal(a.tiles, b.tiles)
}
