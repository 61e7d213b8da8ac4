package media

import (
	"bytes"
	"image"
	"testing"
	"testing/synctest"
	"time"
)

// Who gets no spare pictures decodes the others exactly as who gets all, also where the scene changes, which makes a key frame of what
// should have been a spare one.
func TestNoPictureIsMadeOfASpareOne(t *testing.T) {
	t.Parallel()
	enc, all, some := newEncoder(t, Video{BitRate: 250_000}), newDecoder(t, VP8), newDecoder(t, VP8)
	decode := func(d *VideoDecoder, data []byte) *image.YCbCr {
		t.Helper()
		img, err := d.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		return img
	}
	spares, keys := 0, 0
	for n := range 150 {
		w, h := 320, 180
		if n >= 101 { // another size, which would have begun with a spare one
			w, h = 160, 90
		}
		img := scene(w, h, 3*n)
		if n%25 >= 12 { // another place
			for i := range img.Y {
				img.Y[i] = 255 - img.Y[i]/2
			}
		}
		enc.spare = n%2 == 1
		data, key, err := enc.encode(img, time.Duration(n)*frameTime, n == 75)
		if err != nil {
			t.Fatal(err)
		}
		if data == nil {
			continue
		}
		if key {
			keys++
		}
		whole := decode(all, data)
		if enc.spare && !key {
			spares++
			continue
		}
		part := decode(some, data)
		if !bytes.Equal(whole.Y, part.Y) || !bytes.Equal(whole.Cb, part.Cb) || !bytes.Equal(whole.Cr, part.Cr) {
			t.Fatalf("picture %d is another without the spare ones", n)
		}
	}
	if spares < 50 || keys < 2 {
		t.Errorf("%d spare pictures and %d key frames: the test tests little", spares, keys)
	}
}

// Every second frame of a sender is a spare one where that is wanted, key frames never are, and the rest takes no more than the share that
// paths are reckoned with.
func TestSparesOfASender(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got frames
		s := startVideo(t, VideoSenderOptions{Source: camera(320, 180), Codec: Video{BitRate: 300_000}, Out: got.out})
		defer s.Close()
		spares := func(on bool) (share float64) {
			t.Helper()
			s.SetSpares([Layers]bool{on})
			time.Sleep(time.Second)
			begin := len(got.since(0))
			time.Sleep(2 * time.Second)
			s.ForceKeyFrame(0)
			time.Sleep(2 * time.Second)
			synctest.Wait()
			sum, rest, before := 0, 0, false
			for i, f := range got.since(begin) {
				if f.Spare && (!on || f.Key) || on && i > 0 && !f.Key && f.Spare == before {
					t.Fatalf("frame %d: spare %t, key %t, the one before: spare %t; wanted: %t", i, f.Spare, f.Key, before, on)
				}
				before = f.Spare
				if sum += len(f.Data); !f.Spare {
					rest += len(f.Data)
				}
			}
			return float64(rest) / float64(sum)
		}
		spares(false)
		if share := spares(true); share > BaseShare {
			t.Errorf("the rest takes %.2f of the bits", share)
		}
		spares(false)
	})
}
