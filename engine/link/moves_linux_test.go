package link

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/rtp"
	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/stdnet"
	"github.com/pion/turn/v5"
	"github.com/pion/webrtc/v4"

	"github.com/parley-calls/parley/internal/netem"
)

// These tests move members of a call between real networks: namespaces of Linux, cables between them with a round trip of 40 ms, and
// NAT. What they assert is wide, for machines that are busy; the log says what was measured.

const (
	soundBack    = 3 * time.Second        // after whatever happens to the network
	reconnection = 100 * time.Millisecond // how long the line to the switchboard takes to come back once there is a network
)

var labs atomic.Uint32

// lab is a set of machines with cables between them.
type lab struct {
	t      *testing.T
	number uint32
}

func newLab(t *testing.T) *lab {
	t.Helper()
	if err := netem.Possible(); err != nil {
		t.Skip(err)
	}
	return &lab{t: t, number: labs.Add(1)}
}

// machine makes a computer. One that forwards is a router.
func (l *lab) machine(name string, forwards bool) *machine {
	l.t.Helper()
	n, err := netem.NewNamespace(fmt.Sprintf("link-%d-%d-%s", os.Getpid(), l.number, name))
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		if err := n.Close(); err != nil {
			l.t.Error(err)
		}
	})
	m := &machine{Namespace: n}
	if forwards {
		l.run(n.Run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1"))
	}
	l.run(n.Do(func() (err error) {
		m.Net, err = stdnet.NewNet()
		return err
	}))
	return m
}

func (l *lab) run(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// cable connects a machine to a router by a network of their own, 10.N.0.0/24: the router is 1, the machine 2. The machine's way out is
// the router.
func (l *lab) cable(m *machine, device string, router *machine, network int) {
	l.t.Helper()
	gateway := fmt.Sprintf("10.%d.0.1", network)
	cable, err := netem.Lay(
		netem.End{In: m.Namespace, Device: device, Address: fmt.Sprintf("10.%d.0.2/24", network)},
		netem.End{In: router.Namespace, Device: fmt.Sprintf("net%d", network), Address: gateway + "/24"},
		netem.Steady("cable", netem.Conditions{Delay: 10 * time.Millisecond}))
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		if err := cable.Close(); err != nil {
			l.t.Error(err)
		}
	})
	l.run(m.IP("route", "add", "default", "via", gateway, "dev", device, "metric", fmt.Sprint(network)))
}

// machine is the network of a computer, as its sockets see it.
type machine struct {
	transport.Net
	*netem.Namespace
}

func (m *machine) ListenPacket(network, address string) (c net.PacketConn, err error) {
	err = m.Do(func() (err error) { c, err = m.Net.ListenPacket(network, address); return err })
	return c, err
}

func (m *machine) ListenUDP(network string, local *net.UDPAddr) (c transport.UDPConn, err error) {
	err = m.Do(func() (err error) { c, err = m.Net.ListenUDP(network, local); return err })
	return c, err
}

func (m *machine) Interfaces() (all []*transport.Interface, err error) {
	err = m.Do(func() error {
		n, err := stdnet.NewNet()
		if err != nil {
			return err
		}
		all, err = n.Interfaces()
		return err
	})
	return all, err
}

func (m *machine) addresses() (all []netip.Addr, err error) {
	err = m.Do(func() (err error) { all, err = usableAddresses(); return err })
	return all, err
}

// ear notes which packets of a voice come.
type ear struct {
	mu    sync.Mutex
	heard []heard
}

type heard struct {
	at     time.Time
	number int // as published, from 0
}

func (e *ear) hear(_ MemberID, k Kind, p *rtp.Packet, at time.Time) {
	if k == Voice {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.heard = append(e.heard, heard{at, int(p.Timestamp / 960)})
	}
}

func (e *ear) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.heard)
}

// silence is how many packets have not come since a moment, until the last one that has, and the longest time without one. It is told from
// their numbers: while the machine has no time for us, who speaks is silent too.
func (e *ear) silence(since time.Time) (longest time.Duration, missed int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, h := range e.heard {
		if i == 0 || !h.at.After(since) {
			continue
		}
		gap := h.number - e.heard[i-1].number
		longest = max(longest, time.Duration(gap)*pace)
		missed += gap - 1
	}
	return longest, missed
}

