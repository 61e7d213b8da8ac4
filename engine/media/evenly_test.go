package media

import (
	"slices"
	"testing"
	"time"
)

// shows plays pictures that were whole at these times through evenly, and returns when each one that is seen is shown.
func shows(e *evenly, whole []time.Duration) (shown []time.Duration) {
	start := time.Unix(1000, 0)
	for now, i := time.Duration(0), 0; i < len(whole) || len(e.queue) > 0; now += time.Millisecond {
		for i < len(whole) && whole[i] <= now {
			e.add(assembled{data: []byte{byte(i)}, ts: uint32(i * 3000)}, start.Add(whole[i]), false)
			i++
		}
		for {
			f, unseen, ok := e.take(start.Add(now))
			if !ok {
				break
			}
			if !unseen {
				shown = append(shown, now)
			}
			e.give(f)
		}
	}
	return shown
}

// wholeAt is when pictures are whole if one of each so many waits for a repair, and those after it with it.
func wholeAt(n, each int, repair time.Duration) (at []time.Duration) {
	ready := time.Duration(0)
	for i := range n {
		come := time.Duration(i) * time.Second / 30
		if each > 0 && i%each == each-1 {
			come += repair
		}
		ready = max(ready, come)
		at = append(at, ready)
	}
	return at
}

func longest(shown []time.Duration) (most time.Duration) {
	for i := 1; i < len(shown); i++ {
		most = max(most, shown[i]-shown[i-1])
	}
	return most
}

func TestPicturesWaitForNothingInVain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		each   int
		repair time.Duration
	}{{"all in time", 0, 0}, {"a little jitter", 3, ms(12)}, {"jitter of nearly a picture", 2, ms(30)}, {"a repair now and then", 150, ms(70)}} {
		e := newEvenly()
		whole := wholeAt(600, c.each, c.repair)
		shown := shows(&e, whole)
		if e.target != 0 || len(shown) < 590 {
			t.Errorf("%s: %d are shown, aimed at %v", c.name, len(shown), e.target)
		}
		for i := range min(len(shown), len(whole)) {
			if c.each == 0 && shown[i]-whole[i] > ms(1) {
				t.Fatalf("%s: picture %d waited %v", c.name, i, shown[i]-whole[i])
			}
		}
	}
}

func TestPicturesComeEvenlyWhileManyAreRepaired(t *testing.T) {
	t.Parallel()
	for _, repair := range []time.Duration{ms(80), ms(150), ms(250)} {
		e := newEvenly()
		shown := shows(&e, wholeAt(600, 10, repair))
		later := shown[len(shown)/2:]
		if most := longest(later); most > ms(60) {
			t.Errorf("a repair takes %v: a picture stood for %v", repair, most)
		}
		if len(shown) < 550 {
			t.Errorf("a repair takes %v: %d of 600 are shown", repair, len(shown))
		}
		if e.target > repair {
			t.Errorf("a repair takes %v, but pictures wait for %v", repair, e.target)
		}
	}
	// And when nothing is repaired any more, nothing waits any more.
	e := newEvenly()
	whole := wholeAt(300, 10, ms(150))
	for i := range 300 {
		whole = append(whole, time.Duration(300+i)*time.Second/30)
	}
	shows(&e, whole)
	if e.target != 0 {
		t.Errorf("%v after all came in time for ten seconds", e.target)
	}
}

// What came at once after a repair is seen one by one, and a little later nothing waits any more.
func TestPicturesAreCaughtUpWith(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rate   int
		repair time.Duration
		unseen int
	}{{30, ms(50), 0}, {30, ms(70), 0}, {30, ms(120), 0}, {30, ms(150), 0}, {60, ms(120), 1}, {15, ms(200), 0}} {
		const n, repaired = 300, 200
		e, start := newEvenly(), time.Unix(1000, 0)
		whole, shown := make([]time.Duration, n), map[uint32]time.Duration{}
		ready := time.Duration(0)
		for i := range whole {
			come := time.Duration(i) * time.Second / time.Duration(c.rate)
			if i == repaired {
				come += c.repair
			}
			ready = max(ready, come)
			whole[i] = ready
		}
		i := 0
		for now := time.Duration(0); i < n || len(e.queue) > 0; now += ms(1) {
			for ; i < n && whole[i] <= now; i++ {
				e.add(assembled{ts: uint32(i * 90_000 / c.rate)}, start.Add(whole[i]), false)
			}
			for {
				f, unseen, ok := e.take(start.Add(now))
				if !ok {
					break
				}
				if !unseen {
					shown[f.ts*uint32(c.rate)/90_000] = now
				}
				e.give(f)
			}
		}
		if len(shown) < n-c.unseen {
			t.Errorf("%d/s, a repair takes %v: %d of %d are seen", c.rate, c.repair, len(shown), n)
		}
		last := -time.Second
		for i := range uint32(n) {
			at, seen := shown[i]
			if !seen {
				continue
			}
			if least := min(ms(19), time.Second/time.Duration(2*c.rate)); at-last < least {
				t.Errorf("%d/s, a repair takes %v: the one before picture %d was shown for %v", c.rate, c.repair, i, at-last)
			}
			switch waited := at - whole[i]; {
			case waited <= ms(1):
			case i < repaired, int(i) > repaired+c.rate, waited > ms(101):
				t.Errorf("%d/s, a repair takes %v: picture %d waited for %v", c.rate, c.repair, i, waited)
			}
			last = at
		}
	}
}

// Of very many that come at once some are not seen, so that the last is seen soon.
func TestPicturesAreSkippedAfterALongStop(t *testing.T) {
	t.Parallel()
	e, at := newEvenly(), time.Unix(1000, 0)
	for i := range 20 {
		e.add(assembled{ts: uint32(i * 3000)}, at, false)
	}
	seen, last := 0, time.Duration(0)
	for now := time.Duration(0); len(e.queue) > 0; now += ms(1) {
		for f, unseen, ok := e.take(at.Add(now)); ok; f, unseen, ok = e.take(at.Add(now)) {
			if !unseen {
				seen++
				last = now
			}
			e.give(f)
		}
	}
	if seen < 4 || last < ms(80) || last > ms(101) {
		t.Errorf("%d of 20 are seen, the last after %v", seen, last)
	}
}

func TestPicturesThatWaitAreBounded(t *testing.T) {
	t.Parallel()
	e, at := newEvenly(), time.Unix(1000, 0)
	shows(&e, wholeAt(300, 4, ms(300)))
	size, most := 1<<20, 0
	for i := range 200 { // far more than a camera gives
		e.add(assembled{data: make([]byte, size), ts: uint32(1_000_000 + i)}, at.Add(20*time.Second), false)
		for {
			f, _, ok := e.take(at.Add(20 * time.Second))
			if !ok {
				break
			}
			e.give(f)
		}
		most = max(most, e.bytes)
	}
	if most > evenBytes {
		t.Errorf("%d bytes wait", most)
	}
	for i := range 5 {
		e.add(assembled{data: []byte{1}, ts: uint32(2_000_000 + i), key: i == 3}, at.Add(30*time.Second), false)
	}
	e.skip()
	if keys := slices.IndexFunc(e.queue, func(w waiting) bool { return w.key }); keys != 0 || len(e.queue) != 2 {
		t.Errorf("%d wait after a bad picture, the key frame is at %d", len(e.queue), keys)
	}
}
