package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/desktop"
	"github.com/parley-calls/parley/profile"
)

// desktopParams are what the settings of calls and the desktop need.
type desktopParams struct {
	Program  Program
	Desktop  Desktop
	Commands *commands
	Save     func(func(*profile.Settings))
	Tell     func(title, text string)
}

// desktopSettings are the choices of how calls reach a person. They hold at once.
type desktopSettings struct {
	desktopParams
	calls  []fyne.CanvasObject
	window []fyne.CanvasObject

	waiting, discreet, unheard, obey, notify, toTray, login *check
	links                                                   *widget.Label     // whether they open with us
	adopt                                                   *pushButton       // have them do so
	linked                                                  fyne.CanvasObject // both
	lacks                                                   *widget.Label     // what this desktop does not let us do, a sentence for each
	lacking                                                 fyne.CanvasObject
	filling                                                 bool // a box is being set by us
	seen                                                    bool
}

// lackKeys are the words for what a desktop does not let us do. Without [desktop.Attention] the windows have means of their own.
var lackKeys = map[desktop.Ability]string{
	desktop.Tray: "settings.lacks.tray", desktop.Buttons: "settings.lacks.buttons", desktop.QuietTimes: "settings.lacks.quiet",
	desktop.OnTop: "settings.lacks.top", desktop.Wakefulness: "settings.lacks.awake", desktop.Badge: "settings.lacks.badge", desktop.Links: "settings.lacks.links", desktop.Frames: "settings.lacks.frames",
}

func newDesktopSettings(p desktopParams) *desktopSettings {
	d := &desktopSettings{desktopParams: p}
	d.waiting = d.box("settings.calls.waiting", func(v *profile.Settings, on bool) { v.CallWaiting = on })
	d.discreet = d.box("settings.calls.discreet", func(v *profile.Settings, on bool) { v.AnswerFirst = on })
	d.unheard = d.box("settings.calls.unheard", func(v *profile.Settings, on bool) { v.DoNotDisturb = on })
	d.obey = d.box("settings.calls.obey", func(v *profile.Settings, on bool) { v.ObeyDesktop = on })
	d.notify = d.box("settings.calls.notify", func(v *profile.Settings, on bool) { v.Notifications = on })
	d.toTray = d.box("settings.tray", func(v *profile.Settings, on bool) { v.CloseToTray = on })
	d.login = newCheck(word("settings.login"), d.setLogin)
	d.calls = []fyne.CanvasObject{
		row(word("settings.calls.second"), container.NewVBox(d.waiting, note(word("settings.calls.waiting.text")))),
		row(word("settings.calls.quiet"), container.NewVBox(d.unheard, d.obey)),
		row(word("settings.calls.told"), d.notify),
		row(word("settings.calls.ringing"), container.NewVBox(d.discreet, note(word("settings.calls.discreet.text")))),
	}
	if p.Desktop.Can(desktop.Tray) == nil {
		d.window = append(d.window, row(word("settings.closing"), container.NewVBox(d.toTray, note(word("settings.tray.text")))))
	}
	d.links = note("")
	d.adopt = newButton(word("settings.links.adopt"), d.adoptLinks)
	d.linked = row(word("settings.links"), newBorder(nil, nil, nil, container.NewCenter(d.adopt), d.links))
	d.adopt.Hide()
	d.lacks = note("")
	d.lacking = row(word("settings.lacks"), d.lacks)
	d.window = append(d.window, row(word("settings.starting"), d.login), d.linked, d.lacking)
	d.lacking.Hide()
	d.fill(p.Program.Settings())
	return d
}

// box is a choice that is saved when it changes.
func (d *desktopSettings) box(key string, set func(v *profile.Settings, on bool)) *check {
	return newCheck(word(key), func(on bool) {
		if !d.filling {
			d.Save(func(v *profile.Settings) { set(v, on) })
		}
	})
}

// fill shows what is chosen; the tray changes some of it, too.
func (d *desktopSettings) fill(v profile.Settings) {
	d.filling = true
	defer func() { d.filling = false }()
	for _, c := range []struct {
		box *check
		on  bool
	}{
		{d.waiting, v.CallWaiting}, {d.discreet, v.AnswerFirst}, {d.unheard, v.DoNotDisturb}, {d.obey, v.ObeyDesktop}, {d.notify, v.Notifications}, {d.toTray, v.CloseToTray},
	} {
		if c.box.Checked != c.on {
			c.box.SetChecked(c.on)
		}
	}
}

// look says whether the page can be seen. When it comes up it asks the desktop what it offers, and whether Parley starts at log-in and
// by links, which tools of the desktop change too.
func (d *desktopSettings) look(on bool) {
	if on && !d.seen {
		d.refill()
		d.tellLacks()
		d.askLinks()
	}
	d.seen = on
}

func (d *desktopSettings) refill() {
	d.filling = true
	defer func() { d.filling = false }()
	if on := d.Desktop.Autostart(); d.login.Checked != on {
		d.login.SetChecked(on)
	}
}

func (d *desktopSettings) setLogin(on bool) {
	if d.filling {
		return
	}
	if err := d.Desktop.SetAutostart(on); err != nil {
		d.Tell(word("settings.login.failed"), err.Error())
		d.refill()
	}
}

// tellLacks says what does not work here, so that nobody waits for it. The display may be asked, so it is done when somebody looks.
func (d *desktopSettings) tellLacks() {
	var lacks []string
	for _, a := range desktop.Abilities() {
		if key := lackKeys[a]; key != "" && d.Desktop.Can(a) != nil {
			lacks = append(lacks, word(key))
		}
	}
	say(d.lacks, strings.Join(lacks, "\n"))
	visible(d.lacking, len(lacks) > 0)
	visible(d.linked, d.Desktop.Can(desktop.Links) == nil)
}

// askLinks finds out whether links open with us. Nothing of it moves when the answer comes.
func (d *desktopSettings) askLinks() {
	opens := false
	ask := func(ctx context.Context) (err error) {
		opens, err = d.Desktop.OpensLinks(ctx)
		return err
	}
	d.Commands.start("links", ask, func(err error) {
		key := "settings.links.other"
		if opens {
			key = "settings.links.ours"
		}
		if err != nil {
			key = "settings.links.unknown"
		}
		say(d.links, word(key))
		visible(d.adopt, !opens)
	})
}

func (d *desktopSettings) adoptLinks() {
	d.Commands.start("adopt", d.Desktop.OpenLinks, func(err error) {
		if err != nil {
			d.Tell(word("settings.login.failed"), err.Error())
		}
		d.askLinks()
	})
}
