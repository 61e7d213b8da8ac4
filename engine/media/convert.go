package media

/*
#cgo CFLAGS: -O2
#cgo LDFLAGS: -lyuv
#include <libyuv.h>

#cgo noescape I420ToABGR
#cgo nocallback I420ToABGR
#cgo noescape I420Scale
#cgo nocallback I420Scale
#cgo noescape I420Mirror
#cgo nocallback I420Mirror
#cgo noescape I422ToI420
#cgo nocallback I422ToI420
#cgo noescape I444ToI420
#cgo nocallback I444ToI420
#cgo noescape ABGRToI420
#cgo nocallback ABGRToI420
*/
import "C"

import (
	"errors"
	"fmt"
	"image"
	"unsafe"
)

// maxPicture is the largest width and height, in pixels, that is worked on: it bounds what a hostile sender can make us allocate.
const maxPicture = 4096

var errPicture = errors.New("media: not a picture that can be worked on")

// planes are the three planes of a picture with even the last row checked to lie inside its slice, so that C may touch them.
type planes struct {
	y, u, v           []byte
	yStride, uvStride int
	w, h              int
}

// image returns the planes as a picture.
func (p planes) image() *image.YCbCr {
	return &image.YCbCr{
		Y: p.y, Cb: p.u, Cr: p.v, YStride: p.yStride, CStride: p.uvStride,
		SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: image.Rect(0, 0, p.w, p.h),
	}
}

// planesOf checks img. The offsets of a sub-image are resolved.
func planesOf(img *image.YCbCr) (planes, error) {
	if img == nil {
		return planes{}, errPicture
	}
	r := img.Rect
	p := planes{yStride: img.YStride, uvStride: img.CStride, w: r.Dx(), h: r.Dy()}
	if p.w < 1 || p.h < 1 || p.w > 4*maxPicture || p.h > 4*maxPicture {
		return planes{}, fmt.Errorf("%w: %d×%d", errPicture, p.w, p.h)
	}
	cw, ch := chromaSize(img.SubsampleRatio, p.w, p.h)
	if cw == 0 {
		return planes{}, fmt.Errorf("%w: subsampling %v", errPicture, img.SubsampleRatio)
	}
	yo, co := img.YOffset(r.Min.X, r.Min.Y), img.COffset(r.Min.X, r.Min.Y)
	if !within(img.Y, yo, img.YStride, p.w, p.h) || !within(img.Cb, co, img.CStride, cw, ch) || !within(img.Cr, co, img.CStride, cw, ch) {
		return planes{}, fmt.Errorf("%w: planes are too short", errPicture)
	}
	p.y, p.u, p.v = img.Y[yo:], img.Cb[co:], img.Cr[co:]
	return p, nil
}

// chromaSize is the size of the colour planes; 0 for a subsampling that nothing here makes.
func chromaSize(s image.YCbCrSubsampleRatio, w, h int) (cw, ch int) {
	switch s {
	case image.YCbCrSubsampleRatio420:
		return (w + 1) / 2, (h + 1) / 2
	case image.YCbCrSubsampleRatio422:
		return (w + 1) / 2, h
	case image.YCbCrSubsampleRatio444:
		return w, h
	}
	return 0, 0
}

func within(plane []byte, offset, stride, w, h int) bool {
	return offset >= 0 && stride >= w && offset+stride*(h-1)+w <= len(plane)
}

func bytePtr(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(b))) }

// toRGBA converts a limited-range BT.601 picture, as VP8 carries it, into pixels of the same size.
func toRGBA(dst *image.RGBA, src planes) {
	C.I420ToABGR(bytePtr(src.y), C.int(src.yStride), bytePtr(src.u), C.int(src.uvStride), bytePtr(src.v), C.int(src.uvStride),
		bytePtr(dst.Pix), C.int(dst.Stride), C.int(src.w), C.int(src.h)) // ABGR is a little-endian word: bytes R, G, B, A
}

// shrinker makes pictures smaller. libyuv's box filter, which averages everything under a pixel, is quick at 2:1 only: thirty times as
// quick as at 2.5:1. So pictures are halved for as long as they can be, and scaled the rest of the way.
type shrinker struct {
	halves [6]canvas
	last   canvas
}

// to returns src in w × h, valid until the next call.
func (s *shrinker) to(src planes, w, h int) planes {
	for i := 0; i < len(s.halves) && src.w >= 2*w && src.h >= 2*h; i++ {
		half := s.halves[i].sized(src.w/2, src.h/2)
		scale(half, src)
		src = half
	}
	if src.w == w && src.h == h {
		return src
	}
	out := s.last.sized(w, h)
	scale(out, src)
	return out
}

