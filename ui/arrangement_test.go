package ui

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
)

// assembly is a call of n people, the first of whom is us.
func assembly(n int) staging {
	s := staging{
		me: tileID{user: "p0"}, layout: profile.AutoLayout, size: fyne.NewSize(960, 640),
		own: ownStyle{corner: profile.BottomRight, side: ownSide, margin: 16}, style: tileStyle{gap: 8, margin: 8},
	}
	for i := range n {
		s.people = append(s.people, who(i))
	}
	return s
}

func who(i int) tileID    { return tileID{user: engine.UserID(fmt.Sprint("p", i))} }
func screen(i int) tileID { return tileID{who(i).user, true} }

// everySize are windows from the smallest to a wall.
var everySize = []fyne.Size{{Width: 320, Height: 240}, {Width: 640, Height: 360}, {Width: 960, Height: 640}, {Width: 600, Height: 900}, {Width: 1920, Height: 1080}, {Width: 3840, Height: 2160}}

// Whatever the call, nobody lies outside, over another one but where that is meant, or twice.
func TestTilesHaveTheirPlaces(t *testing.T) {
	t.Parallel()
	for _, size := range everySize {
		for _, layout := range []profile.CallLayout{profile.AutoLayout, profile.GridLayout, profile.SpeakerLayout} {
			for n := 1; n <= 20; n++ {
				for shares := 0; shares <= min(n, 2); shares++ {
					for _, floating := range []bool{false, true} {
						s := assembly(n)
						s.size, s.layout, s.style.floating = size, layout, floating
						for i := range shares {
							s.shares = append(s.shares, screen(n-1-i))
						}
						checkArrangement(t, s)
					}
				}
			}
		}
	}
}

// checkArrangement turns all pages.
func checkArrangement(t *testing.T, s staging) {
	t.Helper()
	what := fmt.Sprintf("%d people and %d shares, %s, %v, floating %t", len(s.people), len(s.shares), s.layout, s.size, s.style.floating)
	seen := map[tileID]int{}
	pages := max(1, arrange(s).pager.pages)
	for s.page = range pages {
		a := arrange(s)
		all := box{0, 0, s.size.Width, s.size.Height}
		for i, p := range a.tiles {
			seen[p.tileID]++
			if p.w < 1 || p.h < 1 || p.x < -0.01 || p.y < -0.01 || p.x+p.w > all.w+0.01 || p.y+p.h > all.h+0.01 {
				t.Errorf("%s: %v lies at %v", what, p.tileID, p.box)
			}
			if p.role == roleCell && (a.pager.pages > 1 || len(a.tiles) > 2) && s.size.Width >= 640 && (p.w < leastCellWidth-0.01 || p.h < leastCellHeight-0.01) {
				t.Errorf("%s: a cell is only %.0f×%.0f", what, p.w, p.h)
			}
			for _, q := range a.tiles[:i] {
				if overlap(p.box, q.box) && q.role != roleAll {
					t.Errorf("%s: %v lies over %v", what, p, q)
				}
			}
		}
		if a.pager.page != s.page || max(1, a.pager.pages) != pages {
			t.Errorf("%s: page %d of %d became %d of %d", what, s.page, pages, a.pager.page, a.pager.pages)
		}
	}
	if len(seen) != len(s.people)+len(s.shares) {
		t.Errorf("%s: only %d are on any of the %d pages", what, len(seen), pages)
	}
}

func overlap(a, b box) bool {
	return a.x < b.x+b.w-0.1 && b.x < a.x+a.w-0.1 && a.y < b.y+b.h-0.1 && b.y < a.y+a.h-0.1
}

func TestGridFillsItsPlace(t *testing.T) {
	t.Parallel()
	for n := 2; n <= mostCells; n++ {
		s := assembly(n)
		s.layout = profile.GridLayout
		a, area := arrange(s), float32(0)
		for _, p := range a.tiles {
			area += p.w * p.h
		}
		if whole := s.size.Width * s.size.Height; len(a.tiles) != n || area < 0.6*whole {
			t.Errorf("%d of %d tiles fill only %.0f %%", len(a.tiles), n, 100*area/whole)
		}
	}
}

