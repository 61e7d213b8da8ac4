package ui

import (
	"sync"
	_ "unsafe" // for go:linkname

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Each container.ThemeOverride is a theme of its own to Fyne, each time it is refreshed anew. For each, all fonts are parsed and kept
// for ever, which takes 10 MB and tens of milliseconds. So here all objects of a theme share one scope: that of an object which is
// dressed once and, being no widget, is not forgotten when it was not seen for a while.
var scopes = struct {
	sync.Mutex
	of map[fyne.Theme]fyne.CanvasObject
}{of: map[fyne.Theme]fyne.CanvasObject{}}

// shareScope gives o the theme of another object, by which Fyne's lists dress their rows. Fyne does not export it.
//
//go:linkname shareScope fyne.io/fyne/v2/internal/cache.OverrideThemeMatchingScope
func shareScope(o, of fyne.CanvasObject) bool

// wear gives an object and all that is in it a theme, down to where another one begins.
func wear(o fyne.CanvasObject, t fyne.Theme) {
	scopes.Lock()
	dressed := scopes.of[t]
	if dressed == nil {
		dressed = canvas.NewRectangle(nil)
		container.NewThemeOverride(dressed, t)
		scopes.of[t] = dressed
	}
	scopes.Unlock()
	shareScope(o, dressed)
}

// themed puts an object into a theme, as a [container.ThemeOverride] does.
func themed(o fyne.CanvasObject, t fyne.Theme) *container.ThemeOverride {
	c := &costume{content: o, theme: t}
	c.ExtendBaseWidget(c)
	return container.NewThemeOverride(c, t)
}

// costume keeps the theme of what is in it. Fyne takes it for a ThemeOverride, and leaves it alone.
type costume struct {
	widget.BaseWidget
	content fyne.CanvasObject
	theme   fyne.Theme
}

// CreateRenderer implements [fyne.Widget].
func (c *costume) CreateRenderer() fyne.WidgetRenderer {
	wear(c.content, c.theme)
	return widget.NewSimpleRenderer(c.content)
}

// Refresh implements [fyne.CanvasObject].
func (c *costume) Refresh() {
	wear(c.content, c.theme)
	c.content.Refresh()
}

// SetDeviceIsMobile is what Fyne knows a ThemeOverride by.
func (*costume) SetDeviceIsMobile(bool) {}
