package netem

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/transport/v5/stdnet"
)

func TestWireTakesItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := NewWire(Steady("", Conditions{Delay: 100 * ms}))
		defer w.Close()
		start, got := time.Now(), make(chan time.Duration, 3)
		note := func() { got <- time.Since(start) }
		w.Send(100, note)
		time.Sleep(30 * ms)
		w.Send(100, note)
		w.Play(Steady("", Conditions{})) // what was sent before arrives as it would have
		w.Send(100, note)
		for i, want := range []time.Duration{100 * ms, 130 * ms, 130 * ms} {
			if at := <-got; at != want {
				t.Errorf("packet %d came after %v, want %v", i, at, want)
			}
		}
		if c := w.Counts(); c != (Counts{Packets: 3, Bytes: 300}) {
			t.Errorf("counts %+v", c)
		}
	})
}

func TestWireIsBounded(t *testing.T) {
	t.Parallel()
	w := NewWire(Steady("", Conditions{Delay: time.Hour}))
	for range wireQueue + 5 {
		w.Send(1, func() { t.Error("it came") })
	}
	if c := w.Counts(); c.Dropped != 5 {
		t.Errorf("%d dropped", c.Dropped)
	}
	w.Close()
	w.Close()
	w.Send(1, func() { t.Error("it came after the end") })
}

func TestSocketsBehindAWire(t *testing.T) {
	t.Parallel()
	plain, err := stdnet.NewNet()
	if err != nil {
		t.Fatal(err)
	}
	w := NewWire(Steady("", Conditions{Delay: 50 * ms}))
	defer w.Close()
	n := Behind(plain, w)
	a, err := n.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := n.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	start, buffer := time.Now(), make([]byte, 10)
	if _, err := a.WriteTo([]byte("to"), b.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	if n, _, err := b.ReadFrom(buffer); err != nil || string(buffer[:n]) != "to" {
		t.Fatalf("%q %v", buffer[:n], err)
	}
	if _, err := b.WriteTo([]byte("fro"), a.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	if n, _, err := a.ReadFrom(buffer); err != nil || string(buffer[:n]) != "fro" {
		t.Fatalf("%q %v", buffer[:n], err)
	}
	if d := time.Since(start); d < 100*ms {
		t.Errorf("there and back took %v", d)
	}
	if c := w.Counts(); c.Packets != 2 || c.Bytes != 2*headers+5 {
		t.Errorf("counts %+v", c)
	}
}
