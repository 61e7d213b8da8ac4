package ui

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// incomingWidth is the least width of the card of an incoming call. Its height is as large as what it says.
const incomingWidth = 400

// The height of one's own picture on it: as long as the screen is high enough for that, and at least.
const (
	ownHeight      = 184
	leastOwnHeight = 90
)

const (
	// typingGuard is how long the keyboard must have been still before a key counts. A window manager may give the window the
	// keyboard although we ask it not to, and what somebody goes on typing then must not accept a call.
	typingGuard = time.Second
	// clickGuard is how long a button must have been there, as it is, before it counts. A click was meant for what was there before,
	// or is the second half of a double click.
	clickGuard = 500 * time.Millisecond
)

// pageWidth is how wide the words and the answers on a page of their own may be.
const pageWidth = 560

// ringCommands are what the buttons of an incoming call do.
type ringCommands interface {
	accept(id engine.InvitationID, a engine.Answer)
	reject(id engine.InvitationID, data string)
	silence(id engine.InvitationID)
	bringRing(id engine.InvitationID) // of several to the top
}

// start is how a person wants to enter the call: it becomes the answer.
type start struct{ microphone, camera bool }

// startOf is how the settings want to enter a call.
func startOf(in engine.Incoming, s profile.Settings) start {
	return start{microphone: !s.JoinMuted, camera: in.Video && !s.JoinWithoutVideo}
}

// answer accepts like this.
func (s start) answer(current engine.Current) engine.Answer {
	return engine.Answer{Camera: &s.camera, Microphone: &s.microphone, Current: current}
}

// heldFor says what becomes of the call that we are in when we accept another one, unless it is to end.
func heldFor(in engine.Incoming) engine.Current {
	if in.Waiting {
		return engine.HoldCurrent
	}
	return engine.KeepCurrent
}

// incomingParams are what an incoming call needs.
type incomingParams struct {
	Commands ringCommands
	Choose   func(start)
	Refit    func() // the height is another one
	Replies  func() [3]string
	Now      func() time.Time
	Picture  *videoTile // our own; nil: it is shown elsewhere, or not at all
	Shape    shape
	Radius   float32 // of the corners of a card
	Config   IncomingConfig
}

// shape is how much room an incoming call takes.
type shape uint8

// The shapes.
const (
	shapeCard shape = iota
	shapeBar        // a line over a small window
	shapePage       // the whole main window
)

// incoming shows who calls and takes the answer: in a window of its own or as a page of the main window, over the main window, and as
// a bar over the mini window.
type incoming struct {
	incomingParams
	root  fyne.CanvasObject
	frame *frame // nil for a bar
	ring  ringView
	start start
	typed time.Time // when this call came up, or of the last key that was too early
	since time.Time // when the buttons became what they are

	more      *moreCalls
	portrait  *avatar
	name      *widget.Label
	kind      *widget.Label
	with      *widget.Label
	title     *widget.Label // of the caller's notification
	data      *widget.Label
	status    *widget.Label
	mic       *roundButton
	camera    *roundButton
	bell      *roundButton
	decline   *roundButton
	message   *roundButton
	other     *roundButton // the second way to accept
	accept    *roundButton // as offered
	said      *fyne.Container
	stage     *fyne.Container   // of Picture
	prop      *canvas.Rectangle // keeps it open
	reply     *replies
	answering fyne.CanvasObject // all that reply takes the place of
}

