package media

/*
#include <stdlib.h>
#include "vpx.h"

#cgo noescape parley_encode
#cgo nocallback parley_encode
*/
import "C"

import (
	"errors"
	"fmt"
	"image"
	"time"
	"unsafe"
)

var errClosed = errors.New("media: closed")

// videoEncoder encodes pictures of any size, one goroutine at a time. A picture of a new size begins with a key frame.
type videoEncoder struct {
	bps    int  // wanted bit rate, applied with the next picture
	spare  bool // the next picture of VP8 is to be one that no later one needs, unless it becomes a key frame
	format Format
	text   bool
	card   *Card // codes large pictures of VP8 if it can; nil: the processor codes all

	c      *C.parley_encoder // nil before the first picture
	w, h   int
	pts    int64         // of the last picture, 90 kHz
	opened time.Duration // when the first picture was coded
	frame  []byte        // memory of the frame that is given out
	idle   int           // how much memory was given back when it was opened, in bytes
	onCard onCard
}

func newVideoEncoder(v Video) *videoEncoder {
	return &videoEncoder{bps: v.bitRate(), format: v.Format, text: v.Screen && !v.Motion}
}

// encode returns the frame, which is valid until the next call, or nil when the rate control dropped it. at is the picture's time and
// must grow; the rate control works with it.
func (e *videoEncoder) encode(img *image.YCbCr, at time.Duration, forceKey bool) (frame []byte, key bool, err error) {
	p, err := planesOf(img)
	if err != nil {
		return nil, false, err
	}
	if coder := e.borrow(p); coder != nil {
		frame, key, err := e.encodeOnCard(coder, p, at, forceKey)
		if err == nil {
			return frame, key, nil
		}
		e.card.fail(err) // and the processor goes on, with a key frame
		e.onCard.close()
	}
	e.onCard.coded = false
	kbps := e.kbps()
	if e.c == nil || e.w != p.w || e.h != p.h {
		if err := e.open(p.w, p.h); err != nil {
			return nil, false, err
		}
	} else if err := vpxError(C.parley_encoder_bitrate(e.c, C.int(kbps))); err != nil {
		return nil, false, fmt.Errorf("media: %v bit rate: %w", e.format, err)
	}
	if e.pts < 0 {
		e.opened = at
	}
	pts := int64((at - e.opened) * 90 / time.Millisecond)
	if pts <= e.pts {
		pts = e.pts + 1
	}
	duration := min(max(pts-e.pts, 90000/120), 90000)
	e.pts = pts
	code := C.parley_encode(e.c, bytePtr(p.y), bytePtr(p.u), bytePtr(p.v), C.int(p.yStride), C.int(p.uvStride), C.int64_t(pts),
		C.int64_t(duration), flag(forceKey), flag(e.spare))
	if err := vpxError(code); err != nil {
		return nil, false, fmt.Errorf("media: encode %v: %w", e.format, err)
	}
	if e.c.size == 0 {
		return nil, false, nil
	}
	e.frame = append(e.frame[:0], unsafe.Slice((*byte)(e.c.data), int(e.c.size))...)
	return e.frame, e.c.key != 0, nil
}

func flag(on bool) C.int {
	if on {
		return 1
	}
	return 0
}

func (e *videoEncoder) kbps() int { return min(max(e.bps, minVideoRate), maxVideoRate) / 1000 }

// open starts anew: libvpx cannot grow an encoder beyond its first size.
func (e *videoEncoder) open(w, h int) error {
	e.closeSoftware()
	if w > maxPicture || h > maxPicture {
		return fmt.Errorf("%w: %d×%d", errPicture, w, h)
	}
	coding := C.parley_coding{w: C.int(w), h: C.int(h), kbps: C.int(e.kbps())}
	if e.format == VP9 {
		coding.vp9 = 1
	}
	if e.text {
		coding.text = 1
	}
	c := (*C.parley_encoder)(C.malloc(C.sizeof_parley_encoder))
	open := func() error { return vpxError(C.parley_encoder_open(c, &coding)) }
	size := 0
	if e.format == VP8 {
		size = tokenBytes(w, h)
	}
	idle, err := giveBackIdle(size, open)
	if err != nil {
		C.free(unsafe.Pointer(c))
		return fmt.Errorf("media: open %v encoder: %w", e.format, err)
	}
	e.c, e.w, e.h, e.pts, e.idle = c, w, h, -3000, idle
	return nil
}

// quantizer says how coarse the last frame is, from 0 to 63.
func (e *videoEncoder) quantizer() int {
	if e.onCard.coded {
		return e.onCard.quantizer
	}
	if e.c == nil {
		return 0
	}
	return int(e.c.quantizer)
}

func (e *videoEncoder) close() {
	e.closeSoftware()
	e.onCard.close()
	e.frame = nil
}

func (e *videoEncoder) closeSoftware() {
	if e.c != nil {
		C.parley_encoder_close(e.c)
		C.free(unsafe.Pointer(e.c))
		e.c = nil
	}
}
