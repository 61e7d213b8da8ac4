// Package pulse asks a PulseAudio server, or PipeWire in its place, what sinks and sources there are, hears of changes, and hears what
// programs play. It is pure Go.
//
// A Conn has one goroutine, which reads what the server sends and ends with the connection. Each request has one that ends with the
// answer, or a second later. A Tap has one more, which follows who plays.
//
// Protocol: https://www.freedesktop.org/wiki/Software/PulseAudio/Documentation/Developer/
package pulse

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jfreymuth/pulse/proto"
)

// answerTime is how long a server may take to answer. A healthy one needs a millisecond.
const answerTime = time.Second

// ErrNoServer means that no sound server listens where one is expected.
var ErrNoServer = errors.New("pulse: no sound server")

// Port is a sink or a source.
type Port struct {
	Name    string // of the server; stable between runs
	Label   string // for people
	Default bool

	// What the server knows of the hardware; each may be empty. See the properties device.form_factor, device.bus and device.api.
	Form, Bus, API string
	Socket         string // that is in use, such as "analog-output-headphones"
	Card           string // the same for all ports of one piece of hardware
}

// Inventory is what a server offers.
type Inventory struct {
	Sinks   []Port
	Sources []Port // without the monitors of sinks
}

// Conn is a connection to a server. All methods may be called from any goroutine.
type Conn struct {
	client  *proto.Client
	wire    *wire
	changed chan struct{}
	sound   func(stream uint32, samples []byte) // of record streams; nil without any
	killed  func(stream uint32)                 // the server ended a record stream
}

// Dial connects to the server that PULSE_SERVER names, or to the usual place of the user's own.
func Dial(ctx context.Context) (*Conn, error) {
	return dialFor(ctx, &Conn{}, proto.SubscriptionMaskSink|proto.SubscriptionMaskSource|proto.SubscriptionMaskServer) // the server tells of new defaults
}

// dialFor connects c and subscribes to changes of what mask says.
func dialFor(ctx context.Context, c *Conn, mask proto.SubscriptionMask) (*Conn, error) {
	addresses, err := servers(os.Getenv("PULSE_SERVER"))
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, a := range addresses {
		attempt := *c
		err := attempt.dial(ctx, a, mask)
		if err == nil {
			return &attempt, nil
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("%w: %w", ErrNoServer, errors.Join(errs...))
}

func (c *Conn) dial(ctx context.Context, a address, mask proto.SubscriptionMask) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, a.network, a.address)
	if err != nil {
		return err
	}
	c.client, c.wire, c.changed = &proto.Client{}, &wire{Conn: conn, gone: make(chan struct{})}, make(chan struct{}, 1)
	c.client.SetTimeout(answerTime)
	c.client.Callback = c.hear
	c.client.Open(c.wire)
	var reply proto.AuthReply
	if err := c.request(&proto.Auth{Version: c.client.Version(), Cookie: cookie()}, &reply); err != nil {
		return errors.Join(fmt.Errorf("authenticate: %w", err), c.Close())
	}
	c.client.SetVersion(reply.Version)
	props := proto.PropList{"application.name": proto.PropListString("Parley")}
	if err := c.request(&proto.SetClientName{Props: props}, &proto.SetClientNameReply{}); err != nil {
		return errors.Join(fmt.Errorf("set name: %w", err), c.Close())
	}
	if err := c.request(&proto.Subscribe{Mask: mask}, nil); err != nil {
		return errors.Join(fmt.Errorf("subscribe: %w", err), c.Close())
	}
	return nil
}

// hear is called for each message that is no answer, by the goroutine that reads.
func (c *Conn) hear(message any) {
	switch m := message.(type) {
	case *proto.DataPacket:
		if c.sound != nil {
			c.sound(m.StreamIndex, m.Data)
		}
		return
	case *proto.RecordStreamKilled:
		if c.killed != nil {
			c.killed(m.StreamIndex)
		}
	case *proto.SubscribeEvent:
	default:
		return
	}
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// Changed receives a value after sinks, sources or defaults changed; several changes may be one value.
func (c *Conn) Changed() <-chan struct{} { return c.changed }

// Gone is closed when the server has ended the connection, or Close was called.
func (c *Conn) Gone() <-chan struct{} { return c.wire.gone }

// Close ends the connection. It may be called again.
func (c *Conn) Close() error {
	if err := c.wire.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// request asks the server and waits for the answer, or for the end of the connection.
func (c *Conn) request(r proto.RequestArgs, reply proto.Reply) error {
	done := make(chan error, 1)
	go func() { done <- c.client.Request(r, reply) }() // ends after answerTime
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("pulse: %T: %w", r, err)
		}
		return nil
	case <-c.wire.gone:
		return ErrNoServer
	}
}

