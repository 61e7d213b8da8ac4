package ui

import (
	"sync/atomic"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/profile"
)

// bookish counts how often its fonts are asked for, which Fyne does for each scope and style once.
type bookish struct {
	look
	asked *atomic.Int32
}

func (b bookish) Font(style fyne.TextStyle) fyne.Resource {
	b.asked.Add(1)
	return b.look.Font(style)
}

func TestFontsAreLoadedOncePerTheme(t *testing.T) {
	newApp(t)
	var asked atomic.Int32
	dress := bookish{look{choice: profile.DarkTheme}, &asked}
	read := func() int32 {
		l := widget.NewLabel("Hello")
		page := themed(container.NewStack(l), dress)
		w := test.NewTempWindow(t, page)
		page.Refresh()
		wear(l, dress)
		l.SetText("Hello again")
		w.Canvas().Capture()
		return asked.Load()
	}
	once := read()
	if once == 0 {
		t.Fatal("the theme is not asked for its fonts")
	}
	for range 5 {
		if now := read(); now != once {
			t.Fatalf("asked for fonts %d times for one page, and %d for another like it", once, now)
		}
	}
}

func TestThemesEndWhereOthersBegin(t *testing.T) {
	newApp(t)
	dark, light := look{choice: profile.DarkTheme}, look{choice: profile.LightTheme}
	outer, inner := widget.NewLabel("dark"), widget.NewLabel("light")
	page := themed(container.NewStack(outer, themed(container.NewStack(inner), light)), dark)
	page.Refresh()
	for _, c := range []struct {
		label *widget.Label
		want  look
	}{{outer, dark}, {inner, light}} {
		if got, want := theme.ColorForWidget(theme.ColorNameForeground, c.label), c.want.Color(theme.ColorNameForeground, 0); got != want {
			t.Errorf("%s: written in %v, want %v", c.label.Text, got, want)
		}
	}
}
