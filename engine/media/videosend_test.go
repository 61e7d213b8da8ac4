package media

import (
	"errors"
	"image"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// camera gives a picture each 33 ms.
func camera(w, h int) *source[image.Image] {
	pictures := make([]image.Image, 8)
	for n := range pictures {
		pictures[n] = scene(w, h, n*4)
	}
	return newSource(func(n int) (image.Image, error) {
		time.Sleep(frameTime)
		return pictures[n%len(pictures)], nil
	})
}

// frames collects what a sender sends.
type frames struct {
	mu  sync.Mutex
	all []EncodedFrame
}

func (f *frames) out(e EncodedFrame) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e.Data = slices.Clone(e.Data)
	f.all = append(f.all, e)
}

func (f *frames) since(n int) []EncodedFrame {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all[n:]
}

func (f *frames) keys(n int) (at []time.Duration) {
	for _, e := range f.since(n) {
		if e.Key {
			at = append(at, e.At)
		}
	}
	return at
}

func startVideo(t *testing.T, o VideoSenderOptions) *VideoSender {
	t.Helper()
	s, err := NewVideoSender(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestVideoSenderSendsWhatCanBeDecoded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var self Feed
		view := NewView(Cover)
		view.SetSize(160, 90)
		defer self.Attach(view)()
		var got frames
		s := startVideo(t, VideoSenderOptions{Source: camera(320, 180), Self: &self, Codec: Video{BitRate: 800_000}, Out: got.out})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		st := s.Stats()
		s.Close()
		dec := newDecoder(t, VP8)
		last := time.Duration(-1)
		for i, e := range got.all {
			img, err := dec.Decode(e.Data)
			if err != nil {
				t.Fatalf("frame %d: %v", i, err)
			}
			if img.Rect.Dx() != e.Width || img.Rect.Dy() != e.Height || e.Key != (i == 0) || e.At <= last {
				t.Errorf("frame %d is %v and says %d×%d, key %t, at %v after %v", i, img.Rect, e.Width, e.Height, e.Key, e.At, last)
			}
			last = e.At
		}
		if len(got.all) < 50 || st.Frames != uint64(len(got.all)) || st.FPS < 25 || st.FPS > 33 || st.KeyFrames != 1 || st.Kbps < 50 || st.BitRate != 800_000 {
			t.Errorf("%d frames, stats %+v", len(got.all), st)
		}
		if _, ok := view.Take(); !ok {
			t.Error("the self view is empty")
		}
		if s.Err() != nil {
			t.Errorf("ended with %v", s.Err())
		}
	})
}

func TestVideoSenderKeyFrames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got frames
		s := startVideo(t, VideoSenderOptions{Source: camera(160, 96), Out: got.out})
		defer s.Close()
		time.Sleep(time.Second)
		for range 20 { // four peers ask again and again, for a second
			s.ForceKeyFrame(0)
			time.Sleep(50 * time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		keys := got.keys(0)
		if len(keys) < 4 || len(keys) > 6 {
			t.Errorf("key frames at %v", keys)
		}
		for i := 1; i < len(keys); i++ {
			if keys[i]-keys[i-1] < keyFrameGap {
				t.Errorf("key frames at %v", keys)
			}
		}
		// A refused request is done as soon as it may be.
		s.ForceKeyFrame(0)
		time.Sleep(100 * time.Millisecond)
		n := len(got.keys(0))
		s.ForceKeyFrame(0)
		time.Sleep(150 * time.Millisecond)
		synctest.Wait()
		if len(got.keys(0)) != n {
			t.Error("a key frame came too early")
		}
		time.Sleep(150 * time.Millisecond)
		synctest.Wait()
		if len(got.keys(0)) != n+1 {
			t.Error("a request was lost")
		}
	})
}

func TestVideoSenderPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var self Feed
		view := NewView(Contain)
		view.SetSize(160, 96)
		defer self.Attach(view)()
		var got frames
		s := startVideo(t, VideoSenderOptions{Source: camera(160, 96), Self: &self, Out: got.out})
		defer s.Close()
		time.Sleep(time.Second)
		s.SetPaused(true)
		time.Sleep(50 * time.Millisecond)
		synctest.Wait()
		n, seen := len(got.since(0)), view.Stats().Pushed
		time.Sleep(time.Second)
		synctest.Wait()
		if len(got.since(n)) != 0 {
			t.Error("something was sent in the pause")
		}
		if view.Stats().Pushed < seen+25 {
			t.Error("the self view stood still in the pause")
		}
		s.SetPaused(false)
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		after := got.since(n)
		if len(after) == 0 || !after[0].Key || after[0].At-got.all[n-1].At < time.Second {
			t.Errorf("resumed with %d frames", len(after))
		}
	})
}

