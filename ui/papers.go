package ui

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/upkeep"
)

// papersSize is the size of a sheet with texts to read, in Fyne's units; shelfWidth is that of the list of them.
var papersSize = fyne.NewSize(860, 560)

const shelfWidth = 220

// paper is a text that can be read, what it is called, and a line about it.
type paper struct{ name, about, text string }

// papers are texts to look at, beside a list of them.
type papers struct {
	root fyne.CanvasObject
	all  []paper
	list *rowList
	text *widget.TextGrid
	at   int

	close func()
}

func newPapers(title, about string, all []paper, close func(), buttons ...fyne.CanvasObject) *papers {
	p := &papers{all: all, text: widget.NewTextGrid(), at: -1, close: close}
	p.text.Scroll = fyne.ScrollBoth
	p.list = newRowList(rows{
		Length:   func() int { return len(p.all) },
		New:      func() fyne.CanvasObject { return newPaperRow() },
		Show:     func(i int, row fyne.CanvasObject) { row.(*paperRow).show(p.all[i]) },
		Picked:   p.show,
		Key:      p.key,
		Shortcut: func(fyne.Shortcut) bool { return false },
	})
	away := newRoundButton(assets.Close, tonePlain, 32, word("notice.close"), close)
	words := container.NewVBox(text(title, theme.SizeNameSubHeadingText, true))
	if about != "" {
		words = container.New(layout.NewCustomPaddedVBoxLayout(-10), text(title, theme.SizeNameSubHeadingText, true), note(about))
	}
	head := inset(6, 4, 8, 6, newBorder(nil, nil, nil, container.NewVBox(away), words))
	page := newPanel(theme.ColorNameInputBackground, colorLine, 6, p.text)
	body := newBorder(nil, nil, container.New(wide(shelfWidth), p.list), nil, inset(0, 0, 4, 0, page))
	var foot fyne.CanvasObject
	if len(buttons) > 0 {
		foot = inset(8, 4, 0, 0, container.New(layout.NewGridLayoutWithColumns(len(buttons)), buttons...))
	}
	p.root = inset(4, 8, 8, 12, newBorder(head, foot, nil, nil, body))
	p.list.Select(0)
	return p
}

func (p *papers) show(i int) {
	if i == p.at || i < 0 || i >= len(p.all) {
		return
	}
	p.at = i
	p.text.SetText(strings.ReplaceAll(p.all[i].text, "\t", "    "))
	p.text.ScrollToTop()
}

// key goes through the list. It reports whether it did.
func (p *papers) key(k fyne.KeyName) bool {
	switch k {
	case fyne.KeyEscape:
		p.close()
	case fyne.KeyUp:
		p.list.Select(max(0, p.at-1))
	case fyne.KeyDown:
		p.list.Select(min(len(p.all)-1, p.at+1))
	default:
		return false
	}
	return true
}

// paperRow is a line of the list.
type paperRow struct {
	widget.BaseWidget
	name, about *widget.Label
	content     fyne.CanvasObject
}

func newPaperRow() *paperRow {
	r := &paperRow{name: text("", theme.SizeNameText, false), about: caption("")}
	r.content = container.New(layout.NewCustomPaddedVBoxLayout(-16), r.name, r.about)
	r.ExtendBaseWidget(r)
	return r
}

func (r *paperRow) show(p paper) {
	say(r.name, p.name)
	say(r.about, p.about)
}

func (r *paperRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.content) }

// openPapers lays texts over the main window.
func (u *UI) openPapers(p *papers) {
	u.closeSheet()
	u.openSheet(u.store.Settings().Theme, papersSize, p.root, nil)
	u.main.Canvas().Focus(p.list)
}

// showDiagnostics collects what helps whoever is asked for help, and shows all of it before it can be saved.
func (u *UI) showDiagnostics() {
	var found []upkeep.Paper
	u.commands.start("diagnostics", func(context.Context) error {
		found = u.params.Care.Diagnostics()
		return nil
	}, func(error) {
		all := make([]paper, 0, len(found))
		for _, f := range found {
			all = append(all, paper{f.Name, word("about.size", fill{"Number": (len(f.Text) + 1023) / 1024}), f.Text})
		}
		save := newButton(word("about.save"), func() {
			u.closeSheet()
			u.saveDiagnostics(found)
		})
		save.Importance = widget.HighImportance
		u.openPapers(newPapers(word("about.diagnostics"), word("about.look"), all, u.closeSheet, newButton(word("call.cancel"), u.closeSheet), save))
	})
}

// saveDiagnostics asks where to and writes the archive.
func (u *UI) saveDiagnostics(all []upkeep.Paper) {
	d := dialog.NewFileSave(func(f fyne.URIWriteCloser, err error) {
		switch {
		case err != nil:
			u.warn(word("about.save.failed"), err.Error())
		case f != nil: // otherwise it is not wanted after all
			u.writeDiagnostics(f, all)
		}
	}, u.main)
	d.SetFileName("parley-diagnostics-" + u.now().Format(time.DateOnly) + ".zip")
	d.SetTitleText(word("about.save.title"))
	d.SetConfirmText(word("about.save.here"))
	d.SetDismissText(word("call.cancel"))
	showFiles(d, u.main)
}

func (u *UI) writeDiagnostics(f fyne.URIWriteCloser, all []upkeep.Paper) {
	if err := errors.Join(upkeep.Zip(f, all, u.now()), f.Close()); err != nil {
		u.warn(word("about.save.failed"), err.Error())
		return
	}
	path := f.URI().Path()
	u.notice.tell(assets.Info, word("about.saved"), path, u.now().Add(failTime), word("crash.folder"), func() { u.openFolder(filepath.Dir(path)) })
	u.apply.ask()
}

// showLicences shows what Parley contains of others, and under which conditions.
func (u *UI) showLicences() {
	var all []paper
	for _, part := range assets.ThirdParty() {
		text := part.Text
		if text == "" {
			text = word("about.licences.system", fill{"Licence": part.Licence})
		}
		all = append(all, paper{part.Name, strings.TrimSpace(part.Version + " " + part.Licence), text})
	}
	u.openPapers(newPapers(word("about.licences"), word("about.licences.text"), all, u.closeSheet))
}
