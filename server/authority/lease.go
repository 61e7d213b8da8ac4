package authority

import (
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-calls/parley/engine/signal"
)

// hold names a lease: that of one device on one line. A device that comes back on a new line has two of them until the old one
// ends, so the end of the old line takes nothing from the new one. The line is empty if the app does not say it.
type hold struct {
	user   signal.UserID
	device signal.DeviceID
	line   signal.LineID
}

// key is the lease's key in its bucket.
func (h hold) key() string {
	key := h.user.Token() + "." + token(string(h.device))
	if h.line != "" {
		key += "." + token(string(h.line))
	}
	return key
}

func parseHold(key string) (hold, bool) {
	part := strings.Split(key, ".")
	if len(part) != 2 && len(part) != 3 {
		return hold{}, false
	}
	u, err := signal.ParseUserToken(part[0])
	d, ok := untoken(part[1])
	if err != nil || !ok {
		return hold{}, false
	}
	h := hold{user: u, device: signal.DeviceID(d)}
	if len(part) == 3 {
		line, ok := untoken(part[2])
		if !ok {
			return hold{}, false
		}
		h.line = signal.LineID(line)
	}
	return h, true
}

// tenure is a lease as it was seen last.
type tenure struct {
	revision uint64
	at       time.Time
}

func (v *view) takeLease(e jetstream.KeyValueEntry) {
	if h, ok := parseHold(e.Key()); ok {
		v.putLease(h, e.Operation() == jetstream.KeyValuePut, e.Revision())
	}
	v.seenLeases.reach(e.Revision())
}

// putLease notes that there is a lease or none any more. News older than what are known are ignored.
func (v *view) putLease(h hold, held bool, revision uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	leases := v.leases[h.user]
	if known, ok := leases[h]; ok && revision < known.revision {
		return
	}
	switch {
	case held && leases == nil:
		v.leases[h.user] = map[hold]tenure{h: {revision, time.Now()}}
	case held:
		leases[h] = tenure{revision, time.Now()}
	default:
		if delete(leases, h); len(leases) == 0 {
			delete(v.leases, h.user)
		}
	}
}

// dropLease forgets a lease whose end was never heard of.
func (v *view) dropLease(h hold) {
	v.mu.Lock()
	t := v.leases[h.user][h]
	v.mu.Unlock()
	v.putLease(h, false, t.revision)
}

// online reports whether any device of a user has a lease.
func (v *view) online(u signal.UserID) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.leases[u]) > 0
}

// holds reports whether a device has a lease, on whichever line.
func (v *view) holds(u signal.UserID, d signal.DeviceID) bool {
	return len(v.leasesOf(u, func(h hold) bool { return h.device == d })) > 0
}

// leasesOf returns the leases of a user that match, with their revisions.
func (v *view) leasesOf(u signal.UserID, match func(hold) bool) map[hold]uint64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	found := map[hold]uint64{}
	for h, t := range v.leases[u] {
		if match(h) {
			found[h] = t.revision
		}
	}
	return found
}

// crowded reports whether one lease more would be too many: too many devices, or too many lines of the devices.
func (v *view) crowded(h hold) (devices, lines bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	leases := v.leases[h.user]
	others := map[signal.DeviceID]bool{}
	for other := range leases {
		if other == h {
			return false, false
		}
		others[other.device] = true
	}
	return !others[h.device] && len(others) >= maxDevices, len(leases) >= maxLines
}

// silent returns the leases of which nothing was heard since a time, neither a renewal nor their end.
func (v *view) silent(since time.Time) []hold {
	v.mu.Lock()
	defer v.mu.Unlock()
	var all []hold
	for _, leases := range v.leases {
		for h, t := range leases {
			if t.at.Before(since) {
				all = append(all, h)
			}
		}
	}
	return all
}