// call is a running call of two members, and a line between them that can break.
type labCall struct {
	ana, bob   *member
	anas, bobs *ear
	line       atomic.Bool // messages between them pass
}

// talk connects two machines; ana offers. Both speak.
func (l *lab) talk(ana, bob *machine, change func(*Options)) *labCall {
	l.t.Helper()
	w := &world{t: l.t, members: map[MemberID]*member{}}
	c := &labCall{anas: &ear{}, bobs: &ear{}}
	c.line.Store(true)
	w.deliver = func(from, to MemberID, m Message) {
		if c.line.Load() {
			w.hand(from, to, m)
		}
	}
	join := func(m *machine, id MemberID, e *ear) *member {
		return w.joinOn(m, id, func(o *Options) {
			o.OnPacket = e.hear
			if change != nil {
				change(o)
			}
		})
	}
	c.ana, c.bob = join(ana, "ana", c.anas), join(bob, "bob", c.bobs)
	call(l.t, c.ana, c.bob)
	waitState(l.t, 15*time.Second, Connected, c.ana, c.bob)
	c.ana.publish(l.t, Voice)
	c.bob.publish(l.t, Voice)
	time.Sleep(time.Second) // of a call
	return c
}

// moved waits until both hear each other again, and for another second, and says how long it was silent.
func (c *labCall) moved(t *testing.T, what string, since time.Time) {
	t.Helper()
	waitFor(t, 20*time.Second, func() string {
		before := [2]int{c.anas.count(), c.bobs.count()}
		time.Sleep(500 * time.Millisecond) // of listening
		for i, e := range []*ear{c.anas, c.bobs} {
			if n := e.count() - before[i]; n < 15 {
				return fmt.Sprintf("%s hears %d packets in half a second", []string{"ana", "bob"}[i], n)
			}
		}
		if time.Since(since) < 4*time.Second {
			return "it is too early to say"
		}
		return ""
	})
	for i, e := range []*ear{c.anas, c.bobs} {
		longest, packets := e.silence(since)
		who := []string{"ana", "bob"}[i]
		t.Logf("%s: %s hears nothing for %v, and misses %d packets of 20 ms", what, who, longest.Round(time.Millisecond), packets)
		if longest > soundBack+slack {
			t.Errorf("%s: %s hears nothing for %v", what, who, longest)
		}
	}
}

// slack is what a busy machine may add.
const slack = 3 * time.Second

// watch does what the app does when the addresses of a machine change: the line comes back, then the paths are renewed. It has looked
// once when it returns: whoever looks first after the change sees none.
func (c *labCall) watch(t *testing.T, m *machine) {
	ctx, cancel := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	t.Cleanup(func() { cancel(); watching.Wait() })
	looked := make(chan struct{})
	look := sync.OnceFunc(func() { close(looked) })
	watching.Go(func() {
		watchAddresses(ctx, 0, func() ([]netip.Addr, error) {
			defer look()
			return m.addresses()
		}, func() {
			time.Sleep(reconnection)
			c.line.Store(true)
			_ = c.ana.Restart(nil)
		})
	})
	<-looked
}

// The interface in use vanishes, and there is another one: a cable is pulled where there is Wi-Fi too.
func TestInterfaceIsLost(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ana, bob, router := l.machine("ana", false), l.machine("bob", false), l.machine("router", true)
	l.cable(ana, "cable", router, 1)
	l.cable(ana, "wifi", router, 2)
	l.cable(bob, "cable", router, 3)
	c := l.talk(ana, bob, nil)
	c.watch(t, ana)
	c.line.Store(false)
	start := time.Now()
	l.run(ana.IP("link", "set", "cable", "down"))
	c.moved(t, "interface lost", start)
}

