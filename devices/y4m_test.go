package devices

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/media"
)

func TestParseY4M(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		want y4mHeader
		err  string // a pattern
	}{
		"YUV4MPEG2 W640 H360 F30:1 Ip A1:1 C420jpeg XCOLORRANGE=FULL": {want: y4mHeader{640, 360, 30, true}},
		"YUV4MPEG2 W7 H5":                {want: y4mHeader{7, 5, 25, false}},
		"YUV4MPEG2 W64 H64 F30000:1001":  {want: y4mHeader{64, 64, 30000.0 / 1001, false}},
		"YUV4MPEG2 W64 H64 F0:0 C420":    {want: y4mHeader{64, 64, 25, false}},
		"YUV4MPEG2 H64":                  {err: "W or H is missing"},
		"YUV4MPEG2 W64 H64 C444":         {err: `field "C444".*4:2:0`},
		"YUV4MPEG2 W64 H64 C420p10":      {err: `field "C420p10"`},
		"YUV4MPEG2 W64 H64 F0:1":         {err: `field "F0:1"`},
		"YUV4MPEG2 W64 H64 F1:0":         {err: `field "F1:0"`},
		"YUV4MPEG2 W64 H64 F1000:1":      {err: `field "F1000:1"`},
		"YUV4MPEG2 W64 H64 It":           {err: `field "It"`},
		"YUV4MPEG2 W99999999999 H64":     {err: `field "W99999999999"`},
		"YUV4MPEG2 W-2 H64":              {err: `field "W-2"`},
		"YUV4MPEG2 W64 H1":               {err: `field "H1"`},
		"RIFF W64 H64":                   {err: "does not begin"},
		"":                               {err: "does not begin"},
		"YUV4MPEG2 W64 H64 F4294967295:": {err: `field "F`},
	}
	for line, tt := range tests {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			got, err := parseY4M([]byte(line))
			if tt.err != "" {
				if err == nil || !matches(tt.err, err.Error()) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
			} else if err != nil || got != tt.want {
				t.Errorf("%+v %v, want %+v", got, err, tt.want)
			}
		})
	}
}

