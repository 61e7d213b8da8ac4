package media

import "time"

// Figures of the time that pictures wait.
const (
	evenShare  = 0.95
	evenForget = 0.985 // half after 46 pictures: a picture that waits is older, so not for longer than it must
	evenLeast  = 40.0  // ms: what is less is a picture too few now and then, which is better than that all come later
	evenSlack  = 15.0  // ms that nobody sees: less than half of the time that a picture stands
	evenMost   = 350.0 // ms: more is worse for a talk than pictures that jerk
	evenApart  = 20.0  // ms for which one of several that come at once is shown: a display draws 60 times a second
	evenPart   = 0.6   // of the time between two pictures, if that is less
	evenBehind = 100.0 // ms: what comes at once and would be shown later than that is too much to be shown one by one
	evenQueue  = 64    // pictures that wait
	evenBytes  = 4 << 20
)

// evenly lets pictures wait so that they are shown as evenly as they were taken, although some come late because part of them was lost and
// had to be sent again. Without it the picture would stand while one is repaired, and all that came meanwhile would be shown at once. The
// time adapts: where pictures come in time, none of them waits. What comes at once all the same is shown in quick succession.
type evenly struct {
	clock  lateness
	last   time.Time     // when the newest picture is shown
	waited time.Duration // ... so long after it was whole
	lastTS uint32        // ... and its RTP time
	queue  []waiting     // in order
	bytes  int           // in the queue
	spare  [][]byte
	target time.Duration // how long after the fastest possible moment pictures are shown
}

type waiting struct {
	assembled
	due time.Time
}

func newEvenly() evenly { return evenly{clock: lateness{clock: 90_000, forget: evenForget}} }

// add takes a picture that was whole at that time, in the order of decoding. It is copied. hasty ones wait for nothing.
func (e *evenly) add(f assembled, at time.Time, hasty bool) {
	due := at
	if !hasty {
		late := e.clock.add(f.ts, at)
		target := min(e.clock.most(evenShare)-evenSlack, evenMost)
		if target < evenLeast-evenSlack {
			target = 0
		}
		e.target = time.Duration(target * float64(time.Millisecond))
		due = e.apart(at, at.Add(time.Duration(max(target-late, 0)*float64(time.Millisecond))), f.ts)
	}
	if due.Before(e.last) {
		due = e.last
	}
	e.last, e.waited, e.lastTS = due, due.Sub(at), f.ts
	var memory []byte
	if n := len(e.spare); n > 0 {
		memory, e.spare = e.spare[n-1], e.spare[:n-1]
	}
	f.data = append(memory[:0], f.data...)
	e.bytes += len(f.data)
	e.queue = append(e.queue, waiting{f, due})
}

// apart puts off what is due too soon after the picture before it, which nobody would see otherwise.
func (e *evenly) apart(at, due time.Time, ts uint32) time.Time {
	taken := float64(ts-e.lastTS) * 1000 / e.clock.clock
	next := e.last.Add(time.Duration(min(evenPart*taken, evenApart) * float64(time.Millisecond)))
	if most := at.Add(max(evenBehind*time.Millisecond, e.waited)); next.After(most) {
		next = most
	}
	if next.After(due) {
		return next
	}
	return due
}

// next returns when the next picture is due; ok is false if none waits.
func (e *evenly) next() (due time.Time, ok bool) {
	switch {
	case len(e.queue) == 0:
		return due, false
	case len(e.queue) > evenQueue || e.bytes > evenBytes:
		return due, true // at once
	}
	return e.queue[0].due, true
}

// take returns the next picture if it is due, and whether the one after it is due as well, so that nobody would see it. Its data is valid until
// give.
func (e *evenly) take(now time.Time) (f assembled, unseen, ok bool) {
	if due, waits := e.next(); !waits || due.After(now) {
		return f, false, false
	}
	f = e.queue[0].assembled
	e.bytes -= len(f.data)
	e.queue = append(e.queue[:0], e.queue[1:]...)
	due, waits := e.next()
	return f, waits && !due.After(now), true
}

// give returns the memory of a picture.
func (e *evenly) give(f assembled) {
	if len(e.spare) < evenQueue/4 {
		e.spare = append(e.spare, f.data)
	}
}

// clear throws away all that waits, and its memory.
func (e *evenly) clear() { e.queue, e.bytes, e.spare = nil, 0, nil }

// skip throws away what waits up to a key frame.
func (e *evenly) skip() {
	for len(e.queue) > 0 && !e.queue[0].key {
		e.bytes -= len(e.queue[0].data)
		e.queue = append(e.queue[:0], e.queue[1:]...)
	}
}
