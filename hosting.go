package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server"
)

// maxHosted is how many switchboards find a port of their own on one machine.
const maxHosted = 16

// host starts the switchboard inside this program. A listen address that is empty means every interface and the usual port, or
// the next one that is free.
func host(ctx context.Context, listen, dataDir, name string, log *slog.Logger) (*server.Server, error) {
	if listen == "" {
		var err error
		if listen, err = freeAddress(signal.DefaultPort); err != nil {
			return nil, err
		}
	}
	return server.Start(ctx, server.Options{Listen: listen, DataDir: dataDir, Name: name, Announce: true, Logger: log})
}

// freeAddress finds a port on which nothing listens on any interface. The relay uses the same port over UDP and the next one
// over TCP, so ports come in pairs.
func freeAddress(first int) (string, error) {
	for port := first; port < first+2*maxHosted; port += 2 {
		if listenable(port) {
			return ":" + strconv.Itoa(port), nil
		}
	}
	return "", fmt.Errorf("ports %d to %d are taken by other programs", first, first+2*maxHosted-1)
}

func listenable(port int) bool {
	for p := port; p < port+2; p++ {
		l, err := net.Listen("tcp4", ":"+strconv.Itoa(p))
		if err != nil {
			return false
		}
		l.Close()
	}
	c, err := net.ListenPacket("udp4", ":"+strconv.Itoa(port))
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// ownAddress is how this program itself reaches the switchboard that it hosts, with all that it takes to be let in.
func ownAddress(s *server.Server, listen string) signal.Address {
	a := reachable(s.Address(), listen)
	a.JoinCode = s.JoinCode()
	return a
}

// reachable is the address without leaving the machine, if the switchboard listens there: it holds when the network changes.
func reachable(a signal.Address, listen string) signal.Address {
	a.Host = "127.0.0.1"
	if ip, err := netip.ParseAddr(listenHost(listen)); err == nil && !ip.IsUnspecified() {
		a.Host = ip.String()
	}
	return a
}

func listenHost(listen string) string {
	h, _, err := net.SplitHostPort(listen)
	if err != nil || h == "" {
		return "0.0.0.0"
	}
	return h
}
