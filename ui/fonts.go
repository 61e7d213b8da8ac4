package ui

import (
	"sync"
	_ "unsafe" // for go:linkname

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/shaping"
)

// Fyne keeps five fonts for each style of each theme, one of which holds 4 MB of emoji, and looks through all fonts of the system before
// it measures a first word. Nearly all words need one of the five. So here themes share it, and the others are read when somebody writes
// what it has no letters for.
var typefaces = struct {
	sync.Mutex
	of map[typefaceOf]*typeface
}{of: map[typefaceOf]*typeface{}}

type typefaceOf struct {
	style fyne.TextStyle
	file  fyne.Resource
}

// The styles of nearly all words, in the theme of the app and in others.
var (
	usualStyles  = []fyne.TextStyle{{}, {Bold: true}, {Monospace: true}}
	themedStyles = usualStyles[:2]
)

// fontSet is laid out like FontCacheItem in Fyne's internal/painter.
type fontSet struct{ Fonts shaping.Fontmap }

// fontsOf is what Fyne measures and draws text with: the set it keeps for a style and the theme of o. Fyne does not export it.
//
//go:linkname fontsOf fyne.io/fyne/v2/internal/painter.CachedFontFace
func fontsOf(style fyne.TextStyle, source fyne.Resource, o fyne.CanvasObject) *fontSet

// systemRead tells Fyne, under systemLock, that it has looked for the fonts of the system.
//
//go:linkname systemRead fyne.io/fyne/v2/internal/painter.loaded
var systemRead bool

//go:linkname systemLock fyne.io/fyne/v2/internal/painter.fontScanLock
var systemLock sync.Mutex

// typeface is one style in every theme with the same font.
type typeface struct {
	main *font.Face
	rest func() shaping.Fontmap // Fyne's own set, with the fonts of the system
}

// ResolveFace implements [shaping.Fontmap].
func (t *typeface) ResolveFace(r rune) *font.Face {
	if _, ok := t.main.NominalGlyph(r); ok {
		return t.main
	}
	return t.rest().ResolveFace(r)
}

// shareFonts does so for styles in the theme of o, or of the app if o is nil. Nobody else may measure or draw text of that theme meanwhile.
func shareFonts(o fyne.CanvasObject, styles []fyne.TextStyle) {
	typefaces.Lock()
	defer typefaces.Unlock()
	was := setSystemRead(true)
	defer func() { setSystemRead(was) }()
	for _, style := range styles {
		set := fontsOf(style, nil, o)
		if _, ok := set.Fonts.(*typeface); ok {
			continue
		}
		of := typefaceOf{style, theme.CurrentForWidget(o).Font(style)}
		if typefaces.of[of] == nil {
			typefaces.of[of] = newTypeface(style, set.Fonts.ResolveFace('A'))
		}
		set.Fonts = typefaces.of[of]
	}
}

func newTypeface(style fyne.TextStyle, main *font.Face) *typeface {
	style.TabWidth = -1 // which no text has: Fyne keeps another set for it
	return &typeface{main, sync.OnceValue(func() shaping.Fontmap {
		typefaces.Lock()
		defer typefaces.Unlock()
		return fontsOf(style, nil, nil).Fonts
	})}
}

func setSystemRead(read bool) (was bool) {
	systemLock.Lock()
	defer systemLock.Unlock()
	was, systemRead = systemRead, read
	return was
}

// shareAllFonts shares those of the themes that objects wear, too.
func shareAllFonts() {
	shareFonts(nil, usualStyles)
	scopes.Lock()
	defer scopes.Unlock()
	for _, dressed := range scopes.of {
		shareFonts(dressed, themedStyles)
	}
}
