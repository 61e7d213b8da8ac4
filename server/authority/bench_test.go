package authority

import (
	"testing"

	"github.com/parley-calls/parley/engine/signal"
)

// BenchmarkCall measures one whole call as the switchboard sees it: invite, received, accept, leave.
func BenchmarkCall(b *testing.B) {
	s := startNATS(b)
	a := startAuthority(b, s, Options{})
	unlimited(a)
	a.requests.burst = 1e9
	ana, bob := startApp(b, s, "ana", "ana-1"), startApp(b, s, "bob", "bob-1")
	ana.hello()
	bob.hello()
	for b.Loop() {
		id := ana.invite("bob").ID
		for _, verb := range []signal.Verb{signal.VerbReceived, signal.VerbAccept} {
			bob.ask(verb, bob.about(id), nil)
		}
		ana.ask(signal.VerbLeave, ana.about(id), nil)
	}
}

// BenchmarkSync measures what every app asks for when it has connected.
func BenchmarkSync(b *testing.B) {
	s := startNATS(b)
	a := startAuthority(b, s, Options{})
	a.requests.burst = 1e9
	ana := startApp(b, s, "ana", "ana-1")
	ana.hello()
	for b.Loop() {
		var r signal.SyncReply
		ana.ask(signal.VerbSync, signal.Sync{Device: "ana-1"}, &r)
	}
}