func newIncoming(p incomingParams) *incoming {
	in := &incoming{incomingParams: p, portrait: newAvatar(56), name: text("", theme.SizeNameSubHeadingText, true)}
	if p.Shape == shapePage {
		in.portrait, in.name = newAvatar(128), text("", theme.SizeNameHeadingText, true)
	}
	if p.Shape != shapeBar {
		inLines(in.name)
	}
	in.kind = note("")
	in.with = note("")
	in.title = text("", theme.SizeNameText, true)
	in.data = widget.NewLabel("")
	in.status = note("")
	in.data.Wrapping = fyne.TextWrapWord
	in.kind.Wrapping, in.kind.Truncation = fyne.TextWrapOff, fyne.TextTruncateEllipsis

	size := float32(52)
	if p.Shape == shapeBar {
		size = 36
	}
	in.decline = newRoundButton(assets.HangUp, toneRed, size, word("incoming.decline"), func() { in.press(in.no) })
	in.message = newRoundButton(assets.Message, toneSoft, size, word("incoming.message"), func() { in.press(func() { in.write(true) }) })
	in.other = newRoundButton(assets.Phone, toneSoft, size, "", func() { in.press(in.secondly) })
	in.accept = newRoundButton(assets.Phone, toneGreen, size, "", func() { in.press(in.yes) })
	in.mic = newRoundButton(assets.Microphone, toneSoft, 34, word("call.mute"), func() { in.choose(!in.start.microphone, in.start.camera) })
	in.camera = newRoundButton(assets.Camera, toneSoft, 34, word("call.camera.stop"), func() { in.choose(in.start.microphone, !in.start.camera) })
	in.bell = newRoundButton(assets.Bell, toneSoft, 34, word("incoming.silence"), in.hush)
	in.more = newMoreCalls(p.Commands.bringRing)
	in.reply = newReplies(func(text string) { in.press(func() { in.Commands.reject(in.ring.call.ID, text) }) }, func() { in.write(false) })
	in.reply.root.Hide()
	in.root = themed(in.layOut(), look{choice: darkTheme})
	omit(map[fyne.CanvasObject]bool{
		in.portrait: p.Config.HideAvatar, in.name: p.Config.HideName, in.message: p.Config.HideMessage, in.bell: p.Config.HideSilence,
	})
	return in
}

// layOut gives everything its place.
func (in *incoming) layOut() fyne.CanvasObject {
	if in.Shape == shapeBar {
		return in.bar()
	}
	if !in.Config.HideCaptions {
		for _, b := range []*roundButton{in.decline, in.message, in.other, in.accept} {
			b.captioned()
		}
	}
	if in.Shape == shapePage {
		return in.page()
	}
	return in.card()
}

// heighten gives our own picture another height.
func (in *incoming) heighten(h float32) { in.prop.SetMinSize(fyne.NewSize(1, h)) }

// card is for a window of its own, and over the main window.
func (in *incoming) card() fyne.CanvasObject {
	switches := container.NewHBox(in.mic, in.camera, in.bell)
	buttons := container.New(spread{}, in.decline, in.message, in.other, in.accept)
	who := container.New(layout.NewCustomPaddedVBoxLayout(-14), in.name, in.kind, in.with)
	head := newBorder(nil, nil, container.NewCenter(in.portrait), nil, who)
	in.said = container.New(layout.NewCustomPaddedVBoxLayout(-14), in.title, in.data)
	line := newBorder(nil, nil, nil, container.NewCenter(switches), in.status)
	in.answering = container.NewVBox(line, buttons)
	body := container.NewVBox(in.more.root, head, in.said, in.answering, in.reply.root)
	whole := container.NewVBox(inset(8, 12, 10, 10, body))
	if in.Picture != nil {
		in.prop = canvas.NewRectangle(color.Transparent)
		in.heighten(ownHeight)
		in.stage = container.NewStack(in.prop, in.Picture)
		whole = container.New(layout.NewCustomPaddedVBoxLayout(0), in.stage, inset(8, 12, 10, 10, body))
	}
	in.frame = newFrame(in.Config.PageConfig, whole)
	back := newPanel(colorCard, colorLine, 0, container.New(atLeast(incomingWidth), in.frame.root))
	back.radius = in.Radius
	return back
}

// page is the whole main window: our own picture, who calls in the middle of it, and the answers at the bottom.
func (in *incoming) page() fyne.CanvasObject {
	for _, l := range []*widget.Label{in.name, in.kind, in.with, in.title, in.data, in.status} {
		l.Alignment = fyne.TextAlignCenter
	}
	in.said = container.New(layout.NewCustomPaddedVBoxLayout(-14), in.title, in.data)
	words := container.New(layout.NewCustomPaddedVBoxLayout(-10), in.name, in.kind, in.with, in.said, in.status)
	who := container.New(column{width: pageWidth, gap: 4, middle: true}, in.portrait, words)
	switches := container.NewCenter(container.NewHBox(in.mic, in.camera, in.bell))
	in.answering = container.NewVBox(switches, gap(8), container.New(spread{}, in.decline, in.message, in.other, in.accept))
	foot := inset(0, 28, 0, 0, container.New(column{width: pageWidth}, container.NewStack(in.answering, in.reply.root)))
	top := inset(12, 0, 12, 12, container.New(column{width: pageWidth}, in.more.root))
	in.frame = newFrame(in.Config.PageConfig, newBorder(top, foot, nil, nil, who))
	all := container.NewStack(canvas.NewRectangle(callBlack))
	if in.Picture != nil {
		in.stage = container.NewStack(in.Picture, newVeil())
		all.Add(in.stage)
	}
	all.Add(in.frame.root)
	return all
}

