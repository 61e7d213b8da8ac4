package ui

import (
	"image"
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine/media"
)

// newTile makes a tile in a window of the test driver, with a pump that the test drives itself.
func newTile(t *testing.T, size fyne.Size) (*videoTile, *media.Feed, fyne.Window, *loop) {
	t.Helper()
	newApp(t)
	d := &loop{}
	p := newPump(d.do, fullRate)
	t.Cleanup(p.close)
	tile := newVideoTile(p, radius)
	w := test.NewTempWindow(t, tile)
	w.SetPadded(false)
	w.Resize(size)
	feed := &media.Feed{}
	t.Cleanup(feed.Attach(tile.view))
	return tile, feed, w, d
}

// see waits until the tile shows a picture.
func see(t *testing.T, d *loop, tile *videoTile) {
	t.Helper()
	d.until(t, func() string {
		if !tile.filled {
			return "no picture came"
		}
		return ""
	})
}

func TestTileShowsAvatarThenPicture(t *testing.T) {
	tile, feed, w, d := newTile(t, fyne.NewSize(320, 180))
	tile.look(true)
	tile.show(bob, true)
	tile.label("Bob Meier", assets.MicrophoneOff)
	test.AssertImageMatches(t, "tile-avatar.png", w.Canvas().Capture())
	feed.Push(picture(640, 360))
	see(t, d, tile)
	tile.set(stripes(320, 180)) // made here, so that the master does not depend on the converter of the machine
	test.AssertImageMatches(t, "tile-picture.png", w.Canvas().Capture())

	tile.show(bob, false)
	if tile.filled || !tile.portrait.Visible() {
		t.Error("the picture stays after the camera was switched off")
	}
}

func TestTileSaysWhatGoesOn(t *testing.T) {
	tile, _, w, _ := newTile(t, fyne.NewSize(320, 240))
	tile.look(true)
	tile.portray(cyd)
	tile.label("Cyd", "")
	tile.tell(remark{words: "Declined", detail: "“In ten minutes”"})
	tile.offer(assets.Phone, toneGreen, word("call.again"), func() {})
	test.AssertImageMatches(t, "tile-waiting.png", w.Canvas().Capture())

	tile.offer(assets.Phone, toneGreen, "", nil)
	tile.show(bob, true)
	tile.label("Bob Meier", assets.Microphone)
	tile.set(stripes(320, 240))
	tile.tell(remark{words: "On hold", alert: "The camera was unplugged.", veiled: true})
	test.AssertImageMatches(t, "tile-held.png", w.Canvas().Capture())
}

// What is written over a tile must not lie on the name, the alert, the button or one another, however small the tile is.
func TestWordsOnATileStayApart(t *testing.T) {
	for _, size := range []fyne.Size{{Width: 150, Height: 88}, {Width: 150, Height: 110}, {Width: 320, Height: 180}, {Width: 320, Height: 240}, {Width: 960, Height: 640}} {
		tile, _, w, _ := newTile(t, size)
		w.Resize(size)
		tile.portray(bob)
		tile.label("Maximiliane Alexandra von und zu Hohenstein", assets.MicrophoneOff)
		tile.tell(remark{words: "Ringing…", detail: "Rings when they come online"})
		tile.offer(assets.Close, toneRed, "", func() {})
		face := test.WidgetRenderer(tile).(*tileFace)
		parts := []fyne.CanvasObject{face.name.glass, face.words, tile.button}
		if face.detail.Text != "" {
			parts = append(parts, face.detail)
		}
		if d := tile.portrait.Size().Width; d > 0 {
			parts = append(parts, tile.portrait)
		}
		for i, a := range parts {
			p, q := a.Position(), a.Position().Add(a.Size())
			if p.X < 0 || p.Y < 0 || q.X > size.Width || q.Y > size.Height {
				t.Errorf("%v: %T lies outside at %v", size, a, p)
			}
			for _, b := range parts[:i] {
				r, s := b.Position(), b.Position().Add(b.Size())
				if p.X < s.X-1 && q.X > r.X+1 && p.Y < s.Y-1 && q.Y > r.Y+1 {
					t.Errorf("%v: %T at %v lies over %T at %v", size, a, p, b, r)
				}
			}
		}
	}
}

