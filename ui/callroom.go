package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// callRoom is what a [Call] shows while it has no call to show: that it is being joined, or why it is not.
type callRoom struct {
	root        fyne.CanvasObject
	spinner     *widget.Activity
	title, text *widget.Label
	act, leave  *pushButton
	buttons     *fyne.Container
}

func newCallRoom(c *Call) *callRoom {
	r := &callRoom{spinner: widget.NewActivity(), title: centered(text("", theme.SizeNameSubHeadingText, true)), text: centered(note(""))}
	inLines(r.title)
	r.text.Wrapping = fyne.TextWrapWord
	r.act = newButton("", nil)
	r.act.Importance = widget.HighImportance
	r.leave = newButton(word("call.leave"), c.dispose)
	r.buttons = container.NewHBox(r.leave, r.act)
	middle := container.New(column{width: columnWidth, gap: 8, middle: true}, container.NewCenter(r.spinner), r.title, r.text, container.NewCenter(r.buttons))
	r.root = themed(container.NewStack(canvas.NewRectangle(callBlack), middle), look{choice: darkTheme})
	r.say(word("call.joining"), "", "", nil, false)
	return r
}

// say shows words and what can be done; without a way to act it is being waited for something. leave offers to give up.
func (r *callRoom) say(title, body, label string, act func(), leave bool) {
	say(r.title, title)
	say(r.text, body)
	visible(r.text, body != "")
	if r.act.Text != label {
		r.act.SetText(label)
	}
	r.act.OnTapped = act
	visible(r.act, act != nil)
	visible(r.leave, leave)
	visible(r.buttons, act != nil || leave)
	waits := label == "" && title == word("call.joining")
	if waits != r.spinner.Visible() || waits {
		visible(r.spinner, waits)
	}
	if waits {
		r.spinner.Start()
	} else {
		r.spinner.Stop()
	}
}
