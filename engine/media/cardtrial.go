package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/parley-calls/parley/engine/media/internal/vaapi"
)

var (
	errNoKeyFrame = errors.New("its key frames do not come on request")
	errSlow       = errors.New("it is slow")
)

// trial is what a card has to show before it codes what people see: drivers of the same name differ, and none says what it cannot.
type trial struct {
	whole         time.Duration // until it is over, and for a driver to be ready
	answer        time.Duration // for any picture, afterwards too: who watches sees a freeze
	median, worst time.Duration // for a picture, the worst of twenty
	quality       float64       // dB, the mean of an act
	excess        float64       // how many times the bit rate is still well
}

// A third of the time between two pictures is what a slow processor takes itself. libvpx makes 35 to 38 dB of the film, and 31 if it is as
// coarse as VP8 can be.
var usualTrial = trial{
	whole: 15 * time.Second, answer: time.Second, median: 11 * time.Millisecond, worst: 33 * time.Millisecond, quality: 33, excess: 1.5,
}

// act is a part of the test film.
type act struct {
	w, h     int
	pictures int
	bps      int
	key      bool // it begins with a key frame on request
	spares   bool // every second picture is to be a spare one
	settle   int  // pictures whose bits do not count
}

// The acts are a beginning, as a call has it; key frames and spare pictures on request; a bit rate that falls; and another size.
var acts = []act{
	{w: 1280, h: 720, pictures: 30, bps: 2_000_000, settle: 10},
	{w: 1280, h: 720, pictures: 30, bps: 2_000_000, key: true, spares: true, settle: 15},
	{w: 1280, h: 720, pictures: 45, bps: 500_000, settle: 15},
	{w: 854, h: 480, pictures: 12, bps: 700_000, settle: 6},
}

// run shows the film to the card and looks at what it made of it.
func (t trial) run(ctx context.Context, encode func(*vaapi.Picture) (vaapi.Frame, error), r *CardReport) error {
	all, err := NewVideoDecoder(VP8)
	if err != nil {
		return err
	}
	defer all.Close()
	some, err := NewVideoDecoder(VP8) // of who is spared what can be
	if err != nil {
		return err
	}
	defer some.Close()
	film, n := newTestFilm(), 0
	var took []time.Duration
	for i, a := range acts {
		bits, counted, looks, quality := 0, 0, 0, 0.0
		for k := range a.pictures {
			if err := ctx.Err(); err != nil {
				return errors.New("its trial takes too long")
			}
			img := film.picture(a.w, a.h, n)
			n++
			p := vaapi.Picture{
				Y: img.Y, U: img.Cb, V: img.Cr, YStride: img.YStride, UVStride: img.CStride, Width: a.w, Height: a.h, BitRate: a.bps, FrameRate: 30,
				Key: a.key && k == 0, Spare: a.spares && k%2 == 1,
			}
			begin := time.Now()
			f, err := encode(&p)
			if err != nil {
				return err
			}
			if a.w == 1280 {
				took = append(took, time.Since(begin))
			}
			if err := checkFrame(f, a.w, a.h); err != nil {
				return err
			}
			if want := k == 0 && (a.key || i == 0 || a.w != acts[i-1].w); want != f.Key {
				return errNoKeyFrame
			}
			if k >= a.settle {
				bits += 8 * len(f.Data)
				counted++
			}
			got, err := all.Decode(f.Data)
			if err != nil || got == nil {
				return errors.New("its frames cannot be decoded")
			}
			if a.spares && !p.Spare {
				part, err := some.Decode(f.Data)
				if err != nil || part == nil || !bytes.Equal(got.Y, part.Y) {
					return errors.New("its spare pictures are missed when they are left out")
				}
			}
			if k >= a.settle && k%3 == 0 {
				quality += psnrOf(img, got)
				looks++
			}
		}
		if quality /= float64(looks); quality < t.quality {
			return fmt.Errorf("its pictures are bad (%.0f dB)", quality)
		}
		if i == 0 {
			r.Quality = math.Round(quality*10) / 10
		}
		if err := t.pace(took, r); err != nil {
			return err
		}
		if bps := float64(bits*30) / float64(counted); bps > t.excess*float64(a.bps) {
			return fmt.Errorf("it does not keep to the bit rate (%.0f kbit/s in place of %d)", bps/1000, a.bps/1000)
		}
	}
	return nil
}

