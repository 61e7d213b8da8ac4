package media

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A camera that nobody looks at is not decoded, whether its sender stops or not. It is seen again with the next key frame, which is asked for
// only of a sender who went on; and no time in between was a freeze.
func TestCameraIsDecodedForWhoLooks(t *testing.T) {
	t.Parallel()
	const w, h = 320, 180
	first, second := film(t, w, h, 270, 1000), film(t, w, h, 30, 1000)
	for _, stops := range []bool{true, false} {
		t.Run(fmt.Sprintf("the sender stops: %t", stops), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var feed Feed
				asked, looks := 0, 0
				r, err := NewVideoReceiver(VideoReceiverOptions{Feed: &feed, WantKeyFrame: func() { asked++ }, OnLook: func() { looks++ }})
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				begin, number := time.Now(), uint16(65_500)
				push := func(film []sentPicture) {
					for _, picture := range film {
						ts := uint32(time.Since(begin).Milliseconds() * 90)
						for _, p := range picture.packets {
							p := *p
							p.SequenceNumber, p.Timestamp = number, ts
							number++
							r.Push(&p, time.Now())
						}
						time.Sleep(frameTime)
					}
					synctest.Wait()
				}
				view := NewView(Contain)
				view.SetSize(w, h)
				away := feed.Attach(view)
				push(first[:30])
				if s := r.Stats(); s.Frames != 30 || !r.Begun() || looks != 1 {
					t.Fatalf("%+v after %d looks", s, looks)
				}
				away()
				push(first[30:150])
				unseen := r.Stats()
				if most := 30 + uint64(LookAway/frameTime) + 1; unseen.Frames < most-2 || unseen.Frames > most {
					t.Errorf("%d pictures were decoded, want %d", unseen.Frames, most)
				}
				if stops {
					time.Sleep(time.Minute)
				} else {
					push(first[150:240])
				}
				if r.dec.img.Y != nil || r.evenly.spare != nil {
					t.Error("the memory of its pictures is kept")
				}
				if s := r.Stats(); s.Frames != unseen.Frames || asked > 0 || !r.Begun() {
					t.Errorf("nobody looks: asked %d times, %+v, before %+v", asked, s, unseen)
				}
				defer feed.Attach(view)()
				synctest.Wait()
				shown := view.Stats().Pushed
				if !stops { // of what follows on what was not seen nothing can be shown
					push(first[240:])
					if asked == 0 || view.Stats().Pushed != shown {
						t.Errorf("asked %d times, %d pictures", asked, view.Stats().Pushed-shown)
					}
				}
				before := asked
				push(second)
				s := r.Stats()
				if view.Stats().Pushed != shown+30 || s.Frames != unseen.Frames+30 || s.Freezes > 0 || s.PacketsLost > 0 || asked > before {
					t.Errorf("asked %d times, %d pictures are seen: %+v", asked-before, view.Stats().Pushed-shown, s)
				}
			})
		})
	}
}

// What nobody gets is not coded, and its encoder goes; it goes on with a key frame. So it is when somebody waits alone for too long.
func TestNothingIsCodedForNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		keys := 0
		s := startVideo(t, VideoSenderOptions{Source: camera(320, 180), Codec: Video{BitRate: 300_000}, Paused: true, Warm: true, Out: func(f EncodedFrame) {
			if f.Key {
				keys++
			}
		}})
		defer s.Close()
		pass := func(d time.Duration) VideoSendStats {
			time.Sleep(d)
			synctest.Wait()
			return s.Stats()
		}
		open := func(want bool) {
			t.Helper()
			s.mu.Lock()
			defer s.mu.Unlock()
			if is := s.lanes[0].enc.c != nil; is != want {
				t.Errorf("the encoder is open: %t", is)
			}
		}
		pass(time.Second)
		open(true) // somebody may come soon
		if got := pass(warmTime); got.Frames != 0 || got.Captured < 30 {
			t.Errorf("%+v", got)
		}
		open(false)
		s.SetPaused(false)
		if got := pass(time.Second); got.Frames < 20 || keys != 1 {
			t.Errorf("%d key frames: %+v", keys, got)
		}
		s.SetLayers([Layers]int{})
		before := pass(time.Second)
		open(false)
		if got := pass(time.Minute); got.Frames != before.Frames || got.Encoders != 0 || got.Captured < before.Captured+1000 {
			t.Errorf("%+v, before %+v", got, before)
		}
		s.SetLayers([Layers]int{300_000})
		if got := pass(2 * frameTime); got.KeyFrames != 2 || keys != 2 {
			t.Errorf("%d key frames: %+v", keys, got)
		}
	})
}
