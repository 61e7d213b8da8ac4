//go:build cgo

package main

// Go's monitor thread looks about every 20 µs whether a call into C lasts, and in a call with pictures one nearly always does: 1,700
// times a second it cost a tenth of all that Parley computed. The kernel may let it, and every other thread, wait up to 1 ms longer than
// it asked, so that it wakes with others (timer slack, prctl(2)); threads of real-time priority have none. Threads take over the slack
// of who makes them, so it is set before Go makes its first.

/*
#include <sys/prctl.h>

__attribute__((constructor)) static void wake_together(void) {
	prctl(PR_SET_TIMERSLACK, 1000 * 1000);
}
*/
import "C"
