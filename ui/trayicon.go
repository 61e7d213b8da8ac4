package ui

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strconv"
	"strings"

	"fyne.io/fyne/v2/theme"
	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/parley-calls/parley/assets"
)

// traySize is the width and height of the icon in pixels. Panels show 22, 24, 44 or 48 of them and scale by themselves: it is a
// multiple of two of these and a little over one of the others.
const traySize = 96

// trayGrid is the width and height of the drawing below.
const trayGrid = 48

// bubble is the speech bubble of the app's icon, bold enough for a panel: a shape in a colour, and in it a symbol in white.
const bubble = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">
<path fill="%s" d="M13 3 H35 C41 3 46 8 46 14 V28 C46 34 41 39 35 39 H24 L14.5 46 C13.2 47 11.5 46.2 11.5 44.6 V38.9 C6 38.2 2 33.6 2 28 V14 C2 8 7 3 13 3 Z"/>
%s
</svg>`

// trayLooks are the colours and symbols of the marks. The colours stand out from light and dark panels.
var trayLooks = map[trayMark]struct {
	colour string
	symbol assets.Symbol // empty: the three dots of the app's icon
}{
	trayOffline: {"#8A8F98", ""},
	trayOnline:  {"#5B5BF0", ""},
	trayRinging: {"#16A34A", assets.Phone},
	trayInCall:  {"#16A34A", assets.Microphone},
	trayMuted:   {"#DC2626", assets.MicrophoneOff},
}

const trayDots = `<circle cx="13.5" cy="21" r="3.6" fill="#FFFFFF"/><circle cx="24" cy="21" r="3.6" fill="#FFFFFF"/><circle cx="34.5" cy="21" r="3.6" fill="#FFFFFF"/>`

// badgeColour is behind the number of missed calls, badgeRim around it.
var (
	badgeColour = color.NRGBA{R: 0xE1, G: 0x1D, B: 0x48, A: 0xFF}
	badgeRim    = color.NRGBA{R: 0xFF, G: 0xFF, B: 0xFF, A: 0xFF}
)

// drawTray draws the icon as PNG.
func drawTray(mark trayMark, missed int) ([]byte, error) {
	look := trayLooks[mark]
	inside := trayDots
	if look.symbol != "" {
		_, path, _ := strings.Cut(string(look.symbol.SVG()), ">")
		path = strings.ReplaceAll(strings.TrimSuffix(strings.TrimSpace(path), "</svg>"), "<path", `<path fill="#FFFFFF"`)
		inside = `<g transform="translate(7.8,4.8) scale(1.35,1.35)">` + path + `</g>`
	}
	icon, err := oksvg.ReadIconStream(strings.NewReader(fmt.Sprintf(bubble, look.colour, inside)))
	if err != nil {
		return nil, fmt.Errorf("ui: tray icon: %w", err)
	}
	m := image.NewRGBA(image.Rect(0, 0, traySize, traySize))
	icon.SetTarget(0, 0, traySize, traySize)
	icon.Draw(rasterx.NewDasher(traySize, traySize, rasterx.NewScannerGV(traySize, traySize, m, m.Bounds())), 1)
	if missed > 0 {
		if err := drawBadge(m, missed); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		return nil, fmt.Errorf("ui: tray icon: %w", err)
	}
	return out.Bytes(), nil
}

// drawBadge puts a number into the lower right corner.
func drawBadge(m *image.RGBA, missed int) error {
	const unit = float64(traySize) / trayGrid
	text, width := strconv.Itoa(missed), 0.0
	if missed >= moreMissed {
		text, width = strconv.Itoa(moreMissed-1)+"+", 9 // wider than it is high
	}
	const radius, rim = 12.0, 2.0
	right, middle := trayGrid-radius-rim/2, trayGrid-radius-rim/2
	pill := func(r float64, c color.Color) {
		s := rasterx.NewScannerGV(traySize, traySize, m, m.Bounds())
		f := rasterx.NewFiller(traySize, traySize, s)
		rasterx.AddRoundRect((right-width-r)*unit, (middle-r)*unit, (right+r)*unit, (middle+r)*unit, r*unit, r*unit, 0, rasterx.RoundGap, f)
		f.SetColor(c)
		f.Draw()
	}
	pill(radius+rim, badgeRim)
	pill(radius, badgeColour)

	bold, err := opentype.Parse(theme.DefaultTextBoldFont().Content())
	if err != nil {
		return fmt.Errorf("ui: tray icon: %w", err)
	}
	face, err := opentype.NewFace(bold, &opentype.FaceOptions{Size: 19 * unit, DPI: 72})
	if err != nil {
		return fmt.Errorf("ui: tray icon: %w", err)
	}
	defer face.Close()
	d := font.Drawer{Dst: m, Src: image.White, Face: face}
	at, _ := d.BoundString(text)
	centre := fixed.Point26_6{X: fixed.Int26_6((right - width/2) * unit * 64), Y: fixed.Int26_6(middle * unit * 64)}
	d.Dot = fixed.Point26_6{X: centre.X - (at.Min.X+at.Max.X)/2, Y: centre.Y - (at.Min.Y+at.Max.Y)/2}
	d.DrawString(text)
	return nil
}
