package devices

import (
	"slices"
	"sync"

	"github.com/parley-calls/parley/engine/media"
)

// holding is an open microphone or speaker as the one who follows the sound system sees it. Its functions do not wait.
type holding struct {
	kind    media.DeviceKind
	id      string
	follows bool // the system's default was asked for, whatever it is
	lose    func()
	move    func(to media.Device) // nil if the device cannot change while it is open
}

// holdings are all that are open. The zero value is ready.
type holdings struct {
	mu  sync.Mutex
	all map[*holding]struct{}
}

// add lets h know of changes until release is called.
func (s *holdings) add(h *holding) (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[*holding]struct{}{}
	}
	s.all[h] = struct{}{}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.all, h)
	}
}

// settle tells each holding what the new lists mean for it: its device is gone, or it moves to another default.
func (s *holdings) settle(list func(media.DeviceKind) []media.Device) {
	s.mu.Lock()
	held := make([]*holding, 0, len(s.all))
	for h := range s.all {
		held = append(held, h)
	}
	s.mu.Unlock()
	for _, h := range held { // only the caller changes h.id
		devices := list(h.kind)
		at := first(devices)
		switch {
		case at < 0:
			h.lose()
		case h.follows && h.move != nil && devices[at].ID != h.id:
			h.move(devices[at])
			h.id = devices[at].ID
		case !slices.ContainsFunc(devices, func(d media.Device) bool { return d.ID == h.id }):
			h.lose()
		}
	}
}
