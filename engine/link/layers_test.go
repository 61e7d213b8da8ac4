package link

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// layered notes the layers that arrive at a member, from pictures whose first byte names theirs, and whether the stream has gaps.
type layered struct {
	mu    sync.Mutex
	seen  []byte
	next  uint16
	gaps  int
	older int
	at    uint32
}

// join calls a member who notes what he gets from ana.
func (l *layered) join(t *testing.T, w *world, ana *member, name MemberID) {
	t.Helper()
	n := w.join(name, func(o *Options) { o.OnPacket = l.packet })
	call(t, ana, n)
	waitState(t, 10*time.Second, Connected, ana, n)
}

func (l *layered) packet(_ MemberID, k Kind, p *rtp.Packet, _ time.Time) {
	if k != Camera || len(p.Payload) < 5 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.seen) > 0 && p.SequenceNumber != l.next {
		l.gaps++
	}
	if len(l.seen) > 0 && int32(p.Timestamp-l.at) <= 0 {
		l.older++
	}
	l.next, l.at = p.SequenceNumber+1, p.Timestamp
	l.seen = append(l.seen, p.Payload[len(p.Payload)-1])
}

// tail reports whether the last pictures are all of a layer.
func (l *layered) tail(layer byte) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	const enough = 20
	if n := len(l.seen); n < enough || slices.ContainsFunc(l.seen[n-enough:], func(b byte) bool { return b != layer }) {
		return fmt.Sprintf("not the last %d of %d are of layer %d", enough, n, layer)
	}
	return ""
}

func TestEachMemberGetsItsLayer(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		var mu sync.Mutex
		asked := map[uint8]int{}
		ana := w.join("ana", func(o *Options) {
			o.OnKeyFrame = func(k Kind, layer uint8) {
				mu.Lock()
				defer mu.Unlock()
				if k == Camera {
					asked[layer]++
				}
			}
		})
		var atBob, atCyd layered
		atBob.join(t, w, ana, "bob")
		atCyd.join(t, w, ana, "cyd")

		stop, done := make(chan struct{}), make(chan struct{})
		go func() { // one source in three layers, each with a key frame when it was asked for
			defer close(done)
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			for n := uint32(0); ; n++ {
				select {
				case <-stop:
					return
				case <-tick.C:
				}
				for layer := range uint8(3) {
					mu.Lock()
					key := asked[layer] > 0
					asked[layer] = 0
					mu.Unlock()
					_ = ana.Publish(Camera, Sample{Data: []byte{0, layer}, Timestamp: n * 450, Layer: layer, Key: key})
				}
			}
		}()
		defer func() { close(stop); <-done }()

		want := func(b, c byte) {
			t.Helper()
			waitFor(t, 10*time.Second, func() string {
				if why := atBob.tail(b); why != "" {
					return "Bob: " + why
				}
				if why := atCyd.tail(c); why != "" {
					return "Cyd: " + why
				}
				return ""
			})
		}
		want(0, 0)
		for _, c := range []struct {
			to    MemberID
			layer uint8
			b, c  byte
		}{{"cyd", 2, 0, 2}, {"bob", 1, 1, 2}, {"cyd", 0, 1, 0}} {
			if err := ana.SetLayer(c.to, Camera, c.layer); err != nil {
				t.Fatal(err)
			}
			want(c.b, c.c)
		}
		for name, l := range map[string]*layered{"bob": &atBob, "cyd": &atCyd} {
			l.mu.Lock()
			if l.gaps > 0 || l.older > 0 {
				t.Errorf("%s sees %d gaps and %d steps back in time where layers change", name, l.gaps, l.older)
			}
			l.mu.Unlock()
		}
		if err := ana.SetLayer("dan", Camera, 1); !errors.Is(err, ErrUnknownMember) {
			t.Errorf("layer of nobody: %v", err)
		}
		if err := ana.SetLayer("bob", Voice, 1); !errors.Is(err, ErrKind) {
			t.Errorf("layer of a voice: %v", err)
		}
	})
}

// Who gets a layer halved gets every picture but the spare ones, in a stream without gaps, and needs no key frame when that comes or goes.
func TestSparePicturesAreLeftOut(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		var asked atomic.Int32
		ana := w.join("ana", func(o *Options) { o.OnKeyFrame = func(Kind, uint8) { asked.Add(1) } })
		var atBob, atCyd layered
		atBob.join(t, w, ana, "bob")
		atCyd.join(t, w, ana, "cyd")
		n := uint32(0)
		publish := func(pictures int) (bobs, cyds []byte) {
			t.Helper()
			before, other := atBob.count(), atCyd.count()
			for range pictures {
				spare := n % 2
				if err := ana.Publish(Camera, Sample{Data: []byte{0, byte(spare)}, Timestamp: n * 450, Spare: spare == 1}); err != nil {
					t.Fatal(err)
				}
				n++
				time.Sleep(5 * time.Millisecond) // the pace of a camera
			}
			time.Sleep(time.Second) // until all has come
			return atBob.since(before), atCyd.since(other)
		}
		publish(20)
		before := asked.Load()
		for _, halved := range []bool{true, false} {
			layer, want := uint8(0), 20
			if halved {
				layer, want = Halved, 10
			}
			if err := ana.SetLayer("bob", Camera, layer); err != nil {
				t.Fatal(err)
			}
			bobs, cyds := publish(20)
			if len(bobs) != want || len(cyds) != 20 || halved && slices.Contains(bobs, 1) {
				t.Errorf("halved %t: Bob gets %v and Cyd %v", halved, bobs, cyds)
			}
		}
		if got := asked.Load(); got != before {
			t.Errorf("%d key frames were asked for", got-before)
		}
		if atBob.gaps > 0 || atBob.older > 0 {
			t.Errorf("Bob sees %d gaps and %d steps back in time", atBob.gaps, atBob.older)
		}
	})
}

func (l *layered) count() int { return len(l.since(0)) }

func (l *layered) since(n int) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.seen[n:])
}
