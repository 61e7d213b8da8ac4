package ui

import (
	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/engine"
)

// ringer shows the calls that ring: in a window of its own, over the main window, and over the mini window. All of them say the
// same. It keeps how a person wants to enter the call on top, and the camera with which they look at themselves before.
type ringer struct {
	ui     *UI
	over   *incoming
	own    *incoming   // in window; nil: calls ring only in the main window and the mini window
	bar    *incoming   // over the mini window
	window fyne.Window // made when it first rings
	pump   *pump       // of window; nil without own
	size   fyne.Size   // of window
	up     bool        // window is on the screen
	camera *preview
	start  start
	call   engine.InvitationID // that start is for
	last   ringView
	lent   bool // the camera is in use on another page
}

func newRinger(u *UI) *ringer {
	r := &ringer{ui: u}
	params := incomingParams{Commands: u, Choose: r.choose, Refit: r.refit, Replies: func() [3]string { return repliesOf(u.params.Program.Settings()) }, Now: u.now}
	card := func(tile *videoTile, radius float32) *incoming {
		p := params
		p.Picture, p.Radius = tile, radius
		return newIncoming(p)
	}
	pump := u.pump
	if !u.params.RingInside {
		r.pump = newPump(u.do, softwareRate)
		pump = r.pump
	}
	tile := newVideoTile(pump, 0)
	tile.view.SetMirror(true)
	tile.label(word("people.you"), "")
	if u.params.RingInside {
		r.over = card(tile, radius)
	} else {
		r.over, r.own = card(nil, radius), card(tile, 0)
	}
	params.Bar = true
	r.bar = newIncoming(params)
	r.bar.root.Hide()
	r.camera = &preview{name: "ring", hardware: u.engine, commands: u.commands, tile: tile, told: r.pictured}
	return r
}

// cards are all places where a call is shown.
func (r *ringer) cards() []*incoming {
	if r.own == nil {
		return []*incoming{r.over, r.bar}
	}
	return []*incoming{r.over, r.own, r.bar}
}

// show shows the calls that ring. lent says that another page shows the camera already.
func (r *ringer) show(v ringView, me engine.User, lent bool) {
	r.camera.who, r.lent = me, lent
	r.update(v)
}

func (r *ringer) update(v ringView) {
	begins := r.call == ""
	fresh := r.call != v.call.ID && !v.over
	if r.call != v.call.ID {
		r.call = v.call.ID
		r.start = startOf(v.call, r.ui.params.Program.Settings())
	}
	v.blind = r.last.blind
	r.last = v
	r.preview()
	for _, in := range r.cards() {
		in.show(v, r.start)
	}
	visible(r.bar.root, v.call.Waiting || v.over)
	if len(r.ui.overlay.Objects) == 0 {
		r.ui.overlay.Add(r.over.root)
	}
	if begins {
		r.listen()
	}
	if r.own != nil {
		r.bring(fresh && !v.quiet)
	}
	r.refit()
}

// refit gives the cards the height they need, if it is another one: this is asked with every snapshot.
func (r *ringer) refit() {
	if over := r.over.root; over.MinSize().Height != over.Size().Height {
		r.ui.overlay.Refresh()
	}
	if r.own == nil || r.window == nil {
		return
	}
	if size := fitting(r.own.root, incomingWidth); size != r.size {
		r.size = size
		r.window.Resize(size)
	}
}

// listen lets the keys of the main window reach the call, unless somebody types or chooses people.
func (r *ringer) listen() {
	if r.ui.picking != nil {
		return
	}
	c := r.ui.main.Canvas()
	if _, typing := c.Focused().(interface{ SelectedText() string }); !typing {
		c.Unfocus()
	}
}

// bring shows the window of the call, as large as what it says. A call that a person does not want to hear is not put above what
// they look at.
func (r *ringer) bring(above bool) {
	if r.window == nil {
		r.window = newBareWindow(r.ui.params.App, word("incoming.title"))
		r.window.SetCloseIntercept(func() { r.ui.reject(r.last.call.ID, "") })
		r.window.Canvas().SetOnTypedKey(func(k *fyne.KeyEvent) { r.own.key(k.Name) })
		r.window.SetContent(r.own.root)
	}
	if !r.up {
		r.up = true
		r.refit() // before it is seen
		showBeside(r.window)
		var beside fyne.Window
		if r.ui.windowed { // a window that never was on the screen is on none
			beside = r.ui.main
		}
		place(r.window, beside, 1, 0)
		r.own.Picture.look(true)
	}
	if above {
		raise(r.window)
	}
}

// fitting returns the size that something with wrapped text needs at a width.
func fitting(o fyne.CanvasObject, width float32) fyne.Size {
	width = max(width, o.MinSize().Width)
	o.Resize(fyne.NewSize(width, o.Size().Height)) // wrapped text learns its width, and with it its height
	return fyne.NewSize(width, o.MinSize().Height)
}

// hide takes everything down.
func (r *ringer) hide() {
	if r.call == "" {
		return
	}
	r.call, r.last = "", ringView{}
	r.preview()
	r.yield()
	r.ui.overlay.RemoveAll()
	for _, in := range r.cards() {
		in.clear()
	}
	visible(r.bar.root, false)
	if r.up {
		r.up = false
		r.own.Picture.look(false)
		r.window.Canvas().Unfocus()
		r.window.Hide()
	}
}

// yield gives the keys of the main window back to its page.
func (r *ringer) yield() {
	if r.ui.picking != nil {
		return
	}
	c := r.ui.main.Canvas()
	if _, typing := c.Focused().(interface{ SelectedText() string }); typing && c.Focused() != r.over.reply.own {
		return
	}
	c.Unfocus()
	if r.ui.shown.main == viewHome {
		c.Focus(r.ui.pages.home.people.list)
	}
}

// choose changes how a person wants to enter the call.
func (r *ringer) choose(s start) {
	r.start = s
	if r.call != "" {
		r.update(r.last)
	}
}

// preview opens and closes the camera: it is on only while a person can see themselves before they answer.
func (r *ringer) preview() {
	switch want := r.last.previewed() && r.start.camera && !r.lent; {
	case want && !r.camera.wanted:
		r.last.blind = ""
		r.camera.open()
	case !want && r.camera.wanted:
		r.camera.close()
	}
}

// pictured is called when the camera is open, or why it is not.
func (r *ringer) pictured(err error) {
	v := r.last
	r.last.blind = ""
	if err != nil {
		title, body := explain(err)
		r.last.blind = title + " " + body
	}
	if r.call != "" {
		r.update(v)
	}
}

// key hands a key of the main window to the call. It reports whether it is used up.
func (r *ringer) key(k fyne.KeyName) bool { return r.call != "" && r.over.key(k) }

// close takes everything down for good. windows says that Fyne has not done so with the windows.
func (r *ringer) close(windows bool) {
	r.camera.close()
	r.camera.tile.release()
	if r.pump != nil {
		r.pump.close()
	}
	if !windows {
		return
	}
	r.hide()
	if r.window != nil {
		r.window.SetCloseIntercept(nil)
		r.window.Close()
	}
}
