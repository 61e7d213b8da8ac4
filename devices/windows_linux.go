package devices

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"image"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jezek/xgb/composite"
	"github.com/jezek/xgb/xproto"

	"github.com/parley-calls/parley/engine/media"
)

// windowID is the surface ID of a window.
func windowID(w xproto.Window) string { return "window " + strconv.FormatUint(uint64(w), 16) }

// windowOf is the window of a surface ID; 0 if it is that of a screen.
func windowOf(id string) xproto.Window {
	hex, ok := strings.CutPrefix(id, "window ")
	n, err := strconv.ParseUint(hex, 16, 32)
	if !ok || err != nil {
		return 0
	}
	return xproto.Window(n)
}

// windows lists what a person sees as windows, the topmost first: no desktop, no panel, none of our own, none that is put away.
func (x *x11) windows() ([]media.Surface, error) {
	all, err := x.clients()
	if err != nil {
		return nil, err
	}
	slices.Reverse(all) // it is stacked from the bottom
	asked := make([]windowQuestions, 0, len(all))
	for _, w := range all {
		asked = append(asked, x.askAbout(w))
	}
	var out []media.Surface
	for _, q := range asked {
		if s, ok := q.surface(); ok {
			out = append(out, s)
		}
	}
	return out, nil
}

// clients are the windows that the window manager manages, and without one those below the root window, from the bottom to the top.
func (x *x11) clients() ([]xproto.Window, error) {
	const most = 1024
	list, err := xproto.GetProperty(x.conn, false, x.root.Root, x.atoms[atomStacking], xproto.AtomWindow, 0, most).Reply()
	if err != nil {
		return nil, fmt.Errorf("list windows: %w", err)
	}
	if list.Format == 32 {
		out := make([]xproto.Window, 0, len(list.Value)/4)
		for _, v := range numbers(list) {
			out = append(out, xproto.Window(v))
		}
		return out, nil
	}
	tree, err := xproto.QueryTree(x.conn, x.root.Root).Reply()
	if err != nil {
		return nil, fmt.Errorf("list windows: %w", err)
	}
	return tree.Children[:min(len(tree.Children), most)], nil
}

// numbers are the values of a property of format 32.
func numbers(p *xproto.GetPropertyReply) []uint32 {
	if p == nil || p.Format != 32 {
		return nil
	}
	out := make([]uint32, len(p.Value)/4)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(p.Value[4*i:]) // the display's answers are in our order, which xgb makes this one
	}
	return out
}

// windowQuestions are all that is asked about a window, at once, so that many windows take hardly longer than one.
type windowQuestions struct {
	x          *x11
	window     xproto.Window
	attributes xproto.GetWindowAttributesCookie
	place      windowPlace
	properties map[string]xproto.GetPropertyCookie
	oldName    xproto.GetPropertyCookie
	class      xproto.GetPropertyCookie
}

func (x *x11) askAbout(w xproto.Window) windowQuestions {
	property := func(a xproto.Atom) xproto.GetPropertyCookie {
		return xproto.GetProperty(x.conn, false, w, a, xproto.GetPropertyTypeAny, 0, maxTitle/4)
	}
	q := windowQuestions{
		x: x, window: w, attributes: xproto.GetWindowAttributes(x.conn, w), place: x.askPlace(w),
		oldName: property(xproto.AtomWmName), class: property(xproto.AtomWmClass), properties: map[string]xproto.GetPropertyCookie{},
	}
	for _, name := range []string{atomName, atomPID, atomType, atomState} {
		q.properties[name] = property(x.atoms[name])
	}
	return q
}

// surface is the answer. It is false for what is no window to a person. All answers are fetched in any case: the library keeps them.
func (q windowQuestions) surface() (media.Surface, bool) {
	attributes, err := q.attributes.Reply()
	area, placeErr := q.place.area()
	got := map[string]*xproto.GetPropertyReply{}
	for name, cookie := range q.properties {
		got[name], _ = cookie.Reply()
	}
	oldName, _ := q.oldName.Reply()
	class, _ := q.class.Reply()
	if err != nil || placeErr != nil { // it has gone meanwhile
		return media.Surface{}, false
	}
	has := func(property string, atoms ...string) bool {
		return slices.ContainsFunc(numbers(got[property]), func(v uint32) bool {
			return slices.ContainsFunc(atoms, func(a string) bool { return xproto.Atom(v) == q.x.atoms[a] })
		})
	}
	pid := numbers(got[atomPID])
	switch {
	case attributes.MapState != xproto.MapStateViewable, attributes.OverrideRedirect, attributes.Class != xproto.WindowClassInputOutput,
		has(atomType, atomDesktop, atomDock), has(atomState, atomHidden, atomSkipTaskbar), len(pid) > 0 && int(pid[0]) == os.Getpid(),
		area.Dx() < 2 || area.Dy() < 2:
		return media.Surface{}, false
	}
	s := media.Surface{ID: windowID(q.window), Label: cmp.Or(text(got[atomName]), text(oldName)), Kind: media.WindowSurface, Area: area}
	if class != nil {
		parts := bytes.Split(class.Value, []byte{0}) // instance and class
		s.App = title(parts[min(1, len(parts)-1)])
	}
	return s, true
}

// maxTitle bounds what is read of a property, in bytes: programs write what they like.
const maxTitle = 1024

