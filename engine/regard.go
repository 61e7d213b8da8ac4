package engine

import (
	"image"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
)

// What is looked at, and how large, is told to who sends it, so that nothing more is coded, sent and decoded: a picture on another page of
// the grid, or of a call that was put away, costs nothing at either end. What must not be missed, more or larger, is told at once, and what
// can wait, less, once it has been so for [media.LookAway].

// unseen is more than any layer: the picture is shown nowhere.
const unseen uint8 = media.Layers

// regard is how much of one picture of a member we need, as far as he knows.
type regard struct {
	told  uint8     // the layer that is enough, or unseen
	since time.Time // since when less would be; zero if it would not
	most  uint8     // that was needed since then
}

// next looks at what is needed now.
func (r regard) next(need uint8, now time.Time) regard {
	switch {
	case need <= r.told:
		return regard{told: need}
	case r.since.IsZero():
		return regard{told: r.told, since: now, most: need}
	}
	r.most = min(r.most, need)
	if now.Sub(r.since) < media.LookAway {
		return r
	}
	return regard{told: r.most}.next(need, now)
}

// need is the layer that is enough for a picture that we show in that size. One that has not begun yet is awaited, however small: nobody can
// look at it before there is something to see.
func (r regard) need(size image.Point, begun bool) uint8 {
	switch {
	case size != image.Point{}:
		return fitting(size)
	case begun:
		return unseen
	}
	return min(r.told, unseen-1)
}

// size is what to say of a picture that we show in that size.
func (r regard) size(shown image.Point) image.Point {
	switch {
	case r.told == unseen:
		return image.Point{}
	case shown != image.Point{} && fitting(shown) == r.told:
		return shown
	}
	return rungs[r.told].size
}

// regards are how we look at a member. All of a new one is expected to be seen, in full, and that is what he expects.
type regards struct{ camera, screen regard }

// shows tells a member how large we show his camera, in pixels, so that he need not send more. Nothing is 0×0.
type shows struct {
	Width  int `json:"w"` // 0 to 16384
	Height int `json:"h"`
}

// point is the size, if it can be one.
func (s shows) point() (image.Point, bool) {
	const most = 1 << 14
	return image.Pt(s.Width, s.Height), s.Width >= 0 && s.Height >= 0 && s.Width <= most && s.Height <= most
}

// sees tells a member which of his pictures we see anywhere: the others need not be sent. Until it is said all are seen.
type sees struct {
	Camera bool `json:"camera"`
	Screen bool `json:"screen"`
}

// see notes how a member sees us.
func (r *room) see(from link.MemberID, e envelope) {
	r.mu.Lock()
	if p := r.remotes[from]; p != nil {
		if e.Shows != nil {
			if size, ok := e.Shows.point(); ok {
				p.shown = size
			}
		}
		if e.Sees != nil {
			p.sees = *e.Sees
		}
	}
	r.mu.Unlock()
	r.allot()
}

// gets reports whether our picture of a kind is of use to a member. r.mu is held.
func (p *remote) gets(k link.Kind) bool {
	return !p.said.Held && (k == link.Camera && p.sees.Camera || k == link.Screen && p.sees.Screen)
}

// shown reports whether anybody sees our picture of a kind, or may soon. r.mu is held.
func (r *room) shown(k link.Kind) bool {
	for _, p := range r.remotes {
		if p.gets(k) {
			return true
		}
	}
	return len(r.remotes) == 0
}

// regard looks at what we need of a member now, and at how large we show his camera. r.mu is held.
func (r *room) regard(p *remote, now time.Time) (is regards, camera image.Point) {
	camera = r.feeds[track{p.user, link.Camera}].Size()
	is.camera = p.regards.camera.next(p.regards.camera.need(camera, p.video.Begun()), now)
	screen := uint8(0)
	if p.screen != nil && p.screen.Begun() && r.feeds[track{p.user, link.Screen}].Size() == (image.Point{}) {
		screen = unseen
	}
	is.screen = p.regards.screen.next(screen, now)
	return is, camera
}

// tellRegards tells the members how we look at them, where that has changed. It runs on the room's goroutine, at each inspection and when
// somebody begins to look.
func (r *room) tellRegards(now time.Time) {
	for m, p := range r.remotes {
		r.mu.RLock()
		was := p.regards
		is, camera := r.regard(p, now)
		r.mu.RUnlock()
		anew := p.anew.Swap(false)
		told := anew || is.camera.told != was.camera.told || is.screen.told != was.screen.told
		if told && r.say(m, is, is.camera.size(camera)) != nil {
			p.anew.Store(anew)
			continue // he is told at the next look
		}
		r.mu.Lock()
		p.regards = is
		if was.camera.told == unseen && is.camera.told != unseen {
			p.due = now
		}
		r.mu.Unlock()
	}
}

// say tells a member how we look at him.
func (r *room) say(to link.MemberID, is regards, camera image.Point) error {
	body, err := envelope{Shows: &shows{camera.X, camera.Y}, Sees: &sees{is.camera.told != unseen, is.screen.told != unseen}}.encode()
	if err != nil {
		return err
	}
	return r.session.SendData(to, body)
}

// looked says that somebody begins to look at a picture. It never blocks.
func (r *room) looked() {
	select {
	case r.looks <- struct{}{}:
	default:
	}
}
