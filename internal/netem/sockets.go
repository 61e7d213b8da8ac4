package netem

import (
	"net"
	"slices"

	"github.com/pion/transport/v5"
)

// headers are those of IPv4 and UDP, in bytes.
const headers = 28

// Behind returns a network whose UDP sockets send into a wire. All other sockets are as they were. The caller closes the wire after
// the sockets.
func Behind(n transport.Net, w *Wire) transport.Net { return &behind{n, w} }

type behind struct {
	transport.Net
	wire *Wire
}

func (b *behind) ListenPacket(network, address string) (net.PacketConn, error) {
	c, err := b.Net.ListenPacket(network, address)
	if err != nil {
		return nil, err
	}
	return &packetConn{c, b.wire}, nil
}

func (b *behind) ListenUDP(network string, local *net.UDPAddr) (transport.UDPConn, error) {
	c, err := b.Net.ListenUDP(network, local)
	if err != nil {
		return nil, err
	}
	return &udpConn{c, b.wire}, nil
}

type packetConn struct {
	net.PacketConn
	wire *Wire
}

func (c *packetConn) WriteTo(b []byte, to net.Addr) (int, error) {
	return send(c.wire, c.PacketConn, b, to)
}

type udpConn struct {
	transport.UDPConn
	wire *Wire
}

func (c *udpConn) WriteTo(b []byte, to net.Addr) (int, error) { return send(c.wire, c.UDPConn, b, to) }

func (c *udpConn) WriteToUDP(b []byte, to *net.UDPAddr) (int, error) {
	return send(c.wire, c.UDPConn, b, to)
}

// send gives a packet to the wire. A socket that is closed meanwhile loses it, as any network does.
func send(w *Wire, c interface {
	WriteTo([]byte, net.Addr) (int, error)
}, b []byte, to net.Addr) (int, error) {
	kept := slices.Clone(b)
	w.Send(len(b)+headers, func() { _, _ = c.WriteTo(kept, to) })
	return len(b), nil
}
