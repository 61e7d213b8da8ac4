package devices

import (
	"image"
	"math"
	"time"

	"github.com/parley-calls/parley/engine/media"
)

// Format of the test camera if none is asked for.
const (
	testWidth, testHeight, testRate = 640, 360, 30
	leastSide, greatestSide         = 64, 4096
	greatestRate                    = 120
)

// pattern is a moving picture: a disc that circles before a still gradient, under a [Mark].
type pattern struct {
	fps        float64
	background *image.YCbCr
	disc       []int // half widths of the disc's lines

	shown *image.YCbCr    // the last picture
	there image.Rectangle // the disc in it
}

// TestPicture draws into dst, which is 4:2:0 and of even size, what the test camera of that size and 30 pictures/s shows as picture
// number frame at a time. It is for films that other programs are to show; each call draws everything anew.
func TestPicture(dst *image.YCbCr, frame int64, at time.Time) error {
	p, err := newPattern(media.VideoFormat{Width: dst.Rect.Dx(), Height: dst.Rect.Dy(), FrameRate: testRate})
	if err != nil {
		return err
	}
	return p.show(dst, frame, at)
}

// newPattern makes a pattern of the wanted format, which a size of 0 leaves to us.
func newPattern(want media.VideoFormat) (film, error) {
	w, h, fps := want.Width, want.Height, want.FrameRate
	if w <= 0 || h <= 0 {
		w, h = testWidth, testHeight
	}
	if fps <= 0 {
		fps = testRate
	}
	w, h = min(max(w, leastSide), greatestSide)&^1, min(max(h, leastSide), greatestSide)&^1
	p := &pattern{fps: float64(min(fps, greatestRate)), background: image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)}
	b := p.background
	for y := range h {
		for x := range w {
			b.Y[y*b.YStride+x] = byte(60 + 110*x/w + 40*y/h)
		}
	}
	for y := range h / 2 {
		for x := range w / 2 {
			b.Cb[y*b.CStride+x] = byte(96 + 96*x/w)
			b.Cr[y*b.CStride+x] = byte(176 - 96*y/h)
		}
	}
	radius := h / 8
	for y := -radius; y < radius; y++ {
		p.disc = append(p.disc, int(math.Sqrt(float64(radius*radius-y*y))))
	}
	return p, nil
}

func (p *pattern) size() image.Point { return p.background.Rect.Max }
func (p *pattern) rate() float64     { return p.fps }
func (p *pattern) Close() error      { return nil }

// show draws anew only what has changed since the last picture, if that is still in dst.
func (p *pattern) show(dst *image.YCbCr, beat int64, at time.Time) error {
	if dst == p.shown {
		p.wipe(dst, p.there)
	} else {
		p.wipe(dst, dst.Rect)
		p.shown = dst
	}
	size := p.size()
	sin, cos := math.Sincos(2 * math.Pi * float64(beat) / p.fps / 4) // once around in four seconds
	cx, cy := size.X/2+int(cos*float64(size.X)*3/8), size.Y*9/16+int(sin*float64(size.Y)*3/10)
	radius := len(p.disc) / 2
	p.there = image.Rect(cx-radius, cy-radius, cx+radius, cy+radius)
	for i, half := range p.disc {
		y := cy - radius + i
		if y < 0 || y >= size.Y {
			continue
		}
		left, right := max(cx-half, 0), min(cx+half, size.X)
		if left >= right {
			continue
		}
		fill(dst.Y[y*dst.YStride+left:y*dst.YStride+right], 210)
		if y%2 == 0 {
			fill(dst.Cb[y/2*dst.CStride+left/2:y/2*dst.CStride+right/2], 40)
			fill(dst.Cr[y/2*dst.CStride+left/2:y/2*dst.CStride+right/2], 150)
		}
	}
	MarkAt(beat, at).Draw(dst)
	return nil
}

// wipe leaves nothing but background in a part of a picture.
func (p *pattern) wipe(dst *image.YCbCr, part image.Rectangle) {
	b := p.background
	part = part.Intersect(b.Rect)
	left, right := part.Min.X&^1, (part.Max.X+1)&^1 // colours are of two pixels
	for y := part.Min.Y &^ 1; y < part.Max.Y; y++ {
		copy(dst.Y[y*dst.YStride+left:][:right-left], b.Y[y*b.YStride+left:])
		if y%2 == 0 {
			at, from := y/2*dst.CStride+left/2, y/2*b.CStride+left/2
			copy(dst.Cb[at:][:(right-left)/2], b.Cb[from:])
			copy(dst.Cr[at:][:(right-left)/2], b.Cr[from:])
		}
	}
}
