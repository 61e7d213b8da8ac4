package server

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/mdns/v2"

	"github.com/parley-calls/parley/engine/signal"
)

func TestAnnounceAndBrowse(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Listen: "0.0.0.0:0", Name: "Test.board of " + t.Name(), Announce: true})
	if s.announced == nil {
		t.Skip("no multicast on this machine")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	found := make(chan Found, 16)
	ended := make(chan error, 1)
	go func() {
		ended <- Browse(ctx, func(f Found) {
			select {
			case found <- f:
			default:
			}
		})
	}()
	for {
		select {
		case f := <-found:
			if f.Name != s.o.Name {
				continue // somebody else's
			}
			a, err := signal.ParseAddress(f.Address)
			if err != nil || a.Port != s.Address().Port || f.Pin != s.Address().Pin {
				t.Errorf("found %+v, want %v", f, s.Address())
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			return
		case <-ctx.Done():
			t.Skip("multicast does not come back on this machine")
		}
	}
}

func TestFoundIn(t *testing.T) {
	t.Parallel()
	pin := strings.Repeat("A", 43)
	event := func(change func(*mdns.ServiceEvent)) mdns.ServiceEvent {
		e := mdns.ServiceEvent{Addr: netip.MustParseAddr("192.168.1.7"), Instance: mdns.ServiceInstance{
			Instance: "Ana's desk", Port: 4455, Text: []mdns.TXTEntry{mdns.NewTXTString("v", "1"), mdns.NewTXTString(pinEntry, pin)}}}
		change(&e)
		return e
	}
	good, ok := foundIn(event(func(*mdns.ServiceEvent) {}))
	if want := (Found{Name: "Ana's desk", Address: "192.168.1.7:4455", Pin: pin}); !ok || good != want {
		t.Errorf("%+v, %v", good, ok)
	}
	for what, e := range map[string]mdns.ServiceEvent{
		"no port":           event(func(e *mdns.ServiceEvent) { e.Instance.Port = 0 }),
		"no address":        event(func(e *mdns.ServiceEvent) { e.Addr = netip.Addr{} }),
		"link-local":        event(func(e *mdns.ServiceEvent) { e.Addr = netip.MustParseAddr("fe80::1%eth0") }),
		"a name to deceive": event(func(e *mdns.ServiceEvent) { e.Instance.Instance = "a\u202eb" }),
		"no pin at all":     event(func(e *mdns.ServiceEvent) { e.Instance.Text[1] = mdns.NewTXTString(pinEntry, "&code=x") }),
	} {
		if f, ok := foundIn(e); ok {
			t.Errorf("%s: %+v", what, f)
		}
	}
}
