package ui

import (
	"image"
	"image/color"
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
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
	chip     string        // at the bottom: a name; empty for none
	mark     assets.Symbol // in the chip, such as a microphone that is off; may be empty
	picture  bool          // a picture is expected and, once there, shown
	looking  bool
	filled   bool // img holds a picture
	call     engine.CallID
	stop     func() // of watching user in call; nil while it does not
	fit      media.Fit
	portrait *avatar
	img      *canvas.Image
}

// newVideoTile makes a tile that nobody looks at yet.
func newVideoTile(p *pump, corner float32) *videoTile {
	t := &videoTile{
		view: media.NewView(media.Cover), pump: p, corner: corner, fit: media.Cover, portrait: newAvatar(48),
		img: &canvas.Image{ScaleMode: canvas.ImageScaleFastest, FillMode: canvas.ImageFillCover, CornerRadius: corner},
	}
	t.img.Hide()
	t.view.OnReady(func() { p.wake(t) })
	t.ExtendBaseWidget(t)
	return t
}

// show says who is in the tile and whether their camera is on.
func (t *videoTile) show(u engine.User, camera bool) {
	if t.user != u {
		t.clear()
	}
	if t.user == u && t.picture == camera {
		return
	}
	t.user, t.picture = u, camera
	t.portrait.show(u, "")
	if !camera {
		t.clear()
	}
	t.measure()
	t.Refresh()
}

// label writes a name and a mark into the corner.
func (t *videoTile) label(name string, mark assets.Symbol) {
	if t.chip != name || t.mark != mark {
		t.chip, t.mark = name, mark
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
		visible(t.portrait, true)
		t.Refresh()
	}
}

// follow shows a member of a call, or ourselves: mirror is then set, as people expect of their own picture.
func (t *videoTile) follow(call engine.CallID, h handle, u engine.User, camera, mirror bool) {
	if t.stop == nil || t.call != call || t.user.ID != u.ID {
		t.unfollow()
		t.view.SetMirror(mirror)
		t.call = call
		t.stop = h.Watch(u.ID, t.view)
	}
	t.show(u, camera)
}

// unfollow stops watching. The last picture goes.
func (t *videoTile) unfollow() {
	if t.stop != nil {
		t.stop()
		t.stop = nil
	}
	t.clear()
}

// release ends the tile's life.
func (t *videoTile) release() {
	t.unfollow()
	t.look(false)
	t.view.OnReady(nil)
	t.pump.forget(t)
}

// measure tells the view how many pixels are seen.
func (t *videoTile) measure() {
	s := t.Size()
	if !t.looking || !t.picture || s.Width < 2 || s.Height < 2 {
		t.view.SetSize(0, 0)
		return
	}
	w, h := int(s.Width), int(s.Height)
	if c := fyne.CurrentApp().Driver().CanvasForObject(t); c != nil {
		w, h = c.PixelCoordinateForPosition(fyne.NewPos(s.Width, s.Height))
	}
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
	if min(ratio, 1/ratio) < 1-maxCrop {
		fit, fill = media.Contain, canvas.ImageFillContain
	}
	if fit != t.fit {
		t.fit = fit
		t.view.SetFit(fit)
		t.img.FillMode = fill
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
	if !t.filled {
		t.filled = true
		t.portrait.Hide()
		visible(t.img, true)
	}
	t.img.Refresh() // never the whole tile: that would walk its children for each picture
}

func (t *videoTile) CreateRenderer() fyne.WidgetRenderer {
	r := &tileRenderer{
		tile: t, back: canvas.NewRectangle(color.Transparent), glass: canvas.NewRectangle(color.Transparent),
		name: canvas.NewText("", callWhite), mark: canvas.NewImageFromResource(nil),
	}
	r.mark.FillMode = canvas.ImageFillContain
	r.Refresh()
	return r
}

type tileRenderer struct {
	tile  *videoTile
	back  *canvas.Rectangle
	glass *canvas.Rectangle
	name  *canvas.Text
	mark  *canvas.Image
}

func (r *tileRenderer) MinSize() fyne.Size { return fyne.NewSize(32, 18) }

func (r *tileRenderer) Layout(s fyne.Size) {
	r.back.Resize(s)
	r.tile.img.Resize(s)
	d := min(160, min(s.Width, s.Height)*0.46)
	r.tile.portrait.Resize(fyne.NewSquareSize(d))
	r.tile.portrait.Move(fyne.NewPos((s.Width-d)/2, (s.Height-d)/2))

	const height, edge, side, icon = 22, 8, 8, 14
	w := float32(2 * side)
	x := float32(edge + side)
	if r.tile.mark != "" {
		r.mark.Resize(fyne.NewSquareSize(icon))
		r.mark.Move(fyne.NewPos(x, s.Height-edge-height+(height-icon)/2))
		x += icon
		w += icon
	}
	if r.tile.chip != "" {
		if r.tile.mark != "" {
			x += 4
			w += 4
		}
		r.name.Text = shorten(r.tile.chip, r.name.TextSize, s.Width-2*edge-w)
		m := r.name.MinSize()
		r.name.Move(fyne.NewPos(x, s.Height-edge-height+(height-m.Height)/2))
		r.name.Resize(m)
		w += m.Width
	}
	r.glass.Move(fyne.NewPos(edge, s.Height-edge-height))
	r.glass.Resize(fyne.NewSize(w, height))
	r.tile.measure()
}

// shorten cuts a text so that it is at most so wide.
func shorten(s string, size, width float32) string {
	fits := func(s string) bool { return fyne.MeasureText(s, size, fyne.TextStyle{}).Width <= width }
	if fits(s) {
		return s
	}
	letters := []rune(s)
	n := sort.Search(len(letters), func(n int) bool { return !fits(string(letters[:n]) + "…") })
	return string(letters[:max(0, n-1)]) + "…"
}

func (r *tileRenderer) Refresh() {
	t := r.tile
	r.back.FillColor = darkPalette.tile
	if t.corner == 0 {
		r.back.FillColor = callBlack
	}
	r.back.CornerRadius = t.corner
	r.glass.FillColor = darkPalette.glass
	r.glass.CornerRadius = 11
	r.glass.Hidden = t.chip == "" && t.mark == ""
	r.name.Hidden = t.chip == ""
	r.name.Text = t.chip
	r.name.TextSize = theme.SizeForWidget(theme.SizeNameCaptionText, t)
	r.mark.Hidden = t.mark == ""
	if t.mark != "" {
		ink := color.Color(callWhite)
		if t.mark == assets.MicrophoneOff {
			ink = darkPalette.danger
		}
		if res := tinted(t.mark, ink); r.mark.Resource == nil || r.mark.Resource.Name() != res.Name() {
			r.mark.Resource = res
			r.mark.Refresh()
		}
	}
	r.Layout(t.Size())
	canvas.Refresh(t)
}

func (r *tileRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.tile.portrait, r.tile.img, r.glass, r.mark, r.name}
}

func (r *tileRenderer) Destroy() {}
