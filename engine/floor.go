package engine

import (
	"maps"
	"slices"
	"time"
)

// Who of the others speaks is looked at each listenTime.
const (
	listenTime = 200 * time.Millisecond
	loudEnough = 0.01 // a level that is somebody's voice, not his room
	louder     = 1.4  // how many times as loud somebody else must be ...
	steps      = 4    // ... for so many looks
)

// floor is who of several people speaks, or spoke last. Somebody else takes it when he has been clearly louder for almost a second, or
// at once when who has it can not be heard. When all are silent it stays.
type floor struct {
	speaker    UserID
	challenger UserID
	since      int // looks in a row at which the challenger was louder
	loud       map[UserID]float32
}

// listen follows how loud everybody who may be heard is at a look, linear from 0 to 1.
func (f floor) listen(levels map[UserID]float32) floor {
	loud := make(map[UserID]float32, len(levels))
	best := UserID("")
	for _, u := range slices.Sorted(maps.Keys(levels)) {
		loud[u] = (f.loud[u] + levels[u]) / 2
		if best == "" || loud[u] > loud[best] {
			best = u
		}
	}
	f.loud = loud
	holds, here := loud[f.speaker]
	switch {
	case best == "" || loud[best] < loudEnough || best == f.speaker:
		f.challenger, f.since = "", 0
	case !here:
		f.speaker, f.challenger, f.since = best, "", 0
	case loud[best] < louder*holds:
		f.challenger, f.since = "", 0
	case best != f.challenger:
		f.challenger, f.since = best, 1
	default:
		f.since++
	}
	if f.since >= steps {
		f.speaker, f.challenger, f.since = f.challenger, "", 0
	}
	return f
}

// spoke says who of the members speaks now.
type spoke struct {
	call   CallID
	user   UserID
	device DeviceID
}

func (spoke) input() {}

// listenAround looks who speaks. Who is muted, or holds the call, makes no sound, whatever his app sends. It runs on the room's goroutine, once
// each listenTime.
func (r *room) listenAround() {
	levels := map[UserID]float32{}
	devices := map[UserID]DeviceID{}
	r.mu.RLock()
	for m, p := range r.remotes {
		if p.said.Microphone && !p.said.Held && !r.held {
			levels[p.user] = p.voice.level()
			_, devices[p.user] = memberOf(m)
		}
	}
	r.mu.RUnlock()
	before := r.floor.speaker
	r.floor = r.floor.listen(levels)
	if now := r.floor.speaker; now != before {
		r.host.post(spoke{r.call, now, devices[now]})
	}
}
