package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/profile"
)

// face is what a button of a call looks like at the moment.
type face struct {
	symbol assets.Symbol
	icon   fyne.Resource // in place of the symbol; may be nil
	tone   tone
	label  string
	count  int  // of what is new
	absent bool // it makes no sense now
}

// control is a button of a call, wherever it is shown: on a bar, in More, or only as a key.
type control struct {
	face func() face
	do   func()
}

// controls are all buttons of a call.
type controls map[Button]control

// press does what a button does, if it is there.
func (o controls) press(b Button) {
	if one, known := o[b]; known && !one.face().absent {
		one.do()
	}
}

// present leaves out what makes no sense now.
func (o controls) present(names []Button) []Button {
	var out []Button
	for _, b := range names {
		if one, known := o[b]; b == ButtonMore || known && !one.face().absent {
			out = append(out, b)
		}
	}
	return out
}

// The measures of a bar, in Fyne's units.
const (
	barMargin  = 18  // around the bar of buttons
	barPadding = 10  // around the buttons
	barGap     = 6   // between two buttons
	lowCall    = 440 // in a window that is not higher the buttons are small and have no words
)

// bar is a row of buttons over the picture of a call. Its layout decides what fits; the rest is in More.
type bar struct {
	config      BarConfig
	controls    controls
	names, rest []Button
	compact     bool    // its buttons are always small
	x, y        float32 // where it stands: 0 is left or top, 1 right or bottom
	more        func()  // opens More
	moved       func()  // the pointer moved over it
	buttons     map[Button]*roundButton
	row         *fyne.Container // the buttons that are on it
	panel       *panel          // that they are on
	root        *fyne.Container // all of the call, with the panel in its place
	on, over    []Button        // what is on the bar, and in More
	slide       float32         // how much of it has gone, from 0 to 1
	wanted      bool
	motion      motion
}

// newBottomBar makes the bar in the middle of the lower edge.
func newBottomBar(c BarConfig, o controls) *bar {
	return newBar(&bar{config: c, controls: o, x: 0.5, y: 1}, bottomButtons, bottomMore)
}

// newTopBar makes the bar at the right of the upper edge.
func newTopBar(c BarConfig, o controls) *bar {
	return newBar(&bar{config: c, controls: o, x: 1, compact: true}, topButtons, nil)
}

func newBar(b *bar, own, more []Button) *bar {
	c := b.config
	b.buttons, b.wanted = map[Button]*roundButton{}, true
	b.names, b.rest = c.orders(own, more)
	gap := float32(barGap)
	if b.compact {
		gap = 2
	}
	b.row = container.New(layout.NewCustomPaddedHBoxLayout(gap))
	vertical, horizontal := b.padding()
	b.panel = c.surface(inset(vertical, vertical, horizontal, horizontal, container.NewCenter(b.row)))
	b.panel.radius = 28
	b.root = container.New(b, b.panel)
	b.motion = motion{at: 1, step: func(at float32) {
		b.slide = 1 - at
		b.arrange()
	}}
	if c.Hide {
		b.root.Hide()
	}
	return b
}

// surface is what a bar looks like behind its content.
func (c BarConfig) surface(content fyne.CanvasObject) *panel {
	fill := colorGlass
	if c.Light {
		fill, content = colorPaper, themed(content, look{choice: profile.LightTheme})
	}
	p := newPanel(fill, "", 0, content)
	p.paint = c.Background
	return p
}

func (b *bar) padding() (vertical, horizontal float32) {
	switch {
	case b.config.Padding > 0:
		return b.config.Padding, b.config.Padding
	case b.compact:
		return 4, 4
	}
	return barPadding, barPadding
}

func (b *bar) margin() float32 {
	switch {
	case b.config.Margin > 0:
		return b.config.Margin
	case b.compact:
		return 12
	}
	return barMargin
}

// button is that for a name, made when it is first needed.
func (b *bar) button(name Button) *roundButton {
	r := b.buttons[name]
	if r == nil {
		do := b.more
		if name != ButtonMore {
			do = b.controls[name].do
		}
		r = newRoundButton("", toneSoft, buttonSmall, "", do)
		r.moved, r.light = b.moved, b.config.Light
		colours := darkTheme
		if b.config.Light {
			colours = profile.LightTheme
		}
		colour(r, colours)
		b.buttons[name] = r
	}
	return r
}

