package ui

import (
	"sync/atomic"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"github.com/parley-calls/parley/profile"
)

func TestThemesShareTheirFonts(t *testing.T) {
	newApp(t)
	dark, light := canvas.NewText("dark", nil), canvas.NewText("light", nil)
	wear(dark, look{choice: profile.DarkTheme})
	wear(light, look{choice: profile.LightTheme})
	shareAllFonts()
	for _, style := range themedStyles {
		face := fontsOf(style, nil, nil).Fonts.ResolveFace('A')
		for _, o := range []fyne.CanvasObject{dark, light} {
			for _, r := range "AZaz09 äßéñ Жя Ωω …–’" {
				if fontsOf(style, nil, o).Fonts.ResolveFace(r) != face {
					t.Errorf("%+v: %q comes from another font", style, r)
				}
			}
		}
	}
	if fontsOf(fyne.TextStyle{}, nil, nil).Fonts.ResolveFace('A') == fontsOf(fyne.TextStyle{Bold: true}, nil, nil).Fonts.ResolveFace('A') {
		t.Error("bold text is not bold")
	}
}

func TestWhatATextFontLacksComesFromTheOthers(t *testing.T) {
	newApp(t)
	shareFonts(nil, usualStyles)
	for _, style := range usualStyles {
		for _, r := range "😀👍" {
			fonts := fontsOf(style, nil, nil).Fonts
			if _, found := fonts.ResolveFace(r).NominalGlyph(r); !found {
				t.Errorf("%+v: no font has %q", style, r)
			}
		}
	}
}

// A call that comes in the first second is drawn before the program is at rest.
func TestACallSharesTheFontsBeforeTheProgramIsAtRest(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	label := canvas.NewText("dark", nil)
	wear(label, bookish{look{choice: profile.DarkTheme}, new(atomic.Int32)}) // a theme that nobody wore yet
	s.show(world(inCall()))
	for _, style := range themedStyles {
		if _, ok := fontsOf(style, nil, label).Fonts.(*typeface); !ok {
			t.Errorf("%+v: Fyne reads the fonts again", style)
		}
	}
}

func TestFontsStaySharedWhenTheThemeChanges(t *testing.T) {
	s := newStage(t)
	label := canvas.NewText("dark", nil)
	wear(label, look{choice: profile.DarkTheme})
	s.ui.base.(house).settle()
	s.ui.setTheme(profile.LightTheme)
	for _, o := range []fyne.CanvasObject{nil, label} {
		if _, ok := fontsOf(fyne.TextStyle{}, nil, o).Fonts.(*typeface); !ok {
			t.Errorf("fonts of a theme are not shared any more (%v)", o)
		}
	}
}
