package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/engine/signal"
)

// What Fyne's widgets do not want goes to the window, and Enter does what Space does.
func TestControlsHandKeysOn(t *testing.T) {
	newApp(t)
	done := ""
	b := newButton("A button", func() { done = "pressed" })
	k := newCheck("A box", func(bool) { done = "ticked" })
	c := newChoice([]string{"one", "two"}, func(string) { done = "chosen" })
	s := newSlider(0, 10)
	s.OnChanged = func(float64) { done = "moved" }
	e := newTextEntry()
	r := newRoundButton(assets.Phone, tonePlain, 36, "", func() { done = "pressed" })
	seg := newSegment(symbol(assets.Phone), "A part", func() { done = "turned" })
	w := test.NewWindow(container.NewVBox(b, k, c, s, e, r, newSegments(seg)))
	defer w.Close()
	passed := fyne.KeyName("")
	w.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) { passed = k.Name })
	for _, x := range []struct {
		o    fyne.Focusable
		key  fyne.KeyName
		want string
	}{{b, fyne.KeyReturn, "pressed"}, {k, fyne.KeyEnter, "ticked"}, {c, fyne.KeyRight, "chosen"}, {s, fyne.KeyRight, "moved"}, {r, fyne.KeyReturn, "pressed"}, {seg, fyne.KeyReturn, "turned"}, {e, "", ""}} {
		w.Canvas().Focus(x.o)
		done, passed = "", ""
		if x.key != "" {
			x.o.TypedKey(&fyne.KeyEvent{Name: x.key})
		}
		if done != x.want || passed != "" {
			t.Errorf("%T: %s did %q, want %q, and the window got %q", x.o, x.key, done, x.want, passed)
		}
		done = ""
		x.o.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		if done != "" || passed != fyne.KeyEscape {
			t.Errorf("%T: Escape did %q, and the window got %q", x.o, done, passed)
		}
	}
	w.Canvas().Focus(c)
	c.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if w.Canvas().Overlays().Top() == nil {
		t.Error("Enter does not open the list")
	}
}

func TestButtonShowsThatItHasTheKeyboard(t *testing.T) {
	newApp(t)
	b := newButton("Yes", func() {})
	w := test.NewWindow(b)
	defer w.Close()
	ring := func() bool {
		all := test.WidgetRenderer(b).Objects()
		return all[len(all)-1].Visible()
	}
	if ring() {
		t.Error("there is a ring without the keyboard")
	}
	w.Canvas().Focus(b)
	if !ring() {
		t.Error("there is no ring with the keyboard")
	}
	w.Canvas().Unfocus()
	if ring() {
		t.Error("the ring stays")
	}
}

// A list that drops down has an edge that can be seen, on a card as white as itself, too.
func TestChoicesHaveAnEdge(t *testing.T) {
	newApp(t)
	devices := newDeviceSelect(media.CameraDevice, func([]media.Device) string { return "" }, func(string) {})
	for _, o := range []fyne.Widget{newChoice([]string{"one"}, nil), devices} {
		test.NewTempWindow(t, container.NewStack(o)).Resize(fyne.NewSize(200, 60))
		e := test.WidgetRenderer(o).(*edge)
		if e.line.Size() != o.Size() || e.line.StrokeWidth == 0 || e.line.StrokeColor != theme.ColorForWidget(theme.ColorNameInputBorder, o) {
			t.Errorf("%T: the edge is %+v", o, e.line)
		}
	}
}

// Tab goes through a page as it is read, and a list is one stop: its rows have keys of their own.
func TestTabGoesThroughThePeople(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	h, c := s.ui.pages.home, s.ui.main.Canvas()
	c.Unfocus()
	var met []fyne.Focusable
	for range 20 {
		c.FocusNext()
		if len(met) > 0 && c.Focused() == met[0] {
			break
		}
		met = append(met, c.Focused())
	}
	at := func(o fyne.Focusable) int {
		for i, f := range met {
			if f == o {
				return i
			}
		}
		t.Fatalf("Tab does not reach %T", o)
		return -1
	}
	last := -1
	for _, o := range []fyne.Focusable{h.now, h.before, h.people.search, h.people.list, h.inv, h.person.voice, h.person.video, h.person.link} {
		i := at(o)
		if i <= last {
			t.Errorf("%T is stop %d, after stop %d", o, i, last)
		}
		last = i
	}
	if len(met) > 12 {
		t.Errorf("there are %d stops", len(met))
	}
}

// The mark beside the row that is chosen says that the keyboard acts on it.
func TestListShowsThatItHasTheKeyboard(t *testing.T) {
	s := newStage(t)
	s.enter(world())
	l, c := s.ui.pages.home.people.list, s.ui.main.Canvas()
	marked := func() (n int) {
		for _, o := range test.LaidOutObjects(l) {
			if row, ok := o.(*fyne.Container); ok && len(row.Objects) == 2 {
				if _, ok := row.Objects[0].(*personRow); ok && row.Objects[1].Visible() {
					n++
				}
			}
		}
		return n
	}
	c.Focus(l)
	l.Select(1)
	if marked() != 1 {
		t.Errorf("%d rows are marked with the keyboard in the list", marked())
	}
	c.Focus(s.ui.pages.home.people.search)
	if marked() != 0 {
		t.Errorf("%d rows are marked with the keyboard elsewhere", marked())
	}
}

// A small window cuts nothing off.
func TestPagesFitSmallWindows(t *testing.T) {
	for _, l := range []string{"en", "de", "fr", "es", "pt", "ja"} {
		s := newStageOn(t, nil, func(p *Params) { p.Program.(*fakeProgram).settings.Language = l })
		snap := world()
		snap.People[1].Name = "Cyd Okafor-Wunderlich von und zu Hohenschwangau"
		s.enter(snap)
		h := s.ui.pages.home
		h.people.list.Select(1)
		if m := h.root.MinSize(); m.Width > 640 || m.Height > 360 {
			t.Errorf("%s: people need %v", l, m)
		}
		if m := s.ui.pages.settings.root.MinSize(); m.Width > 640 || m.Height > 360 {
			t.Errorf("%s: the settings need %v", l, m)
		}
		s.ui.main.Resize(fyne.NewSize(640, 360))
		s.show(world(inCall(outgoingTo(bob, signal.Ringing))))
		o := s.ui.pages.outgoing
		driver := fyne.CurrentApp().Driver()
		low := driver.AbsolutePositionForObject(o.state).Y + o.state.Size().Height
		if bar := driver.AbsolutePositionForObject(o.bar).Y; low > bar || driver.AbsolutePositionForObject(o.portrait).Y < 0 {
			t.Errorf("%s: the words about the call end at %v, the bar begins at %v", l, low, bar)
		}
	}
}
