//go:build cgo

package main

/*
#include <malloc.h>

static void tune(void) {
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
	mallopt(M_TOP_PAD, 64 << 20);
#endif
}
*/
import "C"

// tuneMalloc keeps glibc from giving the memory of every picture back to the kernel: a software OpenGL makes each texture anew, and
// page faults would cost more than the drawing. Call it first thing.
func tuneMalloc() { C.tune() }
