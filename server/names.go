package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-calls/parley/engine/signal"
)

// namesBucket holds whose a user ID is: one key for each user token.
const namesBucket = "names"

const (
	// maxKeys bounds the devices of a user that may come in. One more takes the place of the one that was idle longest.
	maxKeys = 16
	// maxRounds bounds a compare-and-set: a user has few devices, and they enrol one by one.
	maxRounds = 8
)

// The waits of storage. Looking is short so that many nodes that start together do not time each other out.
const (
	lookTimeout   = time.Second
	createTimeout = 5 * time.Second
)

// errNotOwned says that nobody enrolled under an ID, errNoDevice that who did has no device with a key.
var (
	errNotOwned = errors.New("server: nobody enrolled with this user ID")
	errNoDevice = errors.New("server: no device of this person has that key")
)

// owner is the record of a user ID.
type owner struct {
	Key   string      `json:"key,omitempty"` // the only one, in a record from when a user had one device
	Keys  []deviceKey `json:"keys"`          // in the order in which they came
	Name  string      `json:"name"`          // under which it was claimed
	Since time.Time   `json:"since"`

	Removed time.Time `json:"removed,omitzero"` // by the operator: the name stays taken, and its keys let nobody in
}

// deviceKey is the key of one device.
type deviceKey struct {
	Key   string    `json:"key"`            // public nkey
	Since time.Time `json:"since,omitzero"` // when it came; zero in records of earlier versions
	Used  time.Time `json:"used"`           // when it got a token last

	Removed time.Time `json:"removed,omitzero"` // by the operator: it lets nobody in
}

func decodeOwner(data []byte) (owner, error) {
	var o owner
	if err := json.Unmarshal(data, &o); err != nil {
		return owner{}, fmt.Errorf("server: bucket %s: %w", namesBucket, err)
	}
	if o.Key != "" {
		o.Keys, o.Key = append([]deviceKey{{Key: o.Key, Since: o.Since, Used: o.Since}}, o.Keys...), ""
	}
	return o, nil
}

// has reports whether a key may use the ID.
func (o owner) has(key string) bool {
	i := o.index(key)
	return o.Removed.IsZero() && i >= 0 && o.Keys[i].Removed.IsZero()
}

// index is that of a key in Keys; -1 if it is not there.
func (o owner) index(key string) int {
	return slices.IndexFunc(o.Keys, func(k deviceKey) bool { return k.Key == key })
}

// shutOut are the keys that the operator removed, one by one or all.
func (o owner) shutOut() []string {
	var out []string
	for _, k := range o.Keys {
		if !o.Removed.IsZero() || !k.Removed.IsZero() {
			out = append(out, k.Key)
		}
	}
	return out
}

// with returns the record with a key that gets a token now.
func (o owner) with(key string, now time.Time) owner {
	o.Keys = slices.Clone(o.Keys)
	if i := o.index(key); i >= 0 {
		o.Keys[i].Used = now
		return o
	}
	if len(o.Keys) >= maxKeys {
		idle := slices.MinFunc(o.Keys, func(a, b deviceKey) int {
			switch in, also := a.Removed.IsZero(), b.Removed.IsZero(); { // what was removed is to be remembered
			case in && !also:
				return -1
			case also && !in:
				return 1
			}
			return a.Used.Compare(b.Used)
		})
		o.Keys = slices.DeleteFunc(o.Keys, func(k deviceKey) bool { return k == idle })
	}
	o.Keys = append(o.Keys, deviceKey{Key: key, Since: now, Used: now})
	return o
}

// names says to which keys a user ID belongs. The first one that claims it gets it, for good, and says which others do; several
// nodes agree by compare-and-set.
type names struct {
	kv    jetstream.KeyValue
	known func(context.Context, signal.UserID) (bool, error) // to the authority
}

// openBucket looks for a bucket, and makes it if there is none.
func openBucket(ctx context.Context, js jetstream.JetStream, c jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	look, cancel := context.WithTimeout(ctx, lookTimeout)
	kv, err := js.KeyValue(look, c.Bucket)
	cancel()
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		create, cancel := context.WithTimeout(ctx, createTimeout)
		defer cancel()
		kv, err = js.CreateKeyValue(create, c)
	}
	if err != nil {
		return nil, fmt.Errorf("server: bucket %s: %w", c.Bucket, err)
	}
	return kv, nil
}

