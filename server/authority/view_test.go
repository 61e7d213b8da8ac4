package authority

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-calls/parley/engine/signal"
)

// entry is what a watcher shows.
type entry struct {
	jetstream.KeyValueEntry
	key       string
	value     []byte
	revision  uint64
	operation jetstream.KeyValueOp
}

func (e entry) Key() string                     { return e.key }
func (e entry) Value() []byte                   { return e.value }
func (e entry) Revision() uint64                { return e.revision }
func (e entry) Operation() jetstream.KeyValueOp { return e.operation }

// What this authority wrote comes late to its own view: somebody may have removed the person meanwhile.
func TestLateWriteBringsNobodyBack(t *testing.T) {
	t.Parallel()
	v := newView(nil)
	bob := signal.Person{User: signal.User{ID: "bob", Name: "Bob"}, Presence: signal.Online}
	data, err := signal.Encode(bob)
	if err != nil {
		t.Fatal(err)
	}
	seen := func(want bool, when string) {
		t.Helper()
		if _, ok := v.person("bob"); ok != want {
			t.Errorf("bob is there %s: %v", when, ok)
		}
	}
	v.putPerson(stored{bob, 3})
	seen(true, "when we wrote him")
	v.takePerson(entry{key: bob.ID.Token(), value: data, revision: 3, operation: jetstream.KeyValuePut})
	v.takePerson(entry{key: bob.ID.Token(), revision: 5, operation: jetstream.KeyValueDelete})
	seen(false, "when he was removed")
	v.putPerson(stored{bob, 4})
	seen(false, "when an older write comes")
	v.putPerson(stored{bob, 6})
	seen(true, "when he comes in again")
}