// bar lays out what fits over a small window.
func (in *incoming) bar() fyne.CanvasObject {
	in.said = container.NewWithoutLayout()
	buttons := container.NewHBox(in.decline, in.other, in.accept)
	in.answering = buttons
	words := container.New(layout.NewCustomPaddedVBoxLayout(-16), in.name, in.kind)
	back := newPanel(colorCard, colorLine, 0, inset(4, 4, 2, 8, newBorder(nil, nil, nil, container.NewCenter(buttons), words)))
	back.radius = 0
	return back
}

// show says who calls, and how far the answer is.
func (in *incoming) show(r ringView, s start) {
	was := in.ring
	in.ring, in.start = r, s
	if was.call.ID != r.call.ID {
		in.typed = in.Now()
		in.write(false)
	}
	if was.call.ID != r.call.ID || was.verdict != r.verdict || was.call.Waiting != r.call.Waiting {
		in.since = in.Now()
	}
	in.say()
	in.offer()
	in.dress()
	in.more.show(r.others)
	if in.Picture != nil {
		visible(in.stage, in.previewed() && r.blind == "")
	}
}

// dress shows what the program has for this call, but not over the words that say why an answer came to nothing.
func (in *incoming) dress() {
	switch {
	case in.frame == nil:
	case in.ring.over || in.ring.call.ID == "":
		in.frame.clear()
	default:
		in.frame.show(in.ring.call.Info(in.ring.me))
	}
}

// clear forgets the call.
func (in *incoming) clear() {
	in.ring = ringView{}
	in.write(false)
	in.dress()
}

// previewed reports whether our own picture belongs to what is shown: never in a voice call.
func (in *incoming) previewed() bool { return in.ring.previewed() && in.start.camera }

// say writes the words.
func (in *incoming) say() {
	c := in.ring.call
	in.portrait.show(c.From, "")
	say(in.name, shown(c.From))
	say(in.kind, kindWords(c))
	with := ""
	if len(c.Others) > 0 {
		with = word("incoming.with", fill{"Names": someOf(c.Others)})
	}
	title, data := c.Notification.Title, joined(c.Notification.Message, c.Data)
	status := ""
	switch {
	case in.ring.over:
		with, title, data = "", "", in.ring.words
	case in.ring.words != "":
		status = in.ring.words
	case in.ring.blind != "" && in.previewed():
		status = in.ring.blind
	case c.Silenced:
		status = word("incoming.silenced")
	case in.ring.quiet:
		status = word("incoming.quiet")
	}
	refused := in.Shape == shapeBar && in.ring.words != ""
	if refused {
		say(in.kind, in.ring.words)
	}
	visible(in.kind, refused || !in.Config.HideText)
	for _, l := range []struct {
		label *widget.Label
		words string
	}{{in.with, with}, {in.title, oneLine(title, maxData)}, {in.data, data}} {
		say(l.label, l.words)
		visible(l.label, l.words != "")
	}
	visible(in.said, title != "" || data != "")
	say(in.status, status)
}

// offer shows the buttons that make sense.
func (in *incoming) offer() {
	r, c := in.ring, in.ring.call
	accept, symbol := word("incoming.accept"), assets.Phone
	other := ""
	switch {
	case c.Waiting:
		accept, other, symbol = word("incoming.accept.hold"), word("incoming.accept.end"), assets.PhoneHold
	case c.Video && in.start.camera:
		symbol = assets.Camera
		if !in.Config.HideVoice {
			other = word("incoming.accept.voice")
		}
	}
	if r.verdict == accepting {
		accept = word("incoming.accepting")
	}
	decline := word("incoming.decline")
	if r.verdict == declining {
		decline = word("incoming.declining")
	}
	in.accept.set(symbol, toneGreen, accept)
	in.decline.set(assets.HangUp, toneRed, decline)
	in.other.set(assets.Phone, toneSoft, other)
	for _, b := range []*roundButton{in.accept, in.decline, in.other, in.message} {
		b.enable(r.verdict == undecided)
	}
	visible(in.other, other != "")
	visible(in.answering, !r.over && !in.reply.root.Visible())
	showSwitches(in.mic, in.camera, engine.CallState{Microphone: in.start.microphone, Camera: in.start.camera})
	visible(in.mic, !c.Waiting && !in.Config.HideMicrophone)
	visible(in.camera, c.Video && !c.Waiting && !in.Config.HideCamera)
	if c.Silenced || r.quiet {
		in.bell.set(assets.BellOff, toneOff, word("incoming.silenced"))
	} else {
		in.bell.set(assets.Bell, toneSoft, word("incoming.silence"))
	}
}

