package server

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"

	"github.com/parley-calls/parley/engine/signal"
)

// The bounds of the relay.
const (
	turnRealm       = "parley"
	turnLife        = 12 * time.Hour // of credentials: at least as long as a call, because an expired one cannot be refreshed
	turnPerUser     = 32             // relayed addresses at one time: five peers, UDP and TCP, and a restart of each
	defaultMinRelay = 49152          // RFC 6056, section 2.1
	defaultMaxRelay = 65535
)

// TURNOptions say how media are relayed for those whom nothing else connects (RFC 8656).
type TURNOptions struct {
	Off               bool
	Listen            string   // HOST:PORT of UDP; empty: that of the switchboard
	ListenTCP         string   // HOST:PORT of TCP; empty: Listen with the next port, "off": none
	MinPort, MaxPort  uint16   // of relayed addresses; 0: 49152 and 65535
	AllowPrivatePeers bool     // relay into private networks too; never needed when the members are on the internet
	ExternalURLs      []string // turn: and stun: URLs of relays elsewhere (coturn), instead of our own
	ExternalSecret    string   // their static-auth-secret
}

// relay is the TURN server, or what is known of an external one.
type relay struct {
	secret string
	urls   []string
	server *turn.Server // nil if external or off

	mu   sync.Mutex
	used map[string]int // allocations by user
}

// startRelay opens the ports. host and port are those of the switchboard, public is the address that apps know it by.
func startRelay(o TURNOptions, host string, port int, public string, publicIP netip.Addr, secret string) (*relay, error) {
	r := &relay{secret: secret, used: map[string]int{}}
	if len(o.ExternalURLs) > 0 {
		r.urls, r.secret = o.ExternalURLs, o.ExternalSecret
		return r, nil
	}
	if o.Off {
		return r, nil
	}
	if o.Listen == "" {
		o.Listen = net.JoinHostPort(host, strconv.Itoa(port))
	}
	udp, err := net.ListenPacket("udp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("server: TURN over UDP: %w", err)
	}
	local := udp.LocalAddr().(*net.UDPAddr)
	allow := allowPeer(o.AllowPrivatePeers || local.IP.IsLoopback())
	relayed := &udpOnly{turn.RelayAddressGeneratorPortRange{
		RelayAddress: publicIP.AsSlice(), Address: relayOn(local.IP, publicIP),
		MinPort: o.MinPort, MaxPort: o.MaxPort,
	}}
	if relayed.MinPort == 0 {
		relayed.MinPort = defaultMinRelay
	}
	if relayed.MaxPort == 0 {
		relayed.MaxPort = defaultMaxRelay
	}
	quiet := &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled}
	config := turn.ServerConfig{
		LoggerFactory:     quiet,
		Realm:             turnRealm,
		AuthHandler:       turn.LongTermTURNRESTAuthHandler(secret, quiet.NewLogger("turn")),
		QuotaHandler:      func(user, _ string, _ net.Addr) bool { return r.allocations(user) < turnPerUser },
		EventHandler:      turn.EventHandler{OnAllocationCreated: r.created, OnAllocationDeleted: r.deleted},
		PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: udp, RelayAddressGenerator: relayed, PermissionHandler: allow}},
	}
	at := func(scheme string, port int) string {
		return scheme + ":" + net.JoinHostPort(public, strconv.Itoa(port))
	}
	r.urls = []string{at("stun", local.Port), at("turn", local.Port) + "?transport=udp"}
	if o.ListenTCP != "off" {
		tcp, err := net.Listen("tcp", listenTCP(o.ListenTCP, local, port))
		if err != nil {
			udp.Close()
			return nil, fmt.Errorf("server: TURN over TCP: %w", err)
		}
		config.ListenerConfigs = []turn.ListenerConfig{{Listener: tcp, RelayAddressGenerator: relayed, PermissionHandler: allow}}
		r.urls = append(r.urls, at("turn", tcp.Addr().(*net.TCPAddr).Port)+"?transport=tcp")
	}
	if r.server, err = turn.NewServer(config); err != nil {
		udp.Close()
		for _, l := range config.ListenerConfigs {
			l.Listener.Close()
		}
		return nil, fmt.Errorf("server: TURN: %w", err)
	}
	return r, nil
}

// listenTCP is where TURN over TCP listens: next to the switchboard, whose own TCP port is taken.
func listenTCP(configured string, udp *net.UDPAddr, port int) string {
	if configured != "" {
		return configured
	}
	next := 0
	if port != 0 && udp.Port == port {
		next = port + 1
	}
	return net.JoinHostPort(udp.IP.String(), strconv.Itoa(next))
}

// relayOn is the address to which relayed sockets are bound, of the family of the public one.
func relayOn(local net.IP, public netip.Addr) string {
	switch {
	case !local.IsUnspecified():
		return local.String()
	case public.Is4():
		return "0.0.0.0"
	default:
		return "::"
	}
}

// credentials are the relays for one user, with a password that ends (draft-uberti-behave-turn-rest-00). Servers of ours are
// listed as one STUN server, which needs none, and one TURN server.
func (r *relay) credentials(u signal.UserID) []signal.ICEServer {
	var stun, relays []string
	for _, url := range r.urls {
		if strings.HasPrefix(url, "stun:") || strings.HasPrefix(url, "stuns:") {
			stun = append(stun, url)
		} else {
			relays = append(relays, url)
		}
	}
	var servers []signal.ICEServer
	if len(stun) > 0 {
		servers = append(servers, signal.ICEServer{URLs: stun})
	}
	if len(relays) == 0 {
		return servers
	}
	name, password, err := turn.GenerateLongTermTURNRESTCredentials(r.secret, u.Token(), turnLife)
	if err != nil {
		return servers // HMAC does not fail
	}
	return append(servers, signal.ICEServer{URLs: relays, Username: name, Credential: password, Expires: time.Now().Add(turnLife)})
}

// created and deleted count by user. The time is no part of the name any more, so new credentials are no way around the quota.
func (r *relay) created(_, _ net.Addr, _, user, _ string, _ net.Addr, _ int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used[user]++
}

func (r *relay) deleted(_, _ net.Addr, _, user, _ string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.used[user]--; r.used[user] <= 0 {
		delete(r.used, user)
	}
}

func (r *relay) allocations(user string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.used[user]
}

// total is the number of relayed addresses in use.
func (r *relay) total() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, c := range r.used {
		n += c
	}
	return n
}

func (r *relay) close() error {
	if r.server == nil {
		return nil
	}
	return r.server.Close()
}

// sharedSpace is where carriers put many customers behind one address (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// allowPeer says to whom may be relayed. Without it a relay is a door into the server's own network.
func allowPeer(private bool) turn.PermissionHandler {
	return func(_ net.Addr, ip net.IP) bool {
		a, ok := netip.AddrFromSlice(ip)
		if a = a.Unmap(); !ok || a.IsUnspecified() || a.IsMulticast() {
			return false
		}
		if private {
			return true
		}
		return !a.IsLoopback() && !a.IsLinkLocalUnicast() && !a.IsPrivate() && !sharedSpace.Contains(a)
	}
}

// udpOnly relays UDP only. Media need nothing else, and TCP allocations (RFC 6062) would reach services.
type udpOnly struct {
	turn.RelayAddressGeneratorPortRange
}

var errUDPOnly = errors.New("server: TURN relays UDP only")

func (*udpOnly) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errUDPOnly
}

func (*udpOnly) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) { return nil, errUDPOnly }
