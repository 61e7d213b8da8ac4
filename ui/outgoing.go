package ui

import (
	"errors"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

// darkTheme is the theme of everything that belongs to a call.
const darkTheme = profile.DarkTheme

// callCommands are what the buttons of a call do.
type callCommands interface {
	shareCommands
	hangUp(id engine.CallID)
	retry(id engine.CallID)
	setCamera(id engine.CallID, on bool)
	setHeld(id engine.CallID, on bool)
	goOn(id engine.CallID)
	addPeople(id engine.CallID)
	inviteInto(id engine.CallID, to ...engine.UserID)
	takeBack(id engine.CallID, from engine.UserID)
	putAway()
	toggleFullscreen()
	openSettings()
}

// shareCommands are what the buttons of one's own share do.
type shareCommands interface {
	setMicrophone(id engine.CallID, on bool)
	pickShare(id engine.CallID)
	stopShare(id engine.CallID)
	pauseShare(id engine.CallID, on bool)
}

// hostCommands are what a moderator may do to others.
type hostCommands interface {
	setOthersMicrophone(id engine.CallID, on bool, of ...engine.UserID)
	setOthersCamera(id engine.CallID, on bool, of ...engine.UserID)
	remove(id engine.CallID, who engine.User)
}

// outgoingParams are what the page of a call of ours needs until it is answered.
type outgoingParams struct {
	Commands callCommands
	Calls    func(engine.CallID) handle
	Now      func() time.Time
	Pump     *pump
	Menu     *deviceMenu // of the page alone
	Config   OutgoingConfig
}

// outgoing shows whom we call, our own picture behind it, and afterwards why it came to nothing.
type outgoing struct {
	outgoingParams
	root     fyne.CanvasObject
	frame    *frame
	own      *videoTile
	veil     *canvas.Rectangle
	portrait *avatar
	name     *widget.Label
	state    *widget.Label
	mic      *roundButton
	camera   *roundButton
	devices  *roundButton
	away     *roundButton
	cancel   *roundButton
	bar      *fyne.Container
	above    *fyne.Container // what is over the bar
	beside   *strip          // the calls on hold meanwhile
	trouble  *notice
	put      trouble // what was put away by hand
	call     engine.CallState
}

func newOutgoing(p outgoingParams) *outgoing {
	o := &outgoing{outgoingParams: p, portrait: newAvatar(largestPortrait), name: centered(text("", theme.SizeNameHeadingText, true)), state: centered(text("", theme.SizeNameSubHeadingText, false))}
	inLines(o.name)
	inLines(o.state) // it may be what somebody wrote
	o.own = newVideoTile(p.Pump, 0)
	o.own.backdrop, o.own.cropped = true, p.Config.FillPicture
	o.own.portrait.Hide()
	o.veil = newVeil()
	o.mic = newRoundButton(assets.Microphone, toneSoft, buttonLarge, "", func() { o.Commands.setMicrophone(o.call.ID, !o.call.Microphone) })
	o.camera = newRoundButton(assets.Camera, toneSoft, buttonLarge, "", func() { o.Commands.setCamera(o.call.ID, !o.call.Camera) })
	o.devices = newRoundButton(assets.Settings, toneSoft, buttonLarge, word("call.devices"), p.Menu.toggle)
	o.away = newRoundButton(assets.Minimize, toneSoft, buttonLarge, word("call.minimize"), o.Commands.putAway)
	o.cancel = newRoundButton(assets.HangUp, toneRed, buttonLarge, word("call.cancel"), func() { o.Commands.hangUp(o.call.ID) })
	o.bar = container.NewHBox()
	for _, b := range []*roundButton{o.mic, o.camera, o.devices, o.away, o.cancel} {
		if !p.Config.HideCaptions {
			b.captioned()
		}
		o.bar.Add(b)
	}
	omit(map[fyne.CanvasObject]bool{
		o.portrait: p.Config.HideAvatar, o.name: p.Config.HideName, o.mic: p.Config.HideMicrophone, o.camera: p.Config.HideCamera,
		o.devices: p.Config.HideDevices, o.away: p.Config.HideMinimize,
	})
	o.beside, o.trouble = newStrip(p.Commands, p.Now, true), newNotice()
	middle := container.New(column{width: 560, gap: 6, middle: true}, o.portrait, gap(8), o.name, o.state)
	foot := inset(0, 28, 0, 0, container.NewHBox(layout.NewSpacer(), o.bar, layout.NewSpacer()))
	o.above = container.New(clearOf{bar: o.bar, foot: foot, menu: p.Menu.root, portrait: o.portrait}, middle)
	p.Menu.moved = o.above.Refresh
	o.frame = newFrame(p.Config.PageConfig, container.NewStack(
		o.above, newBorder(nil, foot, nil, nil),
		inset(0, menuLift, 0, 0, container.New(corner{x: 0.5, y: 1, margin: 12, width: 460}, p.Menu.root))))
	page := container.NewStack(canvas.NewRectangle(callBlack), o.own, o.veil, o.frame.root,
		container.New(corner{x: 0.5, y: 0, margin: 12, width: 560}, container.New(layout.NewCustomPaddedVBoxLayout(8), o.beside.root, o.trouble.object())))
	o.root = themed(page, look{choice: darkTheme})
	return o
}

// update shows a call that has not been answered, and those that wait beside it.
func (o *outgoing) update(c engine.CallState, s *engine.Snapshot) {
	o.call = c
	with := waitingUsers(c)
	if len(with) > 0 {
		o.portrait.show(with[0], "")
	}
	say(o.name, called(with, engine.User{}))
	say(o.state, dialingWords(c, s.People))
	visible(o.state, !o.Config.HideText)
	o.own.follow(c.ID, o.Calls(c.ID), s.Me, c.Camera, true)
	visible(o.own, c.Camera)
	visible(o.veil, c.Camera)
	o.showBar(true)
	showSwitches(o.mic, o.camera, c)
	o.beside.show(aside(s, c.ID))
	o.put.show(o.trouble, c, o.Commands.openSettings)
	o.frame.show(c.Info())
}

// farewell tells why a call ended.
func (o *outgoing) farewell(e engine.Ended) {
	o.rest()
	u := e.By
	if len(e.With) > 0 {
		u = e.With[0]
	}
	o.portrait.show(u, "")
	say(o.name, called(e.With, e.By))
	say(o.state, parting(e))
	visible(o.state, true)
	o.showBar(false)
	o.trouble.hide()
}

func (o *outgoing) showBar(on bool) {
	if on != o.bar.Visible() {
		visible(o.bar, on)
		o.above.Refresh()
	}
}

// look says whether the page can be seen.
func (o *outgoing) look(on bool) { o.own.look(on) }

// rest lets go of the call.
func (o *outgoing) rest() {
	o.own.unfollow()
	o.own.Hide()
	o.veil.Hide()
	o.beside.show(nil)
	if o.Menu.root.Visible() {
		o.Menu.toggle()
	}
	o.call = engine.CallState{}
	o.frame.clear()
}

// key handles the shortcuts of a call. It reports whether it did.
func (o *outgoing) key(k fyne.KeyName) bool {
	if o.call.ID == "" {
		return false
	}
	switch k {
	case fyne.KeyM:
		o.mic.press()
	case fyne.KeyV:
		o.camera.press()
	case fyne.KeyD:
		o.Menu.toggle()
	case fyne.KeyX:
		o.beside.first()
	case fyne.KeyEscape:
		if o.Menu.root.Visible() {
			o.Menu.toggle()
		} else {
			o.cancel.press()
		}
	default:
		return false
	}
	return true
}

// dialingWords says how far a call to one person has come. Somebody who is in another call can let ours ring beside it.
func dialingWords(c engine.CallState, people []engine.Person) string {
	for _, w := range c.Waiting {
		for _, p := range people {
			if p.ID == w.ID && p.Presence == signal.Busy && w.State.Waiting() {
				return word("call.occupied")
			}
		}
	}
	return callingWords(c)
}

func waitingUsers(c engine.CallState) []engine.User {
	out := make([]engine.User, 0, len(c.Waiting))
	for _, w := range c.Waiting {
		out = append(out, w.User)
	}
	return out
}

// showSwitches sets the two buttons to what is on.
func showSwitches(mic, camera *roundButton, c engine.CallState) {
	if c.Microphone {
		mic.set(assets.Microphone, toneSoft, word("call.mute"))
	} else {
		mic.set(assets.MicrophoneOff, toneOff, word("call.unmute"))
	}
	if c.Camera {
		camera.set(assets.Camera, toneSoft, word("call.camera.stop"))
	} else {
		camera.set(assets.CameraOff, toneOff, word("call.camera.start"))
	}
}

// trouble is what a person has put away, so that the same words do not come back with the next snapshot.
type trouble struct {
	call engine.CallID
	away string // title of the words
}

// show tells about a device of ours that fails.
func (t *trouble) show(n *notice, c engine.CallState, settings func()) {
	err := c.MicrophoneErr
	for _, e := range []error{c.SpeakerErr, c.CameraErr} {
		if err == nil {
			err = e
		}
	}
	if t.call != c.ID {
		t.call, t.away = c.ID, ""
	}
	title, body := "", ""
	if err != nil {
		title, body = explain(err)
	} else {
		t.away = ""
	}
	n.put = func() { t.away = title }
	if err == nil || title == t.away {
		n.hide()
		return
	}
	if errors.Is(err, engine.ErrThinPath) { // no setting helps
		n.warn(title, body, time.Time{}, "", nil)
		return
	}
	n.warn(title, body, time.Time{}, word("settings.title"), settings)
}

// The size of the portrait: as long as there is room, and in the lowest window.
const (
	largestPortrait  = 128
	smallestPortrait = 56
)

// clearOf keeps the words about a call above its bar, and above the menu while that is to be seen. Where the place is low, the portrait
// gives way.
type clearOf struct {
	bar, foot, menu fyne.CanvasObject // foot holds bar
	portrait        *avatar
}

var _ fyne.Layout = clearOf{}

func (c clearOf) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	switch {
	case c.menu.Visible():
		s.Height -= menuLift + c.menu.MinSize().Height
	case c.bar.Visible():
		s.Height -= c.foot.MinSize().Height
	}
	c.portrait.resize(largestPortrait)
	for _, o := range objects {
		o.Resize(s)
		if over := o.MinSize().Height - s.Height; over > 0 {
			c.portrait.resize(max(smallestPortrait, largestPortrait-over))
			o.Resize(s)
			o.Refresh()
		}
	}
}

func (clearOf) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }
