package ui

import (
	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/engine"
)

// ringer shows the calls that ring: in a window of its own or as a page of the main window, over the main window, and over the mini
// window. All of them say the same. It keeps how a person wants to enter the call on top, and the camera with which they look at
// themselves before.
type ringer struct {
	ui     *UI
	inside bool        // own is a page of the main window
	paged  bool        // and that page is seen
	over   *incoming   // over the main window
	own    *incoming   // in window, or the page
	bar    *incoming   // over the mini window
	window fyne.Window // made when it rings, and kept for a while
	pump   *pump       // of window; nil without one
	size   fyne.Size   // of window, or what the page needs
	up     bool        // window is on the screen
	camera *preview
	start  start
	call   engine.InvitationID // that start is for
	last   ringView
	lent   bool // the camera is in use on another page
}

func newRinger(u *UI) *ringer {
	config := u.params.Config.Incoming
	r := &ringer{ui: u, inside: config.NoPopUp}
	params := incomingParams{
		Commands: u, Choose: r.choose, Refit: r.refit, Replies: func() [3]string { return repliesOf(u.store.Settings()) }, Now: u.now,
		Config: config,
	}
	pump := u.pump
	if !r.inside {
		r.pump = newPump(u.do, fullRate)
		pump = r.pump
	}
	tile := newVideoTile(pump, 0)
	tile.cropped = config.FillPicture
	tile.view.SetMirror(true)
	tile.label(word("people.you"), "")
	over, own, bar := params, params, params
	over.Radius = radius
	if !config.NoPreview {
		own.Picture = tile
	}
	if r.inside {
		own.Shape = shapePage
	}
	bar.Shape = shapeBar
	r.over, r.own, r.bar = newIncoming(over), newIncoming(own), newIncoming(bar)
	r.bar.root.Hide()
	r.camera = &preview{name: "ring", hardware: u.engine, commands: u.commands, tile: tile, told: r.pictured}
	return r
}

// cards are all places where a call is shown.
func (r *ringer) cards() []*incoming { return []*incoming{r.over, r.own, r.bar} }

// inMain is the one in the main window.
func (r *ringer) inMain() *incoming {
	if r.paged {
		return r.own
	}
	return r.over
}

// show shows the calls that ring, where there is room for them.
func (r *ringer) show(v ringView, want showing) {
	r.camera.who = v.me
	r.lent = want.main == viewSettings && want.visible // that page shows the camera already
	r.paged = want.main == viewIncoming
	if r.paged {
		r.ui.closeSheet() // it lies over the page
	}
	r.update(v)
	if r.inside {
		r.look(r.paged && want.visible)
	}
}

// look says whether our own picture can be seen.
func (r *ringer) look(on bool) {
	if r.own.Picture != nil {
		r.own.Picture.look(on)
	}
}

func (r *ringer) update(v ringView) {
	begins := r.call == ""
	fresh := r.call != v.call.ID && !v.over
	if r.call != v.call.ID {
		r.call = v.call.ID
		r.start = startOf(v.call, r.ui.store.Settings())
	}
	v.blind = r.last.blind
	r.last = v
	r.preview()
	for _, in := range r.cards() {
		in.show(v, r.start)
	}
	visible(r.bar.root, v.call.Waiting || v.over)
	switch over := len(r.ui.overlay.Objects) > 0; {
	case r.paged && over:
		r.ui.overlay.RemoveAll()
	case !r.paged && !over:
		r.ui.overlay.Add(r.over.root)
	}
	if begins {
		r.listen()
	}
	if !r.inside {
		r.bring(fresh && !v.quiet)
	}
	r.refit()
}

// refit gives what the cards say the room it needs, if that is another one: this is asked with every snapshot.
func (r *ringer) refit() {
	if over := r.over.root; over.MinSize().Height != over.Size().Height {
		r.ui.overlay.Refresh()
	}
	if r.paged {
		if size := r.own.frame.root.MinSize(); size != r.size {
			r.size = size
			r.own.frame.root.Refresh()
		}
	}
	if r.window == nil {
		return
	}
	size := fitting(r.own.root)
	if r.own.prop != nil && r.own.stage.Visible() {
		room, tall := roomBeside(r.ui.main), r.own.prop.MinSize().Height
		if fit := max(leastOwnHeight, min(ownHeight, tall+room-size.Height)); room > 0 && fit != tall {
			r.own.heighten(fit)
			size = fitting(r.own.root)
		}
	}
	if size != r.size {
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
		if r.ui.rated { // a window that never was on the screen is on none
			beside = r.ui.main
		}
		place(r.window, beside, 1, 0)
		r.look(true)
	}
	if above {
		raise(r.window)
	}
}

// fitting returns the size that a card, whose text wraps, needs in a window of its own.
func fitting(o fyne.CanvasObject) fyne.Size {
	width := max(incomingWidth, o.MinSize().Width)
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
	r.look(false)
	if !r.paged { // otherwise another page is there by now
		r.yield()
	}
	r.paged = false
	r.ui.overlay.RemoveAll()
	for _, in := range r.cards() {
		in.clear()
	}
	visible(r.bar.root, false)
	if r.up {
		r.up = false
		r.window.Canvas().Unfocus()
		r.window.Hide()
		r.ui.spare(&r.window, &r.up)
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
	r.ui.base.changed(r.ui.shown, r.ui.shown.main.ofCall())
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
	switch want := r.own.Picture != nil && r.last.previewed() && r.start.camera && !r.lent; {
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
func (r *ringer) key(k fyne.KeyName) bool { return r.call != "" && r.inMain().key(k) }

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
	takeDown(&r.window)
}
