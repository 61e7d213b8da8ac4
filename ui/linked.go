package ui

import (
	"context"
	"errors"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// A parley: link asks for something; whether it is done is asked of the person. The newest link takes the place of the one before, so
// that who sends many gets one answer.

// linkWidth is the width of the question about a link, in Fyne's units.
const linkWidth = 400

// request is what a link asks for, as a person is asked about it.
type request struct {
	with     []engine.User   // to show as a picture; empty: somebody unknown
	presence engine.Presence // of a single one
	title    string
	about    string // the ID behind the name; empty if that says the same
	text     string
	ready    bool // it may be done; otherwise text says why not
	shown    bool // it is done already: there is nothing to ask
	join     bool // it enters a call, rather than rings somebody
}

// requestOf says what a link asks for as things stand. It is pure.
func requestOf(l signal.Link, s *engine.Snapshot) request {
	var r request
	switch l := l.(type) {
	case signal.CallLink:
		r = callRequest(l, s)
	case signal.JoinLink:
		r = joinRequest(l, s)
	}
	if s.Connection.State != engine.Online && !r.shown {
		r.ready, r.text = false, word("link.offline")
	}
	return r
}

func callRequest(l signal.CallLink, s *engine.Snapshot) request {
	r := request{with: []engine.User{{ID: l.User}}}
	for _, p := range s.People {
		if p.ID == l.User {
			r.with[0], r.presence, r.ready = p.User, p.Presence, true
		}
	}
	if l.User == s.Me.ID {
		r.with[0] = s.Me
	}
	name := shown(r.with[0])
	if name != string(l.User) {
		r.about = string(l.User)
	}
	r.title = word("link.call", fill{"Name": name})
	switch {
	case l.User == s.Me.ID:
		r.text = word("link.call.you")
	case !r.ready:
		r.text = word("link.call.unknown")
	case l.User == echoID:
		r.text = word("people.echo.short")
	case r.presence == signal.Offline:
		r.text = word("people.offline.text")
	default:
		r.text = presenceWords(r.presence)
	}
	return r
}

func joinRequest(l signal.JoinLink, s *engine.Snapshot) request {
	r := request{title: word("link.join"), about: string(l.Call), text: word("link.join.text"), ready: true, join: true}
	if c, ok := s.Call(l.Call); ok && c.Phase != engine.Over {
		r.shown = true
	}
	for _, in := range s.Incoming {
		r.shown = r.shown || in.Call == l.Call // it rings: that is the question
	}
	for _, j := range s.Joinable {
		if j.Call == l.Call {
			r.with, r.title = j.With, word("link.join.with", fill{"Name": called(j.With, engine.User{})})
			if r.text = word("link.join.elsewhere"); j.Crashed {
				r.text = word("link.join.crashed")
			}
		}
	}
	return r
}

// follow does what a link asks for, or rather asks whether to.
func (u *UI) follow(text string) {
	l, err := signal.ParseLink(text)
	u.show()
	if err != nil {
		why := word("link.wrong.text")
		if errors.Is(err, signal.ErrUnknownLink) {
			why = word("link.unknown.text")
		}
		u.warn(word("link.wrong"), why)
		return
	}
	if a, ok := l.(signal.Address); ok {
		if u.welcome == nil { // the program around decides where calls are
			u.warn(word("link.wrong"), word("link.unknown.text"))
			return
		}
		u.welcome.address.SetText(a.Link())
		u.welcome.openJoin()
		u.desk.choosing = true
		u.applyNow()
		return
	}
	u.linked = l
	if u.engine == nil && u.store.Settings().Server == "" { // otherwise there is one in a moment
		u.notice.tell(assets.Info, word("link.later"), word("link.later.text"), u.now().Add(failTime), "", nil)
	}
	u.askLinked()
	u.apply.ask()
}

// askLinked asks about the link that came, once there is an engine that could do it.
func (u *UI) askLinked() {
	s := newest(u.engine)
	if u.linked == nil || s == nil {
		return
	}
	if requestOf(u.linked, s).shown {
		u.linked = nil
		return
	}
	if u.sheet != nil && u.sheet.link == u.linked {
		return
	}
	u.closeSheet()
	u.openLinkSheet(u.linked, s)
}

// linkSheet is the question about a link.
type linkSheet struct {
	portrait            *portrait
	title, about, text  *widget.Label
	voice, video, never *pushButton
	began               time.Time // of the keyboard's rest: see typingGuard
}

func (u *UI) openLinkSheet(l signal.Link, s *engine.Snapshot) {
	now := requestOf(l, s)
	q := &linkSheet{portrait: newPortrait(72), title: centered(text("", theme.SizeNameSubHeadingText, true)), about: centered(caption("")), text: centered(note("")), began: u.now()}
	answer := func(video bool) func() {
		return func() {
			u.closeSheet()
			switch l := l.(type) {
			case signal.CallLink:
				u.inviteAll([]engine.UserID{l.User}, video)
			case signal.JoinLink:
				u.enterCall(l.Call, video)
			}
		}
	}
	withVoice, withVideo := "call.voice", "call.video"
	if now.join {
		withVoice, withVideo = "link.join.voice", "link.join.video"
	}
	q.voice = newIconButton(word(withVoice), symbol(assets.Phone), answer(false))
	q.video = newIconButton(word(withVideo), symbol(assets.Camera), answer(true))
	q.never = newButton(word("call.cancel"), u.closeSheet)
	first := q.voice
	if wantsVideo(l) {
		first = q.video
	}
	first.Importance = widget.HighImportance
	words := container.New(column{width: math.MaxFloat32, gap: 2}, container.NewCenter(q.portrait), gap(4),
		container.New(layout.NewCustomPaddedVBoxLayout(-14), q.title, q.about), q.text)
	content, fit := withFoot(linkWidth, words, container.NewVBox(container.NewGridWithColumns(2, q.voice, q.video), q.never))
	q.show(now)
	colours := u.store.Settings().Theme
	if u.shown.main == viewCall {
		colours = darkTheme
	}
	u.openSheet(colours, fit(), content, func() {
		if u.linked == l { // and not a newer one
			u.linked = nil
		}
		u.apply.ask() // something else may have waited to be told
	})
	u.sheet.link = l
	u.sheet.update = func(s *engine.Snapshot) {
		r := requestOf(l, s)
		if r.shown {
			u.closeSheet()
			return
		}
		if now.text != r.text || now.title != r.title || now.presence != r.presence || now.ready != r.ready {
			now = r
			q.show(r)
			u.sheet.resize(fit())
		}
	}
	u.sheet.key = func(k fyne.KeyName) { q.key(k, u.now(), first) }
	u.main.Canvas().Unfocus()
}

// wantsVideo reports whether a link is about a call with picture.
func wantsVideo(l signal.Link) bool {
	switch l := l.(type) {
	case signal.CallLink:
		return l.Video
	case signal.JoinLink:
		return l.Video
	}
	return false
}

func (q *linkSheet) show(r request) {
	q.portrait.show(r.with, r.presence)
	say(q.title, r.title)
	say(q.about, r.about)
	visible(q.about, r.about != "")
	say(q.text, r.text)
	for _, b := range []*pushButton{q.voice, q.video} {
		if r.ready {
			b.Enable()
		} else {
			b.Disable()
		}
	}
}

// key answers by the keyboard. As with a ring, a key counts only once the keyboard has been still for a while: the window came up by
// itself, and what somebody goes on typing must not call anybody.
func (q *linkSheet) key(k fyne.KeyName, now time.Time, first *pushButton) {
	var b *pushButton
	switch k {
	case fyne.KeyReturn, fyne.KeyEnter:
		b = first
	case fyne.KeyV:
		b = q.video
	case fyne.KeyEscape:
		b = q.never
	default:
		return
	}
	if now.Sub(q.began) < typingGuard {
		q.began = now
		return
	}
	if !b.Disabled() {
		b.OnTapped()
	}
}

// enterCall enters a call by its ID, and makes an open one of it if there is none. While we are in another call it asks first what
// becomes of that.
func (u *UI) enterCall(id engine.CallID, video bool) {
	run := func(now engine.Current) {
		u.act("join", func(ctx context.Context, b backend) error {
			return b.Join(ctx, id, engine.JoinOptions{Video: video, Take: true, Current: now, Open: &engine.Rules{Adding: signal.MembersAdd}})
		})
	}
	s := u.snapshot()
	if s == nil {
		return
	}
	if c, busy := current(s); busy && !c.Held {
		u.ask(c, meanwhile{text: word("link.join.meanwhile"), run: run})
		return
	}
	run(engine.HoldCurrent)
}
