package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"github.com/parley-calls/parley/profile"
)

// The colours that Fyne has no name for.
const (
	colorCard   fyne.ThemeColorName = "parley-card"   // raised above the background
	colorLine   fyne.ThemeColorName = "parley-line"   // around cards and between parts
	colorMuted  fyne.ThemeColorName = "parley-muted"  // text of second rank
	colorTinted fyne.ThemeColorName = "parley-tinted" // a card that wants attention
	colorTile   fyne.ThemeColorName = "parley-tile"   // behind a picture that has not come
	colorGlass  fyne.ThemeColorName = "parley-glass"  // a bar over a picture
	colorPaper  fyne.ThemeColorName = "parley-paper"  // a light bar over a picture
	colorSide   fyne.ThemeColorName = "parley-side"   // the side column
)

// The sizes, in Fyne's units.
const (
	radius      = 12  // of cards and tiles
	buttonSmall = 40  // a round button in a list or the mini window
	buttonLarge = 56  // a round button of a call
	columnWidth = 440 // of text that is read
	sideWidth   = 340 // of the column with people
)

// palette is one set of colours.
type palette struct {
	background, side, card, tinted, line, border color.NRGBA
	text, muted                                  color.NRGBA
	accent, onAccent                             color.NRGBA
	danger, onDanger                             color.NRGBA
	success, onSuccess                           color.NRGBA
	warning, onWarning                           color.NRGBA
	button, input                                color.NRGBA
	hover, pressed, focus, selection             color.NRGBA
	scroll, shadow, tile, glass                  color.NRGBA
}

var lightPalette = palette{
	background: rgb(0xFAFAFC), side: rgb(0xF1F1F6), card: rgb(0xFFFFFF), tinted: rgb(0xEEF0FF), line: rgb(0xE1E2EA), border: rgb(0x85899C),
	text: rgb(0x17181F), muted: rgb(0x5D6070),
	accent: rgb(0x4F46E5), onAccent: rgb(0xFFFFFF),
	danger: rgb(0xD3232F), onDanger: rgb(0xFFFFFF),
	success: rgb(0x127538), onSuccess: rgb(0xFFFFFF),
	warning: rgb(0x92500A), onWarning: rgb(0xFFFFFF),
	button: rgb(0xE9EAF1), input: rgb(0xFFFFFF),
	hover: rgba(0x17181F, 14), pressed: rgba(0x17181F, 34), focus: rgba(0x4F46E5, 70), selection: rgba(0x4F46E5, 32),
	scroll: rgba(0x17181F, 90), shadow: rgba(0x17181F, 40), tile: rgb(0x2A2C38), glass: rgba(0x0D0E14, 190),
}

var darkPalette = palette{
	background: rgb(0x14151B), side: rgb(0x191A22), card: rgb(0x20222C), tinted: rgb(0x252846), line: rgb(0x30323F), border: rgb(0x74798F),
	text: rgb(0xF2F3F8), muted: rgb(0xA3A6B8),
	accent: rgb(0x9AA2FF), onAccent: rgb(0x10122B),
	danger: rgb(0xFF7A80), onDanger: rgb(0x2B0508),
	success: rgb(0x4ADE80), onSuccess: rgb(0x06240F),
	warning: rgb(0xFBBF4B), onWarning: rgb(0x2A1A00),
	button: rgb(0x2C2F3C), input: rgb(0x1B1D26),
	hover: rgba(0xFFFFFF, 18), pressed: rgba(0xFFFFFF, 40), focus: rgba(0x9AA2FF, 90), selection: rgba(0x9AA2FF, 46),
	scroll: rgba(0xFFFFFF, 90), shadow: rgba(0x000000, 120), tile: rgb(0x23252F), glass: rgba(0x0D0E14, 190),
}

// The colours of a call, which is dark whatever the theme, so that pictures stand out.
var (
	callRed   = rgb(0xD92D39)
	callGreen = rgb(0x178A45)
	callWhite = rgb(0xFFFFFF)
	callInk   = rgb(0x14151B)
	callBlack = rgb(0x0B0C11)
	callSoft  = rgba(0xFFFFFF, 34)  // a button on a bar
	inkSoft   = rgba(0x14151B, 26)  // a button on a light bar
	callPaper = rgba(0xFAFAFC, 225) // a light bar
	callFaint = rgba(0xFFFFFF, 190) // words of second rank
	callVeil  = rgba(0x0B0C11, 170) // over a picture that is not of now
)

