package media

import (
	"image"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// page draws something like text: sharp dark strokes on white.
func page(w, h, n int) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = 235
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = 128, 128
	}
	seed := uint32(n)*2654435761 + 1
	for y := 8; y+14 < h; y += 18 {
		for x := 10; x+19 < w; x += 9 {
			for k := range 4 {
				seed = seed*1664525 + 1013904223
				for d := range 12 {
					switch seed >> 30 {
					case 0:
						img.Y[(y+d)*img.YStride+x+2*k] = 40
					case 1:
						img.Y[(y+3*k)*img.YStride+x+d/2] = 40
					}
				}
			}
		}
	}
	return img
}

const screenTime = time.Second / 15

// screen gives the page of the number that turn has at the time.
func screen(w, h int, turn *atomic.Int32) *source[image.Image] {
	pages := []image.Image{page(w, h, 0), page(w, h, 1), page(w, h, 2)}
	return newSource(func(int) (image.Image, error) {
		time.Sleep(screenTime)
		return pages[turn.Load()], nil
	})
}

// A page of text gets sharp, and then costs next to nothing until it is turned.
func TestStillScreenIsSharpAndCheap(t *testing.T) {
	t.Parallel()
	inFormats(t, stillScreen)
}

func stillScreen(t *testing.T, f Format) {
	synctest.Test(t, func(t *testing.T) {
		var (
			got  frames
			turn atomic.Int32
			dec  = newDecoder(t, f)
		)
		s := startVideo(t, VideoSenderOptions{Source: screen(641, 401, &turn), Codec: Video{Format: f, Screen: true, BitRate: 1_500_000}, Out: got.out})
		defer s.Close()
		seen := 0
		view := func() (last *image.YCbCr, count, bytes int) {
			synctest.Wait()
			for _, f := range got.since(seen) {
				img, err := dec.Decode(f.Data)
				if err != nil {
					t.Fatal(err)
				}
				last, count, bytes = img, count+1, bytes+len(f.Data)
			}
			seen += count
			return last, count, bytes
		}
		for n := range int32(3) {
			turn.Store(n)
			time.Sleep(10 * time.Second)
			if last, _, _ := view(); last == nil {
				t.Fatal("nothing is sent")
			} else if q := psnr(last, page(641, 401, int(n))); q < 38 {
				t.Errorf("page %d is blurred: %.1f dB", n, q)
			}
			time.Sleep(10 * time.Second)
			if _, count, bytes := view(); count < 9 || count > 11 || bytes > 20_000 {
				t.Errorf("a still page costs %d pictures and %d bytes in 10 s", count, bytes)
			}
		}
		if st := s.Stats(); st.Still < 300 || st.KeyFrames != 1 || st.Captured < 890 {
			t.Errorf("%+v", st)
		}
		s.ForceKeyFrame(0) // somebody comes
		time.Sleep(2 * screenTime)
		synctest.Wait()
		if late := got.since(seen); len(late) == 0 || !late[0].Key {
			t.Error("who comes while nothing moves sees nothing")
		}
	})
}

// A page is a large key frame. While it is on its way another one would only hold it up.
func TestKeyFrameOnItsWay(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	var g keyGate
	g.ask(now)
	if !g.open(now) {
		t.Error("the first one is refused")
	}
	g.made(now, time.Second)
	g.ask(now.Add(900 * time.Millisecond))
	if g.open(now.Add(2 * time.Second)) {
		t.Error("what was on its way is sent again")
	}
	g.ask(now.Add(time.Second))
	if !g.open(now.Add(time.Second)) {
		t.Error("it is not sent again to who asks after it came")
	}
	g.made(now, 100*time.Millisecond)
	g.ask(now.Add(50 * time.Millisecond))
	if g.open(now.Add(keyFrameGap-1)) || !g.open(now.Add(keyFrameGap)) {
		t.Error("after a small one a request waits for the gap, and no longer")
	}
}