// scale shrinks or stretches src to the size of dst. libyuv's box filter averages everything under a pixel beyond 2:1 and falls
// back to the cheaper bilinear filter below.
func scale(dst, src planes) {
	C.I420Scale(bytePtr(src.y), C.int(src.yStride), bytePtr(src.u), C.int(src.uvStride), bytePtr(src.v), C.int(src.uvStride),
		C.int(src.w), C.int(src.h),
		bytePtr(dst.y), C.int(dst.yStride), bytePtr(dst.u), C.int(dst.uvStride), bytePtr(dst.v), C.int(dst.uvStride),
		C.int(dst.w), C.int(dst.h), C.kFilterBox)
}

// mirror swaps left and right; both pictures are of one size and do not overlap.
func mirror(dst, src planes) {
	C.I420Mirror(bytePtr(src.y), C.int(src.yStride), bytePtr(src.u), C.int(src.uvStride), bytePtr(src.v), C.int(src.uvStride),
		bytePtr(dst.y), C.int(dst.yStride), bytePtr(dst.u), C.int(dst.uvStride), bytePtr(dst.v), C.int(dst.uvStride),
		C.int(src.w), C.int(src.h))
}

// canvas is a 4:2:0 picture that is allocated again only when its size changes.
type canvas struct{ img *image.YCbCr }

func (c *canvas) sized(w, h int) planes {
	if c.img == nil || c.img.Rect.Dx() != w || c.img.Rect.Dy() != h {
		c.img = image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	}
	return planes{c.img.Y, c.img.Cb, c.img.Cr, c.img.YStride, c.img.CStride, w, h}
}

// to420 returns img itself when it is 4:2:0, and otherwise a copy in c, valid until c is used again.
func to420(c *canvas, img image.Image) (*image.YCbCr, error) {
	if rgba, ok := img.(*image.RGBA); ok {
		w, h := rgba.Rect.Dx(), rgba.Rect.Dy()
		if w < 1 || h < 1 || w > 4*maxPicture || h > 4*maxPicture || !within(rgba.Pix, 0, rgba.Stride, 4*w, h) {
			return nil, fmt.Errorf("%w: %d×%d RGBA", errPicture, w, h)
		}
		d := c.sized(w, h)
		C.ABGRToI420(bytePtr(rgba.Pix), C.int(rgba.Stride), bytePtr(d.y), C.int(d.yStride),
			bytePtr(d.u), C.int(d.uvStride), bytePtr(d.v), C.int(d.uvStride), C.int(w), C.int(h))
		return c.img, nil
	}
	ycc, ok := img.(*image.YCbCr)
	if !ok {
		return nil, fmt.Errorf("%w: %T", errPicture, img)
	}
	s, err := planesOf(ycc)
	if err != nil {
		return nil, err
	}
	switch ycc.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		d := c.sized(s.w, s.h)
		C.I422ToI420(bytePtr(s.y), C.int(s.yStride), bytePtr(s.u), C.int(s.uvStride), bytePtr(s.v), C.int(s.uvStride),
			bytePtr(d.y), C.int(d.yStride), bytePtr(d.u), C.int(d.uvStride), bytePtr(d.v), C.int(d.uvStride), C.int(s.w), C.int(s.h))
		return c.img, nil
	case image.YCbCrSubsampleRatio444:
		d := c.sized(s.w, s.h)
		C.I444ToI420(bytePtr(s.y), C.int(s.yStride), bytePtr(s.u), C.int(s.uvStride), bytePtr(s.v), C.int(s.uvStride),
			bytePtr(d.y), C.int(d.yStride), bytePtr(d.u), C.int(d.uvStride), bytePtr(d.v), C.int(d.uvStride), C.int(s.w), C.int(s.h))
		return c.img, nil
	}
	return ycc, nil
}

// fitInside returns the largest even size of w:h that lies inside maxW × maxH and is not larger than w × h itself.
func fitInside(w, h, maxW, maxH int) (int, int) {
	dw, dh := w, h
	if dw > maxW {
		dw, dh = maxW, (h*maxW+w/2)/w
	}
	if dh > maxH {
		dw, dh = (w*maxH+h/2)/h, maxH
	}
	return max(2, dw&^1), max(2, dh&^1)
}
