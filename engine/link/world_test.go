package link

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/transport/v5"
	"github.com/pion/transport/v5/vnet"

	"github.com/parley-calls/parley/internal/netem"
)

// virtually runs a test beside others, in a time of its own that passes while all of its goroutines wait: what a busy machine takes for
// something, or one that stands still for a while, is not seen in it. It ends with the last goroutine, so none may be left. It is not for
// tests in which one end closes and the other lives on: pion then waits for time to pass with a lock held that others want (SCTPTransport.Stop),
// and virtual time stands still while somebody waits for a lock.
func virtually(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

// waitFor waits until the condition returns "", and fails with its last reason. If the machine stands still meanwhile that counts as one
// second at most.
func waitFor(t testing.TB, limit time.Duration, condition func() string) {
	t.Helper()
	reason := ""
	for waited := time.Duration(0); waited < limit; {
		looked := time.Now()
		if reason = condition(); reason == "" {
			return
		}
		time.Sleep(5 * time.Millisecond)
		waited += min(time.Since(looked), time.Second)
	}
	t.Fatalf("after %v: %s", limit, reason)
}

// world is a virtual network with members of one call on it and a switchboard between them.
type world struct {
	t      testing.TB
	router *vnet.Router
	hosts  byte

	mu      sync.Mutex
	members map[MemberID]*member
	deliver func(from, to MemberID, m Message) // nil hands over at once
}

type member struct {
	*Mesh
	id  MemberID
	net *vnet.Net

	mu       sync.Mutex
	states   []string
	packets  map[string]int      // "ana/voice"
	frames   map[string][]uint16 // picture IDs of complete frames
	partial  map[string]*rtpFrame
	keys     [Kinds]int
	bitrates []int
	losses   [Kinds][]float64
	data     []string
	onWhole  func(key string, number uint16) // hears of each complete frame; may be nil
}

type rtpFrame struct {
	parts map[uint16]*rtp.Packet
	first *rtp.Packet // nil until it is there
}

// describe reads a payload descriptor: the number of the picture, and whether it starts here.
func describe(k Kind, payload []byte) (number uint16, starts bool, err error) {
	if k == Screen {
		var p codecs.VP9Packet
		_, err = p.Unmarshal(payload)
		return p.PictureID, p.B, err
	}
	var p codecs.VP8Packet
	_, err = p.Unmarshal(payload)
	return p.PictureID, p.S == 1, err
}

// coded is a frame of a kind and size, as far as the way looks at it.
func coded(k Kind, size int) []byte {
	data := make([]byte, size)
	if k == Screen {
		data[0] = 0x86 // VP9, profile 0, no key frame, shown
	}
	return data
}

// newHost guards the numbers that vnet gives to network cards.
var newHost sync.Mutex

var discard = slog.New(slog.DiscardHandler)

func newWorld(t testing.TB) *world {
	t.Helper()
	newHost.Lock()
	defer newHost.Unlock()
	w := &world{t: t, members: map[MemberID]*member{}}
	router, err := vnet.NewRouter(&vnet.RouterConfig{CIDR: "10.0.0.0/24", QueueSize: 4096, LoggerFactory: pionLogger{discard}})
	if err != nil {
		t.Fatal(err)
	}
	w.router = router
	if err := router.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := router.Stop(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// host adds a computer to the network.
func (w *world) host() *vnet.Net {
	w.t.Helper()
	newHost.Lock()
	defer newHost.Unlock()
	w.hosts++
	n, err := vnet.NewNet(&vnet.NetConfig{StaticIPs: []string{fmt.Sprintf("10.0.0.%d", w.hosts)}})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.router.AddNet(n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// lan is a network that is faster than anybody notices. Nothing on it comes at once, for the same reason.
var lan = netem.Steady("lan", netem.Conditions{Delay: time.Millisecond, Rate: 1_000_000_000})

// join starts a session for a member. A member of the same name is replaced, not closed.
func (w *world) join(id MemberID, change func(*Options)) *member {
	w.t.Helper()
	return w.joinOver(lan, w.host(), id, change)
}

// joinOver is join on a computer whose way out is a path.
func (w *world) joinOver(p netem.Profile, host *vnet.Net, id MemberID, change func(*Options)) *member {
	w.t.Helper()
	wire := netem.NewWire(p)
	w.t.Cleanup(wire.Close)
	m := w.joinOn(netem.Behind(host, wire), id, change)
	m.net = host
	return m
}

func (w *world) joinOn(n transport.Net, id MemberID, change func(*Options)) *member {
	w.t.Helper()
	m := &member{id: id, packets: map[string]int{}, frames: map[string][]uint16{}, partial: map[string]*rtpFrame{}}
	o := Options{
		Net: n,
		Send: func(to MemberID, msg Message) {
			b, err := json.Marshal(msg)
			if err != nil {
				w.t.Error(err)
			}
			var copied Message
			if err := json.Unmarshal(b, &copied); err != nil {
				w.t.Error(err)
			}
			w.mu.Lock()
			deliver := w.deliver
			w.mu.Unlock()
			if deliver == nil {
				deliver = w.hand
			}
			deliver(id, to, copied)
		},
		OnState: func(from MemberID, s State) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.states = append(m.states, fmt.Sprintf("%s %v", from, s))
		},
		OnPacket: m.onPacket,
		OnKeyFrame: func(k Kind, _ uint8) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.keys[k]++
		},
		OnBitrate: func(_ MemberID, bps int) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.bitrates = append(m.bitrates, bps)
		},
		OnLoss: func(k Kind, fraction float64) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.losses[k] = append(m.losses[k], fraction)
		},
		OnData: func(from MemberID, message []byte) {
			m.mu.Lock()
			defer m.mu.Unlock()
			if !slices.ContainsFunc(m.states, func(s string) bool { return strings.HasPrefix(s, string(from)+" ") }) {
				w.t.Errorf("a message of %s came before %s knew of a path to answer on", from, id)
			}
			m.data = append(m.data, fmt.Sprintf("%s: %s", from, message))
		},
	}
	if change != nil {
		change(&o)
	}
	mesh, err := NewMesh(o)
	if err != nil {
		w.t.Fatal(err)
	}
	m.Mesh = mesh
	w.mu.Lock()
	w.members[id] = m
	w.mu.Unlock()
	w.t.Cleanup(func() {
		if err := mesh.Close(); err != nil {
			w.t.Error(err)
		}
	})
	return m
}

// hand gives a message to its receiver at once; one without a receiver is lost.
func (w *world) hand(from, to MemberID, msg Message) {
	w.mu.Lock()
	m := w.members[to]
	w.mu.Unlock()
	if m == nil {
		return
	}
	if err := m.Handle(from, msg); err != nil && !errors.Is(err, ErrUnknownMember) && !errors.Is(err, ErrClosed) {
		w.t.Logf("%s → %s: %v", from, to, err)
	}
}

func (m *member) onPacket(from MemberID, k Kind, p *rtp.Packet, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := fmt.Sprintf("%s/%v", from, k)
	m.packets[key]++
	if k.sound() {
		return
	}
	number, starts, err := describe(k, p.Payload)
	if err != nil {
		return
	}
	id := fmt.Sprintf("%s/%d", key, p.Timestamp)
	f := m.partial[id]
	if f == nil {
		f = &rtpFrame{parts: map[uint16]*rtp.Packet{}}
		m.partial[id] = f
	}
	f.parts[p.SequenceNumber] = p
	if starts {
		f.first = p
	}
	if f.complete() {
		m.frames[key] = append(m.frames[key], number)
		delete(m.partial, id)
		if m.onWhole != nil {
			m.onWhole(key, number)
		}
	}
}

// complete says whether all packets from the start to the marker are there.
func (f *rtpFrame) complete() bool {
	numbers := make([]uint16, 0, len(f.parts))
	for n := range f.parts {
		numbers = append(numbers, n)
	}
	slices.SortFunc(numbers, func(a, b uint16) int { return int(int16(a - b)) })
	first, last := f.parts[numbers[0]], f.parts[numbers[len(numbers)-1]]
	return first == f.first && last.Marker && int(last.SequenceNumber-first.SequenceNumber) == len(numbers)-1
}

func (m *member) count(key string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.packets[key]
}

func (m *member) complete(key string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.frames[key])
}