func openNames(ctx context.Context, js jetstream.JetStream) (*names, error) {
	kv, err := openBucket(ctx, js, jetstream.KeyValueConfig{
		Bucket: namesBucket, Description: "user token → keys that may use it", History: 1,
	})
	return &names{kv: kv}, err
}

// claim takes a user ID for a key. Claiming again with a key that has it is fine; another's is refused with CodeNameTaken, and so is
// that of somebody who came with a token of the operator's own making.
func (n *names) claim(ctx context.Context, u signal.User, key string) error {
	taken := &signal.Error{Code: signal.CodeNameTaken, Message: fmt.Sprintf("%q belongs to somebody else here", u.ID)}
	has, err := n.owner(ctx, u.ID)
	switch {
	case err == nil && has.has(key):
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
	now := time.Now().UTC()
	value, err := json.Marshal(owner{Name: cmp.Or(u.Name, string(u.ID)), Since: now}.with(key, now))
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
	if !has.has(key) {
		return taken
	}
	return nil
}

// add gives a user one more key, or notes that a key of his is in use. Somebody who never enrolled, because the operator made his
// token, gets a record by it.
func (n *names) add(ctx context.Context, u signal.User, key string) error {
	return n.change(ctx, u.ID, func(o owner) (owner, error) {
		switch {
		case !o.Removed.IsZero():
			return o, &signal.Error{Code: signal.CodeForbidden, Message: "the person who runs the switchboard removed this name"}
		case o.index(key) >= 0 && !o.has(key):
			return o, &signal.Error{Code: signal.CodeForbidden, Message: "the person who runs the switchboard removed this device"}
		case o.Since.IsZero():
			o = owner{Name: cmp.Or(u.Name, string(u.ID)), Since: time.Now().UTC()}
		}
		return o.with(key, time.Now().UTC()), nil
	})
}

// setRemoved takes the name and keys of a user away, or only the key of one device, or gives them back when removed is zero. It fails
// with errNotOwned if there is no record, and with errNoDevice if the key is not in it.
func (n *names) setRemoved(ctx context.Context, u signal.UserID, device string, removed time.Time) error {
	return n.change(ctx, u, func(o owner) (owner, error) {
		if o.Since.IsZero() {
			return o, errNotOwned
		}
		if device == "" {
			o.Removed = removed
			return o, nil
		}
		i := o.index(device)
		if i < 0 {
			return o, errNoDevice
		}
		o.Keys = slices.Clone(o.Keys)
		o.Keys[i].Removed = removed
		return o, nil
	})
}

// change applies decide to a record, again and again until nobody wrote in between. One that is not there is the zero record.
func (n *names) change(ctx context.Context, u signal.UserID, decide func(owner) (owner, error)) error {
	for range maxRounds {
		o, revision, err := n.read(ctx, u)
		if err != nil && !errors.Is(err, errNotOwned) {
			return err
		}
		if o, err = decide(o); err != nil {
			return err
		}
		value, err := json.Marshal(o)
		if err != nil {
			return err
		}
		if revision == 0 {
			_, err = n.kv.Create(ctx, u.Token(), value)
		} else {
			_, err = n.kv.Update(ctx, u.Token(), value, revision)
		}
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, jetstream.ErrKeyExists) && !errors.Is(err, jetstream.ErrKeyRevisionMismatch):
			return fmt.Errorf("server: change whose a name is: %w", err)
		}
	}
	return errors.New("server: change whose a name is: the record changes too fast")
}

// owner fails with errNotOwned if there is none.
func (n *names) owner(ctx context.Context, u signal.UserID) (owner, error) {
	o, _, err := n.read(ctx, u)
	return o, err
}

func (n *names) read(ctx context.Context, u signal.UserID) (owner, uint64, error) {
	entry, err := n.kv.Get(ctx, u.Token())
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return owner{}, 0, errNotOwned
	}
	if err != nil {
		return owner{}, 0, fmt.Errorf("server: whose is a name: %w", err)
	}
	o, err := decodeOwner(entry.Value())
	return o, entry.Revision(), err
}
