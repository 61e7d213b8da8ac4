package ui

import (
	"context"
	"errors"
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// ErrPressedTwice is the reason for which a [SendButton] refuses a press: the one before has not been answered, or was less than half
// a second ago.
var ErrPressedTwice = errors.New("ui: the button was pressed a moment ago")

// Sender is what a [SendButton] needs of the engine. An [*engine.Client] is one.
type Sender interface {
	Snapshot() *engine.Snapshot
	Updates(f func(*engine.Snapshot)) (stop func())
	Invite(ctx context.Context, i engine.Invite) (engine.CallID, []signal.InviteResult, error)
}

var _ Sender = (*engine.Client)(nil)

// SendButtonOptions say whom a [SendButton] calls, how, and how it looks.
type SendButtonOptions struct {
	Client       Sender
	To           []engine.UserID // 1 to 15
	Video        bool
	Call         engine.CallID // of the call to make, or to add people to while we are in it; empty: a new one
	Data         string        // custom text for who is called; at most 4 KiB
	Notification signal.Notification
	Timeout      time.Duration // how long it rings; 0: engine.Options.Timeout

	// OnWillPress is asked first. If it says no, nothing happens. Nil says yes. On Fyne's goroutine.
	OnWillPress func() bool
	// OnPressed gets what came of a press, on Fyne's goroutine. Nil: the button itself tells why it failed.
	OnPressed func(SendResult)

	HideNetwork bool // it looks the same while the switchboard cannot be reached; a press is refused all the same

	Text       string            // default: what it does, in the language of the desktop
	Icon       fyne.Resource     // shown as it is; default: a phone or a camera in the colour of the text
	IconOnly   bool              // no text
	Vertical   bool              // the text below the icon; default: beside it
	Importance widget.Importance // default: as of any button; Fill and Ink go before it
	Fill, Ink  color.Color       // behind, and of text and icon; nil: of the theme
	IconSize   float32           // in Fyne's units; 0: 20, or 24 if Vertical
	TextSize   float32           // 0: of the theme
	Radius     float32           // of the corners; 0: of the theme's inputs
}

// SendResult is what came of a press.
type SendResult struct {
	Call     engine.CallID
	Invitees []signal.InviteResult // what became of each one at once
	// Err is why nobody is called: [ErrPressedTwice], engine.ErrOffline, engine.ErrBusy (in another call), engine.ErrForbidden (in
	// Call, but not allowed to add people), engine.ErrBadRequest (nobody to call), or what the switchboard says.
	Err error
}

// sendPause is how soon after a press the next one counts.
const sendPause = 500 * time.Millisecond

// SendButton calls people with one click, in any Fyne window. While the switchboard cannot be reached it shows so; while we are in
// another call it is dimmed; a press then is refused with the reason. While we are in the call of its options it adds people to it.
//
// It belongs to Fyne's goroutine. Close it when its window goes.
type SendButton struct {
	widget.BaseWidget
	options  SendButtonOptions
	now      func() time.Time
	commands *commands
	stop     func()

	snapshot *engine.Snapshot
	last     time.Time // of a press that counted
	sending  bool
	hovered  bool
	pressed  bool
	focused  bool
	closed   bool
}

var (
	_ fyne.Focusable    = (*SendButton)(nil)
	_ fyne.Tappable     = (*SendButton)(nil)
	_ desktop.Hoverable = (*SendButton)(nil)
	_ desktop.Mouseable = (*SendButton)(nil)
)

// NewSendButton makes a button that is ready to be put into a window. Fyne's goroutine only.
func NewSendButton(o SendButtonOptions) *SendButton { return newSendButton(o, fyne.Do, time.Now) }

func newSendButton(o SendButtonOptions, do func(func()), now func() time.Time) *SendButton {
	b := &SendButton{options: o, now: now, commands: newCommands(do), snapshot: o.Client.Snapshot()}
	b.ExtendBaseWidget(b)
	renew := &post{do: do, run: func() {
		if !b.closed {
			b.snapshot = o.Client.Snapshot()
			b.Refresh()
		}
	}}
	b.stop = o.Client.Updates(func(*engine.Snapshot) { renew.ask() })
	return b
}

// Close lets go of the engine and waits for a press under way, of which nothing is told any more. It is idempotent.
func (b *SendButton) Close() {
	if b.closed {
		return
	}
	b.closed = true
	b.stop()
	b.commands.close()
}

// Press does what a click does.
func (b *SendButton) Press() {
	if b.closed || b.options.OnWillPress != nil && !b.options.OnWillPress() {
		return
	}
	if err := b.refusal(); err != nil {
		b.told(SendResult{Call: b.options.Call, Err: err})
		return
	}
	o := b.options
	b.last, b.sending = b.now(), true
	var r SendResult
	b.commands.start("send", func(ctx context.Context) error {
		r.Call, r.Invitees, r.Err = o.Client.Invite(ctx, engine.Invite{
			To: o.To, Video: o.Video, Call: o.Call, Data: o.Data, Notification: o.Notification, Timeout: o.Timeout,
		})
		return r.Err
	}, func(error) {
		if b.closed {
			return
		}
		b.sending = false
		b.Refresh()
		b.told(r)
	})
	b.Refresh()
}

// refusal is why a press does not count now, and nil if it does.
func (b *SendButton) refusal() error {
	if b.sending || b.now().Sub(b.last) < sendPause {
		return ErrPressedTwice
	}
	if len(b.options.To) == 0 {
		return engine.ErrBadRequest
	}
	return sendable(b.snapshot, b.options.Call)
}

// sendable says why people cannot be called at the moment, into a call of ours if it is named; nil if they can.
func sendable(s *engine.Snapshot, call engine.CallID) error {
	if s.Connection.State != engine.Online {
		return engine.ErrOffline
	}
	if c, ok := s.Call(call); ok && c.Phase != engine.Over {
		if !c.CanAdd {
			return engine.ErrForbidden
		}
		return nil
	}
	for _, c := range s.Calls {
		if c.Phase != engine.Over && !c.Held {
			return engine.ErrBusy
		}
	}
	return nil
}

// told hands over a result, or shows it to the person if nobody wants it.
func (b *SendButton) told(r SendResult) {
	if b.options.OnPressed != nil {
		b.options.OnPressed(r)
		return
	}
	if r.Err == nil || errors.Is(r.Err, ErrPressedTwice) || errors.Is(r.Err, context.Canceled) {
		return
	}
	c := fyne.CurrentApp().Driver().CanvasForObject(b)
	if c == nil {
		return
	}
	title, body := explain(r.Err)
	widget.ShowPopUpAtRelativePosition(widget.NewLabel(title+"\n"+body), c, fyne.NewPos(0, b.Size().Height+4), b)
}

// adds reports whether the button adds people to a call that we are in.
func (b *SendButton) adds() bool {
	c, ok := b.snapshot.Call(b.options.Call)
	return ok && c.Phase != engine.Over
}

// words are what stands on the button.
func (b *SendButton) words() string {
	switch {
	case b.options.IconOnly:
		return ""
	case b.options.Text != "":
		return b.options.Text
	case b.adds():
		return word("picker.join")
	case b.options.Video:
		return word("call.video")
	}
	return word("call.voice")
}

// warns reports whether the button shows that the switchboard cannot be reached.
func (b *SendButton) warns() bool {
	return b.snapshot.Connection.State != engine.Online && !b.options.HideNetwork
}

// symbol is what is drawn on the button: the state of the line goes before everything else.
func (b *SendButton) symbol() assets.Symbol {
	switch {
	case b.warns():
		return assets.Warning
	case b.adds():
		return assets.Invite
	case b.options.Video:
		return assets.Camera
	}
	return assets.Phone
}

// Tapped implements [fyne.Tappable].
func (b *SendButton) Tapped(*fyne.PointEvent) { b.Press() }

// MouseIn implements [desktop.Hoverable].
func (b *SendButton) MouseIn(*desktop.MouseEvent) { b.look(&b.hovered, true) }

// MouseMoved implements [desktop.Hoverable].
func (b *SendButton) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements [desktop.Hoverable].
func (b *SendButton) MouseOut() { b.look(&b.hovered, false) }

// MouseDown implements [desktop.Mouseable].
func (b *SendButton) MouseDown(*desktop.MouseEvent) { b.look(&b.pressed, true) }

// MouseUp implements [desktop.Mouseable].
func (b *SendButton) MouseUp(*desktop.MouseEvent) { b.look(&b.pressed, false) }

// FocusGained implements [fyne.Focusable].
func (b *SendButton) FocusGained() { b.look(&b.focused, true) }

// FocusLost implements [fyne.Focusable].
func (b *SendButton) FocusLost() { b.look(&b.focused, false) }

// TypedRune implements [fyne.Focusable].
func (b *SendButton) TypedRune(rune) {}

// TypedKey implements [fyne.Focusable].
func (b *SendButton) TypedKey(k *fyne.KeyEvent) {
	if k.Name == fyne.KeySpace || k.Name == fyne.KeyReturn || k.Name == fyne.KeyEnter {
		b.Press()
	}
}

func (b *SendButton) look(what *bool, on bool) {
	*what = on
	b.Refresh()
}