// pace looks at the times that pictures took.
func (t trial) pace(took []time.Duration, r *CardReport) error {
	slices.Sort(took)
	median, worst := took[len(took)/2], took[len(took)*19/20]
	r.Picture = float64(median.Microseconds()) / 1000
	if median > t.median || worst > t.worst {
		return fmt.Errorf("%w (%.0f ms for a picture, at times %.0f ms)", errSlow, r.Picture, float64(worst.Microseconds())/1000)
	}
	return nil
}

// checkFrame looks whether a frame is what the card says of it.
func checkFrame(f vaapi.Frame, w, h int) error {
	head, ok := vp8Header(f.Data)
	if !ok || head.key != f.Key || head.key && (head.w != w || head.h != h) {
		return errors.New("it gives no frames of VP8")
	}
	return nil
}

// testFilm is a look around in a place with edges, shades and grain, where a block goes its own way.
type testFilm struct {
	place *image.YCbCr
	shown canvas
}

const testFilmWay = 128 // pixels, there and back

func newTestFilm() *testFilm {
	f := &testFilm{place: image.NewYCbCr(image.Rect(0, 0, 1280+testFilmWay, 720+testFilmWay), image.YCbCrSubsampleRatio420)}
	dice := rand.New(rand.NewPCG(1, 2))
	var cells [400]float64 // a row of squares of 4×4, as leaves or cloth have
	for y := range f.place.Rect.Dy() {
		if y%4 == 0 {
			for i := range cells {
				cells[i] = float64(dice.IntN(24))
			}
		}
		row := f.place.Y[y*f.place.YStride:][:f.place.YStride]
		down := 30 * math.Cos(float64(y)/41)
		for x := range row {
			shade := 80 + down + float64(x%256)/8 + cells[x/4]
			if (x/64+y/48)%3 == 0 {
				shade += 30
			}
			row[x] = uint8(shade) + uint8(dice.UintN(5))
		}
	}
	for i := range f.place.Cb {
		f.place.Cb[i], f.place.Cr[i] = uint8(100+i/97%41), uint8(150-i/89%37)
	}
	return f
}

// picture is the n-th one, valid until the next.
func (f *testFilm) picture(w, h, n int) *image.YCbCr {
	swing := func(v int) int { // there and back, by even steps
		if v %= 2 * testFilmWay; v > testFilmWay {
			v = 2*testFilmWay - v
		}
		return v &^ 1
	}
	dx, dy := swing(4*n), swing(2*n)
	p := f.shown.sized(w, h)
	for y := range h {
		copy(p.y[y*p.yStride:][:w], f.place.Y[(y+dy)*f.place.YStride+dx:])
	}
	for y := range (h + 1) / 2 {
		at := (y+dy/2)*f.place.CStride + dx/2
		copy(p.u[y*p.uvStride:][:(w+1)/2], f.place.Cb[at:])
		copy(p.v[y*p.uvStride:][:(w+1)/2], f.place.Cr[at:])
	}
	bx, by := 7*n%(w-160), 5*n%(h-120)
	for y := by; y < by+120; y++ {
		row := p.y[y*p.yStride+bx:][:160]
		for x := range row {
			row[x] = uint8(60 + x)
		}
	}
	return f.shown.img
}

// psnrOf compares the brightness of every fourth row of two pictures of one size, in dB.
func psnrOf(a, b *image.YCbCr) float64 {
	if a.Rect != b.Rect {
		return 0
	}
	sum, count := 0, 0
	for y := 0; y < a.Rect.Dy(); y += 4 {
		ra, rb := a.Y[y*a.YStride:][:a.Rect.Dx()], b.Y[y*b.YStride:][:a.Rect.Dx()]
		for x := range ra {
			d := int(ra[x]) - int(rb[x])
			sum += d * d
		}
		count += len(ra)
	}
	return 10 * math.Log10(255*255*float64(count)/max(float64(sum), 1))
}
