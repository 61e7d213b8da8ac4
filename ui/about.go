package ui

import (
	"net/url"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
)

// guideAddress is where the guide for people is.
const guideAddress = "https://github.com/parley-calls/parley/blob/main/docs/guide.md"

// aboutParams are what the section about the program needs.
type aboutParams struct {
	Version     string
	Build       string // empty: nothing is known
	Copy        func(string)
	Open        func(*url.URL)
	Licences    func()
	Diagnostics func()
}

// newAbout tells which program this is, and leads to what helps when something is wrong.
func newAbout(p aboutParams) fyne.CanvasObject {
	icon := canvas.NewImageFromResource(fyne.NewStaticResource("icon.svg", assets.Icon))
	icon.FillMode = canvas.ImageFillContain
	icon.SetMinSize(fyne.NewSquareSize(44))
	button := func(s assets.Symbol, key string, do func()) *pushButton {
		return newIconButton(word(key), symbol(s), do)
	}
	build := note(p.Build)
	build.SizeName = theme.SizeNameCaptionText
	visible(build, p.Build != "")
	copied := button(assets.Copy, "about.copy", nil)
	copied.Importance = widget.LowImportance
	copied.OnTapped = func() {
		p.Copy(p.Build)
		copied.SetText(word("invite.copied"))
	}
	visible(copied, p.Build != "")
	head := newBorder(nil, nil, inset(0, 0, 8, 4, icon), container.NewCenter(copied), container.New(layout.NewCustomPaddedVBoxLayout(-14),
		text(word("app.name"), theme.SizeNameText, true), caption(word("settings.version", fill{"Version": p.Version}))))
	buttons := container.New(&abreast{},
		button(assets.Info, "about.guide", func() {
			if to, err := url.Parse(guideAddress); err == nil {
				p.Open(to)
			}
		}),
		button(assets.Text, "about.licences", p.Licences))
	return container.NewVBox(head, build, buttons, newButton(word("about.diagnostics"), p.Diagnostics), note(word("about.diagnostics.text")))
}
