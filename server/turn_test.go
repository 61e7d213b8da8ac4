package server

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/turn/v5"

	"github.com/parley-calls/parley/engine/signal"
)

// turnServer picks the relay out of the credentials for a user: HOST:PORT over UDP or TCP.
func turnServer(t *testing.T, s *Server, u signal.UserID, transport string) (at string, with signal.ICEServer) {
	t.Helper()
	for _, server := range s.relay.credentials(u) {
		for _, url := range server.URLs {
			if rest, ok := strings.CutPrefix(url, "turn:"); ok {
				if at, ok := strings.CutSuffix(rest, "?transport="+transport); ok {
					return at, server
				}
			}
		}
	}
	t.Fatalf("no relay over %s", transport)
	return "", with
}

// turnClient connects to a relay as a browser does.
func turnClient(t *testing.T, at, transport, user, password string) *turn.Client {
	t.Helper()
	var conn net.PacketConn
	if transport == "tcp" {
		c, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		conn = turn.NewSTUNConn(c)
	} else {
		c, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		conn = c
	}
	client, err := turn.NewClient(&turn.ClientConfig{STUNServerAddr: at, TURNServerAddr: at, Username: user, Password: password, Realm: turnRealm, Conn: conn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		conn.Close()
	})
	if err := client.Listen(); err != nil {
		t.Fatal(err)
	}
	return client
}

func TestRelay(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	for _, transport := range []string{"udp", "tcp"} {
		at, with := turnServer(t, s, "ana", transport)
		if left := time.Until(with.Expires); left < turnLife-time.Minute {
			t.Errorf("credentials end in %v", left)
		}
		relayed, err := turnClient(t, at, transport, with.Username, with.Credential).Allocate()
		if err != nil {
			t.Fatalf("%s: %v", transport, err)
		}
		peer, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer peer.Close()
		if _, err := relayed.WriteTo([]byte("hi"), peer.LocalAddr()); err != nil {
			t.Fatalf("%s: %v", transport, err)
		}
		b := make([]byte, 16)
		if err := peer.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, from, err := peer.ReadFrom(b)
		if err != nil || string(b[:n]) != "hi" || from.String() != relayed.LocalAddr().String() {
			t.Errorf("%s: %q from %v, %v", transport, b[:n], from, err)
		}
		if s.relay.total() != 1 {
			t.Errorf("%d allocations", s.relay.total())
		}
		if err := relayed.Close(); err != nil {
			t.Error(err)
		}
		until(t, func() string {
			if s.relay.total() != 0 {
				return "the allocation stays"
			}
			return ""
		})
	}
}

func TestRelayRefuses(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	at, with := turnServer(t, s, "ana", "udp")
	expired, old, err := turn.GenerateLongTermTURNRESTCredentials(s.id.TURNSecret, "ana", -time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	_, foreign, err := turn.GenerateLongTermTURNRESTCredentials("guess", "ana", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string][2]string{
		"wrong password":   {with.Username, "x"},
		"another's name":   {strings.Replace(with.Username, ":", ":x", 1), with.Credential},
		"expired":          {expired, old},
		"another's secret": {with.Username, foreign},
	} {
		if relayed, err := turnClient(t, at, "udp", c[0], c[1]).Allocate(); err == nil {
			t.Errorf("%s: got %v", what, relayed.LocalAddr())
		}
	}
}

func TestRelayQuota(t *testing.T) {
	t.Parallel()
	s := start(t, Options{})
	at, with := turnServer(t, s, "ana", "udp")
	for i := range turnPerUser {
		if _, err := turnClient(t, at, "udp", with.Username, with.Credential).Allocate(); err != nil {
			t.Fatalf("allocation %d: %v", i, err)
		}
	}
	later, password, err := turn.GenerateLongTermTURNRESTCredentials(s.id.TURNSecret, signal.UserID("ana").Token(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := turnClient(t, at, "udp", later, password).Allocate(); err == nil {
		t.Error("new credentials give a new quota")
	}
	at, with = turnServer(t, s, "bob", "udp")
	if _, err := turnClient(t, at, "udp", with.Username, with.Credential).Allocate(); err != nil {
		t.Errorf("somebody else is out of quota: %v", err)
	}
}

func TestAllowPeer(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string][2]bool{ // by default, and with private peers
		"203.0.113.7":     {true, true},
		"2001:db8::1":     {true, true},
		"10.1.2.3":        {false, true},
		"192.168.1.1":     {false, true},
		"::ffff:10.1.2.3": {false, true},
		"100.64.0.1":      {false, true},
		"169.254.169.254": {false, true},
		"fe80::1":         {false, true},
		"fd00::1":         {false, true},
		"127.0.0.1":       {false, true},
		"::1":             {false, true},
		"0.0.0.0":         {false, false},
		"::":              {false, false},
		"224.0.0.1":       {false, false},
		"ff02::1":         {false, false},
	} {
		for i, private := range []bool{false, true} {
			if got := allowPeer(private)(nil, net.ParseIP(ip)); got != want[i] {
				t.Errorf("%s with private %v: %v", ip, private, got)
			}
		}
	}
	if allowPeer(true)(nil, nil) {
		t.Error("no address is allowed")
	}
}

func TestRelayOnThePublicSideKeepsOut(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Listen: "0.0.0.0:0", PublicHost: "127.0.0.1"})
	at, with := turnServer(t, s, "ana", "udp")
	relayed, err := turnClient(t, at, "udp", with.Username, with.Credential).Allocate()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := relayed.WriteTo([]byte("hi"), &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 53}); err == nil {
		t.Error("the relay reaches the server's own loopback")
	}
}

func TestExternalRelay(t *testing.T) {
	t.Parallel()
	r, err := startRelay(TURNOptions{ExternalURLs: []string{"stun:t.example:3478", "turns:t.example:5349"}, ExternalSecret: "s"},
		"127.0.0.1", 1, "h", netip.Addr{}, "own")
	if err != nil {
		t.Fatal(err)
	}
	got := r.credentials("ana")
	if len(got) != 2 || got[0].URLs[0] != "stun:t.example:3478" || got[0].Username != "" || got[1].URLs[0] != "turns:t.example:5349" {
		t.Fatalf("%+v", got)
	}
	seconds, user, _ := strings.Cut(got[1].Username, ":")
	if at, err := strconv.ParseInt(seconds, 10, 64); err != nil || time.Until(time.Unix(at, 0)) < time.Hour || user != signal.UserID("ana").Token() {
		t.Errorf("user name %q", got[1].Username)
	}
	if off, err := startRelay(TURNOptions{Off: true}, "127.0.0.1", 1, "h", netip.Addr{}, "own"); err != nil || off.credentials("ana") != nil || off.close() != nil {
		t.Errorf("off: %v, %v", off, err)
	}
}
