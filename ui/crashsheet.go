package ui

import (
	"math"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// crashWidth is the width of the card about a crash, crashHeight the room for the report on it, in Fyne's units.
const crashWidth, crashHeight = 560, 132

// maxLines bounds how much of a report is shown: its beginning says what happened.
const maxLines = 60

// tellCrash says once, when the person looks and no call is there, that the last run crashed.
func (u *UI) tellCrash() {
	if u.crash == nil {
		text, _ := u.params.Care.Crash()
		u.crash = &text
	}
	if *u.crash == "" || u.sheet != nil || !u.shown.visible || u.shown.main.ofCall() || u.shown.incoming != "" {
		return
	}
	u.openCrashSheet(*u.crash)
}

func (u *UI) openCrashSheet(report string) {
	_, path := u.params.Care.Crash()
	putAway := func() {
		u.crash = new(string)
		u.params.Care.PutCrashAway()
		u.closeSheet()
	}
	title := text(word("crash.title"), theme.SizeNameSubHeadingText, true)
	icon := widget.NewIcon(theme.NewColoredResource(symbol(assets.Warning), theme.ColorNameWarning))
	said := newReport(report, crashHeight)
	words := container.New(column{width: math.MaxFloat32, gap: 4}, newBorder(nil, nil, inset(0, 0, 6, 0, icon), nil, title), note(word("crash.text")),
		newPanel(theme.ColorNameInputBackground, colorLine, 0, said))

	copied := newIconButton(word("crash.copy"), symbol(assets.Copy), nil)
	copied.OnTapped = func() {
		u.copyText(report)
		copied.SetText(word("invite.copied"))
	}
	folder := newIconButton(word("crash.folder"), symbol(assets.Window), func() { u.openFolder(filepath.Dir(path)) })
	away := newButton(word("joinable.dismiss"), putAway)
	rejoin := newIconButton("", symbol(assets.Join), nil)
	rejoin.Importance = widget.HighImportance
	rejoin.Hide()
	content, fit := withFoot(crashWidth, words, container.NewVBox(rejoin, container.New(layout.NewGridLayoutWithColumns(3), copied, folder, away)))
	offer := func(s *engine.Snapshot) {
		i := slices.IndexFunc(s.Joinable, func(j engine.Joinable) bool { return j.Crashed && (j.Until.IsZero() || u.now().Before(j.Until)) })
		if i >= 0 {
			j := s.Joinable[i]
			if label := word("crash.rejoin", fill{"Name": called(j.With, engine.User{})}); rejoin.Text != label {
				rejoin.SetText(label)
			}
			rejoin.OnTapped = func() {
				putAway()
				u.rejoin(j)
			}
		}
		visible(rejoin, i >= 0)
	}
	s := newest(u.engine)
	if s != nil {
		offer(s)
	}
	u.openSheet(u.store.Settings().Theme, fit(), content, nil)
	u.sheet.modal = true
	u.sheet.update = func(s *engine.Snapshot) {
		before := rejoin.Visible()
		offer(s)
		if rejoin.Visible() == before {
			return
		}
		u.sheet.resize(fit())
		if c := u.main.Canvas(); rejoin.Visible() && c.Focused() == away { // the call was heard of a moment later
			c.Focus(rejoin)
		}
	}
	u.sheet.key = func(k fyne.KeyName) {
		if k == fyne.KeyEscape {
			putAway()
		} else {
			scrollKey(said, k)
		}
	}
	if rejoin.Visible() {
		u.main.Canvas().Focus(rejoin)
	} else {
		u.main.Canvas().Focus(away)
	}
}

// newReport shows the beginning of a text that a program has written, which can be scrolled both ways.
func newReport(report string, height float32) *container.Scroll {
	lines := strings.Split(strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(report, "\t", "    "), "?")), "\n")
	if len(lines) > maxLines {
		lines = append(lines[:maxLines], "…")
	}
	l := widget.NewLabel(strings.Join(lines, "\n"))
	l.TextStyle.Monospace, l.SizeName = true, theme.SizeNameCaptionText
	scroll := container.NewScroll(l)
	scroll.SetMinSize(fyne.NewSize(1, height))
	return scroll
}
