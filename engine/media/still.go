package media

import (
	"bytes"
	"image"
	"time"
)

const (
	// stillBeat is how often a picture in which nothing moves is sent again: it costs next to nothing, and a receiver that missed
	// the end of the last change, or has only just begun to look, need not wait for the next change.
	stillBeat = time.Second
	// sharpQuantizer is where more bits make no difference to the eye, of libvpx's 0 to 63.
	sharpQuantizer = 12
	// sharpening bounds how long a picture in which nothing moves is coded again and again until it is sharp.
	sharpening = 8 * time.Second
)

// still finds out what of a screen's pictures is worth coding: what is new, what is not sharp yet, and a beat now and then.
type still struct {
	last  canvas    // the newest picture that was looked at
	dirty bool      // it differs from what was sent
	since time.Time // when it appeared
	soft  bool      // it was sent, but not sharp yet
	sent  time.Time // when a picture was sent last
}

// look takes a picture of the screen and returns the one to show, which is valid until the next look: while frozen, that of before.
// fresh says that there is something to show, worth that there is something to send.
func (s *still) look(img *image.YCbCr, frozen bool, now time.Time) (out *image.YCbCr, fresh, worth bool, err error) {
	if frozen && s.last.img == nil {
		return nil, false, false, nil
	}
	if !frozen {
		p, err := planesOf(img)
		if err != nil {
			return nil, false, false, err
		}
		if !s.same(p) {
			s.keep(p)
			s.dirty, s.soft, s.since = true, false, now
			fresh = true
		}
	}
	beat := now.Sub(s.sent) >= stillBeat
	return s.last.img, fresh || beat, s.dirty || beat || s.soft && now.Sub(s.since) < sharpening, nil
}

// coded tells that the picture was sent, and how coarse.
func (s *still) coded(quantizer int, now time.Time) {
	s.dirty, s.soft, s.sent = false, quantizer > sharpQuantizer, now
}

func (s *still) same(p planes) bool {
	if s.last.img == nil || s.last.img.Rect.Dx() != p.w || s.last.img.Rect.Dy() != p.h {
		return false
	}
	q := s.last.sized(p.w, p.h)
	cw, ch := (p.w+1)/2, (p.h+1)/2
	return sameRows(q.y, q.yStride, p.y, p.yStride, p.w, p.h) && sameRows(q.u, q.uvStride, p.u, p.uvStride, cw, ch) &&
		sameRows(q.v, q.uvStride, p.v, p.uvStride, cw, ch)
}

func (s *still) keep(p planes) {
	q := s.last.sized(p.w, p.h)
	cw, ch := (p.w+1)/2, (p.h+1)/2
	copyRows(q.y, q.yStride, p.y, p.yStride, p.w, p.h)
	copyRows(q.u, q.uvStride, p.u, p.uvStride, cw, ch)
	copyRows(q.v, q.uvStride, p.v, p.uvStride, cw, ch)
}

func sameRows(a []byte, aStride int, b []byte, bStride, w, h int) bool {
	for y := range h {
		if !bytes.Equal(a[y*aStride:][:w], b[y*bStride:][:w]) {
			return false
		}
	}
	return true
}

func copyRows(dst []byte, dStride int, src []byte, sStride, w, h int) {
	for y := range h {
		copy(dst[y*dStride:][:w], src[y*sStride:][:w])
	}
}
