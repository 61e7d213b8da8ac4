package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// memberList is the tab with the people of a call: we first, then the others by name, then those who were called.
type memberList struct {
	sideParams
	root    *fyne.Container
	add     *pushButton
	muteAll *pushButton
	head    *fyne.Container // the two
	list    *fyne.Container
	rows    map[engine.UserID]*memberRow
	call    engine.CallState
	me      engine.User
}

func newMemberList(p sideParams) *memberList {
	l := &memberList{sideParams: p, rows: map[engine.UserID]*memberRow{}}
	l.add = newIconButton(word("call.add"), symbol(assets.Invite), func() { p.Commands.addPeople(l.call.ID) })
	l.muteAll = newIconButton(word("members.mute.all"), symbol(assets.MicrophoneOff), func() { p.Room.setOthersMicrophone(l.call.ID, false) })
	l.head = container.New(layout.NewGridLayoutWithRows(1), l.add, l.muteAll)
	l.list = container.New(layout.NewCustomPaddedVBoxLayout(0))
	l.root = newBorder(inset(0, 8, 10, 10, l.head), nil, nil, nil, container.NewVScroll(inset(0, 10, 4, 4, l.list)))
	return l
}

// update shows the people of a call.
func (l *memberList) update(c engine.CallState, me engine.User) {
	l.call, l.me = c, me
	visible(l.add, c.CanAdd)
	visible(l.muteAll, c.Moderator && slices.ContainsFunc(c.Members, func(m engine.Member) bool { return m.Microphone }))
	visible(l.head, l.add.Visible() || l.muteAll.Visible())
	own := engine.Member{User: me, Microphone: c.Microphone, Camera: c.Camera, Moderator: c.Moderator, Quality: engine.Good, Held: c.Held}
	own.Sharing = engine.Sharing{On: c.Share.On, Paused: c.Share.Paused}
	var order []fyne.CanvasObject
	there := map[engine.UserID]bool{}
	put := func(id engine.UserID) *memberRow {
		there[id] = true
		r := l.rows[id]
		if r == nil {
			r = newMemberRow(l)
			l.rows[id] = r
		}
		order = append(order, r.root)
		return r
	}
	put(me.ID).show(own, true)
	members := slices.Clone(c.Members)
	slices.SortFunc(members, func(a, b engine.Member) int { return byName(a.User, b.User) })
	for _, m := range members {
		put(m.ID).show(m, false)
	}
	for _, w := range c.Waiting {
		if !there[w.ID] && waitingRemark(w).words != "" {
			put(w.ID).wait(w, c.CanAdd)
		}
	}
	for id := range l.rows {
		if !there[id] {
			delete(l.rows, id)
		}
	}
	if !slices.Equal(order, l.list.Objects) {
		l.list.Objects = order
		l.list.Refresh()
	}
}

// byName orders people as they are read.
func byName(a, b engine.User) int {
	if by := strings.Compare(strings.ToLower(shown(a)), strings.ToLower(shown(b))); by != 0 {
		return by
	}
	return strings.Compare(string(a.ID), string(b.ID))
}

// tick moves the marks of those who speak.
func (l *memberList) tick() {
	h := l.Calls(l.call.ID)
	for _, r := range l.rows {
		r.hear(h)
	}
}

// roleWords says what is special about a member: that he moderates, shares, holds us, or is badly connected.
func roleWords(m engine.Member, own bool) string {
	var all []string
	add := func(on bool, key string) {
		if on {
			all = append(all, word(key))
		}
	}
	add(m.Moderator, "members.host")
	add(m.Sharing.On && !m.Sharing.Paused, "members.shares")
	add(m.Sharing.On && m.Sharing.Paused, "members.shares.paused")
	add(m.Held, "call.held")
	add(!own && m.Quality == engine.Poor, "members.poor")
	add(!own && m.Quality == engine.LostNow, "members.lost")
	if !own && m.MicrophoneTrouble != "" {
		all = append(all, deviceWords(m.MicrophoneTrouble))
	} else if !own && m.CameraTrouble != "" {
		all = append(all, deviceWords(m.CameraTrouble))
	}
	return strings.Join(all, " · ")
}

// member is somebody of the call as things stand.
func (l *memberList) member(id engine.UserID) (engine.Member, bool) {
	for _, m := range l.call.Members {
		if m.ID == id {
			return m, true
		}
	}
	return engine.Member{}, false
}

// openMenu shows what can be done about a member, below a button.
func (l *memberList) openMenu(id engine.UserID, below fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	at := driver.AbsolutePositionForObject(below).Subtract(driver.AbsolutePositionForObject(l.Menu.root))
	loudness := entry{object: inset(4, 0, 8, 4, l.Volume(id))} // made once: it may be dragged while the rest changes
	l.Menu.toggle(func() []entry {
		m, there := l.member(id)
		switch {
		case !there:
			return nil
		case !l.call.Moderator:
			return []entry{loudness}
		}
		return append(hostActs(l.Room, l.call.ID, m.User, m.Microphone, m.Camera), loudness)
	}, at.X, at.Y+below.Size().Height+4, false)
}

