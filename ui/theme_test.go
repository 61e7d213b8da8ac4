package ui

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/profile"
)

// readableContrast is what WCAG 2.1 asks for text, section 1.4.3.
const readableContrast = 4.5

// visibleContrast is what WCAG 2.1 asks for the parts of controls, section 1.4.11.
const visibleContrast = 3

func TestTextCanBeRead(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]palette{"light": lightPalette, "dark": darkPalette} {
		grounds := map[string]color.NRGBA{"background": p.background, "side": p.side, "card": p.card, "tinted": p.tinted, "input": p.input}
		for where, ground := range grounds {
			for what, ink := range map[string]color.NRGBA{"text": p.text, "muted": p.muted, "accent": p.accent, "danger": p.danger, "success": p.success, "warning": p.warning} {
				if c := contrast(ink, ground); c < readableContrast {
					t.Errorf("%s: %s on %s has a contrast of %.2f", name, what, where, c)
				}
			}
		}
		for what, pair := range map[string][2]color.NRGBA{
			"on accent": {p.onAccent, p.accent}, "on danger": {p.onDanger, p.danger}, "on success": {p.onSuccess, p.success},
			"on warning": {p.onWarning, p.warning}, "on a button": {p.text, p.button}, "muted on a button": {p.muted, p.button},
			"on a selected row": {p.text, laid(p.selection, p.side)}, "muted on a selected row": {p.muted, laid(p.selection, p.side)},
			"on a row under the pointer": {p.muted, laid(p.hover, p.side)},
		} {
			if c := contrast(pair[0], pair[1]); c < readableContrast {
				t.Errorf("%s: text %s has a contrast of %.2f", name, what, c)
			}
		}
		for _, ground := range []color.NRGBA{p.background, p.card, p.input} {
			if c := contrast(p.border, ground); c < visibleContrast {
				t.Errorf("%s: the border of a control has a contrast of %.2f", name, c)
			}
		}
	}
}

func TestCallsCanBeRead(t *testing.T) {
	t.Parallel()
	for i, disc := range avatarColors {
		if c := contrast(callWhite, disc); c < readableContrast {
			t.Errorf("the letters of avatar colour %d have a contrast of %.2f", i, c)
		}
	}
	white := color.NRGBA{255, 255, 255, 255}
	for what, pair := range map[string][2]color.NRGBA{
		"red button": {callWhite, callRed}, "white button": {callInk, callWhite}, "soft button on black": {callWhite, laid(callSoft, callBlack)},
		"bar over a white picture": {darkPalette.text, laid(darkPalette.glass, white)}, "bar over black": {darkPalette.text, laid(darkPalette.glass, callBlack)},
	} {
		if c := contrast(pair[0], pair[1]); c < readableContrast {
			t.Errorf("%s: contrast of %.2f", what, c)
		}
	}
	if c := contrast(callWhite, callGreen); c < visibleContrast {
		t.Errorf("symbol on the green button: contrast of %.2f", c)
	}
}

func TestThemeFollowsTheSystemUnlessChosen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		choice  profile.Theme
		variant fyne.ThemeVariant
		want    color.Color
	}{
		{profile.SystemTheme, theme.VariantLight, lightPalette.background},
		{profile.SystemTheme, theme.VariantDark, darkPalette.background},
		{profile.LightTheme, theme.VariantDark, lightPalette.background},
		{profile.DarkTheme, theme.VariantLight, darkPalette.background},
		{"", theme.VariantDark, darkPalette.background},
	} {
		if got := (look{choice: c.choice}).Color(theme.ColorNameBackground, c.variant); got != c.want {
			t.Errorf("%q on a desktop of variant %d: %v, want %v", c.choice, c.variant, got, c.want)
		}
	}
}

// contrast is the ratio of WCAG 2.1: 1 to 21.
func contrast(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// laid lays one colour over an opaque one.
func laid(top, ground color.NRGBA) color.NRGBA {
	mix := func(a, b uint8) uint8 { return uint8((int(a)*int(top.A) + int(b)*(255-int(top.A))) / 255) }
	return color.NRGBA{mix(top.R, ground.R), mix(top.G, ground.G), mix(top.B, ground.B), 255}
}

// What cannot be pressed now can be seen all the same.
func TestDisabledButtonsCanBeSeen(t *testing.T) {
	newApp(t)
	for _, choice := range []profile.Theme{profile.LightTheme, profile.DarkTheme} {
		fyne.CurrentApp().Settings().SetTheme(look{choice: choice})
		for _, tone := range []tone{toneOff, toneRed, toneGreen, toneAccent} {
			b := newRoundButton(assets.Send, tone, buttonSmall, "", func() {})
			b.Disable()
			test.NewTempWindow(t, b)
			r := test.WidgetRenderer(b).(*roundRenderer)
			disc, muted := r.disc.FillColor, theme.ColorForWidget(colorMuted, b)
			nrgba := func(c color.Color) color.NRGBA { return color.NRGBAModel.Convert(c).(color.NRGBA) }
			if r.image.Resource.Name() != tinted(assets.Send, muted).Name() {
				t.Errorf("%s, tone %d: the symbol is %s", choice, tone, r.image.Resource.Name())
			}
			if c := contrast(nrgba(muted), nrgba(disc)); c < visibleContrast {
				t.Errorf("%s, tone %d: the symbol has a contrast of %.2f", choice, tone, c)
			}
		}
	}
}
