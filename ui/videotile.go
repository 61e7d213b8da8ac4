package ui

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// maxCrop is how much of a picture may be cut off to fill a tile. Beyond it the whole picture is shown, with bars.
const maxCrop = 0.3

// videoTile shows somebody: the newest picture of a [media.View], or an avatar that moves with the voice.
//
// Pictures arrive on other goroutines; the view keeps the newest until the window's pump lets the tile take it. While the tile is
// not looked at, the view converts nothing.
type videoTile struct {
	widget.BaseWidget
	view   *media.View
	pump   *pump
	corner float32

	user     engine.User
	chip     string                        // at the bottom: a name; empty for none
	mark     assets.Symbol                 // in the chip, such as a microphone that is off; may be empty
	tags     tags                          // in the chip, after the mark
	over     remark                        // what is written over the tile
	button   *roundButton                  // what can be done about it; hidden if nothing can
	covered  struct{ top, bottom float32 } // of the tile, by what lies over it: words stay clear of it
	picture  bool                          // a picture is expected and, once there, shown
	cropped  bool                          // the picture fills the tile, however much of it is cut off
	whole    bool                          // all of the picture is seen; wins over cropped
	moving   bool                          // it changes its size for a moment: pictures are not converted anew for that
	pointed  bool                          // the pointer is over it
	screen   bool                          // it shows what somebody shares
	faceless bool                          // without a picture there is no avatar either
	voice    bool                          // who is in it speaks
	ripple   *ripple
	parts    tileParts // of an embedding program
	looking  bool
	pixels   image.Point // of the tile
	filled   bool        // img holds a picture
	backdrop bool        // lies behind something: empty, without an avatar, until there is a picture
	call     engine.CallID
	stop     func() // of watching user in call; nil while it does not
	fit      media.Fit
	portrait *avatar
	img      *canvas.Image
	shared   *shareView // in place of img where it shows what somebody shares; nil while it does not
}

// newVideoTile makes a tile that nobody looks at yet.
func newVideoTile(p *pump, corner float32) *videoTile {
	t := &videoTile{
		view: media.NewView(media.Cover), pump: p, corner: corner, fit: media.Cover, portrait: newAvatar(48), ripple: newRipple(p),
		img: &canvas.Image{ScaleMode: canvas.ImageScaleFastest, FillMode: canvas.ImageFillCover, CornerRadius: corner},
	}
	t.img.Hide()
	t.button = newRoundButton(assets.Close, toneSoft, tileButton, "", nil)
	t.button.Hide()
	t.view.OnReady(func() { p.wake(t) })
	t.ExtendBaseWidget(t)
	return t
}

// show says who is in the tile and whether their camera is on.
func (t *videoTile) show(u engine.User, camera bool) {
	if t.user != u {
		t.clear()
		t.ripple.hear(0)
	}
	if t.user == u && t.picture == camera {
		return
	}
	t.user, t.picture = u, camera
	t.portrait.show(u, "")
	t.face()
	if !camera {
		t.clear()
	}
	t.measure()
	t.Refresh()
}

// round says how round the corners are.
func (t *videoTile) round(corner float32) {
	if t.corner != corner {
		t.corner, t.img.CornerRadius = corner, corner
		if t.shared != nil {
			t.shared.corner = corner
			t.shared.settle()
		}
		t.Refresh()
	}
}

// label writes a name and a mark into the corner.
func (t *videoTile) label(name string, mark assets.Symbol) {
	if t.chip != name || t.mark != mark {
		t.chip, t.mark = name, mark
		t.Refresh()
	}
}

// tags are what a chip says with small drawings beside the mark of the microphone.
type tags struct {
	pinned, moderator, cameraOff bool
	quality                      engine.Quality // empty: not said
}

// tag marks the tile.
func (t *videoTile) tag(now tags) {
	if t.tags != now {
		t.tags = now
		t.Refresh()
	}
}

// point says whether the pointer is over the tile, which then says more.
func (t *videoTile) point(on bool) {
	if t.pointed != on {
		t.pointed = on
		t.Refresh()
	}
}

// hear moves the rings around an avatar with a voice, and frames a picture: level is 0 to 1, and voice says whether it counts as one.
func (t *videoTile) hear(level float32, voice bool) {
	if t.filled || !t.looking || t.backdrop {
		level = 0
	}
	t.ripple.hear(level)
	if t.voice != voice {
		t.voice = voice
		t.Refresh()
	}
}

// crop says how a picture of another shape is shown: whole, filling the tile, or as little of both as need be.
func (t *videoTile) crop(fill, whole bool) {
	if t.cropped != fill || t.whole != whole {
		t.cropped, t.whole = fill, whole
		t.measure()
	}
}

// cropsAll reports whether nothing of the tile is left empty by the picture.
func (t *videoTile) cropsAll() bool { return t.fit == media.Cover }

// still says that a move of the tile is over, or that one begins.
func (t *videoTile) still(on bool) {
	if t.moving == on {
		t.moving = !on
		if t.shared != nil {
			t.shared.still(on)
		}
		t.measure()
	}
}

// remark is what is written over a tile.
type remark struct {
	words  string // what goes on with the person: it rings, or is on hold
	detail string // more of it, below
	alert  string // what is wrong with a device of the person
	veiled bool   // what is seen is not of now
	blank  bool   // the words are only for as long as there is no picture
}