func rgb(hex uint32) color.NRGBA { return rgba(hex, 0xFF) }

func rgba(hex uint32, alpha uint8) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: alpha}
}

// look is Parley's theme. It follows the desktop unless a person chose light or dark.
type look struct{ choice profile.Theme }

var _ fyne.Theme = look{}

// colour gives an object these colours wherever it is put. Fyne gives those of a [container.ThemeOverride] only to what is in it when it
// is made, and forgets them of what was not seen for a minute: the row of a message, or a menu, would have the colours of the app, and
// in a light one be white on white.
func colour(o fyne.CanvasObject, choice profile.Theme) {
	wear(o, look{choice: choice})
	o.Refresh()
}

// reveal is visible for what belongs to a call, which may have been away for long.
func reveal(o fyne.CanvasObject, on bool) {
	if on && !o.Visible() {
		colour(o, darkTheme)
	}
	visible(o, on)
}

func (l look) palette(v fyne.ThemeVariant) *palette {
	switch {
	case l.choice == profile.DarkTheme, l.choice != profile.LightTheme && v == theme.VariantDark:
		return &darkPalette
	}
	return &lightPalette
}

// Color implements [fyne.Theme].
func (l look) Color(name fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	p := l.palette(v)
	switch name {
	case theme.ColorNameBackground:
		return p.background
	case theme.ColorNameForeground:
		return p.text
	case theme.ColorNamePlaceHolder, theme.ColorNameDisabled, colorMuted:
		return p.muted
	case theme.ColorNamePrimary, theme.ColorNameHyperlink:
		return p.accent
	case theme.ColorNameForegroundOnPrimary:
		return p.onAccent
	case theme.ColorNameError:
		return p.danger
	case theme.ColorNameForegroundOnError:
		return p.onDanger
	case theme.ColorNameSuccess:
		return p.success
	case theme.ColorNameForegroundOnSuccess:
		return p.onSuccess
	case theme.ColorNameWarning:
		return p.warning
	case theme.ColorNameForegroundOnWarning:
		return p.onWarning
	case theme.ColorNameButton, theme.ColorNameDisabledButton:
		return p.button
	case theme.ColorNameInputBackground:
		return p.input
	case theme.ColorNameInputBorder:
		return p.border
	case theme.ColorNameSeparator, colorLine:
		return p.line
	case theme.ColorNameMenuBackground, theme.ColorNameOverlayBackground, theme.ColorNameHeaderBackground, colorCard:
		return p.card
	case theme.ColorNameHover:
		return p.hover
	case theme.ColorNamePressed:
		return p.pressed
	case theme.ColorNameFocus:
		return p.focus
	case theme.ColorNameSelection:
		return p.selection
	case theme.ColorNameScrollBar:
		return p.scroll
	case theme.ColorNameScrollBarBackground:
		return color.Transparent
	case theme.ColorNameShadow:
		return p.shadow
	case colorSide:
		return p.side
	case colorTinted:
		return p.tinted
	case colorTile:
		return p.tile
	case colorGlass:
		return p.glass
	case colorPaper:
		return callPaper
	}
	return theme.DefaultTheme().Color(name, v)
}

// Size implements [fyne.Theme].
func (l look) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNamePadding:
		return 6
	case theme.SizeNameInnerPadding:
		return 9
	case theme.SizeNameText:
		return 14
	case theme.SizeNameCaptionText:
		return 12
	case theme.SizeNameSubHeadingText:
		return 17
	case theme.SizeNameHeadingText:
		return 26
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius, theme.SizeNameButtonRadius, theme.SizeNamePopupRadius, theme.SizeNameMenuRadius:
		return 9
	case theme.SizeNameModalBlurRadius: // our sheets have none either
		return 0
	case theme.SizeNameInlineIcon:
		return 20
	case theme.SizeNameScrollBar:
		return 9
	case theme.SizeNameScrollBarSmall:
		return 4
	}
	return theme.DefaultTheme().Size(name)
}

// Font implements [fyne.Theme].
func (l look) Font(style fyne.TextStyle) fyne.Resource { return theme.DefaultTheme().Font(style) }

// Icon implements [fyne.Theme].
func (l look) Icon(name fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(name) }
