package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// incomingSize is the size of the window of an incoming call.
var incomingSize = fyne.NewSize(400, 208)

// incomingGuard is how long the keyboard must have been still before a key counts. A window manager may give the window the keyboard
// although we ask it not to, and what somebody goes on typing then must not accept a call.
const incomingGuard = time.Second

// maxData bounds the text of a caller that is shown, in letters.
const maxData = 160

// incomingParams are what an incoming call needs.
type incomingParams struct {
	Accept  func(id engine.InvitationID, camera bool)
	Reject  func(id engine.InvitationID)
	Silence func(id engine.InvitationID)
	Now     func() time.Time
}

// incoming shows who calls and takes the answer. It is used in a window of its own and over the main window.
type incoming struct {
	incomingParams
	root     fyne.CanvasObject
	call     engine.Incoming
	typed    time.Time // when this call came up, or of the last key that was too early
	portrait *avatar
	name     *widget.Label
	kind     *widget.Label
	data     *widget.Label
	decline  *roundButton
	accept   *roundButton // in the kind in which it was offered
	voice    *roundButton // a video call without our picture
}

func newIncoming(p incomingParams) *incoming {
	in := &incoming{incomingParams: p, portrait: newAvatar(56), name: text("", theme.SizeNameSubHeadingText, true), kind: note(""), data: text("", theme.SizeNameText, false)}
	in.decline = newRoundButton(assets.HangUp, toneRed, 52, word("incoming.decline"), func() { in.Reject(in.call.ID) }).captioned()
	in.accept = newRoundButton(assets.Phone, toneGreen, 52, word("incoming.accept"), func() { in.Accept(in.call.ID, in.call.Video) }).captioned()
	in.voice = newRoundButton(assets.Phone, toneSoft, 52, word("incoming.accept.voice"), func() { in.Accept(in.call.ID, false) }).captioned()
	in.kind.Wrapping = fyne.TextWrapOff
	words := container.New(layout.NewCustomPaddedVBoxLayout(-14), in.name, in.kind, in.data)
	head := container.NewBorder(nil, nil, container.NewCenter(in.portrait), nil, words)
	buttons := container.NewHBox(layout.NewSpacer(), in.decline, layout.NewSpacer(), in.voice, layout.NewSpacer(), in.accept, layout.NewSpacer())
	body := inset(8, 8, 10, 10, container.NewBorder(head, buttons, nil, nil))
	in.root = container.NewThemeOverride(container.NewStack(newPanel(colorCard, colorLine, 0, body)), look{choice: darkTheme})
	return in
}

// show says who calls.
func (in *incoming) show(c engine.Incoming) {
	if in.call.ID == c.ID {
		return
	}
	in.call, in.typed = c, in.Now()
	in.portrait.show(c.From, "")
	say(in.name, shown(c.From))
	kind := word("incoming.voice")
	if c.Video {
		kind = word("incoming.video")
	}
	if len(c.Others) > 0 {
		kind = word("incoming.group", fill{"Kind": kind, "Count": len(c.Others)})
	}
	say(in.kind, kind)
	data := []rune(c.Data)
	if len(data) > maxData {
		data = append(data[:maxData-1], '…')
	}
	say(in.data, string(data))
	visible(in.data, len(data) > 0)
	visible(in.voice, c.Video)
	if c.Video {
		in.accept.set(assets.Camera, toneGreen, word("incoming.accept"))
	} else {
		in.accept.set(assets.Phone, toneGreen, word("incoming.accept"))
	}
}

// clear forgets the call.
func (in *incoming) clear() { in.call = engine.Incoming{} }

// key takes Enter, Escape and S, which silences. It reports whether the key is used up.
func (in *incoming) key(k fyne.KeyName) bool {
	if in.call.ID == "" {
		return false
	}
	if now := in.Now(); now.Sub(in.typed) < incomingGuard {
		in.typed = now
		return true
	}
	switch k {
	case fyne.KeyReturn, fyne.KeyEnter:
		in.Accept(in.call.ID, in.call.Video)
	case fyne.KeyEscape:
		in.Reject(in.call.ID)
	case fyne.KeyS:
		in.Silence(in.call.ID)
	default:
		return false
	}
	return true
}
