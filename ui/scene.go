package ui

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// ownWidth is the width of our own picture in the corner; it has the shape 16:9.
const ownWidth = 208

// sceneParams are what a scene needs.
type sceneParams struct {
	Commands callCommands
	Calls    func(engine.CallID) handle
	Now      func() time.Time
	Pump     *pump
	Bar      func() fyne.Size        // what the bar takes at the bottom; zero while it is hidden
	Foot     func(fyne.Size) float32 // how much of the height a grid leaves to the bar
	Clicked  func()                  // where nothing else takes the click
	Config   SceneConfig
}

// scene shows who is in a call. Of two people the other is at large and we are in the corner; more people, also those who are only being
// called, are in a grid with us.
type scene struct {
	sceneParams
	root    *fyne.Container // the tiles of the others, in the order in which they came, and ours
	tiles   map[engine.UserID]*videoTile
	noes    noes
	own     *videoTile
	ownTap  *tapArea
	group   bool // there are more than two places
	swapped bool // we are at large and the other is in the corner

	call engine.CallState
	me   engine.User
	seen bool
}

func newScene(p sceneParams) *scene {
	s := &scene{sceneParams: p, tiles: map[engine.UserID]*videoTile{}}
	s.own = newVideoTile(p.Pump, radius)
	s.ownTap = newTapArea(s.own, s.swap)
	s.root = container.New(seating{grid: gallery{gap: 8}, own: ownCorner{width: ownWidth, margin: 16, bar: p.Bar}, foot: p.Foot}, s.ownTap)
	return s
}

// update shows a call; first says that it is another one than before.
func (c *scene) update(s engine.CallState, me engine.User, first bool) {
	c.call, c.me = s, me
	c.noes = c.noes.look(s, c.Now(), first)
	c.arrange()
}

// seats are the places of the others.
func (c *scene) seats() []seat { return seats(c.call, c.noes, c.Now()) }

// arrange gives everybody a tile. Who has one keeps it, so that nobody jumps when somebody else comes, or when the one who was
// called is there.
func (c *scene) arrange() {
	all := seats(c.call, c.noes, c.Now())
	changed := (len(all) > 1) != c.group
	c.group = len(all) > 1
	if c.group || len(c.call.Members) != 1 {
		c.swapped = false
	}
	present := make(map[engine.UserID]bool, len(all))
	for _, s := range all {
		present[s.user.ID] = true
		t, there := c.tiles[s.user.ID]
		if !there {
			t = newVideoTile(c.Pump, 0)
			t.look(c.seen)
			c.tiles[s.user.ID] = t
			last := len(c.root.Objects) - 1
			c.root.Objects = slices.Insert(c.root.Objects, last, fyne.CanvasObject(t))
			changed = true
		}
		c.seat(t, s)
	}
	for id, t := range c.tiles {
		if !present[id] {
			t.release()
			c.root.Remove(t)
			delete(c.tiles, id)
			changed = true
		}
	}
	if changed {
		c.root.Refresh()
	}
	if !c.swapped {
		c.own.follow(c.call.ID, c.Calls(c.call.ID), c.me, c.call.Camera, true)
		c.own.label(word("people.you"), microphoneOf(c.call.Microphone))
		c.own.tell(remark{})
	}
}

// seat shows somebody in a tile.
func (c *scene) seat(t *videoTile, s seat) {
	h := c.Calls(c.call.ID)
	if c.group {
		t.round(radius)
		t.label(shown(s.user), s.mark)
	} else {
		t.round(0)
		t.label("", "")
	}
	switch {
	case c.swapped:
		t.follow(c.call.ID, h, c.me, c.call.Camera, true)
		t.tell(remark{})
		c.own.follow(c.call.ID, h, s.user, s.camera, false)
		c.own.label(shown(s.user), s.mark)
		c.own.tell(s.remark)
	case s.inside:
		t.follow(c.call.ID, h, s.user, s.camera, false)
		t.tell(s.remark)
	default:
		t.portray(s.user)
		t.tell(s.remark)
	}
	call, user := c.call.ID, s.user.ID
	switch s.offer {
	case offerCancel:
		t.offer(assets.Close, toneRed, word("call.cancel"), func() { c.Commands.takeBack(call, user) })
	case offerAgain:
		t.offer(assets.Phone, toneGreen, word("call.again"), func() { c.Commands.inviteInto(call, user) })
	default:
		t.offer(assets.Close, toneRed, "", nil)
	}
}

func microphoneOf(on bool) assets.Symbol {
	if on {
		return assets.Microphone
	}
	return assets.MicrophoneOff
}

// swap exchanges the large and the small picture.
func (c *scene) swap() {
	if c.group || len(c.call.Members) != 1 {
		c.Clicked()
		return
	}
	c.swapped = !c.swapped
	c.arrange()
}

// tick moves what moves by itself: the rings around who speaks.
func (c *scene) tick() {
	h := c.Calls(c.call.ID)
	heard := map[engine.UserID]bool{c.me.ID: c.call.Microphone}
	for _, m := range c.call.Members {
		heard[m.ID] = m.Microphone && !m.Held
	}
	for _, t := range c.tiles {
		pulseTile(h, t, heard[t.user.ID])
	}
	pulseTile(h, c.own, heard[c.own.user.ID])
}

// pulseTile moves the ring around somebody of whom no picture is seen.
func pulseTile(h handle, t *videoTile, heard bool) {
	level := float32(0)
	if !t.filled && heard {
		level = h.Level(t.user.ID)
	}
	t.portrait.speak(level)
}

// look says whether the scene can be seen.
func (c *scene) look(on bool) {
	c.seen = on
	c.own.look(on)
	for _, t := range c.tiles {
		t.look(on)
	}
}

// rest lets go of the call.
func (c *scene) rest() {
	for id, t := range c.tiles {
		t.release()
		delete(c.tiles, id)
	}
	c.root.Objects = []fyne.CanvasObject{c.ownTap}
	c.own.unfollow()
	c.call, c.noes, c.group, c.swapped = engine.CallState{}, nil, false, false
}
