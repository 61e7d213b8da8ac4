package ui

import (
	"image"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
	"fyne.io/fyne/v2/driver/desktop"
	"github.com/go-gl/glfw/v3.4/glfw"
)

// glfwWindow returns the GLFW window behind a window that was shown, and nil where there is none, as in tests. Fyne does not export
// it, but its window has the method RunWithContext, and Fyne and this package share one GLFW. UI goroutine only.
func glfwWindow(w fyne.Window) *glfw.Window {
	var g *glfw.Window
	runWithContext(w, func() { g = glfw.GetCurrentContext() })
	return g
}

// runWithContext runs f while w's OpenGL context is current. It does nothing where there is none.
func runWithContext(w fyne.Window, f func()) {
	if rc, ok := w.(interface{ RunWithContext(func()) }); ok {
		rc.RunWithContext(f)
	}
}

// nameClass gives the windows that are shown from now on the class by which a desktop finds their icon (StartupWMClass). GLFW would
// take their titles. w is the first window: GLFW runs since it was made.
func nameClass(w fyne.Window, class string) {
	if _, ok := w.(interface{ RunWithContext(func()) }); ok {
		glfw.WindowHintString(glfw.X11ClassName, class)
		glfw.WindowHintString(glfw.X11InstanceName, class)
	}
}

// windowsGone reports whether Fyne has taken all windows down with GLFW. It tells that the app has stopped only a moment later, from
// another goroutine, and whoever called Run may touch a window in between.
func windowsGone() (gone bool) {
	if _, real := fyne.CurrentApp().Driver().(desktop.Driver); !real {
		return false
	}
	defer func() { gone = recover() != nil }()
	glfw.GetTime() // panics without GLFW
	return false
}

// newBareWindow makes a window without a frame, where the driver can.
func newBareWindow(app fyne.App, title string) fyne.Window {
	var w fyne.Window
	if d, ok := app.Driver().(desktop.Driver); ok {
		w = d.CreateSplashWindow()
		w.SetTitle(title)
	} else {
		w = app.NewWindow(title)
	}
	w.SetPadded(false)
	w.SetFixedSize(true)
	return w
}

// spareTime is how long a hidden window is kept for the next time. It takes 10 MB: shaders and pictures of its own.
const spareTime = 5 * time.Second

// spare takes a window down that was hidden, unless it is used again within spareTime. UI goroutine only.
func (u *UI) spare(w *fyne.Window, used *bool) {
	u.commands.background(func() {
		select {
		case <-time.After(spareTime):
			u.do(func() {
				if !*used && !windowsGone() {
					takeDown(w)
				}
			})
		case <-u.commands.ctx.Done():
		}
	})
}

// takeDown ends a window, if there is one.
func takeDown(w *fyne.Window) {
	if *w != nil {
		(*w).SetCloseIntercept(nil)
		(*w).Close()
		*w = nil
	}
}

// showBeside shows a window without taking the keyboard away from what somebody is typing in.
func showBeside(w fyne.Window) {
	if _, ok := w.(interface{ RunWithContext(func()) }); !ok {
		w.Show()
		return
	}
	glfw.WindowHint(glfw.FocusOnShow, glfw.False) // for a window that is made by Show; the hint outlives it
	w.Show()
	glfw.WindowHint(glfw.FocusOnShow, glfw.True)
}

// raise keeps a window that was just shown above others. The window manager forgets it whenever the window is hidden, and GLFW
// does nothing for an unchanged value.
func raise(w fyne.Window) {
	if g := glfwWindow(w); g != nil {
		g.SetAttrib(glfw.Floating, glfw.False)
		g.SetAttrib(glfw.Floating, glfw.True)
	}
}

// native is the window of the system behind one that is shown, for the standing of the program. It is 0 where there is none, as in tests.
func native(w fyne.Window) (handle uintptr) {
	if n, ok := w.(driver.NativeWindow); ok {
		n.RunNative(func(context any) {
			switch c := context.(type) {
			case driver.X11WindowContext:
				handle = c.WindowHandle
			case driver.WindowsWindowContext:
				handle = c.HWND
			}
		})
	}
	return handle
}

// demandAttention has a window call for attention once, by the means of GLFW, which cannot take it back.
func demandAttention(w fyne.Window) {
	if g := glfwWindow(w); g != nil {
		g.RequestAttention()
	}
}

// titleHeight is that of a window's title in screen units, as most window managers draw it.
const titleHeight = 36

// roomBeside is how high a window may be, in Fyne's units, to fit on the screen of w with its title; 0 if nobody knows.
func roomBeside(w fyne.Window) float32 {
	room := roomOn(w)
	if room.IsZero() {
		return 0
	}
	return room.Height - (2*placeMargin+titleHeight)/w.Canvas().Scale()
}

