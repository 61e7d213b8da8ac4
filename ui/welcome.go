package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

// maxFound bounds the list of switchboards that were found, which anybody on the network can fill.
const maxFound = 20

// welcomeParams are what the welcome page needs.
type welcomeParams struct {
	Program  Program
	Commands *commands
	Do       func(func())
	Back     func() // leaves the page without a change
}

// welcome asks for a name and for a switchboard: one in this app, or another one.
type welcome struct {
	welcomeParams
	root     fyne.CanvasObject
	greeting *fyne.Container
	name     *textEntry
	address  *textEntry
	code     *textEntry
	device   *textEntry      // the code from another device
	twin     *fyne.Container // device, and where its code is found
	choose   *fyne.Container
	join     *fyne.Container
	found    *fyne.Container
	looking  *widget.Label
	problem  *widget.Label
	busy     *widget.ProgressBarInfinite
	back     *pushButton
	start    *pushButton
	toJoin   *pushButton
	enter    *pushButton

	known map[string]*pushButton // found switchboards, by address
	stop  context.CancelFunc     // of the search; nil while there is none
}

func newWelcome(p welcomeParams) *welcome {
	w := &welcome{welcomeParams: p, known: map[string]*pushButton{}}
	w.name = newTextEntry()
	w.name.SetPlaceHolder(word("welcome.name.hint"))
	w.name.SetText(p.Program.Settings().Name)
	w.name.OnSubmitted = func(string) {
		if w.join.Visible() {
			w.enterOther()
		} else {
			w.startHere()
		}
	}
	w.problem = note("")
	w.problem.Importance = widget.DangerImportance
	w.problem.Hide()
	w.busy = widget.NewProgressBarInfinite()
	w.busy.Stop()
	w.busy.Hide()
	w.back = newIconButton(word("welcome.back"), symbol(assets.Back), w.goBack)
	w.back.Importance = widget.LowImportance

	w.start = newIconButton(word("welcome.start"), symbol(assets.Host), w.startHere)
	w.start.Importance = widget.HighImportance
	w.toJoin = newIconButton(word("welcome.join"), symbol(assets.Join), w.openJoin)
	w.choose = container.New(layout.NewGridLayoutWithColumns(2),
		w.card(assets.Host, word("welcome.start"), word("welcome.start.text"), w.start),
		w.card(assets.Join, word("welcome.join"), word("welcome.join.text"), w.toJoin))
	w.join = w.joinPanel()
	w.join.Hide()

	icon := canvas.NewImageFromResource(fyne.NewStaticResource("icon.svg", assets.Icon))
	icon.FillMode = canvas.ImageFillContain
	icon.SetMinSize(fyne.NewSquareSize(72))
	form := container.New(column{width: columnWidth, gap: 4}, centered(caption(word("welcome.name"))), w.name)
	w.greeting = container.New(column{width: 640, gap: 8},
		icon, centered(text(word("welcome.title"), theme.SizeNameHeadingText, true)), centered(note(word("welcome.text"))))
	page := container.New(column{width: 640, gap: 8, middle: true}, w.greeting,
		form, gap(6), w.choose, w.join, centered(w.problem), container.New(column{width: columnWidth}, w.busy))
	w.root = container.NewStack(container.NewVScroll(inset(16, 16, 24, 24, page)), at(0, 0, 12, w.back))
	return w
}

func caption(s string) *widget.Label {
	l := text(s, theme.SizeNameCaptionText, false)
	l.Importance = widget.LowImportance
	return l
}

func (w *welcome) card(s assets.Symbol, title, body string, button *pushButton) fyne.CanvasObject {
	icon := widget.NewIcon(theme.NewColoredResource(symbol(s), theme.ColorNamePrimary))
	name := text(title, theme.SizeNameSubHeadingText, true)
	head := newBorder(nil, nil, inset(0, 0, 8, 0, icon), nil, name)
	return newPanel(colorCard, colorLine, 14, newBorder(head, button, nil, nil, note(body)))
}

func (w *welcome) joinPanel() *fyne.Container {
	w.address = newTextEntry()
	w.address.SetPlaceHolder(word("join.address.hint"))
	w.address.OnSubmitted = func(string) { w.enterOther() }
	w.code = newTextEntry()
	w.code.SetPlaceHolder(word("join.code.hint"))
	w.code.OnSubmitted = func(string) { w.enterOther() }
	w.code.Hide()
	w.device = newTextEntry()
	w.device.SetPlaceHolder(word("join.device.hint"))
	w.device.OnSubmitted = func(string) { w.enterOther() }
	w.twin = container.NewVBox(note(word("join.device.text")), w.device)
	w.twin.Hide()
	w.enter = newIconButton(word("join.enter"), symbol(assets.Join), w.enterOther)
	w.enter.Importance = widget.HighImportance
	w.found = container.NewVBox()
	w.looking = caption(word("join.looking"))
	return container.New(column{width: columnWidth, gap: 4}, newPanel(colorCard, colorLine, 14, container.NewVBox(
		text(word("join.found"), theme.SizeNameText, true), w.found, w.looking,
		text(word("join.address"), theme.SizeNameText, true), w.address, w.code, w.twin, w.enter)))
}

