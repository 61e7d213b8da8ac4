package vaapi

import (
	"context"
	"image"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/media/internal/vatest"
)

func TestMain(m *testing.M) { os.Exit(vatest.Main(m, Serve)) }

// still is a picture with a pattern.
func still(w, h int) *Picture {
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = uint8(i * i >> 4)
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = uint8(i), uint8(-i)
	}
	return &Picture{Y: img.Y, U: img.Cb, V: img.Cr, YStride: img.YStride, UVStride: img.CStride, Width: w, Height: h, BitRate: 500_000, FrameRate: 30}
}

func start(t *testing.T, card vatest.Card, most time.Duration) (*Coder, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := Start(ctx, card.Node, most, card.Command, card.Env...)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		c.Close()
		c.Close()
		<-c.Ended()
	})
	return c, nil
}

// Whatever is made for a size is given back, and so is everything at the end; the stand-in looks at each call.
func TestCoderUsesTheDriverAsItShould(t *testing.T) {
	t.Parallel()
	card := vatest.New(t, "", 0)
	c, err := start(t, card, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Driver(); got != "Stand-in driver 1.0" {
		t.Errorf("the driver is called %q", got)
	}
	pictures := 0
	for _, size := range []image.Point{{320, 180}, {321, 177}, {16, 16}, {320, 180}} {
		for n := range 9 {
			p := still(size.X, size.Y)
			p.Key, p.Spare = n == 4, n%2 == 1
			if n > 5 {
				p.BitRate, p.FrameRate = 200_000, 15
			}
			f, err := c.Encode(p)
			if err != nil {
				t.Fatalf("%v, picture %d: %v\n%s", size, n, err, card.Told())
			}
			if want := n == 0 || n == 4; f.Key != want || len(f.Data) == 0 || f.Data[0]&1 == 0 != want || f.Quantizer != 20 {
				t.Errorf("%v, picture %d: %d bytes, key %t, quantizer %d", size, n, len(f.Data), f.Key, f.Quantizer)
			}
			pictures++
		}
	}
	for _, p := range []*Picture{{}, {Width: 1 << 14, Height: 1 << 14, BitRate: 1, FrameRate: 1}, {Width: 16, Height: 16, FrameRate: 30}} {
		if _, err := c.Encode(p); err == nil {
			t.Errorf("%+v was coded", p)
		}
	}
	c.Close()
	<-c.Ended()
	if got, want := card.Told(), "closed after 36 pictures with 0 surfaces, 0 buffers, 0 images, 0 contexts, 0 configurations left\n"; got != want {
		t.Errorf("%d pictures; the driver says: %s", pictures, got)
	}
}

func TestCoderSaysWhatFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault string
		from  int
		words string
	}{
		{"noinit", 0, "vaInitialize: encoding error"},
		{"novp8", 0, "Stand-in driver 1.0: it does not code VP8"},
		{"fail", 0, "vaSyncSurface: encoding error"},
		{"fail", 5, "vaSyncSurface: encoding error"},
		{"crash", 5, "the driver crashed"},
		{"hang", 5, "the driver hangs"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			t.Parallel()
			most := time.Minute
			if c.fault == "hang" {
				most = time.Second
			}
			coder, err := start(t, vatest.New(t, c.fault, c.from), most)
			for n := 0; err == nil && n < 10; n++ {
				if _, err = coder.Encode(still(320, 180)); err != nil && n != c.from {
					t.Errorf("picture %d", n)
				}
			}
			if err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%v in place of %q", err, c.words)
			}
		})
	}
	t.Run("no library", func(t *testing.T) {
		t.Parallel()
		card := vatest.New(t, "", 0)
		card.Env[1] = "LD_LIBRARY_PATH=" + t.TempDir()
		if _, err := start(t, card, time.Minute); err == nil {
			t.Error("it started")
		}
	})
	t.Run("no card", func(t *testing.T) {
		t.Parallel()
		card := vatest.New(t, "", 0)
		if err := os.Remove(card.Node); err != nil {
			t.Fatal(err)
		}
		if _, err := start(t, card, time.Minute); !os.IsNotExist(err) {
			t.Error(err)
		}
	})
	t.Run("no such program", func(t *testing.T) {
		t.Parallel()
		card := vatest.New(t, "", 0)
		card.Command = []string{card.Node}
		if _, err := start(t, card, time.Minute); err == nil {
			t.Error("it started")
		}
	})
	t.Run("another program", func(t *testing.T) {
		t.Parallel()
		card := vatest.New(t, "", 0)
		card.Command = []string{"sleep", "100"}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := Start(ctx, card.Node, time.Minute, card.Command); err == nil || !strings.Contains(err.Error(), "hangs") {
			t.Error(err)
		}
	})
}