// The machine comes into another network: its only address is replaced.
func TestAddressIsReplaced(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ana, bob, router := l.machine("ana", false), l.machine("bob", false), l.machine("router", true)
	l.cable(ana, "wifi", router, 1)
	l.cable(bob, "cable", router, 2)
	c := l.talk(ana, bob, nil)
	c.watch(t, ana)
	c.line.Store(false)
	start := time.Now()
	l.run(ana.IP("address", "flush", "dev", "wifi"))
	l.run(ana.IP("address", "add", "10.1.0.77/24", "dev", "wifi"))
	l.run(ana.IP("route", "add", "default", "via", "10.1.0.1", "dev", "wifi"))
	c.moved(t, "address replaced", start)
}

// The router at home gets another address outside. The machine sees nothing of it.
func TestNATIsRebound(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	if _, err := exec.LookPath("nft"); err != nil {
		t.Skip("NAT needs the program nft (nftables)")
	}
	ana, home, bob, router := l.machine("ana", false), l.machine("home", true), l.machine("bob", false), l.machine("router", true)
	l.cable(home, "outside", router, 1)
	l.cable(ana, "wifi", home, 2)
	l.cable(bob, "cable", router, 3)
	l.run(home.Run("nft", `table ip nat {
		chain out { type nat hook postrouting priority srcnat; oifname "outside" masquerade; }
		chain in { type filter hook input priority filter; iifname "outside" ct state new drop; }
	}`))
	c := l.talk(ana, bob, nil)
	start := time.Now()
	l.run(home.IP("address", "flush", "dev", "outside"))
	l.run(home.IP("address", "add", "10.1.0.88/24", "dev", "outside"))
	l.run(home.IP("route", "add", "default", "via", "10.1.0.1", "dev", "outside"))
	c.moved(t, "NAT rebound", start)
}

// The relay in use dies, and there is another one.
func TestRelayIsLost(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ana, bob, router := l.machine("ana", false), l.machine("bob", false), l.machine("router", true)
	l.cable(ana, "wifi", router, 1)
	l.cable(bob, "cable", router, 2)
	var servers []ICEServer
	var relays []*turn.Server
	for i := range 2 {
		m := l.machine(fmt.Sprintf("relay%d", i), false)
		l.cable(m, "cable", router, 3+i)
		address := fmt.Sprintf("10.%d.0.2", 3+i)
		relays = append(relays, l.relay(m, address))
		servers = append(servers, ICEServer{URLs: []string{"turn:" + address + ":3478?transport=udp"}, Username: "ana", Credential: "secret"})
	}
	l.run(ana.IP("route", "add", "blackhole", "10.2.0.0/24")) // nothing passes directly
	l.run(bob.IP("route", "add", "blackhole", "10.1.0.0/24"))
	c := l.talk(ana, bob, func(o *Options) { o.ICEServers = servers })
	if s := c.ana.Stats().Members["bob"]; s.Path != "relay" {
		t.Fatalf("the path is %q", s.Path)
	}
	pair, err := c.ana.members["bob"].conn.Load().dtls.ICETransport().GetSelectedCandidatePair()
	l.run(err)
	at := pair.Local
	if at.Typ != webrtc.ICECandidateTypeRelay {
		at = pair.Remote
	}
	used := 0
	if at.Address == "10.4.0.2" {
		used = 1
	}
	start := time.Now()
	l.run(relays[used].Close())
	c.moved(t, "relay lost", start)
}

// relay runs a TURN server on a machine.
func (l *lab) relay(m *machine, address string) *turn.Server {
	l.t.Helper()
	listener, err := m.ListenPacket("udp4", address+":3478")
	if err != nil {
		l.t.Fatal(err)
	}
	s, err := turn.NewServer(turn.ServerConfig{
		Realm: "parley",
		AuthHandler: func(a *turn.RequestAttributes) (string, []byte, bool) {
			return a.Username, turn.GenerateAuthKey(a.Username, "parley", "secret"), true
		},
		PacketConnConfigs: []turn.PacketConnConfig{{
			PacketConn:            listener,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{RelayAddress: net.ParseIP(address), Address: address, Net: m},
		}},
		LoggerFactory: logging.LoggerFactory(pionLogger{discard}),
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = s.Close() })
	return s
}
