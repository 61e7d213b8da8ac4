package netem

import (
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var testNumber atomic.Uint32 // of a namespace

// twoMachines lays a link between two new namespaces.
func twoMachines(t *testing.T, p Profile) (a, b *Namespace, l *Link) {
	t.Helper()
	if err := Possible(); err != nil {
		t.Skip(err)
	}
	machines := [2]*Namespace{}
	for i := range machines {
		n, err := NewNamespace(fmt.Sprintf("netem-%d-%d", os.Getpid(), testNumber.Add(1)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := n.Close(); err != nil {
				t.Error(err)
			}
		})
		machines[i] = n
	}
	l, err := Lay(End{In: machines[0], Device: "eth0", Address: "10.9.0.1/24", Gateway: "10.9.0.2"},
		End{In: machines[1], Device: "eth0", Address: "10.9.0.2/24", Gateway: "10.9.0.1"}, p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return machines[0], machines[1], l
}

func listen(t *testing.T, n *Namespace) (c net.PacketConn) {
	t.Helper()
	err := n.Do(func() (err error) {
		c, err = net.ListenPacket("udp4", ":4000")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestLinkBetweenNamespaces(t *testing.T) {
	t.Parallel()
	a, b, l := twoMachines(t, Steady("", Conditions{Delay: 30 * ms}))
	from, to := listen(t, a), listen(t, b)
	there := &net.UDPAddr{IP: net.IPv4(10, 9, 0, 2), Port: 4000}
	buffer := make([]byte, 100)
	take := func(limit time.Duration) (string, error) {
		_ = to.SetReadDeadline(time.Now().Add(limit))
		n, _, err := to.ReadFrom(buffer)
		return string(buffer[:n]), err
	}

	start := time.Now()
	if _, err := from.WriteTo([]byte("one"), there); err != nil {
		t.Fatal(err)
	}
	if got, err := take(5 * time.Second); got != "one" || err != nil {
		t.Fatalf("%q %v", got, err)
	}
	if d := time.Since(start); d < 30*ms {
		t.Errorf("it took %v", d)
	}

	l.Play(Steady("", Conditions{Loss: Random(1)}))
	if _, err := from.WriteTo([]byte("lost"), there); err != nil {
		t.Fatal(err)
	}
	if got, err := take(100 * ms); err == nil {
		t.Errorf("%q came over a link that loses all", got)
	}

	// A cable that is pulled and put back.
	l.Play(Steady("", Conditions{}))
	if err := a.IP("link", "set", "eth0", "down"); err != nil {
		t.Fatal(err)
	}
	if _, err := from.WriteTo([]byte("nowhere"), there); err == nil {
		t.Error("there is a way without a device")
	}
	if err := a.IP("link", "set", "eth0", "up"); err != nil {
		t.Fatal(err)
	}
	if _, err := from.WriteTo([]byte("two"), there); err != nil {
		t.Fatal(err)
	}
	if got, err := take(5 * time.Second); got != "two" || err != nil {
		t.Fatalf("%q %v", got, err)
	}
	if first, _ := l.Counts(); first.Packets < 3 || first.Dropped < 1 {
		t.Errorf("counts %+v", first)
	}
}

func TestNamespaceCommand(t *testing.T) {
	t.Parallel()
	a, _, _ := twoMachines(t, Steady("", Conditions{}))
	out, err := a.Command(t.Context(), "ip", "-br", "address").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "10.9.0.1/24") {
		t.Errorf("%s %v", out, err)
	}
}