// Inventory lists what there is.
func (c *Conn) Inventory() (Inventory, error) {
	var (
		server  proto.GetServerInfoReply
		sinks   proto.GetSinkInfoListReply
		sources proto.GetSourceInfoListReply
		inv     Inventory
	)
	if err := c.request(&proto.GetServerInfo{}, &server); err != nil {
		return inv, err
	}
	if err := c.request(&proto.GetSinkInfoList{}, &sinks); err != nil {
		return inv, err
	}
	if err := c.request(&proto.GetSourceInfoList{}, &sources); err != nil {
		return inv, err
	}
	for _, s := range sinks {
		inv.Sinks = append(inv.Sinks, port(s.SinkName, s.Device, server.DefaultSinkName, s.ActivePortName, s.CardIndex, s.Properties))
	}
	for _, s := range sources {
		if s.MonitorSourceName == "" { // the protocol's name for the sink whose monitor this is
			inv.Sources = append(inv.Sources, port(s.SourceName, s.Device, server.DefaultSourceName, s.ActivePortName, s.CardIndex, s.Properties))
		}
	}
	return inv, nil
}

// port describes a sink or source. Where a server gives no description, the name stands for it.
func port(name, description, standard, socket string, card uint32, about proto.PropList) Port {
	property := func(key string) string {
		if v, ok := about[key]; ok {
			return v.String()
		}
		return ""
	}
	p := Port{
		Name: name, Label: cmp.Or(description, name), Default: name == standard,
		Form: property("device.form_factor"), Bus: property("device.bus"), API: property("device.api"), Socket: socket,
		Card: property("device.bus_path"), // virtual devices have no card, but may name one
	}
	if card != proto.Undefined {
		p.Card = strconv.FormatUint(uint64(card), 10)
	}
	return p
}

// wire is the connection as the client library reads it.
type wire struct {
	net.Conn
	once sync.Once
	gone chan struct{}
}

// Read ends the library's goroutine when the connection ends: the library would otherwise parse for ever what was cut off in the
// middle of a list.
func (w *wire) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	if err != nil {
		w.once.Do(func() { close(w.gone) })
		runtime.Goexit()
	}
	return n, nil
}

type address struct{ network, address string }

// servers reads a server string: https://www.freedesktop.org/wiki/Software/PulseAudio/Documentation/User/ServerStrings/
func servers(s string) ([]address, error) {
	if s == "" {
		dir := os.Getenv("PULSE_RUNTIME_PATH")
		if dir == "" {
			if run := os.Getenv("XDG_RUNTIME_DIR"); run != "" {
				dir = filepath.Join(run, "pulse")
			} else {
				dir = filepath.Join("/run/user", strconv.Itoa(os.Getuid()), "pulse")
			}
		}
		return []address{{"unix", filepath.Join(dir, "native")}, {"unix", "/run/pulse/native"}}, nil
	}
	var out []address
	host, _ := os.Hostname()
	for field := range strings.FieldsSeq(s) {
		if strings.HasPrefix(field, "{") {
			name, rest, ok := strings.Cut(field[1:], "}")
			if !ok || name != host {
				continue
			}
			field = rest
		}
		network, at, ok := strings.Cut(field, ":")
		switch {
		case strings.HasPrefix(field, "/"):
			out = append(out, address{"unix", field})
		case ok && network == "unix":
			out = append(out, address{"unix", at})
		case ok && (network == "tcp" || network == "tcp4" || network == "tcp6"):
			if _, _, err := net.SplitHostPort(at); err != nil {
				at = net.JoinHostPort(strings.Trim(at, "[]"), "4713")
			}
			out = append(out, address{network, at})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: PULSE_SERVER=%q names none for this machine", ErrNoServer, s)
	}
	return out, nil
}

// cookie returns the shared secret of the user and the server. A server that asks for none takes any.
func cookie() []byte {
	home, _ := os.UserHomeDir()
	for _, path := range []string{os.Getenv("PULSE_COOKIE"), filepath.Join(home, ".config/pulse/cookie"), filepath.Join(home, ".pulse-cookie")} {
		if b, err := os.ReadFile(path); err == nil && len(b) == 256 {
			return b
		}
	}
	return make([]byte, 256)
}
