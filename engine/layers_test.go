package engine

import (
	"fmt"
	"image"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
)

func TestLayerFitsSizeAndPath(t *testing.T) {
	t.Parallel()
	full, tile, small := image.Pt(1280, 720), image.Pt(700, 394), image.Pt(200, 112)
	for _, c := range []struct {
		now   uint8
		shown image.Point
		bps   int
		want  uint8
	}{
		{0, full, 1_500_000, 0},
		{0, image.Pt(2560, 1440), 1_500_000, 0},
		{0, tile, 1_500_000, 1},
		{0, small, 1_500_000, 2},
		{0, image.Point{}, 1_500_000, 2}, // shown nowhere
		{0, full, 500_000, 0},
		{0, full, 499_999, 1},
		{1, full, 600_000, 1}, // not enough more to try
		{1, full, 625_000, 0},
		{1, full, 100_000, 2},
		{2, full, 200_000, 2},
		{2, full, 225_000, 1},
		{2, full, 900_000, 0},
		{2, tile, 900_000, 1},
		{2, small, 900_000, 2},
	} {
		if got := layerFor(c.now, c.shown, c.bps); got != c.want {
			t.Errorf("from layer %d, shown in %v, %d bit/s: layer %d, not %d", c.now, c.shown, c.bps, got, c.want)
		}
	}
}

func TestSizesOfMembersAreChecked(t *testing.T) {
	t.Parallel()
	for s, want := range map[shows]bool{{}: true, {1280, 720}: true, {-1, 5}: false, {5, -1}: false, {1 << 20, 5}: false} {
		if _, ok := s.point(); ok != want {
			t.Errorf("%v is a size: %t", s, ok)
		}
	}
}

func TestSharesOfALayer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		halved bool
		takes  []int
		rate   int
		half   []bool // of each
	}{
		{"one", false, []int{500_000}, 500_000, []bool{false}},
		{"alike", false, []int{500_000, 600_000}, 500_000, []bool{false, false}},
		{"the slow one gets half, for the fast one", false, []int{650_000, 2_500_000}, 1_000_000, []bool{true, false}},
		{"as much as the fast one takes", false, []int{650_000, 950_000}, 950_000, []bool{true, false}},
		{"whoever takes less than all", false, []int{650_000, 900_000, 1_000_000, 1_200_000}, 1_000_000, []bool{true, true, false, false}},
		{"not yet worth it", false, []int{650_000, 900_000}, 650_000, []bool{false, false}},
		{"still worth it", true, []int{650_000, 800_000}, 800_000, []bool{true, false}},
		{"not any more", true, []int{650_000, 750_000}, 650_000, []bool{false, false}},
		{"few pictures anyway", true, []int{100_000, 2_000_000}, 100_000, []bool{false, false}},
	} {
		paths, l := map[link.MemberID]int{}, layering{of: map[link.MemberID]uint8{}}
		for i, bps := range c.takes {
			m := link.MemberID(fmt.Sprint(i))
			paths[m], l.of[m] = bps, 1
		}
		halved := l.share(1, paths, c.halved)
		if l.rates[1] != c.rate || l.spares[1] != halved || halved != slices.Contains(c.half, true) {
			t.Errorf("%s: %d bit/s, halved %t", c.name, l.rates[1], halved)
		}
		for i, half := range c.half {
			want := uint8(1)
			if half {
				want |= link.Halved
			}
			if got := l.of[link.MemberID(fmt.Sprint(i))]; got != want {
				t.Errorf("%s: number %d gets layer %d, not %d", c.name, i, got, want)
			}
		}
	}
}

// layersOf notes the layers that members are given.
type layersOf struct {
	link.Session
	mu sync.Mutex
	of map[link.MemberID]uint8
}

func (l *layersOf) SetLayer(to link.MemberID, k link.Kind, layer uint8) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k == link.Camera {
		l.of[to] = layer
	}
	return nil
}