// A warm sender has a key frame at hand when it resumes: nothing waits for the camera or the encoder, and the pictures after it build on it.
func TestVideoSenderResumesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got frames
		s := startVideo(t, VideoSenderOptions{Source: camera(160, 96), Out: got.out, Paused: true, Warm: true})
		defer s.Close()
		dec := newDecoder(t, VP8)
		last, n := time.Duration(-1), 0
		for range 3 { // also after another pause
			time.Sleep(time.Second)
			synctest.Wait()
			if more := got.since(n); len(more) != 0 {
				t.Fatalf("%d frames were sent in the pause", len(more))
			}
			began := time.Now()
			s.ForceKeyFrame(0) // by who has only just connected
			s.SetPaused(false)
			synctest.Wait()
			if !time.Now().Equal(began) {
				t.Fatal("time went by")
			}
			if more := got.since(n); len(more) != 1 || !more[0].Key || more[0].Width != 160 || more[0].Height != 96 {
				t.Fatalf("resumed with %+v", more)
			}
			time.Sleep(time.Second)
			s.SetPaused(true)
			synctest.Wait()
			if keys := got.keys(n); len(keys) != 1 {
				t.Errorf("key frames at %v", keys)
			}
			for i, e := range got.since(n) {
				if _, err := dec.Decode(e.Data); err != nil {
					t.Fatalf("frame %d: %v", i, err)
				}
				if e.At <= last {
					t.Errorf("frame %d at %v comes after one at %v", i, e.At, last)
				}
				last = e.At
			}
			n = len(got.since(0))
		}
		if st := s.Stats(); st.Frames != uint64(n) || st.KeyFrames != 3 {
			t.Errorf("%d frames were sent, and the statistics are %+v", n, st)
		}
	})
}

func TestVideoSenderFollowsTheBitRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got frames
		s := startVideo(t, VideoSenderOptions{Source: camera(1280, 720), Out: got.out})
		defer s.Close()
		width := func(bps int, wait time.Duration) int {
			s.SetBitRate(bps)
			time.Sleep(wait)
			synctest.Wait()
			all := got.since(0)
			return all[len(all)-1].Width
		}
		for _, step := range []struct {
			bps  int
			wait time.Duration
			want int
		}{
			{1_500_000, time.Second, 1280},
			{400_000, time.Second, 640},
			{510_000, 6 * time.Second, 640}, // not enough more to try
			{100_000, time.Second, 320},
			{700_000, time.Second, 320}, // not for long enough
			{700_000, 4 * time.Second, 640},
			{700_000, 5 * time.Second, 1280},
		} {
			if w := width(step.bps, step.wait); w != step.want {
				t.Errorf("%d bit/s: width %d, not %d", step.bps, w, step.want)
			}
		}
		s.SetMaxSize(640, 360)
		if w := width(700_000, time.Second); w != 640 {
			t.Errorf("width %d over the limit", w)
		}
	})
}

func TestScreenKeepsItsSize(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got frames
		s := startVideo(t, VideoSenderOptions{Source: camera(640, 400), Codec: Video{Screen: true}, Out: got.out})
		defer s.Close()
		s.SetBitRate(300_000)
		time.Sleep(4 * time.Second)
		synctest.Wait()
		st := s.Stats()
		if st.Width != 640 || st.FPS > 10 || st.FPS < 3 {
			t.Errorf("%d pixels wide at %.1f/s", st.Width, st.FPS)
		}
	})
}

func TestVideoSenderLimitsTheFrameRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got frames
		s := startVideo(t, VideoSenderOptions{Source: camera(160, 96), MaxFrameRate: 15, Out: got.out})
		defer s.Close()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if st := s.Stats(); st.FPS < 12 || st.FPS > 16 {
			t.Errorf("%.1f pictures/s, stats %+v", st.FPS, st)
		}
	})
}

func TestVideoSenderLosesItsDevice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		reason error
		screen bool
	}{
		{io.EOF, ErrDeviceLost, false},
		{errors.New("ioctl failed"), ErrDeviceLost, true},
		{&DeviceError{Kind: CameraDevice, Label: "front", Reason: ErrDeviceBusy}, ErrDeviceBusy, false},
	} {
		src := newSource(func(n int) (image.Image, error) {
			if n == 3 {
				return nil, c.err
			}
			return scene(64, 48, n), nil
		})
		s := startVideo(t, VideoSenderOptions{Source: src, Codec: Video{Screen: c.screen}, Out: func(EncodedFrame) {}})
		<-s.Done()
		var d *DeviceError
		if !errors.As(s.Err(), &d) || !errors.Is(s.Err(), c.reason) || d.Kind == ScreenDevice != c.screen || d.Label == "" {
			t.Errorf("%v became %v", c.err, s.Err())
		}
		select {
		case <-src.closed:
		default:
			t.Error("the source was not closed")
		}
		s.Close()
		if s.Err() == nil {
			t.Error("Close hid the reason")
		}
	}
}