// roomOn is what there is for windows on the screen of w, which is shown, in Fyne's units; zero if nobody knows.
func roomOn(w fyne.Window) fyne.Size {
	if glfwWindow(w) == nil {
		return fyne.Size{}
	}
	m := screenOf(w)
	if m == nil {
		return fyne.Size{}
	}
	_, _, width, height := m.GetWorkarea()
	scale := w.Canvas().Scale()
	return fyne.NewSize(float32(width)/scale, float32(height)/scale)
}

// fit makes a window that is shown no larger than its screen, as it would be where all is drawn twice as large.
func fit(w fyne.Window) {
	size, room := w.Canvas().Size(), roomOn(w)
	if room.IsZero() || size.Width <= room.Width && size.Height <= room.Height {
		return
	}
	w.Resize(fyne.NewSize(min(size.Width, room.Width), min(size.Height, room.Height-titleHeight/w.Canvas().Scale())))
}

// place moves a window that is shown into a corner of the screen in use: 0 is left or top, 1 right or bottom. That is the screen of
// the window beside if somebody works in it, and otherwise the one with the pointer. beside may be nil.
func place(w fyne.Window, beside fyne.Window, x, y float64) {
	g := glfwWindow(w)
	if g == nil {
		return
	}
	m := screenOf(beside)
	if b := glfwWindow(beside); b == nil || b.GetAttrib(glfw.Focused) == glfw.False {
		if pointed := screenAt(g); pointed != nil {
			m = pointed
		}
	}
	if m == nil {
		return
	}
	left, top, width, height := m.GetWorkarea()
	own, tall := g.GetSize()
	g.SetPos(left+placeMargin+int(x*float64(width-own-2*placeMargin)), top+placeMargin+int(y*float64(height-tall-2*placeMargin)))
}

// screenAt returns the screen on which the pointer is, as a window that is shown can tell; nil if it cannot.
func screenAt(g *glfw.Window) *glfw.Monitor {
	left, top := g.GetPos()
	dx, dy := g.GetCursorPos() // also outside of the window
	x, y := left+int(dx), top+int(dy)
	for _, m := range glfw.GetMonitors() {
		mx, my := m.GetPos()
		if mode := m.GetVideoMode(); mode != nil && x >= mx && x < mx+mode.Width && y >= my && y < my+mode.Height {
			return m
		}
	}
	return nil
}

// screenOf returns the screen on which most of a window lies, and the primary one without a window. It may be nil.
func screenOf(w fyne.Window) *glfw.Monitor {
	best := glfw.GetPrimaryMonitor()
	if w == nil {
		return best
	}
	g := glfwWindow(w)
	if g == nil {
		return best
	}
	x, y := g.GetPos()
	width, height := g.GetSize()
	most := 0
	for _, m := range glfw.GetMonitors() {
		mx, my, mw, mh := m.GetWorkarea()
		w := min(x+width, mx+mw) - max(x, mx)
		h := min(y+height, my+mh) - max(y, my)
		if w > 0 && h > 0 && w*h > most {
			most, best = w*h, m
		}
	}
	return best
}

// iconified reports whether the window manager has put a window away. What is drawn in it then is seen by nobody.
func iconified(w fyne.Window) bool {
	g := glfwWindow(w)
	return g != nil && g.GetAttrib(glfw.Iconified) == glfw.True
}

// covers reports whether a window that has the keyboard, and so is above the others, leaves nothing to be seen of another one.
func covers(over, under fyne.Window) bool {
	o, u := glfwWindow(over), glfwWindow(under)
	return o != nil && u != nil && o.GetAttrib(glfw.Focused) == glfw.True && rectOf(u).In(rectOf(o))
}

// drawnBySoftware reports whether the processor draws a window that is shown.
func drawnBySoftware(w fyne.Window) bool {
	name := ""
	runWithContext(w, func() { name = renderer() })
	return software(name)
}

// monitors are the screens as they are now, and the number of the one with the pointer, as a window that is shown can tell.
func monitors(g *glfw.Window) (all []monitor, pointed int) {
	at := screenAt(g)
	for _, m := range glfw.GetMonitors() {
		mode := m.GetVideoMode()
		if mode == nil {
			continue
		}
		if at != nil && *m == *at {
			pointed = len(all)
		}
		x, y := m.GetPos()
		left, top, width, height := m.GetWorkarea()
		all = append(all, monitor{m.GetName(), image.Rect(x, y, x+mode.Width, y+mode.Height), image.Rect(left, top, left+width, top+height)})
	}
	return all, pointed
}
