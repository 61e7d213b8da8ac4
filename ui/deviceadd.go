package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
)

// deviceAddParams are what the section needs.
type deviceAddParams struct {
	Code     func(ctx context.Context) (code string, expires time.Time, err error)
	Link     func(code string) string // that holds the code
	Commands *commands
	Now      func() time.Time
	Copy     func(string)
	Fail     func(error)
	Changed  func() // a code is there: [deviceAdd.tick] wants to be heard
}

// deviceAdd is the section of the settings with which a person lets another device of his in: it shows a code, as long as that works.
type deviceAdd struct {
	deviceAddParams
	root    fyne.CanvasObject
	get     *pushButton
	shown   *fyne.Container // the code and its link
	code    *widget.Label
	rest    *widget.Label
	copied  *pushButton
	link    string
	expires time.Time // zero: no code is shown
}

func newDeviceAdd(p deviceAddParams) *deviceAdd {
	d := &deviceAdd{deviceAddParams: p, code: text("", theme.SizeNameHeadingText, true), rest: note("")}
	d.code.TextStyle.Monospace = true
	d.code.Truncation, d.code.Selectable = fyne.TextTruncateOff, true
	d.get = newButton(word("device.get"), d.ask)
	d.copied = newIconButton(word("device.copy"), symbol(assets.Copy), func() {
		p.Copy(d.link)
		d.copied.SetText(word("invite.copied"))
	})
	d.copied.Importance = widget.HighImportance
	d.shown = newBorder(nil, nil, d.code, container.NewCenter(d.copied))
	d.shown.Hide()
	d.root = section(word("device.title"), note(word("device.text")), d.shown, newBorder(nil, nil, nil, d.get, d.rest))
	return d
}

// ask gets a code, which ends the one before.
func (d *deviceAdd) ask() {
	var code string
	var expires time.Time
	started := d.Commands.start("devicecode", func(ctx context.Context) (err error) {
		code, expires, err = d.Code(ctx)
		return err
	}, func(err error) {
		d.get.Enable()
		if err != nil {
			d.Fail(err)
			return
		}
		d.link, d.expires = d.Link(code), expires
		say(d.code, code)
		d.copied.SetText(word("device.copy"))
		d.get.SetText(word("device.again"))
		d.update()
		d.Changed()
	})
	if started {
		d.get.Disable()
	}
}

// update says how long the code works, and takes it away when it does not any more.
func (d *deviceAdd) update() {
	left := d.expires.Sub(d.Now())
	if left <= 0 {
		d.expires = time.Time{}
		say(d.code, "")
		say(d.rest, "")
	} else {
		say(d.rest, word("device.rest", fill{"Time": lasting(left)}))
	}
	visible(d.shown, left > 0)
}

// tick is how often update has something new to say; 0: it has not.
func (d *deviceAdd) tick() time.Duration {
	if d.expires.IsZero() {
		return 0
	}
	return time.Second
}
