package media

import (
	"errors"
	"image"
	"slices"
	"testing"
	"time"

	"github.com/pion/mediadevices/pkg/codec"
	"github.com/pion/mediadevices/pkg/prop"
)

const frameTime = time.Second / 30

func newDecoder(t testing.TB, f Format) *VideoDecoder {
	t.Helper()
	d, err := NewVideoDecoder(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func newEncoder(t testing.TB, v Video) *videoEncoder {
	t.Helper()
	e := newVideoEncoder(v)
	t.Cleanup(e.close)
	return e
}

// inFormats runs a test for each format.
func inFormats(t *testing.T, test func(*testing.T, Format)) {
	for _, f := range []Format{VP8, VP9} {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			test(t, f)
		})
	}
}

func TestCodecRoundTrip(t *testing.T) {
	t.Parallel()
	inFormats(t, roundTrip)
}

func roundTrip(t *testing.T, f Format) {
	for _, size := range [][2]int{{320, 180}, {641, 361}, {16, 16}} {
		enc, dec := newEncoder(t, Video{Format: f, BitRate: 1_500_000}), newDecoder(t, f)
		for n := range 20 {
			img := scene(size[0], size[1], n)
			data, key, err := enc.encode(img, time.Duration(n)*frameTime, n == 10)
			if err != nil {
				t.Fatal(err)
			}
			if key != (n == 0 || n == 10) {
				t.Errorf("%v: frame %d: key %t", size, n, key)
			}
			got, err := dec.Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if got.Rect != img.Rect {
				t.Fatalf("%v became %v", img.Rect, got.Rect)
			}
			if db := psnr(img, got); n > 5 && db < 30 {
				t.Errorf("%v: frame %d has %.1f dB", size, n, db)
			}
		}
	}
}

func TestCodecFollowsSizeAndRate(t *testing.T) {
	t.Parallel()
	inFormats(t, followsSizeAndRate)
}

func followsSizeAndRate(t *testing.T, f Format) {
	enc, dec := newEncoder(t, Video{Format: f, BitRate: 800_000}), newDecoder(t, f)
	second := func(w, h, from int) (bytes int) {
		for n := from; n < from+60; n++ {
			data, key, err := enc.encode(scene(w, h, n), time.Duration(n)*frameTime, false)
			if err != nil {
				t.Fatal(err)
			}
			if n == from && w != 640 && !key {
				t.Errorf("no key frame at %d×%d", w, h)
			}
			if data == nil {
				continue
			}
			img, err := dec.Decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if img.Rect != image.Rect(0, 0, w, h) {
				t.Fatalf("decoded %v, not %d×%d", img.Rect, w, h)
			}
			if n >= from+30 {
				bytes += len(data)
			}
		}
		return bytes
	}
	high := second(640, 360, 0)
	enc.bps = 200_000
	low := second(640, 360, 60)
	if kbps := low * 8 / 1000; kbps > 300 {
		t.Errorf("%d kbit/s, 200 were asked for (%d before)", kbps, high*8/1000)
	}
	second(320, 180, 120)
	second(960, 540, 180) // larger than at first
}

func TestVP8DecoderRefuses(t *testing.T) {
	t.Parallel()
	enc, dec := newEncoder(t, Video{}), newDecoder(t, VP8)
	key, _, _ := enc.encode(scene(64, 48, 0), 0, false)
	key = slices.Clone(key)
	delta, _, _ := enc.encode(scene(64, 48, 1), frameTime, false)
	huge := append([]byte(nil), key...)
	huge[7], huge[9] = 0x3f, 0x3f // 16 thousand pixels each way
	for _, c := range []struct {
		name  string
		frame []byte
		err   error
	}{
		{"nothing", nil, ErrBadFrame},
		{"two bytes", []byte{0, 0}, ErrBadFrame},
		{"no start code", make([]byte, 100), ErrBadFrame},
		{"huge", huge, ErrBadFrame},
		{"half a key frame", key[:12], ErrBadFrame},
		{"delta first", delta, ErrNeedKeyFrame},
		{"key frame", key, nil},
		{"delta", delta, nil},
		{"cut delta", delta[:3], ErrBadFrame},
		{"delta after a bad one", delta, ErrNeedKeyFrame},
		{"key frame again", key, nil},
	} {
		_, err := dec.Decode(c.frame)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v, not %v", c.name, err, c.err)
		}
	}
}

func TestVP8DecoderAfterClose(t *testing.T) {
	t.Parallel()
	d := newDecoder(t, VP8)
	d.Close()
	d.Close()
	if _, err := d.Decode([]byte{0, 0, 0}); !errors.Is(err, errClosed) {
		t.Errorf("%v after Close", err)
	}
}

