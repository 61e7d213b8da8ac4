//go:build e2e

package e2e

import (
	"image"
	"image/color"
	"image/draw"
	"testing"

	"fyne.io/fyne/v2/theme"
	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/parley-calls/parley/internal/bustest"
)

// trayState is what an app gave the tray at some moment: the icon and the lines of its menu, as they came over the bus.
type trayState struct {
	icon *image.NRGBA
	menu []bustest.Entry
}

// trayState waits until the menu of an app begins with a line, and takes what the tray has of it.
func (s *surroundings) trayState(a *app, status string) trayState {
	s.t.Helper()
	icon := s.icon(a)
	var now trayState
	s.until("the tray to say "+status, func() string {
		menu, err := icon.Menu()
		if err != nil {
			return err.Error()
		}
		now.menu = menu
		return unless(len(menu) > 0 && menu[0].Label == status, "it does not")
	})
	now.icon = s.picture(icon)
	return now
}

// drawTray draws these states side by side, as a desktop may: the icon on a dark and on a light panel, the menu below. How a menu
// looks is the desktop's choice; what is in it is the app's.
func drawTray(t *testing.T, states []trayState) image.Image {
	t.Helper()
	const column, panel, line, pad, iconSize = 176, 48, 26, 12, 32
	lines := 0
	for _, s := range states {
		lines = max(lines, len(s.menu))
	}
	m := image.NewRGBA(image.Rect(0, 0, column*len(states), 2*panel+2*pad+line*lines))
	fill := func(r image.Rectangle, c color.Color) { draw.Draw(m, r, image.NewUniform(c), image.Point{}, draw.Src) }
	fill(image.Rect(0, 0, m.Rect.Dx(), panel), color.Gray{0x24})
	fill(image.Rect(0, panel, m.Rect.Dx(), 2*panel), color.Gray{0xEC})
	fill(image.Rect(0, 2*panel, m.Rect.Dx(), m.Rect.Dy()), color.White)
	parsed, err := opentype.Parse(theme.DefaultTextFont().Content())
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: 13, DPI: 72})
	if err != nil {
		t.Fatal(err)
	}
	defer face.Close()
	for i, s := range states {
		left := column * i
		for p := range 2 {
			at := image.Pt(left+pad, p*panel+(panel-iconSize)/2)
			xdraw.CatmullRom.Scale(m, image.Rectangle{at, at.Add(image.Pt(iconSize, iconSize))}, s.icon, s.icon.Rect, xdraw.Over, nil)
		}
		for n, e := range s.menu {
			ink := color.Gray{0x18}
			if !e.Enabled {
				ink = color.Gray{0x84}
			}
			base := 2*panel + pad + line*n + 18
			d := font.Drawer{Dst: m, Src: image.NewUniform(ink), Face: face, Dot: fixed.P(left+pad, base)}
			if e.Checked {
				d.DrawString("✓ ")
			}
			d.DrawString(e.Label)
		}
	}
	return m
}