// show prepares the page to be seen. canLeave says whether there is something to go back to.
func (w *welcome) show(canLeave bool) {
	visible(w.back, canLeave || w.join.Visible())
	w.back.OnTapped = w.goBack
	if w.join.Visible() {
		w.look()
	}
}

// hide ends the search.
func (w *welcome) hide() {
	if w.stop != nil {
		w.stop()
		w.stop = nil
	}
}

func (w *welcome) goBack() {
	if !w.join.Visible() {
		w.Back()
		return
	}
	w.hide()
	w.join.Hide()
	visible(w.choose, true)
	w.greet()
	w.complain("")
	w.show(w.Program.Settings().Server != "")
}

func (w *welcome) openJoin() {
	w.complain("")
	w.choose.Hide()
	visible(w.join, true)
	visible(w.back, true)
	w.look()
	if c := fyne.CurrentApp().Driver().CanvasForObject(w.address); c != nil {
		if w.nameless() {
			c.Focus(w.name)
		} else {
			c.Focus(w.address)
		}
	}
}

// look searches the local network until the page is hidden.
func (w *welcome) look() {
	if w.stop != nil {
		return
	}
	ctx, stop := context.WithCancel(w.Commands.ctx)
	w.stop = stop
	w.Commands.background(func() {
		w.Program.Discover(ctx, func(name, address string) {
			if ctx.Err() == nil {
				w.Do(func() { w.add(name, address) })
			}
		})
	})
}

func (w *welcome) add(name, address string) {
	label := name
	if name == "" {
		label = address
	}
	if b, there := w.known[address]; there {
		if b.Text != label {
			b.SetText(label)
		}
		return
	}
	if len(w.known) == maxFound {
		return
	}
	b := newIconButton(label, symbol(assets.Host), func() {
		w.address.SetText(address)
		w.enterOther()
	})
	b.Alignment = widget.ButtonAlignLeading
	w.known[address] = b
	w.found.Add(b)
	w.looking.Hide()
}

func (w *welcome) startHere() {
	name, ok := w.named()
	if !ok {
		return
	}
	w.run(func(ctx context.Context) error { return w.Program.StartHere(ctx, name) })
}

func (w *welcome) enterOther() {
	name, ok := w.named()
	if !ok {
		return
	}
	j := Joining{Name: name, Address: strings.TrimSpace(w.address.Text), JoinCode: strings.TrimSpace(w.code.Text)}
	if w.twin.Visible() {
		j.DeviceCode = strings.TrimSpace(w.device.Text)
	}
	if j.Address == "" {
		w.complain(word("join.address.missing"))
		return
	}
	w.run(func(ctx context.Context) error { return w.Program.Join(ctx, j) })
}

// nameless reports whether the person has still to say a name.
func (w *welcome) nameless() bool { return strings.TrimSpace(w.name.Text) == "" }

func (w *welcome) named() (string, bool) {
	name := strings.TrimSpace(w.name.Text)
	if name == "" {
		w.complain(word("welcome.name.missing"))
		if c := fyne.CurrentApp().Driver().CanvasForObject(w.name); c != nil {
			c.Focus(w.name)
		}
		return "", false
	}
	return name, true
}

// run starts one of the two ways in and keeps the page still until it is decided.
func (w *welcome) run(f func(context.Context) error) {
	if !w.Commands.start("enter", f, w.ended) {
		return
	}
	w.complain("")
	w.enable(false)
}

func (w *welcome) ended(err error) {
	w.enable(true)
	if err == nil {
		w.hide()
		w.greet()
		return
	}
	title, body := explain(err)
	switch engine.Code(err) {
	case "join-code":
		visible(w.code, true)
	case "device-code":
		w.ask(w.device)
	case "name-taken":
		w.ask(w.name)
	}
	w.complain(title + "\n" + body)
}

// greet makes the page as it was before a name was found taken.
func (w *welcome) greet() {
	w.device.SetText("")
	visible(w.twin, false)
	visible(w.greeting, true)
}

// ask offers both ways out of a name that is taken, another name or a code from the device that has it, and begins with one of them.
func (w *welcome) ask(first *textEntry) {
	visible(w.twin, true)
	visible(w.greeting, !w.join.Visible()) // or what went wrong does not fit into a small window
	if c := fyne.CurrentApp().Driver().CanvasForObject(first); c != nil {
		c.Focus(first)
	}
}

func (w *welcome) complain(s string) {
	say(w.problem, s)
	visible(w.problem, s != "")
}

func (w *welcome) enable(on bool) {
	for _, o := range []fyne.Disableable{w.name, w.address, w.code, w.device, w.start, w.toJoin, w.enter, w.back} {
		if on {
			o.Enable()
		} else {
			o.Disable()
		}
	}
	for _, b := range w.known {
		if on {
			b.Enable()
		} else {
			b.Disable()
		}
	}
	if on {
		w.busy.Stop()
	} else {
		w.busy.Start()
	}
	visible(w.busy, !on)
}
