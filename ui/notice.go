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
	button *widget.Button
	away   *roundButton
	other  *widget.Button // says no to what is asked
	put    func()         // called when a person puts it away; may be nil
	until  time.Time
}

func newNotice() *notice {
	n := &notice{
		icon: widget.NewIcon(nil), title: text("", theme.SizeNameText, true), text: note(""),
		button: widget.NewButton("", nil), other: widget.NewButton("", nil),
	}
	n.title.Truncation, n.title.Wrapping = fyne.TextTruncateOff, fyne.TextWrapWord
	n.text.Importance = widget.MediumImportance
	n.other.Hide()
	n.away = newRoundButton(assets.Close, tonePlain, 30, word("notice.close"), func() {
		n.hide()
		if n.put != nil {
			n.put()
		}
	})
	words := container.New(layout.NewCustomPaddedVBoxLayout(-14), n.title, n.text)
	n.box = newPanel(colorCard, colorLine, 6, container.NewBorder(nil, nil,
		container.NewCenter(inset(0, 0, 8, 0, n.icon)), container.NewHBox(container.NewCenter(n.other), container.NewCenter(n.button), container.NewCenter(n.away)), words))
	n.box.Hide()
	return n
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
	visible(n.box, true)
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