func TestWhoIsAtLarge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		of     int
		change func(*staging)
		want   tileID
		role   role
	}{
		{"of two the other", 2, func(*staging) {}, who(1), roleAll},
		{"of two we, after a swap", 2, func(s *staging) { s.swapped = true }, who(0), roleAll},
		{"of two who is pinned", 2, func(s *staging) { s.swapped, s.pinned = true, who(1) }, who(1), roleAll},
		{"we alone", 1, func(*staging) {}, who(0), roleAll},
		{"in a grid nobody", 5, func(*staging) {}, who(0), roleCell},
		{"of two in a grid nobody", 2, func(s *staging) { s.layout = profile.GridLayout }, who(0), roleCell},
		{"who is pinned", 5, func(s *staging) { s.pinned = who(3) }, who(3), roleLarge},
		{"not who is pinned and has gone", 5, func(s *staging) { s.pinned = who(9) }, who(0), roleCell},
		{"who speaks", 5, func(s *staging) { s.layout, s.speaker = profile.SpeakerLayout, "p2" }, who(2), roleLarge},
		{"before anybody spoke, another one", 5, func(s *staging) { s.layout = profile.SpeakerLayout }, who(1), roleLarge},
		{"who is pinned rather than who speaks", 5, func(s *staging) { s.layout, s.speaker, s.pinned = profile.SpeakerLayout, "p2", who(4) }, who(4), roleLarge},
		{"whom the program wants", 5, func(s *staging) { s.big = "p4" }, who(4), roleLarge},
		{"who is pinned rather than whom the program wants", 5, func(s *staging) { s.big, s.pinned = "p4", who(2) }, who(2), roleLarge},
		{"a share", 5, func(s *staging) { s.shares = []tileID{screen(2)} }, screen(2), roleLarge},
		{"a share between two", 2, func(s *staging) { s.shares = []tileID{screen(1)} }, screen(1), roleLarge},
		{"a share in a grid", 5, func(s *staging) { s.layout, s.shares = profile.GridLayout, []tileID{screen(2)} }, screen(2), roleLarge},
		{"a share over one's own wish of a speaker", 5, func(s *staging) { s.layout, s.speaker, s.shares = profile.SpeakerLayout, "p1", []tileID{screen(2)} }, screen(2), roleLarge},
		{"the newest of several shares", 5, func(s *staging) { s.shares = []tileID{screen(3), screen(2)} }, screen(3), roleLarge},
		{"the share that was chosen", 5, func(s *staging) { s.shares, s.pinned = []tileID{screen(3), screen(2)}, screen(2) }, screen(2), roleLarge},
		{"with floating tiles who speaks", 5, func(s *staging) { s.style.floating, s.speaker = true, "p3" }, who(3), roleAll},
	} {
		s := assembly(c.of)
		c.change(&s)
		if got := arrange(s).tiles[0]; got.tileID != c.want || got.role != c.role {
			t.Errorf("%s: first comes %+v, want %v as %d", c.name, got, c.want, c.role)
		}
	}
}

func TestFaceOfWhoSharesIsAlwaysThere(t *testing.T) {
	t.Parallel()
	s := assembly(16)
	s.size, s.shares = fyne.NewSize(640, 360), []tileID{screen(11)}
	pages := arrange(s).pager.pages
	if pages < 2 {
		t.Fatal("there is nothing to turn")
	}
	for s.page = range pages {
		if a := arrange(s); a.tiles[1].tileID != who(11) || len(a.tiles) < 3 {
			t.Errorf("page %d begins with %v and has %d tiles", s.page, a.tiles[1].tileID, len(a.tiles))
		}
	}
}

// An arrow must not lie over a tile.
func TestPagesCanBeTurned(t *testing.T) {
	t.Parallel()
	for _, size := range everySize {
		for _, share := range []bool{false, true} {
			s := assembly(40)
			s.size = size
			if share {
				s.shares = []tileID{screen(1)}
			}
			a := arrange(s)
			if a.pager.pages < 2 {
				t.Errorf("%v: 40 people are on %d pages", size, a.pager.pages)
			}
			for _, p := range a.tiles {
				if p.role != roleLarge && (overlap(p.box, a.pager.back) || overlap(p.box, a.pager.next)) {
					t.Errorf("%v: %v at %v lies under an arrow", size, p.tileID, p.box)
				}
			}
			s.page = 1000
			if b := arrange(s); b.pager.page != b.pager.pages-1 || len(b.tiles) == 0 {
				t.Errorf("%v: there is a page %d of %d", size, b.pager.page, b.pager.pages)
			}
		}
	}
}

func TestStripMayBeShort(t *testing.T) {
	t.Parallel()
	s := assembly(8)
	s.layout, s.style.strip = profile.SpeakerLayout, 3
	if a := arrange(s); len(a.tiles) != 4 || a.pager.pages != 3 {
		t.Errorf("%d tiles on the first of %d pages, want 4 on 3", len(a.tiles), a.pager.pages)
	}
}

func TestNobodyJumps(t *testing.T) {
	t.Parallel()
	ids := func(n ...int) []tileID {
		var out []tileID
		for _, i := range n {
			out = append(out, who(i))
		}
		return out
	}
	for _, c := range []struct {
		name              string
		before, now, want []tileID
	}{
		{"the first ones", nil, ids(0, 1, 2), ids(0, 1, 2)},
		{"somebody comes", ids(0, 1, 2), ids(0, 3, 1, 2), ids(0, 1, 2, 3)},
		{"the last one goes", ids(0, 1, 2), ids(0, 1), ids(0, 1)},
		{"one in between goes", ids(0, 1, 2, 3), ids(0, 2, 3), ids(0, 3, 2)},
		{"several go", ids(0, 1, 2, 3, 4), ids(0, 3), ids(0, 3)},
		{"all but one go", ids(0, 1, 2), ids(2), ids(2)},
		{"somebody goes as another one comes", ids(0, 1, 2), ids(0, 2, 3), ids(0, 2, 3)},
		{"all go", ids(0, 1), nil, nil},
	} {
		if got := lineup(c.before, c.now); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// The places of the others do not change when somebody comes who still fits beside them.
func TestPlacesOfAGridAreKept(t *testing.T) {
	t.Parallel()
	for n := 3; n < mostCells; n++ {
		before, after := arrange(assembly(n)), arrange(assembly(n+1))
		for i, p := range before.tiles {
			if after.tiles[i].tileID != p.tileID {
				t.Errorf("of %d, number %d is another one when somebody comes", n, i)
			}
		}
	}
}

func BenchmarkArrange(b *testing.B) {
	s := assembly(16)
	b.ReportAllocs()
	for b.Loop() {
		if a := arrange(s); len(a.tiles) != 16 {
			b.Fatal(len(a.tiles))
		}
	}
}
