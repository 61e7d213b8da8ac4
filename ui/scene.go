package ui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// sceneParams are what a scene needs.
type sceneParams struct {
	Commands callCommands
	Host     hostCommands
	Calls    func(engine.CallID) handle
	Now      func() time.Time
	Pump     *pump
	Settings func() profile.Settings
	Save     func(change func(*profile.Settings))
	Volume   func(engine.UserID) fyne.CanvasObject // a slider; nil for none
	Open     func(sharer engine.UserID)            // shows a share in full screen; nil if nothing can
	Bar      func() fyne.Size                      // what the bar takes at the bottom, also while it is hidden: nothing moves away from under the pointer
	Head     func(fyne.Size) float32               // how much of the height tiles that are one beside another leave to the title
	Foot     func(fyne.Size) float32               // how much they leave to the bar
	Covered  func(by []box)                        // tells of what nothing is seen of that lies behind the scene
	Moved    func()                                // the pointer moved
	Clicked  func()                                // where nothing else takes the click
	Doubled  func()                                // likewise, for a double click
	Menu     *menu                                 // over the page
	Config   SceneConfig
}

// scene shows who is in a call and what they share. It casts a snapshot into seats, asks [arrange] for their places, and moves the tiles
// there. A tile belongs to a seat for as long as there is the seat: whatever changes around it, its picture goes on.
type scene struct {
	sceneParams
	root   *fyne.Container
	ground *ground
	turner *turner
	tiles  map[tileID]*videoTile
	moves  moves

	cast           map[tileID]seat
	people, shares []tileID // in the order of their places
	noes           noes
	places         arrangement
	size           fyne.Size // of places
	group          bool      // no tile fills all the place
	swapped        bool      // of two people we are at large
	pinned         tileID
	page           int
	fills          map[tileID]bool // what a person wants of a tile, rather than what the settings say
	spoken         map[tileID]time.Time
	hand           hand // what the pointer does

	call engine.CallState
	me   engine.User
	seen bool
}

func newScene(p sceneParams) *scene {
	s := &scene{sceneParams: p, tiles: map[tileID]*videoTile{}, fills: map[tileID]bool{}, spoken: map[tileID]time.Time{}}
	s.ground = newGround(p.Moved, p.Clicked, p.Doubled, s)
	s.turner = newTurner(s.turn)
	s.root = container.New(sceneLayout{s}, s.ground)
	return s
}

// sceneLayout places the tiles of a scene.
type sceneLayout struct{ scene *scene }

func (l sceneLayout) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	l.scene.ground.Resize(s)
	l.scene.settle(s)
}

func (l sceneLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(leastCellWidth, leastCellHeight)
}

// update shows a call; first says that it is another one than before.
func (c *scene) update(s engine.CallState, me engine.User, first bool) {
	c.call, c.me = s, me
	c.noes = c.noes.look(s, c.Now(), first)
	c.seat()
	c.settle(c.root.Size())
}

// seats are the places of the others.
func (c *scene) seats() []seat { return seats(c.call, c.noes, c.Now()) }

// seat says who has a place, and makes the tiles of those who are new.
func (c *scene) seat() {
	all, shares := c.casting()
	c.cast = make(map[tileID]seat, len(all)+len(shares))
	people := make([]tileID, 0, len(all))
	for _, s := range all {
		c.cast[s.id()] = s
		people = append(people, s.id())
	}
	shown := make([]tileID, 0, len(shares))
	for _, s := range shares {
		c.cast[s.id()] = s
		shown = append(shown, s.id())
	}
	c.people, c.shares = lineup(c.people, people), newestFirst(c.shares, shown)
	for id := range c.cast {
		if c.tiles[id] == nil {
			c.tiles[id] = newVideoTile(c.Pump, 0)
		}
	}
	for id, t := range c.tiles {
		if _, there := c.cast[id]; !there {
			t.release()
			delete(c.tiles, id)
			delete(c.fills, id)
			delete(c.spoken, id)
		}
	}
	if _, there := c.cast[c.pinned]; !there {
		c.pinned = tileID{}
	}
}