// memberRow is one of the people.
type memberRow struct {
	list        *memberList
	root        *fyne.Container
	portrait    *avatar
	name, about *widget.Label
	mic, camera *widget.Icon
	act         *roundButton
	parley      fyne.CanvasObject // our own row

	member engine.Member
	own    bool
	made   bool // member is shown
	inside bool
}

func newMemberRow(l *memberList) *memberRow {
	r := &memberRow{list: l, portrait: newAvatar(36), name: text("", "", true), about: caption(""), mic: widget.NewIcon(nil), camera: widget.NewIcon(nil)}
	r.act = newRoundButton(assets.More, tonePlain, 32, word("members.more"), nil)
	icons := container.New(layout.NewCustomPaddedHBoxLayout(2), container.NewCenter(r.camera), container.NewCenter(r.mic), container.NewCenter(container.New(wide(32), r.act)))
	words := container.New(layout.NewCustomPaddedVBoxLayout(-16), layout.NewSpacer(), r.name, r.about, layout.NewSpacer())
	r.parley = newBorder(nil, nil, inset(6, 6, 8, 0, container.NewCenter(r.portrait)), icons, words)
	r.root = container.NewStack(r.parley)
	colour(r.root, darkTheme)
	return r
}

// show shows a member, or us.
func (r *memberRow) show(m engine.Member, own bool) {
	if r.made && r.inside && r.member == m && r.own == own {
		return
	}
	r.member, r.own, r.made, r.inside = m, own, true, true
	r.build()
	r.portrait.show(m.User, "")
	name := shown(m.User)
	if own {
		name = word("members.you", fill{"Name": name})
	}
	say(r.name, name)
	r.tell(roleWords(m, own))
	config := r.list.Members
	visible(r.mic, !config.HideMicrophone)
	visible(r.camera, !config.HideCamera)
	r.camera.SetResource(switchIcon(assets.Camera, assets.CameraOff, m.Camera))
	r.hear(nil)
	visible(r.act, !own)
	r.act.set(assets.More, tonePlain, word("members.more"))
	r.act.tapped = func() { r.list.openMenu(m.ID, r.act) }
}

// build asks the program for a row of its own.
func (r *memberRow) build() {
	row := r.parley
	if b := r.list.Members.Row; b != nil {
		if o := b(r.member, r.own); o != nil {
			row = o
		}
	}
	if r.root.Objects[0] != row {
		r.root.Objects[0] = row
		r.root.Refresh()
	}
}

// wait shows somebody who was called and is not there.
func (r *memberRow) wait(w engine.Waiting, again bool) {
	r.made, r.inside = true, false
	r.portrait.show(w.User, "")
	say(r.name, shown(w.User))
	state := waitingRemark(w)
	about := state.words
	if state.detail != "" {
		about += " · " + state.detail
	}
	r.tell(about)
	visible(r.mic, false)
	visible(r.camera, false)
	call := r.list.call.ID
	switch {
	case w.State.Waiting() && w.Mine:
		r.act.set(assets.Close, tonePlain, word("call.cancel"))
		r.act.tapped = func() { r.list.Commands.takeBack(call, w.ID) }
		visible(r.act, true)
	case !w.State.Waiting() && again:
		r.act.set(assets.Phone, tonePlain, word("call.again"))
		r.act.tapped = func() { r.list.Commands.inviteInto(call, w.ID) }
		visible(r.act, true)
	default:
		visible(r.act, false)
	}
}

func (r *memberRow) tell(about string) {
	say(r.about, about)
	visible(r.about, about != "")
}

// hear marks whether the member speaks. Without a call to listen to nobody does.
func (r *memberRow) hear(h handle) {
	if !r.inside {
		return
	}
	level := float32(0)
	if h != nil && r.member.Microphone && !r.member.Held {
		level = h.Level(r.member.ID)
	}
	icon := switchIcon(assets.Microphone, assets.MicrophoneOff, r.member.Microphone)
	if level > spokenLevel {
		icon = tinted(assets.Microphone, darkPalette.success)
	}
	if r.mic.Resource == nil || r.mic.Resource.Name() != icon.Name() {
		r.mic.SetResource(icon)
	}
}

// switchIcon shows a device that is on or off.
func switchIcon(on, off assets.Symbol, is bool) fyne.Resource {
	if is {
		return tinted(on, darkPalette.text)
	}
	return tinted(off, darkPalette.muted)
}
