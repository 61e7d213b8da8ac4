package devices

import (
	"bytes"
	"image"
	"image/jpeg"
	"testing"
	"time"

	"golang.org/x/image/draw"

	"github.com/parley-calls/parley/engine/media"
)

// testPicture is a picture of the test camera.
func testPicture(t testing.TB, w, h int, beat int64, at time.Time) *image.YCbCr {
	t.Helper()
	f, err := newPattern(media.VideoFormat{Width: w, Height: h})
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewYCbCr(image.Rectangle{Max: f.size()}, image.YCbCrSubsampleRatio420)
	if err := f.show(img, beat, at); err != nil {
		t.Fatal(err)
	}
	return img
}

// TestMarkSurvives codes pictures as badly as a slow line does, scales them, puts them somewhere in a screenshot and reads them.
func TestMarkSurvives(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_700_000_123_450)
	for _, size := range []image.Point{{640, 360}, {320, 240}, {1280, 720}} {
		for _, beat := range []int64{12345, markModulus - 1, markModulus + 77} {
			want := MarkAt(beat, at)
			var coded bytes.Buffer
			if err := jpeg.Encode(&coded, testPicture(t, size.X, size.Y, beat, at), &jpeg.Options{Quality: 20}); err != nil {
				t.Fatal(err)
			}
			seen, err := jpeg.Decode(&coded)
			if err != nil {
				t.Fatal(err)
			}
			for _, shown := range []image.Rectangle{image.Rect(0, 0, 320, 320*size.Y/size.X), image.Rect(17, 33, 17+277, 33+277*size.Y/size.X), image.Rect(10, 5, 10+701, 5+701*size.Y/size.X)} {
				small := image.NewRGBA(image.Rect(0, 0, size.X/2, size.Y/2)) // the sender may have scaled it down
				draw.ApproxBiLinear.Scale(small, small.Rect, seen, seen.Bounds(), draw.Src, nil)
				shot := image.NewRGBA(image.Rect(0, 0, 720, 540))
				draw.ApproxBiLinear.Scale(shot, shown, small, small.Rect, draw.Src, nil)
				if got, ok := ReadMark(shot, shown); !ok || got != want {
					t.Errorf("%v shown at %v: %+v %v, want %+v", size, shown, got, ok, want)
				}
			}
		}
	}
}

func TestNoMark(t *testing.T) {
	t.Parallel()
	img := testPicture(t, 640, 360, 5, time.Now())
	for name, at := range map[string]image.Rectangle{
		"elsewhere":  image.Rect(100, 100, 500, 300),
		"too small":  image.Rect(0, 0, 40, 30),
		"outside":    image.Rect(900, 900, 1540, 1260),
		"half scale": image.Rect(0, 0, 320, 180),
	} {
		if m, ok := ReadMark(img, at); ok {
			t.Errorf("%s: %+v", name, m)
		}
	}
	for i := range 20 { // one wrong box anywhere is noticed
		bad := testPicture(t, 640, 360, 5, time.Now())
		for y := range 20 {
			row := bad.Y[y*bad.YStride+(2+i)*20:][:20]
			for x, v := range row {
				row[x] = lumaBlack + lumaWhite - v
			}
		}
		if m, ok := ReadMark(bad, bad.Rect); ok {
			t.Errorf("box %d is wrong and was believed: %+v", i, m)
		}
	}
}

func TestMarkAge(t *testing.T) {
	t.Parallel()
	at := time.UnixMilli(1_700_000_123_455)
	for _, age := range []time.Duration{0, 10 * time.Millisecond, 70 * time.Millisecond, time.Minute, -30 * time.Millisecond} {
		if got := MarkAt(1, at).Age(at.Add(age)); got != age {
			t.Errorf("age %v, want %v", got, age)
		}
	}
	wrap := time.UnixMilli(markModulus*10 - 5)
	if got := MarkAt(1, wrap).Age(wrap.Add(20 * time.Millisecond)); got != 20*time.Millisecond {
		t.Errorf("age over the wrap %v", got)
	}
	var sum time.Duration
	const step = 10 * time.Microsecond
	for off := time.Duration(0); off < markTick; off += step { // a picture is made at any time
		made := at.Add(off)
		sum += MarkAt(1, made).Age(made.Add(3 * time.Millisecond))
	}
	if mean := sum / (markTick / step); mean.Round(10*step) != 3*time.Millisecond {
		t.Errorf("pictures that are 3 ms old are %v old on average", mean)
	}
}

func TestCameraCounts(t *testing.T) {
	t.Parallel()
	s := Synthetic()
	closing(t, s)
	camera, err := s.OpenCamera(timeout(t), "", media.VideoFormat{FrameRate: 60})
	if err != nil {
		t.Fatal(err)
	}
	closing(t, camera)
	var last Mark
	for i := range 20 {
		img := picture(t, camera)
		m, ok := ReadMark(img, img.Rect)
		if !ok {
			t.Fatal("no mark")
		}
		if i > 0 && m.Frame <= last.Frame {
			t.Errorf("counter from %d to %d", last.Frame, m.Frame)
		}
		if age := m.Age(time.Now()); age < -10*time.Millisecond || age > time.Second {
			t.Errorf("age %v", age)
		}
		last = m
	}
}

func BenchmarkPattern(b *testing.B) {
	f, _ := newPattern(media.VideoFormat{Width: 1280, Height: 720})
	img := image.NewYCbCr(image.Rectangle{Max: f.size()}, image.YCbCrSubsampleRatio420)
	for b.Loop() {
		_ = f.show(img, 1, time.Now())
	}
}

// What is drawn over the last picture is what is drawn on an empty one.
func TestPatternIsDrawnAnew(t *testing.T) {
	t.Parallel()
	for _, size := range []image.Point{{64, 64}, {322, 182}, {640, 360}, {4096, 64}} {
		f, err := newPattern(media.VideoFormat{Width: size.X, Height: size.Y})
		if err != nil {
			t.Fatal(err)
		}
		img := image.NewYCbCr(image.Rectangle{Max: f.size()}, image.YCbCrSubsampleRatio420)
		for beat := int64(1); beat < 130; beat += 3 {
			at := time.UnixMilli(1_700_000_000_000 + 33*beat)
			if err := f.show(img, beat, at); err != nil {
				t.Fatal(err)
			}
			want := testPicture(t, size.X, size.Y, beat, at)
			if !bytes.Equal(img.Y, want.Y) || !bytes.Equal(img.Cb, want.Cb) || !bytes.Equal(img.Cr, want.Cr) {
				t.Fatalf("%v: picture %d differs from the same one drawn anew", size, beat)
			}
		}
	}
}