// casting is everybody who has a place, us first, and what others share. What we share ourselves is a tile like those of people: it is
// nothing to look at.
func (c *scene) casting() (people, shares []seat) {
	if !c.Config.HideSelf {
		people = append(people, ownSeat(c.call, c.me))
	}
	for _, s := range c.seats() {
		if c.Config.HideWaiting && !s.inside || c.Config.OnlySending && s.inside && !s.microphone && !s.camera {
			continue
		}
		people = append(people, s)
	}
	shares, own, on := shareSeats(c.call, c.me)
	if on {
		people = append(people, own)
	}
	return people, shares
}

// newestFirst keeps the order of shares, with those that are new before the others.
func newestFirst(before, now []tileID) []tileID {
	out := slices.DeleteFunc(slices.Clone(now), func(id tileID) bool { return slices.Contains(before, id) })
	for _, id := range before {
		if slices.Contains(now, id) {
			out = append(out, id)
		}
	}
	return out
}

// staging is what the places of the tiles depend on.
func (c *scene) staging(size fyne.Size) staging {
	v, config := c.Settings(), c.Config
	s := staging{
		people: c.people, shares: c.shares, me: tileID{user: c.me.ID}, layout: v.Layout, pinned: c.pinned, big: config.Big,
		speaker: c.call.Speaker, swapped: c.swapped, page: c.page, size: size, bar: c.Bar(),
		style: tileStyle{gap: sized(config.Gap, 8), margin: sized(config.Margin, 8), strip: max(0, config.Strip), floating: config.Floating},
		own: ownStyle{
			corner: cmp.Or(v.OwnCorner, config.OwnCorner, profile.BottomRight), side: cmp.Or(c.hand.side, v.OwnSize, config.OwnSize, ownSide),
			margin: sized(config.OwnMargin, 16),
		},
	}
	if c.hand.corner != "" {
		s.own.corner = c.hand.corner
	}
	_, small, two := s.two()
	if c.swapped && !two {
		c.swapped, s.swapped = false, false
	}
	if t := c.tiles[small]; two && t != nil && t.filled {
		w, h := t.view.Size()
		s.own.tall = h > w
	}
	c.group = s.several()
	if c.group {
		s.head, s.foot = c.Head(size), c.Foot(size)
	}
	return s
}

// several reports whether no tile fills all the place.
func (s staging) several() bool {
	_, _, two := s.two()
	if lead, ok := s.lead(); s.style.floating && ok && !lead.share {
		return false
	}
	return !two && len(s.people)+len(s.shares) > 1
}

// sized is a size that a program may change: 0 is ours, and a negative one is none.
func sized(wanted, ours float32) float32 {
	if wanted == 0 {
		return ours
	}
	return max(0, wanted)
}

// settle brings the tiles to their places, and shows on them what there is to say.
func (c *scene) settle(size fyne.Size) {
	if c.moves.busy || len(c.cast) == 0 {
		return
	}
	places := c.arrange(size)
	c.page = places.pager.page
	for _, p := range places.tiles {
		c.dress(p)
	}
	if c.size == size && c.places.same(places) {
		return
	}
	resized := c.size != size
	c.places, c.size = places, size
	c.moves.to(c, !resized)
}

// arrange gives the tiles their places, or lets the program do it.
func (c *scene) arrange(size fyne.Size) arrangement {
	s := c.staging(size)
	if c.Config.Arrange == nil {
		return arrange(s)
	}
	all := slices.Concat(s.shares, s.people)
	tiles := make([]Tile, len(all))
	for i, id := range all {
		tiles[i] = c.tile(c.cast[id])
	}
	out := arrangement{pager: pager{pages: 1}}
	for i, at := range c.Config.Arrange(tiles, size.SubtractWidthHeight(0, s.head+s.foot)) {
		if b := (box{at.At.X, at.At.Y + s.head, at.Size.Width, at.Size.Height}); i < len(all) && b.w > 0 && b.h > 0 {
			out.tiles = append(out.tiles, placed{all[i], b, roleCell})
		}
	}
	return out
}