// The builder must work inside mediadevices: paced by its reader, controllable while it waits.
func TestVP8BehindMediadevices(t *testing.T) {
	t.Parallel()
	pictures := make(chan image.Image)
	src := newSource(func(int) (image.Image, error) { return <-pictures, nil })
	enc, err := Video{BitRate: 500_000}.BuildVideoEncoder(src, prop.Media{})
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	frames := make(chan []byte, 10)
	go func() {
		defer close(frames)
		for {
			data, release, err := enc.Read()
			if err != nil {
				return
			}
			frames <- data
			release()
		}
	}()
	isKey := func() bool {
		h, ok := vp8Header(<-frames)
		return ok && h.key
	}
	pictures <- scene(64, 48, 0)
	if !isKey() {
		t.Error("the first frame is no key frame")
	}
	rgba := image.NewRGBA(image.Rect(0, 0, 64, 48))
	pictures <- rgba
	if isKey() {
		t.Error("the second frame is a key frame")
	}
	if err := enc.Controller().(codec.KeyFrameController).ForceKeyFrame(); err != nil {
		t.Error(err)
	}
	if err := enc.Controller().(codec.BitRateController).SetBitRate(100_000); err != nil {
		t.Error(err)
	}
	pictures <- scene(64, 48, 2)
	if !isKey() {
		t.Error("the forced frame is no key frame")
	}
	enc.Close() // while Read waits
	pictures <- scene(64, 48, 3)
	if _, more := <-frames; more {
		t.Error("a frame after Close")
	}
	if err := enc.Controller().(codec.BitRateController).SetBitRate(1); !errors.Is(err, errClosed) {
		t.Errorf("%v after Close", err)
	}
	for f, name := range map[Format]string{VP8: "video/VP8", VP9: "video/VP9"} {
		if c := (Video{Format: f}).RTPCodec(); c.MimeType != name || c.ClockRate != 90000 {
			t.Errorf("%v is described as %s at %d", f, c.MimeType, c.ClockRate)
		}
	}
}

func TestConvertsOtherSubsampling(t *testing.T) {
	t.Parallel()
	for _, ratio := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio444} {
		img := image.NewYCbCr(image.Rect(0, 0, 33, 17), ratio)
		for i := range img.Y {
			img.Y[i] = uint8(i)
		}
		for i := range img.Cb {
			img.Cb[i], img.Cr[i] = 90, 200
		}
		var c canvas
		out, err := to420(&c, img)
		if err != nil {
			t.Fatal(err)
		}
		if out.SubsampleRatio != image.YCbCrSubsampleRatio420 || out.Rect != img.Rect {
			t.Errorf("%v became %v %v", ratio, out.SubsampleRatio, out.Rect)
		}
		if out.Y[5*out.YStride+7] != img.Y[5*img.YStride+7] || out.Cb[20] != 90 || out.Cr[20] != 200 {
			t.Errorf("%v: the colours changed", ratio)
		}
	}
	var c canvas
	for _, bad := range []image.Image{nil, image.NewGray(image.Rect(0, 0, 4, 4)), image.NewYCbCr(image.Rect(0, 0, 4, 4), image.YCbCrSubsampleRatio410), &image.RGBA{Rect: image.Rect(0, 0, 9, 9)}} {
		if _, err := to420(&c, bad); !errors.Is(err, errPicture) {
			t.Errorf("%T: %v", bad, err)
		}
	}
}

func FuzzVP8Decoder(f *testing.F) { fuzzDecoder(f, VP8) }
func FuzzVP9Decoder(f *testing.F) { fuzzDecoder(f, VP9) }

func fuzzDecoder(f *testing.F, format Format) {
	enc := newVideoEncoder(Video{Format: format})
	defer enc.close()
	for n := range 3 {
		data, _, err := enc.encode(scene(64, 48, n), time.Duration(n)*frameTime, false)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, uint16(n), byte(n))
	}
	key, _, _ := enc.encode(scene(64, 48, 9), time.Second, true)
	f.Fuzz(func(t *testing.T, data []byte, at uint16, flip byte) {
		if h, ok := format.header(data); ok && h.w*h.h > 1<<20 {
			return // allowed, but slow to try
		}
		d := newDecoder(t, format)
		check := func(frame []byte) {
			img, err := d.Decode(frame)
			if err != nil || img == nil {
				return
			}
			if _, err := planesOf(img); err != nil {
				t.Fatal(err)
			}
		}
		check(data)
		check(key)
		check(data) // now it may refer to a picture
		bad := append([]byte(nil), key...)
		bad[10+int(at)%(len(bad)-10)] ^= flip
		check(bad)
		check(data)
	})
}

func TestCodecAllocatesNothingPerPicture(t *testing.T) {
	for _, f := range []Format{VP8, VP9} {
		t.Run(f.String(), func(t *testing.T) { allocatesNothing(t, f) })
	}
}

func allocatesNothing(t *testing.T, f Format) {
	enc, dec := newEncoder(t, Video{Format: f, BitRate: 400_000}), newDecoder(t, f)
	var in [8]*image.YCbCr
	for n := range in {
		in[n] = scene(320, 180, n)
	}
	n := 0
	picture := func() {
		data, _, err := enc.encode(in[n%len(in)], time.Duration(n)*frameTime, n%10 == 0)
		if err == nil && data != nil {
			_, err = dec.Decode(data)
		}
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	for range 30 { // the largest frame makes room for all others
		picture()
	}
	if got := testing.AllocsPerRun(50, picture); got > 0 {
		t.Errorf("%v allocations to encode and decode a picture", got)
	}
}