func text(p *xproto.GetPropertyReply) string {
	if p == nil || p.Format != 8 {
		return ""
	}
	return title(p.Value)
}

// title makes text of what a program wrote: UTF-8, or Latin-1 in old ones.
func title(b []byte) string {
	if utf8.Valid(b) {
		return strings.TrimSpace(string(b))
	}
	if len(b) == maxTitle { // cut off, perhaps within a letter
		return strings.TrimSpace(strings.ToValidUTF8(string(b), ""))
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return strings.TrimSpace(string(runes))
}

// windowPlace asks where a window is.
type windowPlace struct {
	geometry xproto.GetGeometryCookie
	corner   xproto.TranslateCoordinatesCookie
	extents  xproto.GetPropertyCookie
}

func (x *x11) askPlace(w xproto.Window) windowPlace {
	return windowPlace{
		geometry: xproto.GetGeometry(x.conn, xproto.Drawable(w)),
		corner:   xproto.TranslateCoordinates(x.conn, w, x.root.Root, 0, 0),
		extents:  xproto.GetProperty(x.conn, false, w, x.atoms[atomExtents], xproto.AtomCardinal, 0, 4),
	}
}

// answer is where the window is, without its border, and which part of it is no shadow, from its own corner on.
func (p windowPlace) answer() (at image.Point, border int, seen image.Rectangle, err error) {
	geometry, err1 := p.geometry.Reply()
	corner, err2 := p.corner.Reply()
	extents, _ := p.extents.Reply()
	if err := cmp.Or(err1, err2); err != nil {
		return at, 0, seen, err
	}
	seen = image.Rect(0, 0, int(geometry.Width), int(geometry.Height))
	if v := numbers(extents); len(v) == 4 { // left, right, top, bottom
		inner := image.Rect(int(v[0]), int(v[2]), seen.Max.X-int(v[1]), seen.Max.Y-int(v[3]))
		if inner = inner.Intersect(seen); !inner.Empty() {
			seen = inner
		}
	}
	return image.Pt(int(corner.DstX), int(corner.DstY)), int(geometry.BorderWidth), seen, nil
}

// area is the window's on the display.
func (p windowPlace) area() (image.Rectangle, error) {
	at, _, seen, err := p.answer()
	return seen.Add(at), err
}

// redirect makes the display keep the whole of a window, also what lies behind others, until we disconnect. What was hidden so far is
// not true before the program has drawn it anew; fresh says that it has to. https://www.x.org/releases/current/doc/compositeproto/compositeproto.txt
func (x *x11) redirect(w xproto.Window) (fresh bool) {
	if !x.composite || x.redirected[w] {
		return false
	}
	x.redirected[w] = composite.RedirectWindowChecked(x.conn, w, composite.RedirectAutomatic).Check() == nil
	return x.redirected[w]
}

// shootWindow takes a picture of a window, or of a region of it, as it would be without others in front. Without the composite
// extension it is what is seen of it. It fails with [errHidden] while the window is put away, and otherwise when it has gone.
func (x *x11) shootWindow(w xproto.Window, region image.Rectangle) (shot, error) {
	x.redirect(w)
	attributes, place := xproto.GetWindowAttributes(x.conn, w), x.askPlace(w)
	var named composite.NameWindowPixmapCookie
	if x.redirected[w] {
		named = composite.NameWindowPixmapChecked(x.conn, w, x.named)
	}
	a, err := attributes.Reply()
	at, border, seen, placeErr := place.answer()
	if x.redirected[w] {
		if named.Check() == nil {
			defer xproto.FreePixmap(x.conn, x.named)
		} else {
			seen = image.Rectangle{} // it has no contents while it is put away
		}
	}
	switch {
	case err != nil:
		return shot{}, err
	case placeErr != nil:
		return shot{}, placeErr
	case a.MapState != xproto.MapStateViewable:
		return shot{}, errHidden
	}
	if !region.Empty() {
		seen = region.Add(seen.Min).Intersect(seen)
	}
	corner := seen.Min.Add(at)
	if seen.Empty() {
		return shot{}, errHidden
	}
	if x.redirected[w] {
		s, err := x.take(xproto.Drawable(x.named), seen.Add(image.Pt(border, border)), corner)
		if err != nil { // it was made smaller in this moment, or has gone, which the next one tells
			return shot{}, errHidden
		}
		return s, nil
	}
	all, err := x.whole()
	if err != nil {
		return shot{}, err
	}
	area := image.Rectangle{corner, corner.Add(seen.Size())}.Intersect(all)
	if area.Empty() {
		return shot{}, errHidden
	}
	return x.take(xproto.Drawable(x.root.Root), area, area.Min)
}

// pointed reports whether the pointer is over a window and nothing lies between.
func (x *x11) pointed(w xproto.Window) bool {
	under, err := xproto.QueryPointer(x.conn, x.root.Root).Reply()
	if err != nil || under.Child == 0 {
		return false
	}
	for range 32 { // up to the frame that the window manager put around it
		if w == under.Child {
			return true
		}
		tree, err := xproto.QueryTree(x.conn, w).Reply()
		if err != nil || tree.Parent == 0 || tree.Parent == x.root.Root {
			return false
		}
		w = tree.Parent
	}
	return false
}
