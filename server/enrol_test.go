package server

import (
	"encoding/json"
	"net/netip"
	"testing"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/echo"
)

func FuzzEnrolRequest(f *testing.F) {
	_, key, err := signal.NewKey()
	if err != nil {
		f.Fatal(err)
	}
	for _, r := range []signal.EnrolRequest{{Key: key, User: signal.User{ID: "ana", Name: "Ana"}, JoinCode: "x", DeviceCode: "k7pmn-x2qwe", Box: "X"}, {}} {
		data, err := json.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var r signal.EnrolRequest
		if signal.Decode(data, &r) != nil || checkEnrol(r) != nil {
			return
		}
		if r.User.ID.Check() != nil || r.User.ID == echo.ID || !nkeys.IsValidPublicUserKey(r.Key) || len(r.User.Name) > 4*maxName {
			t.Fatalf("%q was let through", data)
		}
	})
}

func TestSource(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]netip.Addr{
		`{"host":"192.0.2.7"}`: netip.MustParseAddr("192.0.2.7"),
		`{"host":"pipe"}`:      {},
		`[`:                    {},
		``:                     {},
	} {
		if got := source(&nats.Msg{Header: nats.Header{natsserver.ClientInfoHdr: {header}}}); got != want {
			t.Errorf("%s: %v", header, got)
		}
	}
}
