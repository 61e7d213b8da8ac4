package engine

import (
	"fmt"
	"image"
	"sync"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
)

// What we tell a sender: more at once, less after a while, and nothing that changes back meanwhile.
func TestRegard(t *testing.T) {
	t.Parallel()
	const page = time.Second // as long as somebody looks at a page of the grid
	type look struct {
		after      time.Duration
		need, want uint8
	}
	for name, looks := range map[string][]look{
		"always":                     {{0, 0, 0}, {time.Hour, 0, 0}},
		"put away":                   {{0, unseen, 0}, {media.LookAway - 1, unseen, 0}, {1, unseen, unseen}, {time.Hour, unseen, unseen}},
		"and back":                   {{0, unseen, 0}, {media.LookAway, unseen, unseen}, {page, 0, 0}, {0, unseen, 0}, {page, unseen, 0}},
		"pages are leafed through":   {{0, unseen, 0}, {page, 2, 0}, {page, unseen, 0}, {page, unseen, 2}, {page, 2, 2}, {page, unseen, 2}},
		"there and back, many times": {{0, unseen, 0}, {page, 0, 0}, {page, unseen, 0}, {page, 0, 0}, {page, unseen, 0}, {page, 0, 0}, {page, unseen, 0}},
		"smaller":                    {{0, 2, 0}, {page, 2, 0}, {media.LookAway, 2, 2}, {0, 1, 1}, {0, 0, 0}},
		"smaller, then nowhere":      {{0, 2, 0}, {2 * page, unseen, 0}, {page, unseen, 2}, {media.LookAway, unseen, unseen}},
	} {
		now, r := epoch, regard{}
		for i, l := range looks {
			now = now.Add(l.after)
			if r = r.next(l.need, now); r.told != l.want {
				t.Errorf("%s: at look %d %d is told, want %d", name, i, r.told, l.want)
			}
		}
	}
}

func TestNeed(t *testing.T) {
	t.Parallel()
	none, tile, full := image.Point{}, image.Pt(304, 171), image.Pt(1280, 720)
	for _, c := range []struct {
		told  uint8
		size  image.Point
		begun bool
		want  uint8
		say   image.Point // if it is told
	}{
		{0, full, false, 0, full},
		{0, tile, true, 2, tile},
		{0, none, false, 0, rungs[0].size}, // nothing to look at yet
		{0, none, true, unseen, none},
		{unseen, none, true, unseen, none},
		{unseen, none, false, 2, rungs[2].size}, // switched on again: there shall be a picture
		{unseen, tile, true, 2, tile},
	} {
		got := regard{told: c.told}.need(c.size, c.begun)
		if say := (regard{told: got}).size(c.size); got != c.want || say != c.say {
			t.Errorf("told %d, shown in %v, begun %t: needs %d and says %v, want %d and %v", c.told, c.size, c.begun, got, say, c.want, c.say)
		}
	}
	if say := (regard{told: 0, since: epoch}).size(tile); say != rungs[0].size {
		t.Errorf("while the last size still counts it says %v", say)
	}
}

// withheld notes who gets which layer of what.
type withheld struct {
	link.Session
	mu sync.Mutex
	of map[link.MemberID][link.Kinds]uint8
}

func (w *withheld) SetLayer(to link.MemberID, k link.Kind, layer uint8) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.of[to]
	all[k] = layer
	w.of[to] = all
	return nil
}

// Only those who see a picture get it, in the size that the largest of two shows it in, and one that nobody sees is not coded. Old programs
// know only sizes, and say 0×0 before they show anything: they get all of it.
func TestOnlyThoseWhoLookGetAPicture(t *testing.T) {
	t.Parallel()
	r := roomWith(t, steady{&stalled{open: make(chan struct{})}, make(chan struct{}), &sync.Once{}})
	session := &withheld{of: map[link.MemberID][link.Kinds]uint8{}}
	b, c := memberID(bob.ID, bobPhone), memberID("cyd", bobPhone)
	r.connect(bob.ID, bobPhone, true)
	r.connect("cyd", bobPhone, true)
	between(r, func(s link.Session) link.Session {
		session.Session = s
		return session
	})
	r.set(intent{camera: true}, false)
	for _, m := range []link.MemberID{b, c} {
		r.moved(m, true)
		r.rated(m, 2_000_000)
	}
	figures := func() (s media.VideoSendStats) {
		if p := r.picture.Load(); p != nil {
			s = p.Stats()
		}
		return s
	}
	goesOn := func(want bool) string {
		was := figures()
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			switch now := figures(); {
			case now.Frames >= was.Frames+3:
				if want {
					return ""
				}
				was = now
			case !want && now.Captured >= was.Captured+10:
				return ""
			}
		}
		return fmt.Sprintf("coding goes on: want %t, %+v, now %+v", want, was, figures())
	}
	type layers struct{ bob, cyd, bobsScreen, cydsScreen uint8 }
	for _, step := range []struct {
		from  link.MemberID
		say   string
		want  layers
		coded bool
	}{
		{b, `{"shows":{"w":0,"h":0}}`, layers{}, true}, // as old programs say it: cyd wants it in full
		{c, `{"shows":{"w":304,"h":171},"sees":{"camera":true,"screen":true}}`, layers{2, 2, 0, 0}, true},
		{b, `{"shows":{"w":0,"h":0},"sees":{"camera":false,"screen":false}}`, layers{link.NoLayer, 2, link.NoLayer, 0}, true},
		{c, `{"shows":{"w":1280,"h":720}}`, layers{link.NoLayer, 0, link.NoLayer, 0}, true},
		{c, `{"state":{"microphone":true,"held":true}}`, layers{link.NoLayer, link.NoLayer, link.NoLayer, link.NoLayer}, false},
		{c, `{"state":{"microphone":true}}`, layers{link.NoLayer, 0, link.NoLayer, 0}, true},
		{c, `{"sees":{"camera":false,"screen":true}}`, layers{link.NoLayer, link.NoLayer, link.NoLayer, 0}, false},
		{c, `{"sees":{"camera":"yes"}}`, layers{link.NoLayer, link.NoLayer, link.NoLayer, 0}, false},
		{b, `{"shows":{"w":640,"h":360},"sees":{"camera":true,"screen":false}}`, layers{1, link.NoLayer, link.NoLayer, 0}, true},
	} {
		r.hear(step.from, []byte(step.say))
		session.mu.Lock()
		of := session.of
		got := layers{of[b][link.Camera], of[c][link.Camera], of[b][link.Screen], of[c][link.Screen]}
		session.mu.Unlock()
		if got != step.want {
			t.Errorf("after %s of %s they get %+v, want %+v", step.say, step.from, got, step.want)
		}
		if why := goesOn(step.coded); why != "" {
			t.Errorf("after %s of %s %s", step.say, step.from, why)
		}
		r.mu.RLock()
		out := r.sentPicture(link.Camera, r.picture.Load(), link.MemberStats{})
		r.mu.RUnlock()
		if out.Unseen == step.coded || step.coded && out.TargetKbps != (2_000_000-voiceBudget)/1000 { // the path is wide, however little is wanted
			t.Errorf("after %s of %s the figures are %+v", step.say, step.from, out)
		}
	}
}
