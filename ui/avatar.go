package ui

import (
	"hash/fnv"
	"image/color"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// avatarColors are dark enough for white letters.
var avatarColors = []color.NRGBA{
	rgb(0x4F46E5), rgb(0x0F766E), rgb(0xB4235A), rgb(0x9A4A0B), rgb(0x1D6FA5), rgb(0x7A3FC4), rgb(0x3F7A1C), rgb(0xA8323A),
}

// echoID is the user of the switchboard that sends back what it gets.
const echoID engine.UserID = "echo"

// avatar is a disc with somebody's initials, and a dot that says whether they can be called.
type avatar struct {
	widget.BaseWidget
	user     engine.User
	presence engine.Presence // empty: no dot
	size     float32
}

func newAvatar(size float32) *avatar {
	a := &avatar{size: size}
	a.ExtendBaseWidget(a)
	return a
}

// show says whose avatar it is. It redraws only what has changed.
func (a *avatar) show(u engine.User, p engine.Presence) {
	if a.user != u || a.presence != p {
		a.user, a.presence = u, p
		a.Refresh()
	}
}

// resize gives it another size.
func (a *avatar) resize(size float32) {
	if a.size != size {
		a.size = size
		a.Refresh()
	}
}

func (a *avatar) CreateRenderer() fyne.WidgetRenderer {
	r := &avatarRenderer{
		avatar: a, disc: canvas.NewCircle(color.Transparent),
		letters: canvas.NewText("", callWhite), symbol: canvas.NewImageFromResource(nil),
		rim: canvas.NewCircle(color.Transparent), dot: canvas.NewCircle(color.Transparent),
	}
	r.letters.TextStyle.Bold = true
	r.symbol.FillMode = canvas.ImageFillContain
	r.Refresh()
	return r
}

type avatarRenderer struct {
	avatar          *avatar
	disc            *canvas.Circle
	letters         *canvas.Text
	symbol          *canvas.Image
	rim, dot        *canvas.Circle
	symbolIsDrawing bool
}

func (r *avatarRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(r.avatar.size) }

func (r *avatarRenderer) Layout(s fyne.Size) {
	d := min(s.Width, s.Height)
	origin := fyne.NewPos((s.Width-d)/2, (s.Height-d)/2)
	place := func(o fyne.CanvasObject, x, y, size float32) {
		o.Move(origin.AddXY(x, y))
		o.Resize(fyne.NewSquareSize(size))
	}
	place(r.disc, 0, 0, d)
	place(r.symbol, d*0.24, d*0.24, d*0.52)
	r.letters.TextSize = d * 0.38
	m := r.letters.MinSize()
	r.letters.Move(origin.AddXY((d-m.Width)/2, (d-m.Height)/2))
	r.letters.Resize(m)
	dot := max(10, d*0.22)
	place(r.rim, d-dot-d*0.01, d-dot-d*0.01, dot)
	inner := dot * 0.68
	place(r.dot, d-dot-d*0.01+(dot-inner)/2, d-dot-d*0.01+(dot-inner)/2, inner)
}

func (r *avatarRenderer) Refresh() {
	a := r.avatar
	r.disc.FillColor = avatarColor(a.user.ID)
	echo := a.user.ID == echoID
	if echo && !r.symbolIsDrawing {
		r.symbol.Resource = tinted(assets.Echo, callWhite)
		r.symbolIsDrawing = true
		r.symbol.Refresh()
	}
	r.symbol.Hidden = !echo
	r.letters.Hidden = echo
	r.letters.Text = initials(shown(a.user))
	r.dot.Hidden, r.rim.Hidden = a.presence == "", a.presence == ""
	r.rim.FillColor = theme.ColorForWidget(theme.ColorNameBackground, a)
	switch a.presence {
	case signal.Online:
		r.dot.FillColor = theme.ColorForWidget(theme.ColorNameSuccess, a)
	case signal.Busy:
		r.dot.FillColor = theme.ColorForWidget(theme.ColorNameError, a)
	default:
		r.dot.FillColor = theme.ColorForWidget(colorMuted, a)
	}
	r.Layout(a.Size())
	canvas.Refresh(a)
}

func (r *avatarRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.disc, r.letters, r.symbol, r.rim, r.dot}
}

func (r *avatarRenderer) Destroy() {}

// avatarColor is the same for a user everywhere.
func avatarColor(id engine.UserID) color.NRGBA {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return avatarColors[h.Sum32()%uint32(len(avatarColors))]
}

// initials returns the first letters of the first and the last word of a name.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
	if len(words) == 0 {
		return "?"
	}
	first := string(unicode.ToUpper([]rune(words[0])[0]))
	if len(words) == 1 {
		return first
	}
	return first + string(unicode.ToUpper([]rune(words[len(words)-1])[0]))
}
