package media

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"
)

// sentPicture is a picture with the packets that carry it.
type sentPicture struct {
	packets []*rtp.Packet
	key     bool
}

// film encodes n pictures with a key frame every each.
func film(t testing.TB, w, h, n, each int) []sentPicture {
	t.Helper()
	enc := newEncoder(t, Video{BitRate: 1_000_000})
	var z packetizer
	var out []sentPicture
	for i := range n {
		data, key, err := enc.encode(scene(w, h, i), time.Duration(i)*frameTime, i%each == 0)
		if err != nil {
			t.Fatal(err)
		}
		if data == nil {
			continue
		}
		out = append(out, sentPicture{z.packets(slices.Clone(data), uint32(i*3000)), key})
	}
	return out
}

func TestVideoReceiverOverABadNetwork(t *testing.T) {
	t.Parallel()
	const w, h, each = 320, 180, 30
	sent := film(t, w, h, 240, each)
	for _, c := range []struct {
		name                    string
		loss, reorder, twice    float64
		minFrames, minRequested int
	}{
		{"perfect", 0, 0, 0, 235, 0},
		{"disorder and duplicates", 0, 0.3, 0.1, 235, 0},
		{"loss", 0.01, 0.1, 0.05, 60, 1},
		{"heavy loss", 0.05, 0.1, 0.05, 8, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var feed Feed
				view := NewView(Contain)
				view.SetSize(w, h)
				defer feed.Attach(view)()
				requests, firsts := atomic.Int32{}, atomic.Int32{}
				r, err := NewVideoReceiver(VideoReceiverOptions{
					Feed:         &feed,
					WantKeyFrame: func() { requests.Add(1) },
					OnFirst:      func() { firsts.Add(1) },
				})
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				rnd := rand.New(rand.NewPCG(5, 6))
				var held *rtp.Packet
				for _, p := range sent {
					for _, packet := range p.packets {
						if rnd.Float64() < c.loss {
							continue
						}
						if held == nil && rnd.Float64() < c.reorder {
							held = packet
							continue
						}
						r.Push(packet, time.Now())
						if rnd.Float64() < c.twice {
							r.Push(packet, time.Now())
						}
						if held != nil {
							r.Push(held, time.Now())
							held = nil
						}
					}
					time.Sleep(frameTime)
					synctest.Wait()
				}
				s := r.Stats()
				if int(s.Frames) < c.minFrames || firsts.Load() != 1 {
					t.Errorf("%d of %d frames, %d firsts", s.Frames, len(sent), firsts.Load())
				}
				if n := int(requests.Load()); n < c.minRequested || n > 8*1000/300+1 || c.loss == 0 && n > 0 {
					t.Errorf("%d key frames requested", n)
				}
				if c.loss == 0 {
					if s.PacketsLost != 0 || s.Dropped != 0 || s.Freezes != 0 || s.FPS < 28 || s.FPS > 32 || s.Kbps < 100 {
						t.Errorf("stats %+v", s)
					}
				} else if s.PacketsLost == 0 || s.Freezes == 0 || s.FreezeTime == 0 {
					t.Errorf("stats %+v", s)
				}
				if s.Width != w || s.Height != h || s.Codec != "VP8" || s.LastFrame.IsZero() {
					t.Errorf("stats %+v", s)
				}
				if _, ok := view.Take(); !ok {
					t.Error("nothing to see")
				}
			})
		})
	}
}

// Every picture that comes out of a bad network must be as good as from a perfect one.
func TestVideoReceiverNeverShowsBrokenPictures(t *testing.T) {
	t.Parallel()
	const w, h, each = 160, 96, 10
	sent := film(t, w, h, 150, each)
	rnd := rand.New(rand.NewPCG(9, 9))
	rig, dec := newAssemblerRig(), newDecoder(t, VP8)
	clean := map[uint32][]byte{}
	ref := newDecoder(t, VP8)
	for _, p := range sent {
		var frame []byte
		for _, packet := range p.packets {
			frame = append(frame, packet.Payload[1:]...)
		}
		img, err := ref.Decode(frame)
		if err != nil {
			t.Fatal(err)
		}
		clean[p.packets[0].Timestamp] = slices.Clone(img.Y)
	}
	shown := 0
	for _, p := range sent {
		rig.now = rig.now.Add(frameTime)
		from := len(rig.out)
		for _, packet := range p.packets {
			if rnd.Float64() > 0.04 {
				rig.push(packet)
			}
		}
		for _, f := range rig.out[from:] {
			img, err := dec.Decode(f.data)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(img.Y, clean[f.ts]) {
				t.Fatalf("the picture of %d is broken", f.ts)
			}
			shown++
		}
	}
	if shown < 20 || shown == len(sent) {
		t.Errorf("%d of %d pictures shown: the test tests nothing", shown, len(sent))
	}
}

