package media

/*
#cgo pkg-config: vpx
#cgo CFLAGS: -O2
#include <stdlib.h>
#include "vpx.h"

#cgo noescape parley_decode
#cgo nocallback parley_decode
*/
import "C"

import (
	"errors"
	"fmt"
	"image"
	"unsafe"
)

// Errors of [VideoDecoder.Decode]. After either of them only a key frame helps.
var (
	ErrNeedKeyFrame = errors.New("media: a key frame is needed")
	ErrBadFrame     = errors.New("media: not a frame of the codec")
)

// VideoDecoder turns coded frames into pictures. It is for one goroutine.
type VideoDecoder struct {
	format Format
	c      *C.parley_decoder // nil after Close
	seen   bool              // a key frame, and every frame since
	size   image.Point       // of that key frame
	img    image.YCbCr
}

// NewVideoDecoder returns a decoder; Close frees it.
func NewVideoDecoder(f Format) (*VideoDecoder, error) {
	d := &VideoDecoder{format: f}
	if err := d.open(); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *VideoDecoder) open() error {
	vp9 := C.int(0)
	if d.format == VP9 {
		vp9 = 1
	}
	c := (*C.parley_decoder)(C.malloc(C.sizeof_parley_decoder))
	if err := vpxError(C.parley_decoder_open(c, vp9)); err != nil {
		C.free(unsafe.Pointer(c))
		return fmt.Errorf("media: open %v decoder: %w", d.format, err)
	}
	d.c, d.seen = c, false
	return nil
}

// Decode decodes one frame, from whoever it comes. The picture is decoder memory, valid until the next call; it is nil without an
// error when the frame is not to be shown. Frames larger than 4096×4096 are refused, and so are frames that refer to pictures that are
// missing or broken: what comes out is never corrupt. Errors wrap [ErrNeedKeyFrame] or [ErrBadFrame].
func (d *VideoDecoder) Decode(frame []byte) (*image.YCbCr, error) {
	if d.c == nil {
		return nil, errClosed
	}
	head, ok := d.format.header(frame)
	if !ok || head.key && (head.w < 1 || head.h < 1 || head.w > maxPicture || head.h > maxPicture) {
		d.seen = false
		return nil, ErrBadFrame
	}
	if !head.key && !d.seen {
		return nil, ErrNeedKeyFrame
	}
	if err := vpxError(C.parley_decode(d.c, bytePtr(frame), C.size_t(len(frame)))); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrBadFrame, err), d.renew())
	}
	if head.key {
		d.seen, d.size = true, image.Pt(head.w, head.h)
	}
	i := d.c.img
	if i == nil {
		return nil, nil
	}
	w, h := int(i.d_w), int(i.d_h)
	cw, ch := (w+1)/2, (h+1)/2
	ys, cs := int(i.stride[0]), int(i.stride[1])
	if image.Pt(w, h) != d.size || ys < w || cs < cw || int(i.stride[2]) != cs {
		return nil, errors.Join(ErrBadFrame, d.renew())
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

// renew begins anew after a bad frame, so that whatever memory it made the decoder take is given back.
func (d *VideoDecoder) renew() error {
	d.Close()
	return d.open()
}

// Close frees the decoder and the picture it gave out last. It may be called again.
func (d *VideoDecoder) Close() {
	if d.c == nil {
		return
	}
	C.parley_decoder_close(d.c)
	C.free(unsafe.Pointer(d.c))
	d.c = nil
	d.img = image.YCbCr{}
}

func vpxError(code C.int) error {
	if code == 0 {
		return nil
	}
	return errors.New("libvpx: " + C.GoString(C.vpx_codec_err_to_string(C.vpx_codec_err_t(code))))
}
