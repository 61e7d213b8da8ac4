package ui

import (
	"context"
	"image"
	"sync"
	"time"

	"github.com/parley-calls/parley/engine/media"
)

// lookEvery is how often what can be shared is looked at while a person chooses.
const lookEvery = 500 * time.Millisecond

// sight is what a [lookout] saw last.
type sight struct {
	looked   bool // at least once
	surfaces []media.Surface
	err      error // why there are none
}

// lookout looks at the display while a person chooses what to share: it lists the surfaces, and takes small pictures of those that are
// asked for. One goroutine does all of it, so a slow display delays pictures and nothing else.
type lookout struct {
	hardware hardware
	every    time.Duration
	news     func()        // there is something to take; called from the goroutine
	kick     chan struct{} // one slot: other pictures are wanted

	mu       sync.Mutex
	now      sight
	wanted   map[string]image.Point // the pictures to take, by surface, with their greatest size in pixels
	pictures map[string]*image.RGBA // that were not taken away yet
}

func newLookout(h hardware, news func()) *lookout {
	return &lookout{hardware: h, every: lookEvery, news: news, kick: make(chan struct{}, 1), pictures: map[string]*image.RGBA{}}
}

// run is the goroutine. It ends with ctx.
func (l *lookout) run(ctx context.Context) {
	rest := time.NewTimer(0)
	defer rest.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-rest.C:
		case <-l.kick:
		}
		surfaces, err := l.hardware.Surfaces(ctx)
		if ctx.Err() != nil {
			return
		}
		l.mu.Lock()
		l.now = sight{looked: true, surfaces: surfaces, err: err}
		wanted := l.wanted
		l.mu.Unlock()
		l.news()
		for id, size := range wanted {
			picture, err := l.hardware.Thumbnail(ctx, id, size.X, size.Y)
			if ctx.Err() != nil {
				return
			}
			if err == nil && picture != nil { // it may have gone since it was listed
				l.mu.Lock()
				l.pictures[id] = picture
				l.mu.Unlock()
			}
		}
		l.news()
		rest.Reset(l.every)
	}
}

// want says which pictures to take from now on. The map belongs to the lookout afterwards. It reports what is new to those at once.
func (l *lookout) want(wanted map[string]image.Point) {
	l.mu.Lock()
	fresh := false
	for id := range wanted {
		_, known := l.wanted[id]
		fresh = fresh || !known
	}
	l.wanted = wanted
	l.mu.Unlock()
	if fresh {
		select {
		case l.kick <- struct{}{}:
		default:
		}
	}
}

// take returns what was seen last, and the pictures that are new since the last time.
func (l *lookout) take() (sight, map[string]*image.RGBA) {
	l.mu.Lock()
	defer l.mu.Unlock()
	pictures := l.pictures
	l.pictures = make(map[string]*image.RGBA, len(pictures))
	return l.now, pictures
}
