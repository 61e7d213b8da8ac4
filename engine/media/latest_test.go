package media

import (
	"sync"
	"testing"
)

func TestLatestKeepsTheNewest(t *testing.T) {
	t.Parallel()
	var l Latest[int]
	if _, ok := l.Take(); ok {
		t.Error("an empty mailbox gave something")
	}
	if _, replaced := l.Put(1); replaced {
		t.Error("the first value replaced something")
	}
	if old, replaced := l.Put(2); !replaced || old != 1 {
		t.Errorf("Put returned %d, %t", old, replaced)
	}
	if v, ok := l.Take(); !ok || v != 2 {
		t.Errorf("Take returned %d, %t", v, ok)
	}
	if _, ok := l.Take(); ok {
		t.Error("a value was given out twice")
	}
	if n := l.Dropped(); n != 1 {
		t.Errorf("dropped %d, not 1", n)
	}
}

func TestLatestAccountsForEverything(t *testing.T) {
	t.Parallel()
	var l Latest[int]
	var wg sync.WaitGroup
	const writers, each = 4, 1000
	for range writers {
		wg.Go(func() {
			for i := range each {
				l.Put(i)
			}
		})
	}
	taken := uint64(0)
	for range 5000 {
		if _, ok := l.Take(); ok {
			taken++
		}
	}
	wg.Wait()
	if _, ok := l.Take(); ok {
		taken++
	}
	if taken+l.Dropped() != writers*each {
		t.Errorf("%d taken and %d dropped of %d", taken, l.Dropped(), writers*each)
	}
}
