package netem

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// mtu of a link, in bytes: what is left inside common tunnels.
const mtu = 1400

// End is one end of a [Link].
type End struct {
	In      *Namespace
	Device  string // its name there, at most 15 bytes
	Address string // with its prefix, such as "10.1.0.1/24"
	Gateway string // of the default route over this device; "" adds none
}

// Link is a cable between two namespaces: two TUN devices, and a [Wire] for each direction.
type Link struct {
	files   []*os.File
	wires   []*Wire
	readers sync.WaitGroup
}

// tunNumber keeps the first names of devices apart; they get their own in their namespace.
var tunNumber atomic.Uint32

// Lay connects two namespaces. The caller closes the link before the namespaces.
func Lay(a, b End, p Profile) (*Link, error) {
	l := &Link{}
	for _, e := range []End{a, b} {
		f, err := e.open()
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
		l.files = append(l.files, f)
		l.wires = append(l.wires, NewWire(p))
	}
	l.readers.Go(func() { pump(l.files[0], l.files[1], l.wires[0]) })
	l.readers.Go(func() { pump(l.files[1], l.files[0], l.wires[1]) })
	return l, nil
}

// Play begins a profile in both directions.
func (l *Link) Play(p Profile) {
	for _, w := range l.wires {
		w.Play(p)
	}
}

// Counts returns the figures of what the first end has sent, and the second.
func (l *Link) Counts() (first, second Counts) { return l.wires[0].Counts(), l.wires[1].Counts() }

// Close removes both devices.
func (l *Link) Close() error {
	for _, w := range l.wires {
		w.Close()
	}
	var failed []error
	for _, f := range l.files {
		failed = append(failed, f.Close())
	}
	l.readers.Wait()
	return errors.Join(failed...)
}

// pump takes packets from one device to the other until it is closed.
func pump(from, to *os.File, w *Wire) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		packet := slices.Clone(buffer[:n])
		w.Send(n, func() { _, _ = to.Write(packet) }) // a device that is down loses it
	}
}

// open makes the device of an end.
func (e End) open() (*os.File, error) {
	name := fmt.Sprintf("netem%d-%d", os.Getpid()%100000, tunNumber.Add(1)%1000)
	f, err := openTUN(name)
	if err != nil {
		return nil, err
	}
	steps := [][]string{
		{"link", "set", name, "netns", e.In.Name},
		{"-n", e.In.Name, "link", "set", name, "name", e.Device},
		{"-n", e.In.Name, "address", "add", e.Address, "dev", e.Device},
		{"-n", e.In.Name, "link", "set", e.Device, "mtu", strconv.Itoa(mtu), "up"},
	}
	if e.Gateway != "" {
		steps = append(steps, []string{"-n", e.In.Name, "route", "add", "default", "via", e.Gateway, "dev", e.Device})
	}
	for _, args := range steps {
		if err := ip(args...); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return f, nil
}

func openTUN(name string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("tun: %w", err)
	}
	request, err := unix.NewIfreq(name)
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("tun %s: %w", name, err)
	}
	return os.NewFile(uintptr(fd), name), nil // after TUNSETIFF: only then it can be polled
}