// y4mFile writes pictures whose luma is the picture's number; cut shortens the file.
func y4mFile(t *testing.T, w, h, pictures, cut int) string {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "YUV4MPEG2 W%d H%d F100:1 C420\n", w, h)
	for i := range pictures {
		b.WriteString("FRAME Ip\n")
		b.Write(bytes.Repeat([]byte{byte(i + 1)}, w*h))
		b.Write(bytes.Repeat([]byte{128}, 2*((w+1)/2)*((h+1)/2)))
	}
	path := filepath.Join(t.TempDir(), "film.y4m")
	if err := os.WriteFile(path, b.Bytes()[:b.Len()-cut], 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestY4MRepeats(t *testing.T) {
	t.Parallel()
	for _, cut := range []int{0, 10} { // also with an unfinished picture at the end
		m, err := openY4M(y4mFile(t, 7, 5, 3, cut))
		if err != nil {
			t.Fatal(err)
		}
		closing(t, m)
		if m.size() != image.Pt(6, 4) || m.rate() != 100 {
			t.Errorf("size %v, rate %v", m.size(), m.rate())
		}
		dst := image.NewYCbCr(image.Rect(0, 0, 6, 4), image.YCbCrSubsampleRatio420)
		want := []byte{1, 2, 3, 1, 2, 3, 1}
		if cut > 0 {
			want = []byte{1, 2, 1, 2, 1}
		}
		for i, w := range want {
			if err := m.show(dst, 0, time.Time{}); err != nil {
				t.Fatal(err)
			}
			if dst.Y[0] != w || dst.Y[len(dst.Y)-1] != w || dst.Cb[0] != 128 {
				t.Errorf("picture %d is %d, want %d", i, dst.Y[0], w)
			}
		}
	}
	if _, err := openY4M(y4mFile(t, 8, 8, 1, 10)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("without a whole picture: %v", err)
	}
}

func TestY4MCamera(t *testing.T) {
	t.Parallel()
	path := y4mFile(t, 64, 48, 2, 0)
	s := selected(t, Selection{Camera: File + path, Microphone: None, Speaker: None}, Options{})
	for range 2 {
		camera, err := s.OpenCamera(timeout(t), "", media.VideoFormat{})
		if err != nil {
			t.Fatal(err)
		}
		closing(t, camera)
		for range 5 {
			if img := picture(t, camera); img.Rect.Dx() != 64 || img.Rect.Dy() != 48 || img.Y[0] < 1 || img.Y[0] > 2 {
				t.Errorf("picture %v of luma %d", img.Rect, img.Y[0])
			}
		}
	}
}

func FuzzY4M(f *testing.F) {
	f.Add([]byte("YUV4MPEG2 W2 H2 F30:1 C420\nFRAME\n123456FRAME\n123456"))
	f.Add([]byte("YUV4MPEG2 W4 H2\nFRAME X\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		y, err := newY4M(bytes.NewReader(b))
		if err != nil {
			return
		}
		h := y.header
		if h.width < 2 || h.height < 2 || h.rate < 1 || h.rate > greatestRate {
			t.Fatalf("header %+v", h)
		}
		if h.width*h.height > 1<<20 {
			return
		}
		for {
			img, err := y.next()
			if err != nil {
				return
			}
			if img.Rect.Dx() != h.width || len(img.Y) != h.width*h.height {
				t.Fatalf("picture %v", img.Rect)
			}
		}
	})
}

func TestCopy420(t *testing.T) {
	t.Parallel()
	for _, ratio := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio444} {
		src := image.NewYCbCr(image.Rect(0, 0, 8, 6), ratio)
		fill(src.Y, 100)
		fill(src.Cb, 90)
		fill(src.Cr, 200)
		for _, sub := range []image.Rectangle{src.Rect, image.Rect(2, 2, 8, 6)} {
			part := src.SubImage(sub).(*image.YCbCr)
			dst := image.NewYCbCr(image.Rect(0, 0, sub.Dx(), sub.Dy()), image.YCbCrSubsampleRatio420)
			if err := copy420(dst, part, nil); err != nil {
				t.Fatal(err)
			}
			for _, p := range []struct {
				plane []byte
				want  byte
			}{{dst.Y, 100}, {dst.Cb, 90}, {dst.Cr, 200}} {
				if bytes.Count(p.plane, []byte{p.want}) != len(p.plane) {
					t.Errorf("%v: plane %v, want %d", ratio, p.plane, p.want)
				}
			}
		}
	}
	tables := limitedRange()
	if tables[0][0] != 16 || tables[0][255] != 235 || tables[1][0] != 16 || tables[1][128] != 128 || tables[1][255] != 240 {
		t.Errorf("limited range: %d..%d, %d %d %d", tables[0][0], tables[0][255], tables[1][0], tables[1][128], tables[1][255])
	}
	small, big := image.NewYCbCr(image.Rect(0, 0, 2, 2), image.YCbCrSubsampleRatio420), image.NewYCbCr(image.Rect(0, 0, 4, 4), image.YCbCrSubsampleRatio420)
	if copy420(big, small, nil) == nil {
		t.Error("a picture was made larger")
	}
	if copy420(small, image.NewYCbCr(image.Rect(0, 0, 8, 8), image.YCbCrSubsampleRatio410), nil) == nil {
		t.Error("4:1:0 was taken")
	}
}

func TestPicturePool(t *testing.T) {
	t.Parallel()
	p := newPicturePool()
	a := p.take(4, 4)
	release := p.release(a)
	release()
	release() // the second time does nothing
	if b, c := p.take(4, 4), p.take(4, 4); b != a || c == a {
		t.Error("a picture was given out twice, or not again")
	}
	p.release(a)()
	if p.take(8, 8).Rect.Dx() != 8 {
		t.Error("a picture of another size")
	}
}