// opaque is where nothing is seen of what lies behind the tiles. A tile that can be moved by hand hides nothing for sure.
func (c *scene) opaque() (out []box) {
	area := box{0, 0, c.size.Width, c.size.Height}
	for _, p := range c.places.tiles {
		if p.role != roleOver {
			out = append(out, p.opaque(area, c.tiles[p.tileID].corner))
		}
	}
	return out
}

// tile is what programs know of a seat.
func (c *scene) tile(s seat) Tile {
	return Tile{
		Call: c.call.ID, User: s.user, Self: s.self, Share: s.share, Waiting: !s.inside, Microphone: s.microphone, Camera: s.camera, Held: s.held,
	}
}

// dress shows somebody in the tile of a place.
func (c *scene) dress(p placed) {
	s, t := c.cast[p.tileID], c.tiles[p.tileID]
	corner := sized(c.Config.Radius, radius)
	if p.role == roleAll {
		corner = 0
	}
	t.round(corner)
	t.faceless = c.Config.HideAvatar
	c.name(t, s, p.role)
	c.watch(t, s)
	c.put(t, s)
	size := min(p.w, p.h) * 0.46
	if t.parts.build(c.Config, c.tile(s), size) {
		t.face()
		t.Refresh()
	}
}

// name writes the chip of a tile. Of two people the title of the call says who is at large.
func (c *scene) name(t *videoTile, s seat, r role) {
	name, mark, marks := shown(s.user), s.mark, tags{pinned: c.pinned == s.id(), moderator: s.moderator, quality: s.quality}
	marks.cameraOff = s.inside && !s.camera && !s.share && c.call.Video && !c.Config.HideCamera
	switch {
	case s.share && s.self:
		name = ""
	case s.share:
		name = shareName(s)
		marks.quality = ""
	case s.self && r == roleOver:
		name, marks.moderator = word("people.you"), false
	case s.self && r == roleSmall:
		name = word("people.you")
	case s.self:
		name = ownName(name)
	}
	if r == roleAll && !c.Config.Floating && len(c.people) <= 2 {
		name, mark, marks = "", "", tags{pinned: marks.pinned}
	}
	if r == roleOver {
		marks.cameraOff = false
	}
	if c.Config.HideName {
		name = ""
	}
	if c.Config.HideMicrophone {
		mark = ""
	}
	if c.Config.Foreground != nil {
		name, mark, marks = "", "", tags{}
	}
	t.label(name, mark)
	t.tag(marks)
}

// ownName is our name with what says that it is ours. Fyne would set signs beside a name that is written the other way as in a mirror.
func ownName(name string) string {
	if theCatalogue.rightToLeft.Load() != strings.ContainsFunc(name, fromRight) {
		return word("people.you")
	}
	return turned(word("tile.you", fill{"Name": name}))
}

// shareName says whose share it is, and of what.
func shareName(s seat) string {
	if s.sharing.Label == "" {
		return word("tile.screen", fill{"Name": shown(s.user)})
	}
	return turned(word("tile.shares", fill{"Name": shown(s.user), "Label": s.sharing.Label}))
}

// watch gives a tile its pictures.
func (c *scene) watch(t *videoTile, s seat) {
	h, v := c.Calls(c.call.ID), c.Settings()
	switch {
	case s.share && !s.camera:
		t.screen = true
		t.portray(s.user)
	case s.share:
		t.followScreen(c.call.ID, h, s.user, s.sharing)
	case s.inside:
		t.follow(c.call.ID, h, s.user, s.camera, s.self && v.MirrorSelf)
	default:
		t.portray(s.user)
	}
	if !s.share {
		fill, chosen := c.fills[s.id()]
		t.crop(fill || !chosen && (v.FillTiles || c.Config.FillPictures), chosen && !fill)
	}
}