func TestVideoSenderRefusesBadPictures(t *testing.T) {
	t.Parallel()
	src := newSource(func(int) (image.Image, error) { return image.NewGray(image.Rect(0, 0, 4, 4)), nil })
	s := startVideo(t, VideoSenderOptions{Source: src, Out: func(EncodedFrame) {}})
	<-s.Done()
	if !errors.Is(s.Err(), errPicture) {
		t.Errorf("ended with %v", s.Err())
	}
}

func TestVideoSenderNeedsItsParts(t *testing.T) {
	t.Parallel()
	src := camera(64, 48)
	if _, err := NewVideoSender(VideoSenderOptions{Source: src}); err == nil {
		t.Error("no output, no error")
	}
	<-src.closed // also when it fails
	if _, err := NewVideoSender(VideoSenderOptions{Out: func(EncodedFrame) {}}); err == nil {
		t.Error("no source, no error")
	}
}

func TestVideoSenderLeavesNothingBehind(t *testing.T) {
	noLeak(t, "media.(*capture).run")
	for range 100 {
		src := newSource(func(n int) (image.Image, error) {
			time.Sleep(time.Millisecond)
			return scene(64, 48, n), nil
		})
		s := startVideo(t, VideoSenderOptions{Source: src, Out: func(EncodedFrame) {}})
		s.ForceKeyFrame(0)
		s.Close()
		s.Close()
	}
}

func TestLadder(t *testing.T) {
	t.Parallel()
	l := newLadder(Video{})
	now := time.Unix(0, 0)
	for _, c := range []struct {
		bps, width int
		after      time.Duration
	}{
		{2_000_000, 0, 0},
		{499_999, 640, 0},
		{149_000, 320, 0},
		{50_000, 320, 0},
		{5_000_000, 320, time.Second},
		{5_000_000, 320, ladderHold},
		{5_000_000, 640, ladderHold},
		{620_000, 640, ladderHold},
		{626_000, 0, ladderHold},
	} {
		now = now.Add(c.after)
		if s := l.at(c.bps, now); s.width != c.width {
			t.Errorf("%d bit/s: width %d, not %d", c.bps, s.width, c.width)
		}
	}
}

func TestVideoSenderCodesEachLayerOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got frames
		s := startVideo(t, VideoSenderOptions{Source: camera(1280, 720), Out: got.out})
		defer s.Close()
		decoders := map[uint8]*VideoDecoder{}
		for _, c := range []struct {
			rates [Layers]int
			want  map[uint8]int // widths
		}{
			{[Layers]int{1_500_000}, map[uint8]int{0: 1280}},
			{[Layers]int{1_500_000, 400_000, 150_000}, map[uint8]int{0: 1280, 1: 640, 2: 320}},
			{[Layers]int{0, 400_000, 0}, map[uint8]int{1: 640}},
			{[Layers]int{0, 400_000, 150_000}, map[uint8]int{1: 640, 2: 320}},
		} {
			n := len(got.since(0))
			s.SetLayers(c.rates)
			time.Sleep(time.Second)
			synctest.Wait()
			count := map[uint8]int{}
			for layer := range decoders {
				if c.rates[layer] == 0 {
					delete(decoders, layer)
				}
			}
			for _, f := range got.since(n) {
				if c.rates[f.Layer] == 0 {
					continue // under way when it was switched off
				}
				if decoders[f.Layer] == nil { // for as long as the layer is sent
					decoders[f.Layer] = newDecoder(t, VP8)
				}
				img, err := decoders[f.Layer].Decode(f.Data)
				if err != nil {
					t.Fatalf("%v: layer %d: %v", c.rates, f.Layer, err)
				}
				if img.Rect.Dx() != c.want[f.Layer] || f.Width != img.Rect.Dx() {
					t.Errorf("%v: layer %d is %d wide", c.rates, f.Layer, img.Rect.Dx())
				}
			}
			for _, f := range got.since(n) {
				count[f.Layer]++
			}
			for layer := range c.want {
				if count[layer] < 20 {
					t.Errorf("%v: %d pictures in layer %d", c.rates, count[layer], layer)
				}
			}
			if e := s.Stats().Encoders; e != len(c.want) {
				t.Errorf("%v: %d encoders", c.rates, e)
			}
		}
		n := len(got.since(0))
		s.ForceKeyFrame(2)
		s.ForceKeyFrame(Layers) // is none
		time.Sleep(time.Second)
		synctest.Wait()
		keys := map[uint8]int{}
		for _, f := range got.since(n) {
			if f.Key {
				keys[f.Layer]++
			}
		}
		if keys[2] != 1 || keys[1] != 0 {
			t.Errorf("one key frame of layer 2 was asked for; there were %v", keys)
		}
	})
}
