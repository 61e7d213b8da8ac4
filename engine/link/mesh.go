package link

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// Bounds of the data channel, in bytes.
const (
	maxMessage = 16 << 10
	maxBacklog = 1 << 20
)

// closeGrace is how long Close waits for handlers that do not return.
const closeGrace = 2 * time.Second

// Mesh is a [Session] that has one peer connection to each member and sends the same coded stream to all.
type Mesh struct {
	options    Options
	log        *slog.Logger
	servers    atomic.Pointer[[]webrtc.ICEServer]
	tracks     [Kinds]*outgoing
	events     *dispatcher
	lossKinds  [Kinds]atomic.Bool // reported since the last look
	handlers   atomic.Int32       // running now
	background sync.WaitGroup     // connections that close; only loops add to it
	stopRates  chan struct{}
	rates      chan struct{} // closed when the rate loop has ended
	finished   chan struct{} // closed when every goroutine has ended

	mu      sync.Mutex
	closed  bool
	members map[MemberID]*peer
	leaving map[*peer]struct{} // removed, not ended yet
}

var _ Session = (*Mesh)(nil)

// NewMesh makes a session without members. It fails if an ICE server is not valid.
func NewMesh(o Options) (*Mesh, error) {
	if o.GiveUp <= 0 {
		o.GiveUp = giveUpDefault
	}
	m := &Mesh{
		options: o, log: o.Logger, members: map[MemberID]*peer{}, leaving: map[*peer]struct{}{},
		stopRates: make(chan struct{}), rates: make(chan struct{}), finished: make(chan struct{}),
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	servers, err := checkServers(o.ICEServers)
	if err != nil {
		return nil, err
	}
	m.servers.Store(&servers)
	for k := range m.tracks {
		m.tracks[k] = newOutgoing(Kind(k))
	}
	m.events = newDispatcher()
	go m.watchRates()
	return m, nil
}

// Add starts the connection to a member. See [Session].
func (m *Mesh) Add(id MemberID, offerer bool) error {
	p, err := m.reach(id, offerer)
	if err != nil {
		return err
	}
	p.admit()
	return nil
}

// Approach starts the connection to who may become a member. See [Session].
func (m *Mesh) Approach(id MemberID, offerer bool) error {
	_, err := m.reach(id, offerer)
	return err
}

// reach returns the other end, in that role. A new one is not admitted.
func (m *Mesh) reach(id MemberID, offerer bool) (*peer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	p := m.members[id]
	switch {
	case p == nil:
		p = newPeer(m, id, offerer)
		m.members[id] = p
		p.start()
	case p.offerer != offerer:
		return nil, ErrRole
	}
	return p, nil
}

// Remove ends the connection to a member. See [Session].
func (m *Mesh) Remove(id MemberID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.members[id]
	if p == nil {
		return
	}
	delete(m.members, id)
	m.leaving[p] = struct{}{}
	p.cancel()
	go func() {
		<-p.done
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.leaving, p)
	}()
}

// Handle takes a message that a member's link sent. See [Session].
func (m *Mesh) Handle(from MemberID, msg Message) error {
	p, err := m.member(from)
	if err != nil {
		return err
	}
	return p.do(func() error { return p.handle(msg) })
}

// SetLayer says which layer of our pictures a member gets. See [Session].
func (m *Mesh) SetLayer(to MemberID, k Kind, layer uint8) error {
	if !k.valid() || k.sound() {
		return ErrKind
	}
	p, err := m.member(to)
	switch {
	case err != nil:
		return err
	case !p.admitted():
		return nil
	}
	if was := uint8(p.layers[k].Swap(uint32(layer))); number(was) == number(layer) {
		return nil
	}
	m.keyFrameWanted(k, number(layer))
	return nil
}

// Publish sends one sample to every member who gets its layer. See [Session].
func (m *Mesh) Publish(k Kind, s Sample) error {
	if err := m.check(k); err != nil {
		return err
	}
	m.tracks[k].publish(s)
	return nil
}

// PublishRTP sends a packet of another stream to every member. See [Session].
func (m *Mesh) PublishRTP(k Kind, p *rtp.Packet) error {
	if err := m.check(k); err != nil {
		return err
	}
	m.tracks[k].forward(p)
	return nil
}

// RequestKeyFrame asks a member for a key frame. See [Session].
func (m *Mesh) RequestKeyFrame(from MemberID, k Kind) {
	if p, err := m.member(from); err == nil && k.valid() && !k.sound() {
		p.keyFrames[k].Store(true)
		p.look()
	}
}

// SendData sends a message to every member, or to one. See [Session].
func (m *Mesh) SendData(to MemberID, message []byte) error {
	if len(message) > maxMessage {
		return ErrTooLarge
	}
	if to != "" {
		p, err := m.member(to)
		if err != nil {
			return err
		}
		return p.sendData(message)
	}
	if m.isClosed() {
		return ErrClosed
	}
	var failed []error
	for _, p := range m.list() {
		if !p.admitted() {
			continue
		}
		if err := p.sendData(message); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func (p *peer) sendData(message []byte) error {
	c := p.conn.Load()
	switch {
	case c == nil || !p.admitted() || p.reached() == Connecting:
		return fmt.Errorf("%w: %s", ErrNotConnected, p.id)
	case c.data.BufferedAmount()+uint64(len(message)) > maxBacklog:
		return fmt.Errorf("%w: %s", ErrBacklog, p.id)
	}
	if err := c.data.Send(message); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrNotConnected, p.id, err)
	}
	return nil
}

// Restart renews all paths. See [Session].
func (m *Mesh) Restart(servers []ICEServer) error {
	if m.isClosed() {
		return ErrClosed
	}
	err := m.setServers(servers)
	for _, p := range m.list() {
		_ = p.do(p.renewPath) // a member that is going needs no path
	}
	return err
}

// setServers replaces the servers for connections and ICE generations to come; none changes nothing.
func (m *Mesh) setServers(servers []ICEServer) error {
	if len(servers) == 0 {
		return nil
	}
	checked, err := checkServers(servers)
	if err != nil {
		return err
	}
	m.servers.Store(&checked)
	return nil
}

// Close ends the session. See [Session].
func (m *Mesh) Close() error {
	m.mu.Lock()
	first := !m.closed
	m.closed = true
	all := slices.Concat(slices.Collect(maps.Values(m.members)), slices.Collect(maps.Keys(m.leaving)))
	clear(m.members)
	m.mu.Unlock()
	if first {
		close(m.stopRates)
		m.events.close()
		for _, p := range all {
			p.cancel()
		}
		go m.finish(all)
	}
	for {
		select {
		case <-m.finished:
			return nil
		case <-time.After(closeGrace):
			if m.handlers.Load() > 0 {
				return nil
			}
		}
	}
}

func (m *Mesh) finish(all []*peer) {
	defer close(m.finished)
	for _, p := range all {
		<-p.done
	}
	m.background.Wait()
	<-m.rates
	<-m.events.done
}

func (m *Mesh) isClosed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.closed
}

func (m *Mesh) check(k Kind) error {
	if !k.valid() {
		return ErrKind
	}
	if m.isClosed() {
		return ErrClosed
	}
	return nil
}

func (m *Mesh) member(id MemberID) (*peer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	if p := m.members[id]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%w: %s", ErrUnknownMember, id)
}

// list returns the members of the moment, by ID.
func (m *Mesh) list() []*peer {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Values(m.members), func(a, b *peer) int { return cmp.Compare(a.id, b.id) })
}