// update shows the buttons as they are now.
func (b *bar) update() {
	for name, r := range b.buttons {
		b.dress(name, r)
	}
	on, over := b.share(b.root.Size())
	if !slices.Equal(on, b.on) || !slices.Equal(over, b.over) || b.panel.MinSize() != b.panel.Size() {
		b.arrange()
	}
}

func (b *bar) dress(name Button, r *roundButton) {
	f := face{symbol: assets.More, label: word("call.more")}
	if name != ButtonMore {
		f = b.controls[name].face()
	} else {
		for _, hidden := range b.over {
			f.count += b.controls[hidden].face().count
		}
	}
	r.icon = f.icon
	r.set(f.symbol, f.tone, f.label)
	r.count(f.count)
}

// share says which buttons are on the bar in a window of a size, and which are in More.
func (b *bar) share(s fyne.Size) (on, over []Button) {
	names, rest := b.controls.present(b.names), b.controls.present(b.rest)
	places := b.config.Max
	if places == 0 {
		places = defaultMax
	}
	_, padding := b.padding()
	for n := min(places, len(names)); ; n-- {
		on, over = allot(names, n, len(rest) > 0)
		width := 2 * padding
		for _, name := range on {
			r := b.button(name)
			b.dress(name, r)
			r.size, r.caption = buttonLarge, true
			if b.compact || s.Height < lowCall {
				r.size, r.caption = buttonSmall, false
			}
			width += r.MinSize().Width + barGap
		}
		if n <= 1 || width-barGap+2*b.margin() <= s.Width {
			return on, append(over, rest...)
		}
	}
}

var _ fyne.Layout = (*bar)(nil)

// Layout implements [fyne.Layout].
func (b *bar) Layout(_ []fyne.CanvasObject, s fyne.Size) {
	small := len(b.on) > 0 && !b.buttons[b.on[0]].caption
	on, over := b.share(s)
	changed := !slices.Equal(on, b.on) || len(on) > 0 && small == b.buttons[on[0]].caption
	b.on, b.over = on, over
	if changed {
		b.row.Objects = nil
		for _, name := range on {
			b.row.Add(b.button(name))
			b.button(name).Refresh()
		}
	}
	m := b.panel.MinSize()
	m.Height = max(m.Height, b.config.Height)
	b.panel.Resize(m)
	margin := b.margin()
	at := fyne.NewPos(margin+(s.Width-m.Width-2*margin)*b.x, margin+(s.Height-m.Height-2*margin)*b.y)
	away := b.slide * (m.Height + margin)
	if b.y == 0 {
		away = -away
	}
	b.panel.Move(at.AddXY(0, away))
}

// MinSize implements [fyne.Layout].
func (b *bar) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(2*barMargin+buttonSmall, 0) }

// arrange gives the bar its place anew.
func (b *bar) arrange() {
	b.Layout(b.root.Objects, b.root.Size())
	repaint()
}

// show brings the bar, or puts it away.
func (b *bar) show(on bool) {
	on = on && !b.config.Hide
	if b.wanted == on {
		return
	}
	b.wanted = on
	if on {
		visible(b.root, true)
		b.motion.to(1, nil)
	} else {
		b.motion.to(0, b.root.Hide)
	}
}

// size is how much of the call the bar takes, with the space above and below it: nothing while it is away.
func (b *bar) size() fyne.Size {
	if !b.root.Visible() || !b.wanted {
		return fyne.Size{}
	}
	return b.room()
}

// room is how much it takes while it is to be seen.
func (b *bar) room() fyne.Size { return b.panel.Size().AddWidthHeight(0, 2*b.margin()) }

// used reports whether the pointer or the keyboard is on one of its buttons.
func (b *bar) used() bool {
	for _, name := range b.on {
		if r := b.buttons[name]; r.hovered || r.focused {
			return true
		}
	}
	return false
}

// has reports whether it offers a button now, be it in More.
func (b *bar) has(name Button) bool {
	return slices.Contains(b.on, name) || slices.Contains(b.over, name)
}
