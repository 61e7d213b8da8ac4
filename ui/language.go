package ui

import (
	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/assets"
)

// newLanguageChoice lists the languages by what they call themselves. The first choice, with an empty tag, is the desktop's.
func newLanguageChoice(now string, chosen func(tag string)) *choice {
	tags, names := []string{""}, []string{word("settings.language.system")}
	for _, l := range assets.Languages {
		tags, names = append(tags, l.Tag), append(names, l.Name)
	}
	s := newChoice(names, nil)
	for i, tag := range tags {
		if tag == now {
			s.SetSelectedIndex(i)
		}
	}
	s.OnChanged = func(string) { chosen(tags[s.SelectedIndex()]) }
	return s
}

// setLanguage speaks another language from now on: what has words is made anew, as it stood.
func (u *UI) setLanguage(locale string) {
	if err := speak(locale); err != nil {
		u.params.Logger.Error("translations", "error", err)
	}
	u.do(func() { // not while the page is handing on the choice that it is remade for
		at := fyne.Position{}
		if u.pages != nil {
			at = u.pages.settings.scroll.Offset
		}
		u.welcome.hide()
		u.closeSheet()
		u.furnish()
		u.tray.speak()
		u.attach(u.engine)
		if u.pages != nil {
			u.pages.settings.scroll.ScrollToOffset(at)
		}
	})
}
