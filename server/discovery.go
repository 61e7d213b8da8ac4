package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"github.com/pion/logging"
	"github.com/pion/mdns/v2"
	"golang.org/x/net/ipv4"

	"github.com/parley-calls/parley/engine/signal"
)

// Switchboards announce themselves on the local network by DNS-SD (RFC 6763) over multicast DNS (RFC 6762).
const (
	serviceType = "_parley._tcp"
	pinEntry    = "pin"
	maxInstance = 63 // bytes, RFC 6763, section 4.1.1
)

// Found is a switchboard that announced itself. Anybody on the network can announce anything: show it, and let the person choose.
type Found struct {
	Name    string // as the person who runs it called it
	Address string // HOST:PORT
	Pin     string // may be empty
}

// Browse calls found for each switchboard on the local network, once for each that appears or changes, on a goroutine of its own,
// until ctx ends. It fails at once if there is no multicast here.
func Browse(ctx context.Context, found func(Found)) error {
	conn, err := multicast()
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.OnServiceDiscovered(func(e mdns.ServiceEvent) {
		if f, ok := foundIn(e); ok {
			found(f)
		}
	})
	if err := conn.Browse(ctx, serviceType); err != nil {
		return fmt.Errorf("server: browse: %w", err)
	}
	<-ctx.Done()
	return nil
}

// foundIn checks what came from the network by the rules of a typed address.
func foundIn(e mdns.ServiceEvent) (Found, bool) {
	a, err := signal.ParseAddress(net.JoinHostPort(e.Addr.Unmap().WithZone("").String(), strconv.Itoa(int(e.Instance.Port))))
	if err != nil || e.Addr.IsLinkLocalUnicast() && e.Addr.Is6() || len(e.Instance.Instance) > maxInstance || !printable(e.Instance.Instance) {
		return Found{}, false
	}
	f := Found{Name: e.Instance.Instance, Address: a.String()}
	for _, t := range e.Instance.Text {
		if t.Key == pinEntry {
			f.Pin = string(t.Value)
		}
	}
	a.Pin = f.Pin
	if _, err := signal.ParseAddress(a.Link()); err != nil {
		return Found{}, false
	}
	return f, true
}

// announce makes the switchboard known until the result is closed.
func announce(name, label, pin string, port uint16) (io.Closer, error) {
	for len(name) > maxInstance {
		name = name[:len(name)-1]
	}
	host := "parley-" + label + ".local."
	service := mdns.ServiceInstance{
		Instance: name, Service: serviceType, Domain: "local", Host: host, Port: port,
		Text: []mdns.TXTEntry{mdns.NewTXTString("v", strconv.Itoa(signal.Version)), mdns.NewTXTString(pinEntry, pin)},
	}
	return multicast(mdns.WithLocalNames(host), mdns.WithService(service))
}

func multicast(options ...mdns.ServerOption) (*mdns.Conn, error) {
	addr, err := net.ResolveUDPAddr("udp4", mdns.DefaultAddressIPv4)
	if err != nil {
		return nil, fmt.Errorf("server: multicast: %w", err)
	}
	udp, err := net.ListenUDP("udp4", addr)
	if err != nil {
		return nil, fmt.Errorf("server: multicast: %w", err)
	}
	quiet := &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled}
	conn, err := mdns.NewServer(ipv4.NewPacketConn(udp), nil, append(options, mdns.WithLoggerFactory(quiet))...)
	if err != nil {
		return nil, fmt.Errorf("server: multicast: %w", errors.Join(err, udp.Close()))
	}
	return conn, nil
}
