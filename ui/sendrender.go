package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// CreateRenderer implements [fyne.Widget]. It uses only colours that every theme has.
func (b *SendButton) CreateRenderer() fyne.WidgetRenderer {
	r := &sendRenderer{
		button: b, ground: canvas.NewRectangle(color.Transparent), veil: canvas.NewRectangle(color.Transparent),
		image: canvas.NewImageFromResource(nil), words: canvas.NewText("", color.Transparent), busy: widget.NewActivity(),
	}
	r.image.FillMode = canvas.ImageFillContain
	r.words.TextStyle.Bold = true
	r.busy.Hide()
	r.Refresh()
	return r
}

type sendRenderer struct {
	button       *SendButton
	ground, veil *canvas.Rectangle
	image        *canvas.Image
	words        *canvas.Text
	busy         *widget.Activity // in place of image while it is being sent
}

func (r *sendRenderer) iconSize() float32 {
	switch o := r.button.options; {
	case o.IconSize > 0:
		return o.IconSize
	case o.Vertical:
		return 24
	}
	return theme.SizeForWidget(theme.SizeNameInlineIcon, r.button)
}

// measure returns the sizes of the text, and of text and icon together.
func (r *sendRenderer) measure() (words, all fyne.Size) {
	icon, gap := r.iconSize(), theme.SizeForWidget(theme.SizeNamePadding, r.button)
	if r.words.Text == "" {
		return fyne.Size{}, fyne.NewSquareSize(icon)
	}
	words = r.words.MinSize()
	if r.button.options.Vertical {
		return words, fyne.NewSize(max(icon, words.Width), icon+gap/2+words.Height)
	}
	return words, fyne.NewSize(icon+gap+words.Width, max(icon, words.Height))
}

func (r *sendRenderer) MinSize() fyne.Size {
	_, all := r.measure()
	pad := theme.SizeForWidget(theme.SizeNameInnerPadding, r.button)
	side := pad
	if r.words.Text != "" {
		side = 1.5 * pad
	}
	return all.AddWidthHeight(2*side, 2*pad)
}

func (r *sendRenderer) Layout(s fyne.Size) {
	r.ground.Resize(s)
	r.veil.Resize(s)
	icon := r.iconSize()
	words, all := r.measure()
	at := fyne.NewPos((s.Width-all.Width)/2, (s.Height-all.Height)/2)
	spot, text := at.AddXY(0, (all.Height-icon)/2), at.AddXY(all.Width-words.Width, (all.Height-words.Height)/2)
	if r.button.options.Vertical {
		spot, text = at.AddXY((all.Width-icon)/2, 0), at.AddXY((all.Width-words.Width)/2, all.Height-words.Height)
	}
	for _, o := range []fyne.CanvasObject{r.image, r.busy} {
		o.Move(spot)
		o.Resize(fyne.NewSquareSize(icon))
	}
	r.words.Move(text)
	r.words.Resize(words)
}

func (r *sendRenderer) Refresh() {
	b := r.button
	named := func(n fyne.ThemeColorName) color.Color { return theme.ColorForWidget(n, b) }
	fill, ink := importanceColors(b.options.Importance)
	state := sendable(b.snapshot, b.options.Call)
	if state != nil || b.sending {
		fill, ink = theme.ColorNameDisabledButton, theme.ColorNameDisabled
	}
	r.ground.FillColor, r.words.Color = named(fill), named(ink)
	if b.options.Fill != nil && state == nil {
		r.ground.FillColor = b.options.Fill
	}
	if b.options.Ink != nil && state == nil {
		r.words.Color = b.options.Ink
	}
	if b.options.Importance == widget.LowImportance && b.options.Fill == nil {
		r.ground.FillColor = color.Transparent
	}
	radius := b.options.Radius
	if radius == 0 {
		radius = theme.SizeForWidget(theme.SizeNameInputRadius, b)
	}
	r.ground.CornerRadius, r.veil.CornerRadius = radius, radius
	r.ground.StrokeWidth = 0
	if b.focused {
		r.ground.StrokeWidth, r.ground.StrokeColor = 2, named(theme.ColorNameFocus)
	}
	r.veil.Hidden = !b.hovered && !b.pressed
	r.veil.FillColor = named(theme.ColorNameHover)
	if b.pressed {
		r.veil.FillColor = named(theme.ColorNamePressed)
	}
	switch {
	case b.warns():
		r.image.Resource = tinted(b.symbol(), named(theme.ColorNameWarning))
	case b.options.Icon != nil:
		r.image.Resource = b.options.Icon
	default:
		r.image.Resource = tinted(b.symbol(), r.words.Color)
	}
	r.image.Hidden = b.sending
	r.image.Refresh()
	if b.sending && !r.busy.Visible() {
		r.busy.Show()
		r.busy.Start()
	} else if !b.sending && r.busy.Visible() {
		r.busy.Stop()
		r.busy.Hide()
	}
	r.words.Text, r.words.TextSize = b.words(), b.options.TextSize
	if r.words.TextSize == 0 {
		r.words.TextSize = theme.SizeForWidget(theme.SizeNameText, b)
	}
	r.Layout(b.Size())
	canvas.Refresh(b)
}

// importanceColors are the names of the colours behind and of what stands on a button.
func importanceColors(i widget.Importance) (fill, ink fyne.ThemeColorName) {
	switch i {
	case widget.HighImportance:
		return theme.ColorNamePrimary, theme.ColorNameForegroundOnPrimary
	case widget.SuccessImportance:
		return theme.ColorNameSuccess, theme.ColorNameForegroundOnSuccess
	case widget.WarningImportance:
		return theme.ColorNameWarning, theme.ColorNameForegroundOnWarning
	case widget.DangerImportance:
		return theme.ColorNameError, theme.ColorNameForegroundOnError
	}
	return theme.ColorNameButton, theme.ColorNameForeground
}

func (r *sendRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.veil, r.image, r.busy, r.words}
}

// Destroy implements [fyne.WidgetRenderer].
func (r *sendRenderer) Destroy() { r.busy.Stop() }
