package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
)

// miniNews is what the main window would tell or ask if it were there, below the line at the top of the mini window: another headset is
// used, a moderator muted us, something failed. To answer there is the way back.
type miniNews struct {
	*panel
	mark  *canvas.Image
	words *widget.Label
}

func newMiniNews() *miniNews {
	n := &miniNews{mark: canvas.NewImageFromResource(nil), words: widget.NewLabel("")}
	n.mark.FillMode = canvas.ImageFillContain
	n.mark.SetMinSize(fyne.NewSquareSize(16))
	n.words.SizeName, n.words.Wrapping = theme.SizeNameCaptionText, fyne.TextWrapWord
	n.panel = newPanel(colorGlass, "", 0, inset(-5, -5, 8, 0, newBorder(nil, nil, container.NewCenter(n.mark), nil, n.words)))
	n.panel.radius = miniRadius
	n.Hide()
	return n
}

// say shows words, or goes without any.
func (n *miniNews) say(mark assets.Symbol, words string) {
	if words != "" && (n.mark.Resource == nil || n.words.Text != words) {
		ink := color.Color(callWhite)
		if mark == assets.Warning {
			ink = darkPalette.warning
		}
		n.mark.Resource = tinted(mark, ink)
		n.mark.Refresh()
		say(n.words, words)
	}
	visible(n, words != "")
}

// height is what it takes at a width; 0 while there is nothing to say.
func (n *miniNews) height(width float32) float32 {
	if !n.Visible() {
		return 0
	}
	n.Resize(fyne.NewSize(width, n.MinSize().Height)) // wrapped words learn their width, and with it their height
	return n.MinSize().Height
}
