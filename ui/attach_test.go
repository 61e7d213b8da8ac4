package ui

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/engine"
)

// attached is a window of another program, in another theme, in which the calls of a fake engine are shown.
type attached struct {
	*stage
	window fyne.Window
	entry  *widget.Entry
	typed  []fyne.KeyName // keys that the program got
	closes int            // how often the window's close button was its own
	part   *Attachment
}

func newAttached(t *testing.T, change ...func(*AttachOptions)) *attached {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.DefaultTheme())
	a := &attached{stage: &stage{loop: &loop{}, t: t, engine: newFakeEngine(), now: noon}, entry: widget.NewEntry()}
	a.window = app.NewWindow("Shop")
	a.window.SetContent(a.entry)
	a.window.Resize(fyne.NewSize(640, 360))
	a.window.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) { a.typed = append(a.typed, k.Name) })
	a.window.Show()
	o := AttachOptions{CloseIntercept: func() { a.closes++ }}
	for _, f := range change {
		f(&o)
	}
	s := world()
	a.engine.snap = &s
	a.part = attachTo(a.engine, a.window, o, a.do, func() time.Time { return a.now })
	a.ui = a.part.ui
	t.Cleanup(func() {
		a.part.Detach()
		if n := a.engine.watchers(); n != 0 {
			t.Errorf("%d subscriptions are left", n)
		}
	})
	a.settle()
	return a
}

// sees reports whether something is to be seen in the window.
func (a *attached) sees(o fyne.CanvasObject) bool { return sees(a.window.Content(), o) }

// A call fills another program's window and leaves everything as it was.
func TestAttachedWindowGetsEverythingBack(t *testing.T) {
	a := newAttached(t)
	size := a.window.Canvas().Size()
	a.window.Canvas().Focus(a.entry)
	before := fyne.CurrentApp().Settings().Theme()
	if at := fyne.CurrentApp().Driver().AbsolutePositionForObject(a.entry); at.Y > 2*theme.Padding() {
		t.Errorf("something takes %v above the content", at.Y)
	}
	if !a.sees(a.entry) || !a.window.Padded() {
		t.Fatal("without a call the window is not its own")
	}
	a.show(world(inCall()))
	if a.sees(a.entry) || !a.sees(a.ui.pages.call.root) || a.window.Padded() || a.window.Canvas().Size() != size {
		t.Error("a call does not fill the window")
	}
	a.key(fyne.KeyM)
	a.want("microphone call false")
	if len(a.typed) != 0 {
		t.Errorf("the program got %v meanwhile", a.typed)
	}
	a.show(world())
	a.pass(partingTime)
	if !a.sees(a.entry) || !a.window.Padded() || a.window.Canvas().Size() != size || a.window.Canvas().Focused() != a.entry {
		t.Error("after the call the window is not its own")
	}
	a.key(fyne.KeyF1)
	if !slices.Equal(a.typed, []fyne.KeyName{fyne.KeyF1}) {
		t.Errorf("the program got %v", a.typed)
	}
	if fyne.CurrentApp().Settings().Theme() != before {
		t.Error("the app has another theme")
	}
	a.part.Detach()
	a.part.Detach()
	if a.window.Content() != fyne.CanvasObject(a.entry) || a.window.Canvas().Size() != size {
		t.Error("detached, the window holds something of ours")
	}
	a.key(fyne.KeyF2)
	if len(a.typed) != 2 {
		t.Error("detached, its keys do not reach it")
	}
}

// Minimizing gives the window back while the call goes on in the small one.
func TestAttachedMinimize(t *testing.T) {
	a := newAttached(t)
	a.show(world(inCall()))
	a.ui.closeMain() // the close button
	a.settle()
	if !a.sees(a.entry) || !a.ui.pages.small || a.closes != 0 {
		t.Fatal("closing the window in a call does not minimize the call")
	}
	if c := a.part.Controller().Minimize(); c.State() != engine.MiniMinimizing {
		t.Errorf("it is %s", c.State())
	}
	if err := a.part.Controller().Minimize().Restore(); err != nil {
		t.Fatal(err)
	}
	a.settle()
	if a.sees(a.entry) || a.ui.pages.small {
		t.Error("it does not come back")
	}
	a.ui.putAway()
	a.show(world(over(engine.Ended{Call: "call", Reason: engine.RemoteHangUp, With: []engine.User{bob}, Answered: true, At: a.now})))
	a.pass(partingTime)
	if a.ui.pages.small || !a.sees(a.entry) {
		t.Error("the small window stays when the other has hung up")
	}
}

func TestAttachedRing(t *testing.T) {
	a := newAttached(t)
	a.show(world(rung(true)))
	if !a.sees(a.entry) || !a.sees(a.ui.pages.ring.over.root) || !a.ui.pages.ring.up {
		t.Fatal("a call does not ring over the content, and in a window of its own")
	}
	a.pass(typingGuard)
	a.key(fyne.KeyEscape)
	a.want(`preview ""`, "reject ring")
	a.show(world())
	if a.sees(a.ui.pages.ring.over.root) || a.ui.pages.ring.up {
		t.Error("it still rings")
	}
}

func TestAttachedContentAndDevices(t *testing.T) {
	a := newAttached(t, func(o *AttachOptions) { o.Skip = func(id engine.CallID) bool { return id == "call" } })
	a.show(world(inCall(), rung(false)))
	if !a.sees(a.entry) || len(a.ui.snapshot().Incoming) != 0 {
		t.Error("a call is shown that the program shows itself")
	}
	other := widget.NewLabel("another page")
	a.part.SetContent(other)
	if a.sees(a.entry) || !a.sees(other) {
		t.Error("the program cannot change its content")
	}
	a.ui.openSettings()
	if a.ui.sheet == nil {
		t.Fatal("devices cannot be chosen")
	}
	a.key(fyne.KeyEscape)
	if a.ui.sheet != nil {
		t.Error("the devices stay open")
	}
	a.part.Detach()
	if a.window.Content() != fyne.CanvasObject(other) {
		t.Error("the window does not get its new content back")
	}
}
