package media

import (
	"fmt"
	"image"
	"math/rand/v2"
	"sync/atomic"
	"testing"
)

// reference converts one pixel of limited-range BT.601 in floating point.
func reference(img *image.YCbCr, x, y int) [3]int {
	yo, co := img.YOffset(x, y), img.COffset(x, y)
	l := 1.164383 * (float64(img.Y[yo]) - 16)
	u, v := float64(img.Cb[co])-128, float64(img.Cr[co])-128
	clip := func(f float64) int { return int(min(max(f+0.5, 0), 255)) }
	return [3]int{clip(l + 1.596027*v), clip(l - 0.391762*u - 0.812968*v), clip(l + 2.017232*u)}
}

func noise(w, h int) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	r := rand.New(rand.NewPCG(uint64(w), uint64(h)))
	for _, plane := range [][]byte{img.Y, img.Cb, img.Cr} {
		for i := range plane {
			plane[i] = uint8(r.Uint32())
		}
	}
	return img
}

func shown(t *testing.T, v *View, f *Feed, img *image.YCbCr) *image.RGBA {
	t.Helper()
	f.Push(img)
	out, ok := v.Take()
	if !ok {
		t.Fatal("no picture became ready")
	}
	if out.Rect.Min != (image.Point{}) || out.Stride != 4*out.Rect.Dx() || len(out.Pix) != out.Stride*out.Rect.Dy() {
		t.Fatalf("not tight: %v, stride %d, %d bytes", out.Rect, out.Stride, len(out.Pix))
	}
	for i := 3; i < len(out.Pix); i += 4 {
		if out.Pix[i] != 255 {
			t.Fatalf("pixel %d is not opaque", i/4)
		}
	}
	return out
}

func TestViewConvertsLikeTheStandard(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{64, 48}, {65, 49}, {2, 2}, {641, 3}} {
		for _, flip := range []bool{false, true} {
			t.Run(fmt.Sprintf("%dx%d mirror %t", size[0], size[1], flip), func(t *testing.T) {
				t.Parallel()
				var f Feed
				v := NewView(Contain)
				f.Attach(v)
				v.SetSize(2000, 2000)
				v.SetMirror(flip)
				img := noise(size[0], size[1])
				out := shown(t, v, &f, img)
				if out.Rect != img.Rect {
					t.Fatalf("%v became %v: pictures are never enlarged", img.Rect, out.Rect)
				}
				for y := range size[1] {
					for x := range size[0] {
						sx := x
						if flip {
							if size[0]%2 == 1 {
								continue // colours of odd widths shift by half a sample
							}
							sx = size[0] - 1 - x
						}
						want := reference(img, sx, y)
						for c := range 3 {
							got := int(out.Pix[y*out.Stride+4*x+c])
							if d := got - want[c]; d > 4 || d < -4 {
								t.Fatalf("pixel %d,%d is %v, not %v", x, y, out.Pix[y*out.Stride+4*x:][:3], want)
							}
						}
					}
				}
			})
		}
	}
}

func TestViewFits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fit        Fit
		srcW, srcH int
		w, h       int
		wantW      int
		wantH      int
	}{
		{Contain, 1280, 720, 640, 360, 640, 360},
		{Contain, 1280, 720, 640, 640, 640, 360},
		{Contain, 1280, 720, 300, 900, 300, 168},
		{Contain, 720, 1280, 640, 360, 202, 360},
		{Contain, 320, 180, 640, 360, 320, 180},
		{Contain, 321, 181, 321, 181, 321, 181},
		{Cover, 1280, 720, 360, 360, 360, 360},
		{Cover, 1280, 720, 640, 360, 640, 360},
		{Cover, 320, 180, 1000, 1000, 180, 180},
		{Cover, 720, 1280, 640, 360, 640, 360},
		{Cover, 641, 361, 37, 53, 36, 52},
	} {
		t.Run(fmt.Sprintf("%v", c), func(t *testing.T) {
			t.Parallel()
			var f Feed
			v := NewView(c.fit)
			defer f.Attach(v)()
			v.SetSize(c.w, c.h)
			out := shown(t, v, &f, noise(c.srcW, c.srcH))
			if out.Rect.Dx() != c.wantW || out.Rect.Dy() != c.wantH {
				t.Errorf("shown at %v, not %d×%d", out.Rect.Size(), c.wantW, c.wantH)
			}
			if w, h := v.Size(); w != c.srcW || h != c.srcH {
				t.Errorf("the source is said to be %d×%d", w, h)
			}
		})
	}
}

