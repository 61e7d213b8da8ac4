//go:build cgo

package main

/*
#include <malloc.h>

// A software OpenGL makes each texture anew for each picture. glibc would give the memory back to the kernel every time, and the
// page faults would cost more than the drawing. What is larger than the pictures of most windows is mapped apart: the largest block of an
// encoder, so that what it does not use can go (see engine/media/idle_linux.go). Codecs and shader compilers come and go on any thread:
// with an arena for each thread, every arena would keep what the largest call needed. This runs before any thread is there, because the
// number of arenas is settled by the first.
__attribute__((constructor)) static void tune(void) {
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, 20 << 20);
	mallopt(M_TRIM_THRESHOLD, 16 << 20);
	mallopt(M_TOP_PAD, 4 << 20);
#endif
#ifdef M_ARENA_MAX
	mallopt(M_ARENA_MAX, 1);
#endif
}

static void trim(void) {
#ifdef M_TRIM_THRESHOLD
	malloc_trim(0);
#endif
}
*/
import "C"

// trimC gives back what C has freed and keeps in pieces between what it uses.
func trimC() { C.trim() }
