package engine

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

// notes is what subscribers write down.
type notes struct {
	mu   sync.Mutex
	text []string
}

func (n *notes) add(s string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.text = append(n.text, s)
}

// take waits until nothing moves any more, and returns what was written since the last time.
func (n *notes) take() []string {
	synctest.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	text := n.text
	n.text = nil
	return text
}

func (n *notes) want(t *testing.T, want ...string) {
	t.Helper()
	if got := n.take(); !slices.Equal(got, want) {
		t.Fatalf("heard %q, want %q", got, want)
	}
}

func happens(s string) []Event { return []Event{{Data: s}} }

func TestEventsComeInOrderToAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDispatcher(&Snapshot{})
		defer d.close()
		var n notes
		d.subscribe(func(e Event) { n.add("a" + e.Data) }, nil)
		d.subscribe(func(e Event) { n.add("b" + e.Data) }, nil)
		d.post(&Snapshot{}, []Event{{Data: "1"}, {Data: "2"}})
		n.want(t, "a1", "b1", "a2", "b2")
	})
}

func TestSnapshotsAreMerged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDispatcher(&Snapshot{Me: User{ID: "first"}})
		defer d.close()
		var n notes
		hold := make(chan struct{})
		d.subscribe(nil, func(s *Snapshot) {
			n.add(string(s.Me.ID))
			<-hold
		})
		n.want(t, "first")
		for i := range 5 {
			d.post(&Snapshot{Me: User{ID: UserID(fmt.Sprint(i))}}, nil)
		}
		close(hold)
		n.want(t, "4")
	})
}

// Who subscribes while events wait hears of those to come only.
func TestNewcomersHearWhatComes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDispatcher(&Snapshot{})
		defer d.close()
		var n notes
		hold := make(chan struct{})
		d.subscribe(func(e Event) { <-hold }, nil)
		d.post(&Snapshot{}, happens("now"))
		synctest.Wait()
		d.post(&Snapshot{}, happens("waits"))
		d.subscribe(func(e Event) { n.add(e.Data) }, nil)
		d.post(&Snapshot{}, happens("later"))
		close(hold)
		n.want(t, "later")
	})
}

func TestSubscriptionsStopInsideHandlers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDispatcher(&Snapshot{})
		defer d.close()
		var n notes
		var stopFirst, stopLast func()
		stopFirst = d.subscribe(func(e Event) {
			n.add("first" + e.Data)
			stopFirst()
			stopFirst()
			stopLast()
			d.subscribe(func(e Event) { n.add("new" + e.Data) }, nil)
		}, nil)
		d.subscribe(func(e Event) { n.add("middle" + e.Data) }, nil)
		stopLast = d.subscribe(func(e Event) { n.add("last" + e.Data) }, nil)
		d.post(&Snapshot{}, happens("1"))
		n.want(t, "first1", "middle1")
		d.post(&Snapshot{}, happens("2"))
		n.want(t, "middle2", "new2")
		if len(d.subscribers) != 2 {
			t.Fatalf("%d subscribers are left", len(d.subscribers))
		}
	})
}

func TestEventsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDispatcher(&Snapshot{})
		defer d.close()
		var n notes
		hold := make(chan struct{})
		d.subscribe(func(e Event) {
			n.add(e.Data)
			<-hold
		}, nil)
		d.post(&Snapshot{}, happens("0"))
		synctest.Wait() // it is with the subscriber, and the queue is empty
		told := 0
		for i := range maxEvents + 10 {
			if d.post(&Snapshot{}, happens(fmt.Sprint(i+1))) {
				told++
			}
		}
		if d.dropped.Load() != 10 || told != 1 {
			t.Errorf("%d dropped, told %d times", d.dropped.Load(), told)
		}
		close(hold)
		if got := n.take(); len(got) != maxEvents+1 || got[maxEvents] != fmt.Sprint(maxEvents) {
			t.Errorf("%d events came, the last is %q", len(got), got[len(got)-1])
		}
		d.post(&Snapshot{}, happens("after"))
		n.want(t, "after")
	})
}

func TestCloseHandsOutWhatIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDispatcher(&Snapshot{})
		var n notes
		d.subscribe(func(e Event) { n.add(e.Data) }, nil)
		d.post(&Snapshot{}, happens("1"))
		d.close()
		n.want(t, "1")
	})
}
