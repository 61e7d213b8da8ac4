package engine

import (
	"time"

	"github.com/parley-calls/parley/engine/link"
)

// When a path is too weak for pictures, by what it takes for all our media together, in bit/s.
const (
	thinRate = 110_000
	wideRate = 180_000
	thinTime = 3 * time.Second // it must be so for that long
	wideTime = 4 * time.Second // ... and for that long the other way, for a path that comes and goes is no better than a weak one
)

// thinness is whether a path is too weak for pictures. What is left of it belongs to the voice.
type thinness struct {
	on    bool
	since time.Time // since when the opposite seems to be true; zero if it does not
}

// next looks at what the path takes now; 0 is unknown.
func (t thinness) next(bps int, now time.Time) thinness {
	turning, patience := bps > 0 && bps < thinRate, thinTime
	if t.on {
		turning, patience = bps >= wideRate, wideTime
	}
	switch {
	case !turning:
		t.since = time.Time{}
	case t.since.IsZero():
		t.since = now
	case now.Sub(t.since) >= patience:
		return thinness{on: !t.on}
	}
	return t
}

// thinned says that the path to a member has become too weak for our camera, or wide enough again.
type thinned struct {
	call   CallID
	user   UserID
	device DeviceID
	on     bool
}

func (thinned) input() {}

// watchPaths stops our camera for members whose path is too weak for it, and sends it again. It runs on the room's goroutine.
func (r *room) watchPaths(now time.Time) {
	defer r.pauseUnseen()
	for m, p := range r.remotes {
		r.mu.Lock()
		was := p.thin
		if bps := r.paths[m]; r.on.camera && bps > 0 && (was.on || p.gets(link.Camera)) { // what little else is sent proves nothing
			p.thin = was.next(bps, now)
		} else {
			p.thin = thinness{}
		}
		is := p.thin
		r.mu.Unlock()
		if is.on == was.on {
			continue
		}
		r.allot() // who gets no picture does not slow down the others
		user, device := memberOf(m)
		r.host.post(thinned{r.call, user, device, is.on})
	}
}

// pauseUnseen spares the work of a camera that is sent to nobody: while no member is connected, or only over paths that are too thin.
// A picture that nobody can get would also hold up the first one that somebody can, for it has to be a key frame, and those are rare.
func (r *room) pauseUnseen() {
	r.mu.RLock()
	defer r.mu.RUnlock()
	seen := false
	for _, p := range r.remotes {
		seen = seen || p.connected && !p.thin.on
	}
	if v := r.picture.Load(); v != nil {
		v.SetPaused(!seen)
	}
}

// moved notes that the path to a member is there, or is not any more.
func (r *room) moved(m link.MemberID, connected bool) {
	r.mu.Lock()
	if p := r.remotes[m]; p != nil {
		p.connected = connected
		p.anew.Store(connected)
	}
	r.mu.Unlock()
	if !connected {
		r.rated(m, 0)
	}
	r.pauseUnseen()
}

// slowest is what the slowest path takes of those that our pictures are sent on, in bit/s. r.mu is held.
func (r *room) slowest() int {
	lowest := 0
	for m, bps := range r.paths {
		if p := r.remotes[m]; p != nil && (p.thin.on && len(r.paths) > 1 || !p.gets(link.Screen)) {
			continue
		}
		if lowest == 0 || bps < lowest {
			lowest = bps
		}
	}
	if lowest == 0 {
		return startRate
	}
	return lowest
}

// thinPath takes note of a path that has become too weak for pictures, or wide enough again.
func (t *turn) thinPath(c *call, m *member, in thinned) {
	if m.thin == in.on {
		return
	}
	m.thin = in.on
	t.do(announce{in.call, in.user, t.announced(c)}) // the room says in it that the camera is not sent there
	if in.on {
		t.emit(Event{Type: DeviceFailed, Call: in.call, User: t.me, Err: fail("send camera", ErrThinPath)})
	}
}

// cameraErr is why our camera is not seen although it should be.
func (c *call) cameraErr() error {
	if c.failures.camera != nil {
		return c.failures.camera
	}
	for _, m := range c.members {
		if !m.thin {
			return nil
		}
	}
	if len(c.members) == 0 {
		return nil
	}
	return fail("send camera", ErrThinPath)
}
