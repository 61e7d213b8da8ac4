package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// tab is a part of the side panel.
type tab uint8

// The tabs.
const (
	tabMembers tab = iota
	tabChat
	tabDetails
)

// The side panel stands beside the pictures where they keep this width, which is enough to hang up, and otherwise over them.
const leastStage = 260

// sideParams are what the side panel needs.
type sideParams struct {
	Commands callCommands
	Room     roomCommands
	Calls    func(engine.CallID) handle
	Now      func() time.Time
	Canvas   func() fyne.Canvas
	Later    func(func())
	Menu     *menu
	Volume   func(engine.UserID) fyne.CanvasObject // sets how loud somebody is heard here
	Members  MembersConfig
	Chat     ChatConfig
	Moved    func() // it takes another room
}

// sidePanel holds the people of a call, the chat, and what is known of the connection. The tab that was open is opened again.
type sidePanel struct {
	sideParams
	root    *fyne.Container     // empty while it is closed: a page that comes into the window is measured with all that is hidden in it
	inside  []fyne.CanvasObject // of root
	tabs    []*segment
	members *memberList
	chat    *chatView
	details *callDetails
	parts   []fyne.CanvasObject // by tab
	tab     tab
	open    bool
	motion  motion
}

func newSidePanel(p sideParams) *sidePanel {
	s := &sidePanel{sideParams: p}
	s.members, s.chat, s.details = newMemberList(p), newChatView(p), newCallDetails(p)
	for t, is := range []struct {
		mark assets.Symbol
		key  string
	}{{assets.Group, "call.members"}, {assets.Message, "call.chat"}, {assets.Info, "call.details"}} {
		s.tabs = append(s.tabs, newSegment(symbol(is.mark), word(is.key), func() { s.turn(tab(t)) }))
	}
	s.parts = []fyne.CanvasObject{s.members.root, s.chat.root, s.details.root}
	away := newRoundButton(assets.Close, tonePlain, 34, word("notice.close"), func() { s.show(false) })
	head := newBorder(nil, nil, nil, container.NewCenter(away), newSegments(s.tabs...))
	body := newBorder(inset(10, 8, 10, 8, head), nil, nil, nil, container.NewStack(s.parts...))
	edge := container.New(wide(1), newSurface(colorLine))
	s.inside = []fyne.CanvasObject{newTapArea(newSurface(colorSide), func() {}), newBorder(nil, nil, edge, nil, body)}
	s.root = container.NewStack()
	s.root.Hide()
	s.motion.step = func(float32) { p.Moved() }
	s.turn(tabMembers)
	return s
}

// shows reports whether a tab is to be seen.
func (s *sidePanel) shows(t tab) bool { return s.open && s.tab == t }

// toggle opens a tab, or closes the panel if that is the open one.
func (s *sidePanel) toggle(t tab) {
	if s.shows(t) {
		s.show(false)
		return
	}
	s.turn(t)
	s.show(true)
}

// turn shows a tab.
func (s *sidePanel) turn(t tab) {
	s.tab = t
	for i, part := range s.parts {
		visible(part, i == int(t))
	}
	s.mark()
	s.look()
}

// mark shows which tab is seen, and what is new in the others.
func (s *sidePanel) mark() {
	for i, t := range s.tabs {
		count := 0
		if tab(i) == tabChat {
			count = s.chat.unread()
		}
		t.show(i == int(s.tab), count)
	}
}

// show opens the panel, or closes it.
func (s *sidePanel) show(on bool) {
	if s.open == on {
		s.look()
		return
	}
	s.open = on
	if on {
		s.root.Objects = s.inside
		colour(s.root, darkTheme)
		visible(s.root, true)
		s.motion.to(1, nil)
	} else {
		s.motion.to(0, func() {
			s.root.Hide()
			s.root.Objects = nil
			s.Moved()
		})
		s.Canvas().Unfocus()
	}
	s.look()
}

// look tells the tabs whether they can be seen.
func (s *sidePanel) look() {
	s.chat.look(s.shows(tabChat))
	s.details.look(s.shows(tabDetails))
}

// update shows a call.
func (s *sidePanel) update(c engine.CallState, me engine.User) {
	s.members.update(c, me)
	s.chat.update(c)
	s.details.update(c, me)
	s.mark()
}

// tick moves what moves by itself.
func (s *sidePanel) tick() {
	if s.shows(tabMembers) {
		s.members.tick()
	}
	if s.shows(tabDetails) {
		s.details.tick()
	}
}

// rest lets go of the call. The chat of the next one is another one; the tab stays.
func (s *sidePanel) rest() {
	s.chat.rest()
	s.details.rest()
}

// width is how much of a call of that width the panel takes when it is wholly there.
func (s *sidePanel) width(of float32) float32 { return min(sideWidth, of-40) }

// beside reports whether the pictures make room for it.
func (s *sidePanel) beside(of float32) bool { return of-s.width(of) >= leastStage }

// aSide lays out a call with the panel at its side: first the pictures with all that lies over them, then the panel.
type aSide struct{ panel *sidePanel }

var _ fyne.Layout = aSide{}

func (a aSide) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	width := a.panel.width(s.Width)
	there := width * a.panel.motion.at
	stage := s
	if a.panel.beside(s.Width) {
		stage.Width -= there
	}
	objects[0].Resize(stage)
	objects[1].Resize(fyne.NewSize(width, s.Height))
	objects[1].Move(fyne.NewPos(s.Width-there, 0))
}

func (a aSide) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(160, 90) }