// One thin path, or one small tile, must not make the picture of all others worse; and each layer is coded once, however many get it.
func TestOneThinPathDoesNotDragTheOthers(t *testing.T) {
	t.Parallel()
	r := roomWith(t, newAlbum(1000))
	session := &layersOf{of: map[link.MemberID]uint8{}}
	var all [6]link.MemberID
	for n := range all {
		user := UserID(fmt.Sprint("guest", n))
		all[n] = memberID(user, bobPhone)
		r.connect(user, bobPhone, n%2 == 0)
	}
	between(r, func(s link.Session) link.Session {
		session.Session = s
		return session
	})
	r.set(intent{camera: true}, false)
	encoders := func(want int) {
		t.Helper()
		n := -1
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			if p := r.picture.Load(); p != nil {
				if n = p.Stats().Encoders; n == want {
					return
				}
			}
		}
		t.Fatalf("%d encoders, want %d", n, want)
	}
	given := func(want map[link.MemberID]uint8) {
		t.Helper()
		session.mu.Lock()
		defer session.mu.Unlock()
		if !maps.Equal(session.of, want) {
			t.Errorf("layers %v, want %v", session.of, want)
		}
	}
	const thick, thin = 3_000_000, 300_000

	r.rated(all[0], thick)
	r.rated(all[1], thin)
	given(map[link.MemberID]uint8{all[0]: 0, all[1]: 0 | link.Halved}) // to two it goes in one layer, to the slower path in half
	encoders(1)
	if got, want := r.picture.Load().Stats().BitRate, (thin-voiceBudget)*100/65; got != want {
		t.Errorf("two get %d bit/s, not %d", got, want)
	}
	r.mu.Lock()
	if got, want := r.allowed(), (thin-voiceBudget)*100/65; got != want {
		t.Errorf("two are said to take %d bit/s, not %d", got, want)
	}
	r.mu.Unlock()

	for _, m := range all[2:] {
		r.rated(m, thick)
	}
	given(map[link.MemberID]uint8{all[0]: 0, all[1]: 1, all[2]: 0, all[3]: 0, all[4]: 0, all[5]: 0})
	encoders(2)
	if got := r.picture.Load().Stats().BitRate; got != maxCameraRate {
		t.Errorf("those with thick paths get %d bit/s", got)
	}

	r.hear(all[2], []byte(`{"shows":{"w":160,"h":90}}`))
	r.hear(all[3], []byte(`{"shows":{"w":-160,"h":90}}`))
	given(map[link.MemberID]uint8{all[0]: 0, all[1]: 1, all[2]: 2, all[3]: 0, all[4]: 0, all[5]: 0})
	encoders(media.Layers)

	for _, m := range all[2:] {
		r.rated(m, 0)
	}
	encoders(1)
	r.rated(all[1], 0)
	if got := r.picture.Load().Stats().BitRate; got != maxCameraRate {
		t.Errorf("the one who is left gets %d bit/s", got)
	}
}

// spared hears of the first spare picture of the camera.
type spared struct {
	link.Session
	once sync.Once
	some chan struct{}
}

func (s *spared) Publish(k link.Kind, picture link.Sample) error {
	if k == link.Camera && picture.Spare {
		s.once.Do(func() { close(s.some) })
	}
	return s.Session.Publish(k, picture)
}

// What slow paths are spared is made for them.
func TestSlowPathsHavePicturesToBeSpared(t *testing.T) {
	t.Parallel()
	camera := newAlbum(1)
	go func() { // pictures without end, at the pace of a camera
		picture := <-camera.pictures
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-tick.C:
			case <-t.Context().Done():
				tick.Stop()
				return
			}
			select {
			case camera.pictures <- picture:
			default:
			}
		}
	}()
	r := roomWith(t, camera)
	session := &spared{some: make(chan struct{})}
	guests := map[UserID]int{"guest0": 3_000_000, "guest1": 300_000} // what their paths take
	for user := range guests {
		r.connect(user, bobPhone, true)
	}
	between(r, func(s link.Session) link.Session { // which is when they are known
		session.Session = s
		return session
	})
	for user, takes := range guests {
		r.moved(memberID(user, bobPhone), true)
		r.rated(memberID(user, bobPhone), takes)
	}
	r.set(intent{camera: true}, false)
	select {
	case <-session.some:
	case <-time.After(30 * time.Second):
		t.Error("no picture is a spare one")
	}
}