func TestVideoReceiverAsksForKeyFrames(t *testing.T) {
	t.Parallel()
	sent := film(t, 160, 96, 200, 1000)
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var all []time.Duration
		start := time.Now()
		r, err := NewVideoReceiver(VideoReceiverOptions{WantKeyFrame: func() {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, time.Since(start))
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		requests := func() []time.Duration {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(all)
		}
		for _, p := range sent[1:61] { // no key frame: two seconds
			for _, packet := range p.packets {
				r.Push(packet, time.Now())
			}
			time.Sleep(frameTime)
		}
		asked := requests()
		// Every picture that is thrown away is a new reason, so the requests come at their shortest distance.
		if len(asked) < 4 || len(asked) > 8 {
			t.Errorf("asked at %v", asked)
		}
		for i := 1; i < len(asked); i++ {
			if d := asked[i] - asked[i-1]; d < keyFrameGap || d > keyFrameRepeat+50*time.Millisecond {
				t.Errorf("asked at %v", asked)
			}
		}
		n := len(asked)
		time.Sleep(time.Minute) // the sender is silent
		if more := len(requests()) - n; more > 4 {
			t.Errorf("asked %d times of a silent sender", more)
		}
		for _, p := range sent[:1] {
			for _, packet := range p.packets {
				packet.SequenceNumber += 5000
				r.Push(packet, time.Now())
			}
		}
		n = len(requests())
		time.Sleep(2 * time.Second)
		if s := r.Stats(); s.KeyFrames != 1 || len(requests()) != n {
			t.Errorf("asked again after a key frame: %+v", s)
		}
	})
}

func TestVideoReceiverExcusesPauses(t *testing.T) {
	t.Parallel()
	sent := film(t, 160, 96, 100, 1000)
	for _, paused := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			r, err := NewVideoReceiver(VideoReceiverOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			for i, p := range sent {
				if i == 50 {
					r.SetPaused(paused)
					time.Sleep(3 * time.Second)
					r.SetPaused(false)
				}
				for _, packet := range p.packets {
					r.Push(packet, time.Now())
				}
				time.Sleep(frameTime)
				synctest.Wait()
			}
			s := r.Stats()
			if paused && s.Freezes != 0 || !paused && (s.Freezes != 1 || s.FreezeTime < 3*time.Second) {
				t.Errorf("paused %t: %d freezes of %v", paused, s.Freezes, s.FreezeTime)
			}
		})
	}
}

// Packets that were kept from the receiver are no freeze, and nothing that follows can be shown before a key frame.
func TestVideoReceiverResumes(t *testing.T) {
	t.Parallel()
	sent := film(t, 160, 96, 100, 30)
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		r, err := NewVideoReceiver(VideoReceiverOptions{WantKeyFrame: func() { asked++ }})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for i, p := range sent {
			if i == 60 {
				r.Resume()
			}
			for _, packet := range p.packets {
				if i < 20 || i >= 60 {
					r.Push(packet, time.Now())
				}
			}
			time.Sleep(frameTime)
			synctest.Wait()
		}
		if s := r.Stats(); asked == 0 || s.Freezes != 0 || s.KeyFrames < 2 || s.Frames < 40 {
			t.Errorf("asked %d times: %+v", asked, s)
		}
	})
}

// The first picture may come before the window is ready for it: it is shown as soon as that is.
func TestVideoReceiverShowsTheLastPicture(t *testing.T) {
	t.Parallel()
	sent := film(t, 160, 96, 1, 30)
	synctest.Test(t, func(t *testing.T) {
		var feed Feed
		view := NewView(Contain)
		r, err := NewVideoReceiver(VideoReceiverOptions{Feed: &feed})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for _, packet := range sent[0].packets {
			r.Push(packet, time.Now())
		}
		synctest.Wait()
		defer feed.Attach(view)()
		synctest.Wait()
		if _, ok := view.Take(); ok {
			t.Fatal("a view without a size has a picture")
		}
		view.SetSize(80, 48)
		synctest.Wait()
		if img, ok := view.Take(); !ok || img.Rect.Dx() != 80 {
			t.Errorf("the view has no picture of its size: %t", ok)
		}
	})
}