func (m *member) lastState() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.states) == 0 {
		return ""
	}
	return m.states[len(m.states)-1]
}

// pace is how often a kind is published.
const pace = 20 * time.Millisecond

// publish sends a sample of every given kind at that pace until the test ends or stop is called.
func (m *member) publish(t testing.TB, kinds ...Kind) (stop func()) {
	return m.publishSized(t, func(k Kind) int {
		if k.sound() {
			return 80
		}
		return 3000
	}, kinds...)
}

func (m *member) publishSized(t testing.TB, size func(Kind) int, kinds ...Kind) (stop func()) {
	end := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for stamp := uint32(0); ; stamp++ {
			select {
			case <-end:
				return
			case <-tick.C:
			}
			for _, k := range kinds {
				step := uint32(960)
				if !k.sound() {
					step = 1800
				}
				if err := m.Publish(k, Sample{Data: coded(k, size(k)), Timestamp: stamp * step, Key: true}); err != nil {
					return
				}
			}
		}
	})
	var once sync.Once
	stop = func() { once.Do(func() { close(end); running.Wait() }) }
	t.Cleanup(stop)
	return stop
}

// call connects two members; a offers.
func call(t testing.TB, a, b *member) {
	t.Helper()
	if err := a.Add(b.id, true); err != nil {
		t.Fatal(err)
	}
	if err := b.Add(a.id, false); err != nil {
		t.Fatal(err)
	}
}

func waitState(t testing.TB, limit time.Duration, s State, a, b *member) {
	t.Helper()
	waitFor(t, limit, func() string {
		if got := a.Stats().Members[b.id].State; got != s {
			return fmt.Sprintf("%s says %s is %v, not %v", a.id, b.id, got, s)
		}
		if got := b.Stats().Members[a.id].State; got != s {
			return fmt.Sprintf("%s says %s is %v, not %v", b.id, a.id, got, s)
		}
		return ""
	})
}

// waitMore waits until a receiver has that many more packets of a track than now.
func waitMore(t testing.TB, limit time.Duration, m *member, key string, more int) {
	t.Helper()
	start := m.count(key)
	waitFor(t, limit, func() string {
		if got := m.count(key) - start; got < more {
			return fmt.Sprintf("%s has %d more packets of %s, not %d", m.id, got, key, more)
		}
		return ""
	})
}

func (m *member) address() string {
	interfaces, err := m.net.Interfaces()
	if err != nil {
		return ""
	}
	for _, i := range interfaces {
		addresses, _ := i.Addrs()
		for _, a := range addresses {
			if ip, _, err := net.ParseCIDR(a.String()); err == nil && !ip.IsLoopback() {
				return ip.String()
			}
		}
	}
	return ""
}

// blackhole drops everything from and to an address.
func blackhole(address string) vnet.ChunkFilter {
	return blackholeWhile(address, nil)
}

func blackholeWhile(address string, on *atomic.Bool) vnet.ChunkFilter {
	return func(c vnet.Chunk) bool {
		if on != nil && !on.Load() {
			return true
		}
		return !strings.HasPrefix(c.SourceAddr().String(), address+":") && !strings.HasPrefix(c.DestinationAddr().String(), address+":")
	}
}
