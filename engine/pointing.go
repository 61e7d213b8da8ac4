package engine

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// pointPause is the least time between two places of our pointer that the others are told: 30 a second.
const pointPause = time.Second / 30

// pointer is a place on what somebody shares, as members tell it.
type pointer struct {
	On UserID  `json:"on"` // who shares it
	X  float32 `json:"x"`  // 0 to 1, from the left
	Y  float32 `json:"y"`  // 0 to 1, from the top
}

// inside reports whether the place is on the picture.
func (p pointer) inside() bool { return p.X >= 0 && p.X <= 1 && p.Y >= 0 && p.Y <= 1 } // and is a number

// pointing is who points where in a call. Its methods may be called from any goroutine, and wait for nobody.
type pointing struct {
	send func(pointer) // tells the others where we point

	mu      sync.Mutex
	next    pointer // to be told when the pause is over
	waiting bool
	told    time.Time
	seen    map[UserID]map[UserID]Pointer // by who shares, and by who points
}

// point tells the others a place of ours, at once or when the pause is over. Of several places the newest counts.
func (p *pointing) point(at pointer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = at
	if !p.waiting {
		p.waiting = true
		time.AfterFunc(max(0, pointPause-time.Since(p.told)), p.tell)
	}
}

func (p *pointing) tell() {
	p.mu.Lock()
	at := p.next
	p.waiting, p.told = false, time.Now()
	p.mu.Unlock()
	p.send(at)
}

// see takes where a member points.
func (p *pointing) see(who UserID, at pointer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, on := range p.seen { // one hand, one place
		delete(on, who)
	}
	if p.seen == nil {
		p.seen = map[UserID]map[UserID]Pointer{}
	}
	if p.seen[at.On] == nil {
		p.seen[at.On] = map[UserID]Pointer{}
	}
	p.seen[at.On][who] = Pointer{User: User{ID: who}, X: at.X, Y: at.Y, At: time.Now()}
}

// forget drops a member who has gone, and what pointed at his picture.
func (p *pointing) forget(who UserID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.seen, who)
	for _, on := range p.seen {
		delete(on, who)
	}
}

// on lists who points at what somebody shares, but with their IDs only.
func (p *pointing) on(sharer UserID) []Pointer {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []Pointer
	for who, at := range p.seen[sharer] {
		if time.Since(at.At) > PointerTime {
			delete(p.seen[sharer], who)
			continue
		}
		all = append(all, at)
	}
	slices.SortFunc(all, func(a, b Pointer) int { return cmp.Compare(a.User.ID, b.User.ID) })
	return all
}
