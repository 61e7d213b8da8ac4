package devices

import (
	"fmt"
	"image"
	"sync/atomic"
)

// spares bounds the pictures that a source keeps for reuse: one is being shown, one encoded, and two may wait.
const spares = 4

// picturePool recycles pictures, so that steady capture allocates nothing. What is not given back is left to the collector.
type picturePool struct{ free chan *image.YCbCr }

func newPicturePool() picturePool { return picturePool{make(chan *image.YCbCr, spares)} }

// take returns a 4:2:0 picture of that size with any content.
func (p picturePool) take(w, h int) *image.YCbCr {
	for {
		select {
		case img := <-p.free:
			if img.Rect == image.Rect(0, 0, w, h) {
				return img
			}
		default:
			return image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
		}
	}
}

// release returns the function that gives img back, once.
func (p picturePool) release(img *image.YCbCr) func() {
	var given atomic.Bool
	return func() {
		if given.Swap(true) {
			return
		}
		select {
		case p.free <- img:
		default:
		}
	}
}

// limitedRange returns the tables that turn full-range luma and chroma into the limited range of BT.601.
func limitedRange() *[2][256]byte {
	var t [2][256]byte
	for i := range 256 {
		t[0][i] = byte(16 + (i*219+127)/255)
		t[1][i] = byte(128 + (i-128)*112/127)
	}
	t[1][0] = 16
	return &t
}

// copy420 fills dst, a 4:2:0 picture of even size from NewYCbCr, with the upper left of src. Planes go through the tables, if any.
func copy420(dst, src *image.YCbCr, tables *[2][256]byte) error {
	w, h := dst.Rect.Dx(), dst.Rect.Dy()
	if src.Rect.Dx() < w || src.Rect.Dy() < h {
		return fmt.Errorf("picture of %v is smaller than %dx%d", src.Rect.Size(), w, h)
	}
	var luma, chroma *[256]byte
	if tables != nil {
		luma, chroma = &tables[0], &tables[1]
	}
	at := src.YOffset(src.Rect.Min.X, src.Rect.Min.Y)
	for y := range h {
		copyRow(dst.Y[y*dst.YStride:][:w], src.Y[at+y*src.YStride:][:w], luma)
	}

	stepX, stepY := 1, 1 // source samples for one of ours
	switch src.SubsampleRatio {
	case image.YCbCrSubsampleRatio420:
	case image.YCbCrSubsampleRatio422:
		stepY = 2
	case image.YCbCrSubsampleRatio440:
		stepX = 2
	case image.YCbCrSubsampleRatio444:
		stepX, stepY = 2, 2
	default:
		return fmt.Errorf("pictures in %v", src.SubsampleRatio)
	}
	at = src.COffset(src.Rect.Min.X, src.Rect.Min.Y)
	for _, plane := range [][2][]byte{{dst.Cb, src.Cb}, {dst.Cr, src.Cr}} {
		for y := range h / 2 {
			to, from := plane[0][y*dst.CStride:][:w/2], plane[1][at+y*stepY*src.CStride:]
			below := from
			if stepY == 2 {
				below = from[src.CStride:]
			}
			if stepX == 1 {
				if stepY == 1 {
					copyRow(to, from[:w/2], chroma)
					continue
				}
				for x := range to {
					to[x] = byte((int(from[x]) + int(below[x]) + 1) / 2)
				}
			} else {
				for x := range to {
					to[x] = byte((int(from[2*x]) + int(from[2*x+1]) + int(below[2*x]) + int(below[2*x+1]) + 2) / 4)
				}
			}
			if chroma != nil {
				copyRow(to, to, chroma)
			}
		}
	}
	return nil
}

func copyRow(dst, src []byte, table *[256]byte) {
	if table == nil {
		copy(dst, src)
		return
	}
	for i, v := range src {
		dst[i] = table[v]
	}
}
