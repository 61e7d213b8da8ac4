package vaapi

/*
#cgo CFLAGS: -O2 -Wall
#cgo LDFLAGS: -ldl -lyuv
#include <stdlib.h>
#include "va.h"

#cgo noescape parley_va_encode
#cgo nocallback parley_va_encode
*/
import "C"

import (
	"errors"
	"io"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The files that [Start] gives its process.
const (
	ordersFile = 3 + iota
	answersFile
	memoryFile
	nodeFile
)

// giveUp is how long the driver may take before its process ends itself: whoever began it may be gone.
const giveUp = 10 * time.Second

// Serve codes pictures for the process that began this one, until that ends.
func Serve() error {
	orders, answers := os.NewFile(ordersFile, "orders"), os.NewFile(answersFile, "answers")
	memory, err := unix.Mmap(memoryFile, 0, memoryRoom, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	hung := time.AfterFunc(giveUp, func() { os.Exit(1) }) //nolint:forbidigo // the driver has the thread that could return
	defer hung.Stop()

	va := (*C.parley_va)(C.malloc(C.sizeof_parley_va))
	defer C.free(unsafe.Pointer(va))
	say := func(words string, failed bool) error {
		var b [answerSize]byte
		putAnswer(&b, failed, copy(memory[pictureRoom:], words), false, 0)
		_, err := answers.Write(b[:])
		return err
	}
	if C.parley_va_open(va, nodeFile) != 0 {
		return say(C.GoString(&va.failure[0]), true)
	}
	defer C.parley_va_close(va)
	if err := say(C.GoString(C.parley_va_driver(va)), false); err != nil {
		return err
	}
	var (
		o [orderSize]byte
		a [answerSize]byte
		p Picture
	)
	for {
		hung.Stop()
		if _, err := io.ReadFull(orders, o[:]); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		hung.Reset(giveUp)
		if err := order(&o, memory, &p); err != nil {
			return errors.Join(err, say(err.Error(), true))
		}
		frame := C.parley_va_frame{data: bytePtr(memory[pictureRoom:]), room: frameRoom}
		if C.parley_va_encode(va, p.c(), &frame) != 0 {
			return say(C.GoString(&va.failure[0]), true)
		}
		putAnswer(&a, false, int(frame.size), frame.key != 0, int(frame.quantizer))
		if _, err := answers.Write(a[:]); err != nil {
			return err
		}
	}
}

func (p *Picture) c() *C.parley_va_picture {
	out := C.parley_va_picture{
		y: bytePtr(p.Y), u: bytePtr(p.U), v: bytePtr(p.V), y_stride: C.int(p.YStride), uv_stride: C.int(p.UVStride), w: C.int(p.Width), h: C.int(p.Height),
		bps: C.int(p.BitRate), fps: C.int(p.FrameRate),
	}
	if p.Key {
		out.key = 1
	}
	if p.Spare {
		out.spare = 1
	}
	return &out
}

func bytePtr(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(b))) }