// said is what is written over the tile at the moment.
func (t *videoTile) said() remark {
	r := t.over
	if r.blank && t.filled {
		r.words = ""
	}
	return r
}

// tell writes over the tile.
func (t *videoTile) tell(c remark) {
	if t.over != c {
		t.over = c
		t.Refresh()
	}
}

// offer puts a button on the tile; without f there is none.
func (t *videoTile) offer(s assets.Symbol, look tone, label string, f func()) {
	t.button.tapped = f
	t.button.set(s, look, label)
	if on := f != nil; on != t.button.Visible() {
		visible(t.button, on)
		t.Refresh()
	}
}

// look says whether the tile can be seen.
func (t *videoTile) look(on bool) {
	if t.looking != on {
		t.looking = on
		t.measure()
	}
}

// clear forgets the picture.
func (t *videoTile) clear() {
	t.view.Clear()
	if t.filled {
		t.filled = false
		t.img.Image = nil
		t.img.Hide()
		t.face()
		t.Refresh()
	}
}

// face shows the avatar while there is no picture.
func (t *videoTile) face() {
	on := !t.filled && !t.backdrop && !t.screen
	visible(t.portrait, on && !t.faceless && t.parts.avatar == nil)
	if t.parts.avatar != nil {
		visible(t.parts.avatar, on)
	}
}

// follow shows a member of a call, or ourselves: mirror is then set, as people expect of their own picture.
func (t *videoTile) follow(call engine.CallID, h handle, u engine.User, camera, mirror bool) {
	if t.stop == nil || t.call != call || t.user.ID != u.ID {
		t.unfollow()
		t.call = call
		t.stop = h.Watch(u.ID, t.view)
	}
	t.view.SetMirror(mirror)
	t.show(u, camera)
}

// followScreen shows what somebody shares.
func (t *videoTile) followScreen(call engine.CallID, h handle, u engine.User, what engine.Sharing) {
	t.screen = true
	if t.shared == nil {
		t.shared = newShareView(t.pump, t.developed)
		t.shared.corner = t.corner
		t.shared.look(t.looking)
		t.Refresh()
	}
	t.show(u, true)
	t.shared.follow(call, h, u.ID, what)
}

// developed says that there is a picture of a share, or none any more.
func (t *videoTile) developed() {
	if on := t.shared.w > 0; on != t.filled {
		t.filled = on
		t.Refresh()
	}
}

// portray shows somebody of whom no picture is to come.
func (t *videoTile) portray(u engine.User) {
	if t.stop != nil || t.shared != nil {
		t.unfollow()
	}
	t.show(u, false)
}

// unfollow stops watching. The last picture goes.
func (t *videoTile) unfollow() {
	if t.stop != nil {
		t.stop()
		t.stop = nil
	}
	if t.shared != nil {
		t.shared.unfollow()
	}
	t.clear()
}

// release ends the tile's life.
func (t *videoTile) release() {
	t.unfollow()
	t.look(false)
	if t.shared != nil {
		t.shared.release()
	}
	t.ripple.rest()
	t.view.OnReady(nil)
	t.pump.forget(t)
}

// measure tells the view how many pixels are seen.
func (t *videoTile) measure() {
	if t.shared != nil {
		t.shared.look(t.looking)
		return
	}
	if t.moving {
		return
	}
	s := t.Size()
	if !t.looking || !t.picture || s.Width < 2 || s.Height < 2 {
		t.view.SetSize(0, 0)
		return
	}
	w, h := int(s.Width), int(s.Height)
	if c := fyne.CurrentApp().Driver().CanvasForObject(t); c != nil {
		w, h = c.PixelCoordinateForPosition(fyne.NewPos(s.Width, s.Height))
	}
	t.pixels = image.Pt(w, h)
	t.view.SetSize(w, h)
	sw, sh := t.view.Size()
	t.frame(sw, sh)
}

// frame decides between filling the tile and showing the whole of a picture of that size.
func (t *videoTile) frame(w, h int) {
	s := t.Size()
	if w == 0 || h == 0 || s.Height == 0 {
		return
	}
	ratio := float32(w) / float32(h) / (s.Width / s.Height)
	fit, fill := media.Cover, canvas.ImageFillCover
	if t.whole || !t.cropped && min(ratio, 1/ratio) < 1-maxCrop {
		fit, fill = media.Contain, canvas.ImageFillContain
	}
	if fit != t.fit {
		t.fit = fit
		t.view.SetFit(fit)
		t.img.FillMode = fill
		t.Refresh() // what the picture leaves empty is seen or not
	}
}

// flush implements [flusher].
func (t *videoTile) flush() {
	if !t.looking || !t.picture {
		return
	}
	picture, ok := t.view.Take()
	if !ok {
		return
	}
	t.frame(t.view.Size())
	t.set(picture)
}

func (t *videoTile) set(picture *image.RGBA) {
	t.img.Image = picture
	t.img.ScaleMode = canvas.ImageScaleFastest
	if t.pump.exact.Load() && picture.Rect.Size() == t.pixels { // there is nothing to smooth
		t.img.ScaleMode = canvas.ImageScalePixels
	}
	if !t.filled {
		t.filled = true
		t.ripple.hear(0)
		t.face()
		visible(t.img, true)
		t.Refresh() // words stand elsewhere over a picture
	}
	t.img.Refresh() // never the whole tile: that would walk its children for each picture
}