// Words of a picture that is to come go when it comes, and the words of a small tile stay clear of its button.
func TestWordsForAPictureAndBesideAButton(t *testing.T) {
	tile, _, w, _ := newTile(t, fyne.NewSize(112, 63))
	w.Resize(fyne.NewSize(112, 63))
	tile.screen = true
	tile.show(bob, true)
	tile.tell(remark{words: "The picture is coming…", blank: true})
	face := test.WidgetRenderer(tile).(*tileFace)
	if face.words.Hidden {
		t.Error("a tile does not say that its picture is to come")
	}
	tile.set(stripes(112, 63))
	if !face.words.Hidden {
		t.Error("the words stay over the picture")
	}
	tile.clear()
	tile.tell(remark{words: "You are sharing"})
	tile.offer(assets.StopShare, toneRed, "", func() {})
	if face.words.Text != "You are sharing" {
		t.Errorf("a small tile says only %q", face.words.Text)
	}
	if low := face.words.Position().Y + face.words.Size().Height; low > tile.button.Position().Y+1 {
		t.Errorf("its words end at %.0f, where its button begins at %.0f", low, tile.button.Position().Y)
	}
}

// stripes are upright, from dark to bright.
func stripes(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, color.RGBA{R: uint8(x * 255 / w), G: uint8(x / 32 * 24), B: 96, A: 255})
		}
	}
	return m
}

func TestTileMovesWithTheVoice(t *testing.T) {
	tile, feed, w, d := newTile(t, fyne.NewSize(320, 180))
	tile.look(true)
	tile.show(bob, false)
	tile.hear(0.8, true)
	d.until(t, func() string {
		if r := tile.ripple; r.level != r.target {
			return "the rings do not reach the voice"
		}
		return ""
	})
	test.AssertImageMatches(t, "tile-speaking.png", w.Canvas().Capture())
	tile.hear(0, false)
	if tile.ripple.level != 0 || tile.ripple.circles[0].Visible() {
		t.Error("the rings go on after the voice")
	}
	tile.show(bob, true)
	feed.Push(picture(640, 360))
	see(t, d, tile)
	tile.hear(0.8, true)
	if tile.ripple.target != 0 || test.WidgetRenderer(tile).(*tileFace).frame.Hidden {
		t.Error("a voice is not shown by a frame around the picture alone")
	}
}

func TestTileConvertsOnlyWhatIsSeen(t *testing.T) {
	tile, feed, _, d := newTile(t, fyne.NewSize(320, 180))
	tile.show(bob, true)
	feed.Push(picture(640, 360))
	if s := tile.view.Stats(); s.Skipped != 1 {
		t.Errorf("a tile that nobody looks at: %+v", s)
	}
	tile.look(true)
	feed.Push(picture(640, 360))
	see(t, d, tile)
	if s := tile.view.Stats(); s.ShownW != 320 || s.ShownH != 180 {
		t.Errorf("converted to %dx%d, want the size of the tile", s.ShownW, s.ShownH)
	}
	tile.look(false)
	feed.Push(picture(640, 360))
	if s := tile.view.Stats(); s.Skipped != 2 {
		t.Errorf("a tile that is hidden again: %+v", s)
	}
}

func TestTileFillsUnlessTooMuchWouldBeCut(t *testing.T) {
	for _, c := range []struct {
		name    string
		w, h    int
		cropped bool
		want    media.Fit
	}{
		{"same shape", 640, 360, false, media.Cover},
		{"4:3 in 16:9", 640, 480, false, media.Cover},
		{"a telephone held upright", 360, 640, false, media.Contain},
		{"a telephone held upright, however much is cut", 360, 640, true, media.Cover},
	} {
		t.Run(c.name, func(t *testing.T) {
			tile, feed, _, d := newTile(t, fyne.NewSize(320, 180))
			tile.cropped = c.cropped
			tile.look(true)
			tile.show(bob, true)
			feed.Push(picture(c.w, c.h))
			see(t, d, tile)
			if tile.fit != c.want {
				t.Errorf("fit = %v, want %v", tile.fit, c.want)
			}
		})
	}
}

func TestLongNamesAreCut(t *testing.T) {
	newApp(t)
	if got := shorten("Bob", 12, 200); got != "Bob" {
		t.Errorf("a short name became %q", got)
	}
	got := shorten("Maximiliane Alexandra von und zu Hohenstein", 12, 120)
	if width := fyne.MeasureText(got, 12, fyne.TextStyle{}).Width; width > 120 || len(got) < 8 {
		t.Errorf("%q is %.0f wide, want at most 120 and not much less", got, width)
	}
	if got := shorten("Bob", 12, 0); got != "…" {
		t.Errorf("without room it is %q", got)
	}
}