// press does what a button is for, unless it has only just become that button.
func (in *incoming) press(f func()) {
	if in.ring.answerable() && in.Now().Sub(in.since) >= clickGuard {
		f()
	}
}

// yes accepts as offered; a call that waits puts the one we are in on hold.
func (in *incoming) yes() { in.take(in.start.camera, heldFor(in.ring.call)) }

// secondly accepts in the other way: without our picture, or in place of the call we are in.
func (in *incoming) secondly() {
	if in.ring.call.Waiting {
		in.take(in.start.camera, engine.EndCurrent)
	} else {
		in.take(false, engine.KeepCurrent)
	}
}

func (in *incoming) take(camera bool, current engine.Current) {
	in.Commands.accept(in.ring.call.ID, start{in.start.microphone, camera}.answer(current))
}

func (in *incoming) no() { in.Commands.reject(in.ring.call.ID, "") }

// write opens and closes the words to decline with.
func (in *incoming) write(on bool) {
	if on == in.reply.root.Visible() {
		return
	}
	if on {
		in.reply.show(in.Replies())
	}
	visible(in.reply.root, on)
	visible(in.answering, !on && !in.ring.over)
	in.since = in.Now()
	in.Refit()
	if on {
		in.message.hover(false) // it goes from under the pointer, and nobody else tells it
		in.reply.focus(in.message)
	}
}

func (in *incoming) hush() {
	if c := in.ring.call; in.ring.answerable() && !c.Silenced {
		in.Commands.silence(c.ID)
	}
}

func (in *incoming) choose(microphone, camera bool) {
	if in.ring.answerable() {
		in.Choose(start{microphone, camera})
	}
}

// key takes Enter, Escape and S, which silences; E, which ends the call we are in for a waiting one; and M and V for how to enter
// an ordinary one. It reports whether the key is used up.
func (in *incoming) key(k fyne.KeyName) bool {
	if !in.ring.answerable() {
		return in.ring.call.ID != "" && (k == fyne.KeyReturn || k == fyne.KeyEnter)
	}
	now, waiting := in.Now(), in.ring.call.Waiting
	var do func()
	switch k {
	case fyne.KeyReturn, fyne.KeyEnter:
		do = in.yes
	case fyne.KeyEscape:
		do = in.no
	case fyne.KeyS:
		do = in.hush
	case fyne.KeyE:
		if waiting {
			do = in.secondly
		}
	case fyne.KeyM:
		if !waiting { // otherwise it belongs to the call we are in
			do = func() { in.choose(!in.start.microphone, in.start.camera) }
		}
	case fyne.KeyV:
		if !waiting && in.ring.call.Video {
			do = func() { in.choose(in.start.microphone, !in.start.camera) }
		}
	}
	early := now.Sub(in.typed) < typingGuard
	if early {
		in.typed = now
	}
	switch {
	case do == nil:
		return false
	case early:
	case !in.reply.root.Visible():
		do()
	case k == fyne.KeyEscape:
		in.write(false)
	}
	return true
}

// answerable reports whether the call can be answered now.
func (r ringView) answerable() bool { return r.call.ID != "" && !r.over && r.verdict == undecided }

// previewed reports whether a person who answers may want to see themselves before: in a video call, unless another call has the
// camera already.
func (r ringView) previewed() bool {
	return r.answerable() && r.call.Video && !r.call.Waiting
}

// atLeast gives what is in it at least a width.
type atLeast float32

func (w atLeast) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	for _, o := range objects {
		o.Resize(s)
	}
}

func (w atLeast) MinSize(objects []fyne.CanvasObject) fyne.Size {
	s := fyne.NewSize(float32(w), 0)
	for _, o := range objects {
		s = s.Max(o.MinSize())
	}
	return s
}
