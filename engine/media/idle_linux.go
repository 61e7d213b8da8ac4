package media

/*
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char zeros[1 << 16];

// parley_mapped_apart reports whether a mapping is a block that glibc's malloc has mapped apart: its second word says so, with its size.
static int parley_mapped_apart(uintptr_t begin, uintptr_t end) { return ((size_t *)begin)[1] == ((size_t)(end - begin) | 2); }

// parley_drop_zeros gives back the pages of zeros between two addresses, and returns how many bytes that were.
static size_t parley_drop_zeros(uintptr_t begin, uintptr_t end) {
	size_t page = (size_t)sysconf(_SC_PAGESIZE), dropped = 0;
	char *from = NULL, *at; // the zeros that were found last
	if (page > sizeof zeros) return 0;
	for (at = (char *)begin; at < (char *)end; at += page) {
		int idle = memcmp(at, zeros, page) == 0;
		if (idle && from == NULL) from = at;
		if (from == NULL || (idle && at + page < (char *)end)) continue;
		size_t n = (size_t)((idle ? at + page : at) - from);
		if (madvise(from, n, MADV_DONTNEED) == 0) dropped += n;
		from = NULL;
	}
	return dropped;
}
*/
import "C"

import (
	"bytes"
	"fmt"
	"os"
	"sync"
)

// opening is held while an encoder is opened: no other's memory may be new then.
var opening sync.Mutex

// tokenBytes is what libvpx takes in one block for the tokens of a picture of VP8, in bytes: 16 for each of the 384 samples in each block
// of 16×16, as if none were ever left out. It clears it when it opens an encoder, which makes all of it real, and uses some percent.
func tokenBytes(w, h int) int { return (w + 15) / 16 * ((h + 15) / 16) * 384 * 16 }

// giveBackIdle runs open and then gives back what open has cleared and not used of a block of that size, in bytes: its pages of zeros, which
// read as before, and come again when they are written to. It returns how many bytes that were. Which block it is malloc does not say. It
// has to be the only one of its size that malloc has mapped meanwhile; if there is none, because it took it from elsewhere, all stays as it
// is.
// With a size of 0 there is nothing to give back.
func giveBackIdle(size int, open func() error) (int, error) {
	if size == 0 {
		return 0, open()
	}
	opening.Lock()
	defer opening.Unlock()
	before := mapped(func([]byte) bool { return true })
	if err := open(); err != nil || len(before) == 0 {
		return 0, err
	}
	most := 2 * os.Getpagesize() // how much larger its mapping may be: malloc adds some bytes
	var found []span
	for _, s := range newIn(mapped(private), before) {
		n := s.end - s.begin
		if n >= uintptr(size) && n <= uintptr(size+most) && C.parley_mapped_apart(C.uintptr_t(s.begin), C.uintptr_t(s.end)) != 0 {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		return 0, nil
	}
	return int(C.parley_drop_zeros(C.uintptr_t(found[0].begin), C.uintptr_t(found[0].end))), nil
}

// span is memory from one address to another.
type span struct{ begin, end uintptr }

// private reports whether a line of maps is of memory as malloc maps it: to be read and written, and without a name.
func private(line []byte) bool {
	fields := bytes.Fields(line)
	return len(fields) == 5 && string(fields[1]) == "rw-p"
}

// mapped returns what is mapped in the process, by ascending addresses; nothing if that cannot be read.
func mapped(want func(line []byte) bool) (out []span) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil
	}
	for line := range bytes.Lines(maps) {
		var s span
		if !want(line) {
			continue
		}
		if _, err := fmt.Sscanf(string(line), "%x-%x", &s.begin, &s.end); err != nil {
			return nil
		}
		if n := len(out); n > 0 && out[n-1].end == s.begin { // the kernel joins neighbours, too
			out[n-1].end = s.end
			continue
		}
		out = append(out, s)
	}
	return out
}

// newIn returns what of now was not there before. Both are in ascending order.
func newIn(now, before []span) (out []span) {
	for _, s := range now {
		for _, b := range before {
			if b.end <= s.begin || b.begin >= s.end {
				continue
			}
			if b.begin > s.begin {
				out = append(out, span{s.begin, b.begin})
			}
			s.begin = min(b.end, s.end)
		}
		if s.begin < s.end {
			out = append(out, s)
		}
	}
	return out
}
