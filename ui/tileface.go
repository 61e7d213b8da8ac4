package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// The measures of what lies on a tile, in Fyne's units.
const (
	tileEdge   = 8   // from the edges to what lies along them
	tileChip   = 22  // the height of the name and of the alert
	tileButton = 40  // the button below the words
	tileLow    = 80  // below that height there is no room for the words of the alert
	voiceFrame = 3   // the width of the frame around who speaks
	tileSlim   = 160 // in a tile that is not so wide words use all of the width
	tileRoom   = 200 // the least height for a button below the words; in a lower tile it is in the lower right corner
)

// tileFace draws a [videoTile]: the avatar or the picture, a veil, words in the middle, and along the edges the alert, the name and
// the button, and a frame around all of it while there is a voice.
type tileFace struct {
	tile          *videoTile
	back, veil    *canvas.Rectangle
	frame         *canvas.Rectangle
	words, detail *canvas.Text
	name, alert   plate
}

// CreateRenderer implements [fyne.Widget].
func (t *videoTile) CreateRenderer() fyne.WidgetRenderer {
	r := &tileFace{
		tile: t, back: canvas.NewRectangle(color.Transparent), veil: canvas.NewRectangle(color.Transparent),
		frame: canvas.NewRectangle(color.Transparent),
		words: canvas.NewText("", callWhite), detail: canvas.NewText("", callFaint), name: newPlate(), alert: newPlate(),
	}
	r.Refresh()
	return r
}

// MinSize implements [fyne.WidgetRenderer].
func (r *tileFace) MinSize() fyne.Size { return fyne.NewSize(32, 18) }

// Layout implements [fyne.WidgetRenderer].
func (r *tileFace) Layout(s fyne.Size) {
	t := r.tile
	r.back.Resize(s)
	r.veil.Resize(s)
	t.img.Resize(s)
	if t.shared != nil {
		t.shared.Resize(s)
	}
	r.frame.Resize(s)
	t.parts.resize(s)

	button := fyne.NewSize(0, 0)
	inCorner := s.Height < tileRoom
	if t.button.Visible() {
		t.button.size = tileButton
		if inCorner {
			t.button.size = min(28, s.Height*0.4)
		}
		button = t.button.MinSize()
		t.button.Resize(button)
		if inCorner {
			t.button.Move(fyne.NewPos(s.Width-tileEdge-button.Width, s.Height-tileEdge-button.Height)) // the title of the call lies at the top
		}
	}
	aside := float32(0)
	if button.Width > 0 && inCorner {
		aside = button.Width + tileEdge
	}
	r.name.place(tileEdge, s.Height-tileEdge-tileChip, s.Width-2*tileEdge-aside)
	r.alert.place(tileEdge, tileEdge, s.Width-2*tileEdge)
	r.middle(s, button, inCorner)
	t.measure()
}

// middle puts the avatar, the words and the button below one another: into the middle of the tile if they cover nothing there, and
// otherwise between what lies along its edges.
func (r *tileFace) middle(s, button fyne.Size, inCorner bool) {
	t := r.tile
	top, bottom := t.covered.top, t.covered.bottom
	if r.alert.seen() {
		top = max(top, tileEdge+tileChip)
	}
	if r.name.seen() {
		bottom = max(bottom, tileEdge+tileChip)
	}
	size := theme.SizeNameText
	if s.Height > 360 {
		size = theme.SizeNameSubHeadingText
	}
	r.words.TextSize = theme.SizeForWidget(size, t)
	if s.Height < 120 {
		r.words.TextSize = r.detail.TextSize
	}
	lines := []*canvas.Text{r.words, r.detail}
	room := s.Width - 4*tileEdge
	if s.Width < tileSlim {
		room = s.Width - 2*tileEdge
	}
	below := float32(0) // the height of all but the avatar
	said := t.said()
	for i, whole := range []string{said.words, said.detail} {
		if i > 0 && button.Width > 0 && s.Height < 100 {
			whole = "" // no room beside the button
		}
		if lines[i].Text = shorten(whole, lines[i].TextSize, room); whole != "" {
			below += lines[i].MinSize().Height
			if inCorner && button.Width > 0 && (s.Width+lines[i].MinSize().Width)/2 > s.Width-tileEdge-button.Width {
				bottom = max(bottom, tileEdge+button.Height) // words as wide as that would run below the button
			}
		}
	}
	if button.Height > 0 && !inCorner {
		below += button.Height + 10
	}
	d := min(160, min(s.Width, s.Height)*0.46)
	gap := float32(0)
	if below > 0 {
		d, gap = min(120, min(s.Width, s.Height)*0.36), 8
	}
	if d = min(d, s.Height-top-bottom-below-gap-12); t.filled || t.screen || d < 20 {
		d, gap = 0, 0
	}
	y := (s.Height - d - gap - below) / 2
	if y < max(top, bottom) {
		y = top + (s.Height-top-bottom-d-gap-below)/2
	}
	disc := box{(s.Width - d) / 2, y, d, d}
	disc.put(t.portrait)
	if t.parts.avatar != nil {
		disc.put(t.parts.avatar)
	}
	t.ripple.around(disc, avatarColor(t.user.ID))
	y += d + gap
	for _, line := range lines {
		if line.Hidden {
			continue
		}
		m := line.MinSize()
		line.Resize(m)
		line.Move(fyne.NewPos((s.Width-m.Width)/2, y))
		y += m.Height
	}
	if button.Height > 0 && !inCorner {
		t.button.Move(fyne.NewPos((s.Width-button.Width)/2, y+10))
	}
}

