package ui

import (
	"image"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"github.com/go-gl/glfw/v3.4/glfw"

	"github.com/parley-calls/parley/profile"
)

// The size of the mini window, in Fyne's units: as designed, and how narrow and wide a person may make it.
var miniSize = fyne.NewSize(304, 192)

const (
	miniLeast = 232
	miniMost  = 720
)

// miniFrame is the window around the mini view: without a frame of the desktop, above all others, on all workspaces. It begins in the
// lower right corner of the screen in use and stays where a person puts it, which is remembered for the next time; but always inside
// the free part of a screen, also when screens and panels come and go.
type miniFrame struct {
	ui         *UI
	mini       *mini
	miniPump   *pump
	miniWindow fyne.Window // made when it is needed, and kept for a while
	small      bool        // it is on the screen
	over       fyne.CanvasObject

	screens   []monitor // as they were when it got its place; nil if it is to get one
	held      bool      // by the pointer
	hold      image.Point
	from, now image.Rectangle // where it was then, and where it is to be
	scale     float32         // screen units for one of Fyne's
}

var _ dragged = (*miniFrame)(nil)

// bring shows and hides it.
func (f *miniFrame) bring(on bool) {
	if !on {
		if f.small {
			f.small = false
			f.mini.look(false)
			f.miniWindow.Hide()
			f.ui.spare(&f.miniWindow, &f.small)
		}
		return
	}
	if f.small {
		f.settle()
		return
	}
	f.small, f.held, f.screens = true, false, nil
	if f.miniWindow == nil {
		f.make()
	}
	showBeside(f.miniWindow)
	f.settle()
	raise(f.miniWindow)
	if id := handleX11(f.miniWindow); id != 0 {
		f.ui.commands.background(func() {
			if err := pin(id); err != nil {
				f.ui.params.Logger.Info("the mini window is on one workspace only", "error", err)
			}
		})
	}
	f.mini.look(true)
}

func (f *miniFrame) make() {
	w := newBareWindow(f.ui.params.App, word("mini.title"))
	f.miniWindow = w
	w.SetCloseIntercept(f.ui.show)
	w.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) { f.key(k.Name) })
	w.SetContent(container.NewStack(f.mini.root, container.NewVBox(f.over)))
	size := f.design()
	if width := f.ui.store.Settings().MiniWidth; width > 0 {
		width = max(miniLeast, min(width, miniMost))
		size = fyne.NewSize(width, width*size.Height/size.Width)
	}
	w.Resize(size)
	showBeside(w)
	if g := glfwWindow(w); g != nil {
		g.SetCursorEnterCallback(func(_ *glfw.Window, entered bool) { // Fyne does not notice that the pointer leaves a window
			if entered {
				f.mini.point(true)
			} else {
				f.mini.deserted()
			}
		})
	}
}

// design is its size before a person changes it.
func (f *miniFrame) design() fyne.Size {
	if size := f.mini.Config.Size; size.Width > 0 && size.Height > 0 {
		return size
	}
	return miniSize
}

// settle gives it its place when it comes up, and anew when screens or their free parts have changed.
func (f *miniFrame) settle() {
	g := glfwWindow(f.miniWindow)
	if g == nil || f.held {
		return
	}
	screens, home := monitors(g)
	if len(screens) == 0 || slices.Equal(screens, f.screens) {
		return
	}
	f.screens = screens
	at := settled(f.ui.store.Settings().MiniPlace, rectOf(g).Size(), screens, home)
	g.SetPos(at.X, at.Y)
}

// rectOf is where a window is.
func rectOf(g *glfw.Window) image.Rectangle {
	x, y := g.GetPos()
	w, h := g.GetSize()
	return image.Rect(x, y, x+w, y+h)
}

// pointer is where the pointer is, as a window that is shown can tell. It tells it from its own corner, and it may be on its way: what
// counts is what was asked while it did not move.
func pointer(g *glfw.Window) image.Point {
	at := rectOf(g).Min
	for range 10 {
		x, y := g.GetCursorPos()
		now := rectOf(g).Min
		if now == at {
			return at.Add(image.Pt(int(x), int(y)))
		}
		at = now
	}
	return at
}

// grab implements [dragged]. The pointer may be elsewhere by now.
func (f *miniFrame) grab(at fyne.Position) {
	if g := glfwWindow(f.miniWindow); g != nil && len(f.screens) > 0 {
		f.held, f.from = true, rectOf(g)
		f.scale = float32(f.from.Dx()) / max(1, f.miniWindow.Canvas().Size().Width)
		f.hold = f.from.Min.Add(image.Pt(int(at.X*f.scale), int(at.Y*f.scale)))
		f.now = f.from
	}
}

// move implements [dragged]. Near the edges of a screen it sticks.
func (f *miniFrame) move() {
	if g := glfwWindow(f.miniWindow); g != nil && f.held {
		r := f.from.Add(pointer(g).Sub(f.hold))
		f.now = sticking(r, f.screens[under(r, f.screens)].work)
		g.SetPos(f.now.Min.X, f.now.Min.Y)
	}
}

// stretch implements [dragged].
func (f *miniFrame) stretch(x, y int) {
	if g := glfwWindow(f.miniWindow); g != nil && f.held {
		area := f.screens[under(f.from, f.screens)].work
		f.now = grown(f.from, x, y, pointer(g), int(miniLeast*f.scale), int(miniMost*f.scale), area)
		f.miniWindow.Resize(fyne.NewSize(float32(f.now.Dx())/f.scale, float32(f.now.Dy())/f.scale))
		g.SetPos(f.now.Min.X, f.now.Min.Y)
	}
}

// drop implements [dragged]. What was left beyond an edge comes back, and the place is remembered.
func (f *miniFrame) drop() {
	g := glfwWindow(f.miniWindow)
	if g == nil || !f.held {
		return
	}
	f.held = false
	f.now = inside(f.now, f.screens[under(f.now, f.screens)].work)
	g.SetPos(f.now.Min.X, f.now.Min.Y)
	f.remember(placeOf(f.now, f.screens), f.miniWindow.Canvas().Size().Width)
}

// remember keeps where a person wants it, and how wide.
func (f *miniFrame) remember(at profile.Place, width float32) {
	s := f.ui.store.Settings()
	s.MiniPlace = &at
	if width != f.design().Width {
		s.MiniWidth = width
	}
	if err := f.ui.store.SaveSettings(s); err != nil {
		f.ui.params.Logger.Warn("the place of the mini window is forgotten", "error", err)
	}
}

// key handles the keys in it: M mutes, Return and Escape bring the call back. Those of a call that rings over it come first.
func (f *miniFrame) key(k fyne.KeyName) {
	if bar := f.ui.pages.ring.bar; bar.root.Visible() && bar.key(k) {
		return
	}
	switch k {
	case fyne.KeyM:
		if f.mini.mic.Visible() {
			f.mini.mic.press()
		}
	case fyne.KeyV:
		if f.mini.camera.Visible() {
			f.mini.camera.press()
		}
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeyEscape:
		f.ui.show()
	}
}

// close takes it down.
func (f *miniFrame) close(ended bool) {
	f.mini.close()
	f.miniPump.close()
	if !ended {
		takeDown(&f.miniWindow)
	}
}
