package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
)

// How long a notice stays: one that tells, and one that asks for something to be done.
const (
	tellTime = 6 * time.Second
	failTime = 15 * time.Second
)

// notice is a line with words that can be put away, and perhaps a way out.
type notice struct {
	box    *panel
	icon   *widget.Icon
	mark   assets.Symbol // that icon shows
	title  *widget.Label
	text   *widget.Label
	button *pushButton
	away   *roundButton
	other  *pushButton                        // says no to what is asked
	put    func()                             // called when a person puts it away; may be nil
	seen   func(o fyne.CanvasObject, on bool) // shows it in its colours, or hides it
	until  time.Time
}

func newNotice() *notice {
	n := &notice{
		seen: visible,
		icon: widget.NewIcon(nil), title: text("", theme.SizeNameText, true), text: note(""),
		button: newButton("", nil), other: newButton("", nil),
	}
	inLines(n.title)
	n.text.Importance = widget.MediumImportance
	n.other.Hide()
	n.away = newRoundButton(assets.Close, tonePlain, 30, word("notice.close"), func() {
		n.hide()
		if n.put != nil {
			n.put()
		}
	})
	words := container.New(layout.NewCustomPaddedVBoxLayout(-14), n.title, n.text)
	buttons := container.NewHBox(container.NewCenter(n.other), container.NewCenter(n.button), container.NewCenter(n.away))
	n.box = newPanel(colorCard, colorLine, 6, container.New(&noticeRow{}, container.NewCenter(inset(0, 0, 8, 0, n.icon)), words, buttons))
	n.box.Hide()
	return n
}

// noticeRow puts an icon, words and buttons side by side, or the buttons below where that would leave too little room for the words.
type noticeRow struct{ width float32 }

// noticeWords is the least room for words beside buttons, in Fyne's units.
const noticeWords = 180

var _ fyne.Layout = (*noticeRow)(nil)

// below reports whether the buttons are below the words.
func (r *noticeRow) below(icon, buttons fyne.CanvasObject) bool {
	room := r.width - icon.MinSize().Width
	return r.width > 0 && room-buttons.MinSize().Width < min(noticeWords, room-buttonSmall)
}

// Layout implements [fyne.Layout].
func (r *noticeRow) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	r.width = s.Width
	icon, words, buttons := objects[0], objects[1], objects[2]
	side, last, height := icon.MinSize().Width, buttons.MinSize(), s.Height
	room := s.Width - side
	if r.below(icon, buttons) {
		height -= last.Height
		buttons.Move(fyne.NewPos(s.Width-last.Width, height))
	} else {
		room -= last.Width
		buttons.Move(fyne.NewPos(s.Width-last.Width, (s.Height-last.Height)/2))
	}
	buttons.Resize(last)
	icon.Move(fyne.Position{})
	icon.Resize(fyne.NewSize(side, height))
	words.Move(fyne.NewPos(side, 0))
	words.Resize(fyne.NewSize(room, height))
}

// MinSize implements [fyne.Layout]. Words take as many lines as they need in the width that there was.
func (r *noticeRow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	icon, words, buttons := objects[0].MinSize(), objects[1].MinSize(), objects[2].MinSize()
	if r.below(objects[0], objects[2]) {
		return fyne.NewSize(icon.Width+max(words.Width, buttons.Width-icon.Width), max(icon.Height, words.Height)+buttons.Height)
	}
	return fyne.NewSize(icon.Width+words.Width+buttons.Width, max(icon.Height, words.Height, buttons.Height))
}

// object is what to put into a window.
func (n *notice) object() fyne.CanvasObject { return n.box }

// warn tells about something that went wrong. action may be nil.
func (n *notice) warn(title, body string, until time.Time, label string, action func()) {
	n.tell(assets.Warning, title, body, until, label, action)
}

// tell shows words until a time; zero means until they are put away. action may be nil.
func (n *notice) tell(mark assets.Symbol, title, body string, until time.Time, label string, action func()) {
	n.until = until
	if n.mark != mark {
		n.mark = mark
		colour := theme.ColorNamePrimary
		if mark == assets.Warning {
			colour = theme.ColorNameWarning
		}
		n.icon.SetResource(theme.NewColoredResource(symbol(mark), colour))
	}
	say(n.title, title)
	say(n.text, body)
	visible(n.text, body != "")
	if n.button.Text != label {
		n.button.SetText(label)
	}
	n.button.OnTapped = action
	visible(n.button, action != nil)
	visible(n.other, false)
	visible(n.away, true)
	n.seen(n.box, true)
}

// ask shows words that want a yes or a no.
func (n *notice) ask(mark assets.Symbol, title, body, yes string, agree func(), no string, refuse func()) {
	n.tell(mark, title, body, time.Time{}, yes, agree)
	if n.other.Text != no {
		n.other.SetText(no)
	}
	n.other.OnTapped = refuse
	visible(n.other, true)
	visible(n.away, false)
}

// said is what it says at the moment; without words nothing.
func (n *notice) said() (mark assets.Symbol, words string) {
	if !n.box.Visible() {
		return "", ""
	}
	return n.mark, n.title.Text
}

func (n *notice) hide() { visible(n.box, false) }

// expire hides the notice when its time is over, and says how long it still stays; 0 means that nobody needs to look again.
func (n *notice) expire(now time.Time) time.Duration {
	if !n.box.Visible() || n.until.IsZero() {
		return 0
	}
	if rest := n.until.Sub(now); rest > 0 {
		return rest
	}
	n.hide()
	return 0
}
