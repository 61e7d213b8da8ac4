package link

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"time"
)

// addressInterval is how often the addresses of the machine are looked at. A look costs some ten microseconds.
const addressInterval = 250 * time.Millisecond

// WatchAddresses calls changed when the machine's usable addresses have changed: another network, a cable pulled, a tunnel
// that came up. It looks every interval (0 means 250 ms), waits until two looks agree, and stays silent while there is no
// address at all. It returns when ctx ends. Call [Session].Restart and renew other connections when it reports.
func WatchAddresses(ctx context.Context, every time.Duration, changed func()) {
	watchAddresses(ctx, every, usableAddresses, changed)
}

func watchAddresses(ctx context.Context, every time.Duration, list func() ([]netip.Addr, error), changed func()) {
	if every <= 0 {
		every = addressInterval
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	known, _ := list() // what has been reported
	seen := known      // what the previous look saw
	gone := len(known) == 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, err := list()
		if err != nil {
			continue // such as too many open files: it says nothing about the network
		}
		settled := slices.Equal(now, seen)
		seen = now
		switch {
		case len(now) == 0:
			gone = true
		case settled && (gone || !slices.Equal(now, known)):
			known, gone = now, false
			changed()
		}
	}
}

// usableAddresses lists the addresses of interfaces that are up, without loopback and link-local ones, in order.
func usableAddresses() ([]netip.Addr, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var usable []netip.Addr
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			continue // the interface has just gone
		}
		for _, a := range addresses {
			prefix, err := netip.ParsePrefix(a.String())
			if err == nil && prefix.Addr().IsGlobalUnicast() {
				usable = append(usable, prefix.Addr().Unmap())
			}
		}
	}
	slices.SortFunc(usable, netip.Addr.Compare)
	return slices.Compact(usable), nil
}
