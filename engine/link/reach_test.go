package link

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"

	"github.com/parley-calls/parley/internal/netem"
)

// TestReach asks a relay, with right and wrong words, and one that is not there.
func TestReach(t *testing.T) {
	virtually(t, func(t *testing.T) {
		w := newWorld(t)
		server := w.host()
		address := "10.0.0.1"
		listener, err := server.ListenPacket("udp4", address+":3478")
		if err != nil {
			t.Fatal(err)
		}
		gone, err := server.ListenPacket("udp4", address+":3479") // takes everything and says nothing
		if err != nil {
			t.Fatal(err)
		}
		defer gone.Close()
		relay, err := turn.NewServer(turn.ServerConfig{
			Realm: "parley",
			AuthHandler: func(a *turn.RequestAttributes) (string, []byte, bool) {
				return a.Username, turn.GenerateAuthKey(a.Username, "parley", "secret"), true
			},
			PacketConnConfigs: []turn.PacketConnConfig{{
				PacketConn:            listener,
				RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{RelayAddress: net.ParseIP(address), Address: "0.0.0.0", Net: server},
			}},
			LoggerFactory: logging.LoggerFactory(pionLogger{discard}),
		})
		if err != nil {
			t.Fatal(err)
		}
		defer relay.Close()
		at, away := "turn:"+listener.LocalAddr().String(), "turn:"+gone.LocalAddr().String()
		servers := []ICEServer{
			{URLs: []string{"stun:" + listener.LocalAddr().String(), at + "?transport=udp"}, Username: "ana", Credential: "secret"},
			{URLs: []string{at}, Username: "ana", Credential: "wrong"},
			{URLs: []string{away}, Username: "ana", Credential: "secret"},
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		wire := netem.NewWire(lan)
		defer wire.Close()
		got := Reach(ctx, servers, Options{Net: netem.Behind(w.host(), wire)})
		if len(got) != 4 {
			t.Fatalf("%d results: %+v", len(got), got)
		}
		for i, want := range []error{nil, nil, ErrNoAnswer, ErrNoAnswer} {
			r := got[i]
			if !errors.Is(r.Err, want) || (r.Took > 0) != (want == nil) {
				t.Errorf("%s: %v after %v, want %v", r.URL, r.Err, r.Took, want)
			}
		}
		if got[3].URL != away {
			t.Errorf("the last is %s", got[3].URL)
		}
	})
}