// A receiver that is not scheduled must neither block its pusher nor grow.
func TestVideoReceiverBoundsItsQueue(t *testing.T) {
	t.Parallel()
	blocked := make(chan struct{})
	sent := film(t, 160, 96, 60, 1000)
	r, err := NewVideoReceiver(VideoReceiverOptions{OnFirst: func() { <-blocked }})
	if err != nil {
		t.Fatal(err)
	}
	seq := uint16(0)
	for range 20 {
		for _, p := range sent {
			for _, packet := range p.packets {
				c := *packet
				c.SequenceNumber = seq
				seq++
				r.Push(&c, time.Now())
			}
		}
	}
	close(blocked)
	if r.Stats().QueueDrops == 0 {
		t.Error("nothing was dropped")
	}
	r.Close()
	r.Push(sent[0].packets[0], time.Now())
	r.Close()
}

func TestVideoReceiverLeavesNothingBehind(t *testing.T) {
	noLeak(t, "media.(*VideoReceiver).run")
	sent := film(t, 160, 96, 5, 1000)
	for range 100 {
		r, err := NewVideoReceiver(VideoReceiverOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range sent {
			for _, packet := range p.packets {
				r.Push(packet, time.Now())
			}
		}
		r.Close()
	}
}

func ExampleVideoReceiver() {
	var feed Feed
	view := NewView(Cover)
	view.SetSize(640, 360)
	detach := feed.Attach(view)
	defer detach()
	r, err := NewVideoReceiver(VideoReceiverOptions{Feed: &feed})
	if err != nil {
		return
	}
	defer r.Close()
	// r.Push(packet, time.Now()) for each packet; view.Take() whenever the window is painted.
	fmt.Println(r.Stats().Frames)
	// Output: 0
}

// A machine that is too slow to show all pictures shows fewer, and those are of now.
func TestVideoReceiverNeverFallsBehind(t *testing.T) {
	t.Parallel()
	sent := film(t, 160, 96, 150, 150)
	synctest.Test(t, func(t *testing.T) {
		var feed Feed
		view := NewView(Contain)
		view.SetSize(160, 96)
		defer feed.Attach(view)()
		var oldest time.Duration
		var arrivals []time.Time
		view.OnReady(func() { time.Sleep(3 * frameTime) }) // as long does it take to show one
		r, err := NewVideoReceiver(VideoReceiverOptions{Feed: &feed})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for i, p := range sent {
			for _, packet := range p.packets {
				r.Push(packet, time.Now())
			}
			arrivals = append(arrivals, time.Now())
			time.Sleep(frameTime)
			if done := int(r.Stats().Frames); done <= i {
				oldest = max(oldest, time.Since(arrivals[done]))
			}
		}
		time.Sleep(time.Second)
		s, shown := r.Stats(), view.Stats().Pushed
		if int(s.Frames) != len(sent) || shown < 20 || shown > 60 || s.Dropped != s.Frames-shown {
			t.Errorf("of %d pictures %d were decoded and %d shown: %+v", len(sent), s.Frames, shown, s)
		}
		if oldest > lateShow+4*frameTime {
			t.Errorf("a picture waited for %v", oldest)
		}
	})
}

// What has waited for so long that nobody wants to see it is left out, and it goes on with a key frame.
func TestVideoReceiverGivesUpWhatIsTooLate(t *testing.T) {
	t.Parallel()
	sent := film(t, 160, 96, 60, 20)
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		r, err := NewVideoReceiver(VideoReceiverOptions{WantKeyFrame: func() { requests++ }})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for i, p := range sent {
			at := time.Now()
			if i >= 10 && i < 15 {
				at = at.Add(-lateDecode - time.Millisecond)
			}
			for _, packet := range p.packets {
				r.Push(packet, at)
			}
			time.Sleep(frameTime)
			synctest.Wait()
			switch s := r.Stats(); {
			case i == 9 && (s.Frames != 10 || s.QueueDrops != 0 || requests != 0),
				i == 14 && (s.Frames != 10 || s.QueueDrops == 0),
				i == 19 && (s.Frames != 10 || requests == 0), // there is no key frame yet
				i == 59 && s.Frames != 50:
				t.Fatalf("after %d pictures: %+v, %d key frames asked for", i+1, s, requests)
			}
		}
	})
}
