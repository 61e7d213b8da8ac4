package media

/*
#cgo pkg-config: vpx
#cgo CFLAGS: -O2
#include <stdlib.h>
#include "vpx.h"

#cgo noescape parley_vp8_decode
#cgo nocallback parley_vp8_decode
*/
import "C"

import (
	"errors"
	"fmt"
	"image"
	"unsafe"
)

// Errors of [VP8Decoder.Decode]. After either of them only a key frame helps.
var (
	ErrNeedKeyFrame = errors.New("media: a key frame is needed")
	ErrBadFrame     = errors.New("media: not a VP8 frame")
)

// VP8Decoder turns VP8 frames (RFC 6386) into pictures. It is for one goroutine.
type VP8Decoder struct {
	c    *C.parley_vp8_decoder // nil after Close
	seen bool                  // a key frame, and every frame since
	img  image.YCbCr
}

// NewVP8Decoder returns a decoder; Close frees it.
func NewVP8Decoder() (*VP8Decoder, error) {
	d := &VP8Decoder{c: (*C.parley_vp8_decoder)(C.malloc(C.sizeof_parley_vp8_decoder))}
	if err := vpxError(C.parley_vp8_decoder_open(d.c)); err != nil {
		C.free(unsafe.Pointer(d.c))
		return nil, fmt.Errorf("media: open VP8 decoder: %w", err)
	}
	return d, nil
}

// Decode decodes one frame, from whoever it comes. The picture is decoder memory, valid until the next call; it is nil without an
// error when the frame is not to be shown. Frames larger than 4096×4096 are refused, and so are frames that refer to pictures that are
// missing or broken: what comes out is never corrupt. Errors wrap [ErrNeedKeyFrame] or [ErrBadFrame].
func (d *VP8Decoder) Decode(frame []byte) (*image.YCbCr, error) {
	if d.c == nil {
		return nil, errClosed
	}
	head, ok := parseVP8Header(frame)
	if !ok || head.key && (head.w < 1 || head.h < 1 || head.w > maxPicture || head.h > maxPicture) {
		d.seen = false
		return nil, ErrBadFrame
	}
	if !head.key && !d.seen {
		return nil, ErrNeedKeyFrame
	}
	if err := vpxError(C.parley_vp8_decode(d.c, bytePtr(frame), C.size_t(len(frame)))); err != nil {
		d.seen = false
		return nil, fmt.Errorf("%w: %w", ErrBadFrame, err)
	}
	d.seen = true
	i := d.c.img
	if i == nil {
		return nil, nil
	}
	w, h := int(i.d_w), int(i.d_h)
	cw, ch := (w+1)/2, (h+1)/2
	ys, cs := int(i.stride[0]), int(i.stride[1])
	if w < 1 || h < 1 || ys < w || cs < cw || int(i.stride[2]) != cs {
		d.seen = false
		return nil, ErrBadFrame
	}
	d.img = image.YCbCr{
		Y:       unsafe.Slice((*byte)(i.planes[0]), ys*(h-1)+w),
		Cb:      unsafe.Slice((*byte)(i.planes[1]), cs*(ch-1)+cw),
		Cr:      unsafe.Slice((*byte)(i.planes[2]), cs*(ch-1)+cw),
		YStride: ys, CStride: cs,
		SubsampleRatio: image.YCbCrSubsampleRatio420,
		Rect:           image.Rect(0, 0, w, h),
	}
	return &d.img, nil
}

// Close frees the decoder and the picture it gave out last. It may be called again.
func (d *VP8Decoder) Close() {
	if d.c == nil {
		return
	}
	C.parley_vp8_decoder_close(d.c)
	C.free(unsafe.Pointer(d.c))
	d.c = nil
	d.img = image.YCbCr{}
}

// vp8Header is the uncompressed start of a frame: RFC 6386 section 9.1.
type vp8Header struct {
	key  bool
	w, h int // of key frames only
}

func parseVP8Header(frame []byte) (h vp8Header, ok bool) {
	if len(frame) < 3 {
		return h, false
	}
	if frame[0]&1 != 0 {
		return h, true
	}
	if len(frame) < 10 || frame[3] != 0x9d || frame[4] != 0x01 || frame[5] != 0x2a {
		return h, false
	}
	return vp8Header{
		key: true,
		w:   (int(frame[6]) | int(frame[7])<<8) & 0x3fff,
		h:   (int(frame[8]) | int(frame[9])<<8) & 0x3fff,
	}, true
}

func vpxError(code C.int) error {
	if code == 0 {
		return nil
	}
	return errors.New("libvpx: " + C.GoString(C.vpx_codec_err_to_string(C.vpx_codec_err_t(code))))
}