// While it is frozen what was seen stays, also for who comes later, and nothing of what is captured gets out.
func TestFrozenScreen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			got  frames
			turn atomic.Int32
			self Feed
			own  = NewView(Contain)
			dec  = newDecoder(t, VP9)
		)
		own.SetSize(640, 400)
		defer self.Attach(own)()
		s := startVideo(t, VideoSenderOptions{Source: screen(640, 400, &turn), Self: &self, Codec: Video{Format: VP9, Screen: true, BitRate: 1_500_000}, Out: got.out})
		defer s.Close()
		s.Freeze(true)
		time.Sleep(time.Second)
		if synctest.Wait(); len(got.since(0)) > 0 || own.Stats().Pushed > 0 {
			t.Fatal("a picture got out of a screen that was frozen from the start")
		}
		s.Freeze(false)
		time.Sleep(4 * time.Second)
		s.Freeze(true)
		synctest.Wait()
		turn.Store(1)
		before := len(got.since(0))
		own.Clear()
		time.Sleep(time.Second)
		s.ForceKeyFrame(0)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		var last *image.YCbCr
		for _, f := range got.since(0) {
			img, err := dec.Decode(f.Data)
			if err != nil {
				t.Fatal(err)
			}
			last = img
		}
		if len(got.keys(before)) != 1 {
			t.Errorf("%d key frames for who comes to a frozen screen", len(got.keys(before)))
		}
		if q, leaked := psnr(last, page(640, 400, 0)), psnr(last, page(640, 400, 1)); q < 35 || leaked > 20 {
			t.Errorf("the frozen page is seen with %.1f dB, the next one with %.1f dB", q, leaked)
		}
		if _, ok := own.Take(); !ok {
			t.Error("we ourselves do not see what the others see")
		}
		before = len(got.since(0))
		s.Freeze(false)
		time.Sleep(4 * time.Second)
		synctest.Wait()
		for _, f := range got.since(before) {
			img, err := dec.Decode(f.Data)
			if err != nil {
				t.Fatal(err)
			}
			last = img
		}
		if q := psnr(last, page(640, 400, 1)); q < 35 {
			t.Errorf("it goes on with %.1f dB of the next page", q)
		}
	})
}

func TestMotionGetsSmallerBeforeSlower(t *testing.T) {
	t.Parallel()
	l := newLadder(Video{Screen: true, Motion: true})
	now := time.Unix(0, 0)
	for _, c := range []struct {
		bps, width int
		fps        float64
	}{{2_000_000, 0, 30}, {1_000_000, 1280, 30}, {400_000, 640, 30}, {100_000, 480, 15}} {
		if s := l.at(c.bps, now); s.width != c.width || s.fps != c.fps {
			t.Errorf("%d bit/s: %d wide at %v/s", c.bps, s.width, s.fps)
		}
	}
}

// A screen is decoded only while somebody looks, and who begins to look sees it at once although nothing moves.
func TestScreenIsDecodedForWhoLooks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			feed  Feed
			asked atomic.Int32
			turn  atomic.Int32
			z     = packetizer{format: VP9}
		)
		begin := time.Now()
		var s *VideoSender
		ready := make(chan struct{})
		r, err := NewVideoReceiver(VideoReceiverOptions{Format: VP9, Feed: &feed, Screen: true, WantKeyFrame: func() {
			<-ready
			asked.Add(1)
			s.ForceKeyFrame(0)
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		s = startVideo(t, VideoSenderOptions{Source: screen(320, 200, &turn), Codec: Video{Format: VP9, Screen: true, BitRate: 1_000_000}, Out: func(f EncodedFrame) {
			for _, p := range z.packets(f.Data, uint32(f.At.Milliseconds()*90)) {
				r.Push(p, time.Now())
			}
		}})
		close(ready)
		defer s.Close()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		first := r.Stats()
		time.Sleep(10 * time.Second)
		if synctest.Wait(); first.LastFrame.Sub(begin) > LookAway+screenTime || r.Stats().Frames != first.Frames || asked.Load() > 0 || r.Stats().Kbps == 0 {
			t.Fatalf("nobody looks: asked %d times, %+v", asked.Load(), r.Stats())
		}
		look := func(v *View, within time.Duration) {
			t.Helper()
			begin := time.Now()
			for {
				if _, ok := v.Take(); ok {
					return
				}
				if time.Since(begin) > within {
					t.Fatalf("nothing is seen after %v: %+v", within, r.Stats())
				}
				time.Sleep(time.Millisecond)
				synctest.Wait()
			}
		}
		tile := NewView(Contain)
		detach := feed.Attach(tile)
		tile.SetSize(160, 100)
		look(tile, 3*screenTime)
		time.Sleep(10 * time.Second)
		tile.Take()
		tile.SetSize(320, 200) // looks closer
		look(tile, 5*time.Millisecond)
		full := NewView(Contain)
		full.SetSize(320, 200)
		stop := feed.Attach(full)
		look(full, 5*time.Millisecond)
		if asked.Load() > 1 || r.Stats().Freezes > 0 {
			t.Errorf("asked %d times: %+v", asked.Load(), r.Stats())
		}
		stop()
		detach()
		time.Sleep(LookAway + time.Second)
		synctest.Wait()
		n := r.Stats().Frames
		time.Sleep(10 * time.Second)
		if synctest.Wait(); r.Stats().Frames != n {
			t.Error("it is decoded although nobody looks any more")
		}
		turn.Store(1)
		time.Sleep(time.Second)
		defer feed.Attach(full)()
		look(full, 3*screenTime)
	})
}