// Refresh implements [fyne.WidgetRenderer].
func (r *tileFace) Refresh() {
	t := r.tile
	r.back.FillColor = t.ground()
	r.back.CornerRadius = t.corner
	r.back.Hidden = t.filled && t.fit == media.Cover // each layer of that size is drawn anew with each picture
	r.frame.CornerRadius = t.corner
	r.frame.StrokeColor, r.frame.StrokeWidth = darkPalette.success, voiceFrame
	r.frame.Hidden = !t.voice || t.corner == 0
	r.veil.FillColor = callVeil
	r.veil.CornerRadius = t.corner
	r.veil.Hidden = !t.over.veiled
	small := theme.SizeForWidget(theme.SizeNameCaptionText, t)
	r.detail.TextSize = small
	said := t.said()
	r.words.Hidden, r.detail.Hidden = said.words == "", said.detail == ""
	r.name.show(t.title(), small, t.marks()...)
	switch {
	case t.over.alert == "":
		r.alert.show("", small)
	case t.Size().Height < tileLow:
		r.alert.show("", small, tint{assets.Warning, darkPalette.warning})
	default:
		r.alert.show(t.over.alert, small, tint{assets.Warning, darkPalette.warning})
	}
	r.Layout(t.Size())
	canvas.Refresh(t)
}

// Objects implements [fyne.WidgetRenderer].
func (r *tileFace) Objects() []fyne.CanvasObject {
	t := r.tile
	out := []fyne.CanvasObject{r.back}
	out = append(out, t.parts.under()...)
	for _, c := range t.ripple.circles {
		out = append(out, c)
	}
	out = append(out, t.portrait)
	out = append(out, t.parts.instead()...)
	if t.shared != nil {
		out = append(out, t.shared)
	} else {
		out = append(out, t.img)
	}
	out = append(out, r.veil, r.frame, r.words, r.detail)
	out = append(out, r.name.objects()...)
	out = append(out, r.alert.objects()...)
	return append(append(out, t.parts.over()...), t.button)
}

// Destroy implements [fyne.WidgetRenderer].
func (r *tileFace) Destroy() {}

// ground is the colour behind an avatar: a little of that of the user, so that tiles are told apart before their names are read.
func (t *videoTile) ground() color.Color {
	switch {
	case t.corner == 0 && (t.backdrop || t.filled || t.user.ID == ""):
		return callBlack
	case t.filled && t.screen:
		return callInk
	case t.filled || t.screen || t.user.ID == "":
		return darkPalette.tile
	}
	return blend(darkPalette.tile, avatarColor(t.user.ID), 0.16)
}

// blend is a with a part of b in it.
func blend(a, b color.NRGBA, part float32) color.NRGBA {
	mix := func(a, b uint8) uint8 { return uint8(float32(a) + (float32(b)-float32(a))*part) }
	return color.NRGBA{R: mix(a.R, b.R), G: mix(a.G, b.G), B: mix(a.B, b.B), A: a.A}
}

// title is what the chip says: the name, and under the pointer how good the connection is.
func (t *videoTile) title() string {
	if t.pointed && t.tags.quality != "" && t.chip != "" {
		return word("tile.named", fill{"Name": t.chip, "Words": qualityWords(t.tags.quality)})
	}
	return t.chip
}

// marks are the drawings of the chip, the most important one first.
func (t *videoTile) marks() []tint {
	var out []tint
	switch t.mark {
	case "":
	case assets.MicrophoneOff:
		out = append(out, tint{t.mark, darkPalette.danger})
	default:
		out = append(out, tint{t.mark, callWhite})
	}
	if t.tags.pinned {
		out = append(out, tint{assets.Pin, darkPalette.accent})
	}
	switch t.tags.quality {
	case engine.Good:
		if t.pointed {
			out = append(out, tint{assets.SignalGood, darkPalette.success})
		}
	case engine.Fair:
		out = append(out, tint{assets.SignalFair, darkPalette.warning})
	case engine.Poor:
		out = append(out, tint{assets.SignalPoor, darkPalette.danger})
	case engine.LostNow:
		out = append(out, tint{assets.SignalLost, darkPalette.danger})
	}
	if t.tags.cameraOff {
		out = append(out, tint{assets.CameraOff, callWhite})
	}
	if t.tags.moderator {
		out = append(out, tint{assets.Moderator, darkPalette.warning})
	}
	return out
}

// qualityWords says how well somebody is heard and seen.
func qualityWords(q engine.Quality) string {
	switch q {
	case engine.Fair:
		return word("quality.fair")
	case engine.Poor:
		return word("quality.poor")
	case engine.LostNow:
		return word("quality.lost")
	}
	return word("quality.good")
}
