package engine

import (
	"context"
	"fmt"
	"image"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/link"
	"github.com/parley-calls/parley/engine/media"
)

// album is a camera of so many pictures, one each time it is asked.
type album struct {
	stalled
	pictures chan image.Image
	opened   atomic.Int32
}

func newAlbum(n int) *album {
	a := &album{stalled: stalled{open: make(chan struct{})}, pictures: make(chan image.Image, n)}
	for range n {
		a.pictures <- image.NewYCbCr(image.Rect(0, 0, 1280, 720), image.YCbCrSubsampleRatio420)
	}
	return a
}

func (a *album) OpenCamera(context.Context, string, media.VideoFormat) (media.VideoSource, error) {
	a.opened.Add(1)
	return &slides{pictures: a.pictures, hush: hush{closed: make(chan struct{})}}, nil
}

type slides struct {
	hush
	pictures chan image.Image
}

func (s *slides) Read() (image.Image, func(), error) {
	select {
	case p := <-s.pictures:
		return p, func() {}, nil
	case <-s.closed:
		return nil, func() {}, io.EOF
	}
}

// counted counts what is published to all members together.
type counted struct {
	link.Session
	cameras atomic.Int64
}

func (c *counted) Publish(k link.Kind, s link.Sample) error {
	if k == link.Camera {
		c.cameras.Add(1)
	}
	return c.Session.Publish(k, s)
}

// However many members there are, the camera is opened once and each picture is encoded once, for all of them.
func TestOneEncoderForAll(t *testing.T) {
	t.Parallel()
	const pictures = 10
	devices := newAlbum(pictures)
	r := roomWith(t, devices)
	session := &counted{}
	between(r, func(s link.Session) link.Session {
		session.Session = s
		return session
	})
	for n := range 5 {
		r.connect(UserID(fmt.Sprint("guest", n)), bobPhone, n%2 == 0)
	}
	connected := make(chan struct{})
	r.do(func() {
		defer close(connected)
		for m := range r.remotes {
			r.moved(m, true)
		}
	})
	<-connected
	r.scale(image.Pt(640, 360))
	r.set(intent{camera: true}, false)
	var s media.VideoSendStats
	for deadline := time.Now().Add(30 * time.Second); s.Captured < pictures || s.Frames+s.Dropped < pictures; time.Sleep(5 * time.Millisecond) {
		if p := r.picture.Load(); p != nil {
			s = p.Stats()
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v", s)
		}
	}
	members := make(chan int)
	r.do(func() { members <- len(r.remotes) })
	if n := <-members; n != 5 {
		t.Fatalf("%d members", n)
	}
	if opened, sent := devices.opened.Load(), session.cameras.Load(); opened != 1 || s.Frames == 0 || sent != int64(s.Frames) {
		t.Errorf("the camera was opened %d times; of %d pictures %d were encoded and %d were sent", opened, s.Captured, s.Frames, sent)
	}
	if s.Width > 640 || s.Height > 360 {
		t.Errorf("sent in %d×%d", s.Width, s.Height)
	}
	r.scale(image.Point{})
	if got := r.most; got != (image.Point{}) {
		t.Errorf("still at most %v", got)
	}
}

// A card without a command is never used, but it is asked, three seconds after the first picture.
func TestCameraAsksTheGraphicsCard(t *testing.T) {
	t.Parallel()
	card := media.NewCard(media.CardOptions{})
	t.Cleanup(card.Close)
	r := roomWith(t, newAlbum(3))
	r.host.card = card
	r.set(intent{camera: true}, false)
	for late := time.Now().Add(20 * time.Second); !card.Report().Tried; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatal("nobody has asked the card")
		}
	}
	if got, want := card.Report().String(), "Camera pictures are coded by the processor: the graphics card is not to be used."; got != want {
		t.Errorf("it says %q", got)
	}
}