// The middle of a picture must stay in the middle, whatever is cut off.
func TestViewCropsTheMiddle(t *testing.T) {
	t.Parallel()
	img := image.NewYCbCr(image.Rect(0, 0, 400, 100), image.YCbCrSubsampleRatio420)
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = 128, 128
	}
	for y := range 100 {
		for x := range 400 {
			img.Y[y*img.YStride+x] = 16
			if x >= 150 && x < 250 {
				img.Y[y*img.YStride+x] = 235
			}
		}
	}
	var f Feed
	v := NewView(Cover)
	defer f.Attach(v)()
	v.SetSize(100, 100)
	out := shown(t, v, &f, img)
	for _, x := range []int{0, 50, 99} {
		if p := out.RGBAAt(x, 50); p.R < 250 || p.G < 250 || p.B < 250 {
			t.Errorf("pixel %d is %v, not white", x, p)
		}
	}
}

func TestViewConvertsOnlyWhatIsSeen(t *testing.T) {
	t.Parallel()
	var f Feed
	v := NewView(Contain)
	detach := f.Attach(v)
	var ready atomic.Int32
	v.OnReady(func() { ready.Add(1) })
	img := scene(64, 48, 0)
	f.Push(img)
	if _, ok := v.Take(); ok || f.Watched() {
		t.Error("a view without a size was served")
	}
	v.SetSize(32, 24)
	if !f.Watched() {
		t.Error("nobody is said to look")
	}
	f.Push(img)
	f.Push(img)
	if s := v.Stats(); s.Pushed != 3 || s.Skipped != 1 || s.Replaced != 1 || ready.Load() != 2 {
		t.Errorf("stats %+v, ready %d", s, ready.Load())
	}
	detach()
	detach()
	if _, ok := v.Take(); ok {
		t.Error("a picture outlived its feed")
	}
	f.Push(img)
	if s := v.Stats(); s.Pushed != 3 || f.Watched() {
		t.Errorf("pushed %d after detaching", s.Pushed)
	}
}

func TestViewClear(t *testing.T) {
	t.Parallel()
	var f Feed
	v := NewView(Contain)
	defer f.Attach(v)()
	v.SetSize(32, 24)
	f.Push(scene(64, 48, 0))
	v.Clear()
	if _, ok := v.Take(); ok {
		t.Error("a picture outlived Clear")
	}
	if w, h := v.Size(); w != 0 || h != 0 {
		t.Errorf("size %d×%d after Clear", w, h)
	}
}

// What was taken must not change until the next Take, however many pictures come.
func TestViewLendsItsPicture(t *testing.T) {
	t.Parallel()
	var f Feed
	v := NewView(Contain)
	defer f.Attach(v)()
	v.SetSize(64, 48)
	out := shown(t, v, &f, scene(64, 48, 1))
	before := append([]byte(nil), out.Pix...)
	for n := range 10 {
		f.Push(scene(64, 48, n))
	}
	if string(before) != string(out.Pix) {
		t.Error("a picture changed while it was on loan")
	}
}

func TestViewAllocatesNothing(t *testing.T) { // not parallel: AllocsPerRun
	var f Feed
	v := NewView(Cover)
	defer f.Attach(v)()
	v.SetSize(100, 80)
	v.SetMirror(true)
	img := scene(320, 180, 0)
	turn := func() {
		f.Push(img)
		v.Take()
	}
	for range 5 {
		turn()
	}
	if n := testing.AllocsPerRun(50, turn); n > 1 { // the sub-image of the crop
		t.Errorf("%g allocations for a picture", n)
	}
}

func TestViewRefusesBrokenPictures(t *testing.T) {
	t.Parallel()
	var f Feed
	v := NewView(Contain)
	defer f.Attach(v)()
	v.SetSize(64, 48)
	broken := scene(64, 48, 0)
	broken.Cr = broken.Cr[:len(broken.Cr)-1]
	f.Push(broken)
	f.Push(&image.YCbCr{Rect: image.Rect(0, 0, 64, 48)})
	v.SetFit(Cover)
	f.Push(&image.YCbCr{Rect: image.Rect(0, 0, 640, 48)})
	f.Push(&image.YCbCr{})
	if _, ok := v.Take(); ok || v.Stats().Skipped != 4 {
		t.Errorf("stats %+v", v.Stats())
	}
}
