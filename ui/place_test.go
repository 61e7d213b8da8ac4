package ui

import (
	"image"
	"testing"

	"github.com/parley-calls/parley/profile"
)

// Two screens side by side: the left one with a panel at the bottom, the right one lower and smaller.
var (
	leftScreen  = monitor{"DP-1", image.Rect(0, 0, 1920, 1080), image.Rect(0, 0, 1920, 1040)}
	rightScreen = monitor{"HDMI-1", image.Rect(1920, 200, 3200, 920), image.Rect(1920, 224, 3200, 920)}
)

func TestSettled(t *testing.T) {
	t.Parallel()
	size := image.Pt(300, 200)
	both := []monitor{leftScreen, rightScreen}
	for _, c := range []struct {
		name    string
		left    *profile.Place
		screens []monitor
		home    int
		want    image.Point
	}{
		{"never moved", nil, both, 0, image.Pt(1596, 816)},
		{"never moved, the pointer on the other screen", nil, both, 1, image.Pt(2876, 696)},
		{"where it was left", &profile.Place{Screen: "HDMI-1", X: 100, Y: 50}, both, 0, image.Pt(2020, 250)},
		{"the screen is gone", &profile.Place{Screen: "HDMI-1", X: 100, Y: 50}, both[:1], 0, image.Pt(1596, 816)},
		{"a panel has come", &profile.Place{Screen: "DP-1", X: 5, Y: 870}, both, 0, image.Pt(5, 840)},
		{"the screen has become smaller", &profile.Place{Screen: "HDMI-1", X: 5000, Y: -80}, both, 0, image.Pt(2900, 224)},
		{"the screen is smaller than the window", nil, []monitor{{"x", image.Rect(0, 0, 200, 100), image.Rect(0, 0, 200, 100)}}, 0, image.Pt(0, 0)},
	} {
		if got := settled(c.left, size, c.screens, c.home); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	at := image.Pt(2020, 250)
	if p := placeOf(image.Rectangle{at, at.Add(size)}, both); p != (profile.Place{Screen: "HDMI-1", X: 100, Y: 50}) {
		t.Errorf("it is remembered as %+v", p)
	}
}

func TestSticking(t *testing.T) {
	t.Parallel()
	area := image.Rect(0, 20, 1000, 800)
	for _, c := range []struct{ from, want image.Point }{
		{image.Pt(500, 400), image.Pt(500, 400)},
		{image.Pt(16, 400), image.Pt(0, 400)},
		{image.Pt(17, 400), image.Pt(17, 400)},
		{image.Pt(-10, 36), image.Pt(0, 20)},
		{image.Pt(690, 605), image.Pt(700, 600)},
		{image.Pt(720, 400), image.Pt(720, 400)},
	} {
		r := image.Rectangle{c.from, c.from.Add(image.Pt(300, 200))}
		if got := sticking(r, area); got.Min != c.want || got.Size() != r.Size() {
			t.Errorf("from %v it goes to %v, want %v", c.from, got, c.want)
		}
	}
}

func TestUnder(t *testing.T) {
	t.Parallel()
	both := []monitor{leftScreen, rightScreen}
	for _, c := range []struct {
		at   image.Point
		want int
	}{
		{image.Pt(100, 100), 0}, {image.Pt(1700, 300), 0}, {image.Pt(1800, 300), 1}, {image.Pt(5000, 300), 1}, {image.Pt(-900, 3000), 0},
	} {
		if got := under(image.Rectangle{c.at, c.at.Add(image.Pt(300, 200))}, both); got != c.want {
			t.Errorf("at %v it is on screen %d, want %d", c.at, got, c.want)
		}
	}
}

func TestGrown(t *testing.T) {
	t.Parallel()
	area, r := image.Rect(0, 0, 1000, 800), image.Rect(600, 500, 900, 700)
	for _, c := range []struct {
		name    string
		x, y    int
		pointer image.Point
		want    image.Rectangle
	}{
		{"by the lower right corner", 1, 1, image.Pt(960, 0), image.Rect(600, 500, 960, 740)},
		{"by the upper left corner", 0, 0, image.Pt(300, 0), image.Rect(300, 300, 900, 700)},
		{"by the upper right corner", 1, 0, image.Pt(750, 0), image.Rect(600, 540, 840, 700)},
		{"by the lower left corner", 0, 1, image.Pt(570, 0), image.Rect(570, 500, 900, 720)},
		{"not below the edge of the screen", 0, 1, image.Pt(0, 0), image.Rect(450, 500, 900, 800)},
		{"not beyond the edge of the screen", 1, 0, image.Pt(4000, 0), image.Rect(600, 433, 1000, 700)},
		{"not too large", 0, 0, image.Pt(-500, 0), image.Rect(300, 300, 900, 700)},
	} {
		if got := grown(r, c.x, c.y, c.pointer, 240, 600, area); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
