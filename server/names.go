package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-calls/parley/engine/signal"
)

// namesBucket holds whose a user ID is: one key for each user token.
const namesBucket = "names"

// The waits of storage. Looking is short so that many nodes that start together do not time each other out.
const (
	lookTimeout   = time.Second
	createTimeout = 5 * time.Second
)

// errNotOwned says that nobody enrolled under an ID.
var errNotOwned = errors.New("server: nobody enrolled with this user ID")

// owner is the record of a user ID.
type owner struct {
	Key   string    `json:"key"` // public nkey of the first device
	Name  string    `json:"name"`
	Since time.Time `json:"since"`
}

// names says to which key a user ID belongs. The first one that claims it gets it, for good; several nodes agree by
// compare-and-set.
type names struct {
	kv    jetstream.KeyValue
	known func(context.Context, signal.UserID) (bool, error) // to the authority
}

func openNames(ctx context.Context, js jetstream.JetStream, replicas int) (*names, error) {
	look, cancel := context.WithTimeout(ctx, lookTimeout)
	kv, err := js.KeyValue(look, namesBucket)
	cancel()
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		create, cancel := context.WithTimeout(ctx, createTimeout)
		defer cancel()
		kv, err = js.CreateKeyValue(create, jetstream.KeyValueConfig{
			Bucket: namesBucket, Description: "user token → key that may use it", History: 1, Replicas: max(replicas, 1),
		})
	}
	if err != nil {
		return nil, fmt.Errorf("server: bucket %s: %w", namesBucket, err)
	}
	return &names{kv: kv}, nil
}

// claim takes a user ID for a key. Claiming again with the same key is fine; another's is refused with CodeNameTaken, and so is
// that of somebody who came with a token of the operator's own making.
func (n *names) claim(ctx context.Context, u signal.User, key string) error {
	taken := &signal.Error{Code: signal.CodeNameTaken, Message: fmt.Sprintf("%q belongs to somebody else here", u.ID)}
	has, err := n.owner(ctx, u.ID)
	switch {
	case err == nil && has.Key == key:
		return nil
	case err == nil:
		return taken
	case !errors.Is(err, errNotOwned):
		return err
	}
	if known, err := n.known(ctx, u.ID); err != nil {
		return err
	} else if known {
		return taken
	}
	value, err := json.Marshal(owner{Key: key, Name: u.Name, Since: time.Now().UTC()})
	if err != nil {
		return err
	}
	_, err = n.kv.Create(ctx, u.ID.Token(), value)
	if !errors.Is(err, jetstream.ErrKeyExists) {
		if err != nil {
			return fmt.Errorf("server: claim a name: %w", err)
		}
		return nil
	}
	if has, err = n.owner(ctx, u.ID); err != nil { // somebody was faster: perhaps we, at a second try
		return err
	}
	if has.Key != key {
		return taken
	}
	return nil
}

// owner fails with errNotOwned if there is none.
func (n *names) owner(ctx context.Context, u signal.UserID) (owner, error) {
	entry, err := n.kv.Get(ctx, u.Token())
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return owner{}, errNotOwned
	}
	if err != nil {
		return owner{}, fmt.Errorf("server: whose is a name: %w", err)
	}
	var o owner
	if err := json.Unmarshal(entry.Value(), &o); err != nil {
		return owner{}, fmt.Errorf("server: bucket %s: %w", namesBucket, err)
	}
	return o, nil
}