// put writes over a tile what goes on, and offers what can be done about it.
func (c *scene) put(t *videoTile, s seat) {
	r := s.remark
	if quiet := c.quiet(s); quiet > 0 && r.words == "" {
		r.words, r.veiled = word("tile.heard", fill{"Time": ago(quiet)}), true
	}
	if s.share && !s.self && r.words == "" {
		r.words, r.blank = word("tile.coming"), true
	}
	if !s.inside && c.Config.Waiting != nil {
		r = remark{}
	}
	t.tell(r)
	call, user := c.call.ID, s.user.ID
	switch s.offer {
	case offerCancel:
		t.offer(assets.Close, toneRed, word("call.cancel"), func() { c.Commands.takeBack(call, user) })
	case offerAgain:
		t.offer(assets.Phone, toneGreen, word("call.again"), func() { c.Commands.inviteInto(call, user) })
	case offerStop:
		t.offer(assets.StopShare, toneRed, word("share.stop"), func() { c.Commands.stopShare(call) })
	default:
		t.offer(assets.Close, toneRed, "", nil)
	}
}

// quietFor is how long nothing may arrive of a member before the tile says so, rather than show a face that does not move.
const quietFor = time.Second

// quiet is how long nothing has arrived of a member, and 0 while that is nothing to speak of.
func (c *scene) quiet(s seat) time.Duration {
	if s.self || s.held || !s.inside || c.call.Held || c.call.Phase != engine.Live && c.call.Phase != engine.Rejoining {
		return 0
	}
	last := c.Calls(c.call.ID).LastHeard(s.user.ID)
	if since := c.Now().Sub(last); !last.IsZero() && since > quietFor {
		return since
	}
	return 0
}

// ago writes how long something is past: to a tenth of a second while that is what counts.
func ago(d time.Duration) string {
	if d < 10*time.Second {
		return word("tile.seconds", fill{"Whole": int(d / time.Second), "Tenths": int(d/(time.Second/10)) % 10})
	}
	return lasting(d)
}

func microphoneOf(on bool) assets.Symbol {
	if on {
		return assets.Microphone
	}
	return assets.MicrophoneOff
}

// voiceStays is how long the frame around who speaks stays between two words.
const voiceStays = 600 * time.Millisecond

// tick moves what moves by itself: the rings and the frames around those who speak, and where people point.
func (c *scene) tick() {
	h, now := c.Calls(c.call.ID), c.Now()
	for _, p := range c.places.tiles {
		s, t := c.cast[p.tileID], c.tiles[p.tileID]
		if t != nil && t.shared != nil {
			t.shared.tick()
		}
		if t == nil || s.share || !s.inside {
			continue
		}
		level := float32(0)
		if s.microphone && !s.held {
			level = h.Level(s.user.ID)
		} else {
			delete(c.spoken, p.tileID)
		}
		if level >= leastVoice {
			c.spoken[p.tileID] = now
		}
		if c.Config.HideRings {
			level = 0
		}
		last, spoke := c.spoken[p.tileID]
		t.hear(level, spoke && now.Sub(last) < voiceStays && !c.Config.HideRings && p.role != roleOver)
	}
}

// look says whether the scene can be seen.
func (c *scene) look(on bool) {
	c.seen = on
	for id, t := range c.tiles {
		_, placed := c.places.find(id)
		t.look(on && placed)
	}
}

// rest lets go of the call.
func (c *scene) rest() {
	c.moves.stop()
	c.Covered(nil)
	for _, t := range c.tiles {
		t.release()
	}
	clear(c.tiles)
	clear(c.fills)
	clear(c.spoken)
	c.root.Objects = []fyne.CanvasObject{c.ground}
	c.call, c.noes, c.group, c.swapped, c.pinned, c.page = engine.CallState{}, nil, false, false, tileID{}, 0
	c.cast, c.people, c.shares, c.places, c.size, c.hand = nil, nil, nil, arrangement{}, fyne.Size{}, hand{}
}

// tileOf returns the tile of a person, and nil if there is none.
func (c *scene) tileOf(u engine.UserID) *videoTile { return c.tiles[tileID{user: u}] }
