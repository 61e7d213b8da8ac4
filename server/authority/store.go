package authority

import (
	"context"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-calls/parley/engine/signal"
)

const (
	// keepEnded is how long the record of an ended call answers late requests.
	keepEnded = time.Hour
	// keepOpen removes records that no authority lives to end.
	keepOpen = 48 * time.Hour
	// maxAttempts bounds the rounds of one compare-and-set. A call has few parties, so even ten that race are done much earlier.
	maxAttempts = 32
	// maxRecord bounds a record, so that it can be delivered with its revision in it. The law keeps records below.
	maxRecord = signal.MaxMessage - 64
	// lookUp and create bound one admin request each. One that is lost when a cluster elects a leader waits in vain for all
	// of its time, so they are short and repeated.
	lookUp = time.Second
	create = 5 * time.Second
)

// The names of the buckets, and how the keys of call records begin.
const (
	callsBucket  = "calls"
	peopleBucket = "people"
	leasesBucket = "leases"

	callPrefix = "call."
)

// errConflict says that a compare-and-set lost its race.
var errConflict = errors.New("authority: record changed meanwhile")

// store is the truth: the buckets.
type store struct {
	js     jetstream.JetStream
	calls  jetstream.KeyValue
	stream jetstream.Stream // of calls
	people jetstream.KeyValue
	leases jetstream.KeyValue
	lease  time.Duration // as the bucket really has it

	history *history
}

var keyEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// token makes one key token of any text, as [signal.UserID.Token] does.
func token(s string) string { return strings.ToLower(keyEncoding.EncodeToString([]byte(s))) }

func untoken(t string) (string, bool) {
	b, err := keyEncoding.DecodeString(strings.ToUpper(t))
	return string(b), err == nil && len(b) > 0
}

func openStore(ctx context.Context, nc *nats.Conn, o Options) (*store, error) {
	replicas, lease := o.Replicas, o.Lease
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("authority: jetstream: %w", err)
	}
	s := &store{js: js}
	// Calls are read from the leader of the stream, never from a replica that may lag: a decision on an old record would be
	// a wrong answer, not only a lost race. So this bucket is made by hand, without direct gets.
	if s.calls, err = bucket(ctx, js, callsBucket, func(ctx context.Context) error {
		_, err := js.CreateStream(ctx, jetstream.StreamConfig{
			Name: "KV_" + callsBucket, Subjects: []string{"$KV." + callsBucket + ".>"}, MaxMsgsPerSubject: 1,
			MaxAge: keepOpen, Replicas: replicas, AllowMsgTTL: true, AllowRollup: true, DenyDelete: true, Discard: jetstream.DiscardNew,
		})
		return err
	}); err != nil {
		return nil, err
	}
	if s.people, err = bucket(ctx, js, peopleBucket, func(ctx context.Context) error {
		_, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: peopleBucket, Replicas: replicas})
		return err
	}); err != nil {
		return nil, err
	}
	if s.leases, err = bucket(ctx, js, leasesBucket, func(ctx context.Context) error {
		_, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: leasesBucket, TTL: lease, LimitMarkerTTL: max(lease, time.Second),
			Storage: jetstream.MemoryStorage, Replicas: replicas,
		})
		return err
	}); err != nil {
		return nil, err
	}
	if s.history, err = openHistory(ctx, js, replicas, o.KeepHistory); err != nil {
		return nil, err
	}
	look, cancel := context.WithTimeout(ctx, lookUp)
	defer cancel()
	status, err := s.leases.Status(look)
	if err != nil {
		return nil, fmt.Errorf("authority: bucket %s: %w", leasesBucket, err)
	}
	s.lease = status.TTL()
	if s.stream, err = js.Stream(look, "KV_"+callsBucket); err != nil {
		return nil, fmt.Errorf("authority: bucket %s: %w", callsBucket, err)
	}
	return s, nil
}

// bucket looks for a bucket and makes it only if there is none: nodes of a cluster that all create at boot time each other out.
func bucket(ctx context.Context, js jetstream.JetStream, name string, make func(context.Context) error) (jetstream.KeyValue, error) {
	for {
		look, cancel := context.WithTimeout(ctx, lookUp)
		kv, err := js.KeyValue(look, name)
		cancel()
		if err == nil {
			return kv, nil
		}
		if errors.Is(err, jetstream.ErrBucketNotFound) {
			making, cancel := context.WithTimeout(ctx, create)
			err = make(making)
			cancel()
			if err == nil || errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
				continue
			}
		}
		var refused jetstream.JetStreamError
		if errors.As(err, &refused) && refused.APIError() != nil && refused.APIError().Code < 500 {
			return nil, fmt.Errorf("authority: bucket %s: %w", name, err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("authority: bucket %s: %w (%w)", name, err, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// load reads a record. A call that is not there is the zero call with its ID.
func (s *store) load(ctx context.Context, id signal.CallID) (signal.Call, error) {
	m, err := s.stream.GetLastMsgForSubject(ctx, "$KV."+callsBucket+"."+callPrefix+token(string(id)))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return signal.Call{ID: id}, nil
	}
	if err != nil {
		return signal.Call{}, fmt.Errorf("authority: load call: %w", err)
	}
	return decodeCall(m.Data, m.Sequence)
}

func decodeCall(data []byte, revision uint64) (signal.Call, error) {
	var c signal.Call
	if err := signal.Decode(data, &c); err != nil {
		return signal.Call{}, fmt.Errorf("authority: call record %d: %w", revision, err)
	}
	c.Revision = revision
	return c, nil
}

// save writes a record if nobody wrote after c.Revision, and returns it with its new revision.
func (s *store) save(ctx context.Context, c signal.Call) (signal.Call, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return signal.Call{}, fmt.Errorf("authority: save call: %w", err)
	}
	if len(data) > maxRecord {
		return signal.Call{}, refusal(signal.CodeTooMany, "The texts of this call are too long.")
	}
	options := []jetstream.PublishOpt{jetstream.WithExpectLastSequencePerSubject(c.Revision)}
	if !c.Ended.IsZero() {
		options = append(options, jetstream.WithMsgTTL(keepEnded))
	}
	ack, err := s.js.Publish(ctx, "$KV."+callsBucket+"."+callPrefix+token(string(c.ID)), data, options...)
	if isConflict(err) {
		return signal.Call{}, errConflict
	}
	if err != nil {
		return signal.Call{}, fmt.Errorf("authority: save call: %w", err)
	}
	c.Revision = ack.Sequence
	return c, nil
}

func isConflict(err error) bool {
	var api *jetstream.APIError
	return errors.Is(err, jetstream.ErrKeyExists) || errors.As(err, &api) &&
		(api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// change applies what decide says to the record as it is, again and again until nobody wrote in between. changed tells whether the
// returned record is new.
func (s *store) change(ctx context.Context, id signal.CallID, decide func(signal.Call) (signal.Call, error)) (call signal.Call, changed bool, err error) {
	for attempt := range maxAttempts {
		if attempt > 0 {
			if err := pause(ctx, attempt); err != nil {
				return signal.Call{}, false, err
			}
		}
		before, err := s.load(ctx, id)
		if err != nil {
			return signal.Call{}, false, err
		}
		after, err := decide(before)
		if err != nil {
			return before, false, err
		}
		if sameCall(before, after) {
			return before, false, nil
		}
		after, err = s.save(ctx, after)
		if !errors.Is(err, errConflict) {
			return after, err == nil, err
		}
	}
	return signal.Call{}, false, fmt.Errorf("authority: call changes too fast: %w", errConflict)
}

// pause spreads those who lost a race, so that they do not run the same race again.
func pause(ctx context.Context, attempt int) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(rand.N(min(time.Duration(attempt)*time.Millisecond, 20*time.Millisecond))):
		return nil
	}
}

// sameCall compares what the law may change. It never turns a record back, so few fields tell.
func sameCall(a, b signal.Call) bool {
	if !a.Ended.Equal(b.Ended) || !a.Created.Equal(b.Created) || len(a.Parties) != len(b.Parties) {
		return false
	}
	for i, p := range a.Parties {
		q := b.Parties[i]
		if p.State != q.State || p.Device != q.Device || p.Invitation != q.Invitation || !p.Since.Equal(q.Since) ||
			!p.Microphone.At.Equal(q.Microphone.At) || !p.Camera.At.Equal(q.Camera.At) {
			return false
		}
	}
	return true
}

// renew takes or renews a lease, and returns its revision.
func (s *store) renew(ctx context.Context, h hold) (uint64, error) {
	revision, err := s.leases.Put(ctx, h.key(), nil)
	if err != nil {
		return 0, fmt.Errorf("authority: lease: %w", err)
	}
	return revision, nil
}

// release gives a lease back.
func (s *store) release(ctx context.Context, h hold) error {
	if err := s.leases.Delete(ctx, h.key()); err != nil {
		return fmt.Errorf("authority: lease: %w", err)
	}
	return nil
}

// revoke ends a lease that nobody has renewed or ended since a revision; otherwise it fails with errConflict.
func (s *store) revoke(ctx context.Context, h hold, revision uint64) error {
	err := s.leases.Delete(ctx, h.key(), jetstream.LastRevision(revision))
	if isConflict(err) {
		return errConflict
	}
	if err != nil {
		return fmt.Errorf("authority: lease: %w", err)
	}
	return nil
}

// person reads what is known about a user, and false if there is no such user.
func (s *store) person(ctx context.Context, u signal.UserID) (signal.Person, bool, error) {
	entry, err := s.people.Get(ctx, u.Token())
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return signal.Person{}, false, nil
	}
	var p signal.Person
	if err == nil {
		err = signal.Decode(entry.Value(), &p)
	}
	if err != nil {
		return p, false, fmt.Errorf("authority: person: %w", err)
	}
	return p, true, nil
}

// held reports whether there is such a lease.
func (s *store) held(ctx context.Context, h hold) (bool, error) {
	_, err := s.leases.Get(ctx, h.key())
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return false, nil
	}
	return false, fmt.Errorf("authority: lease: %w", err)
}

// changePerson applies decide to what is known about a user; a user who is not there is the zero person. It returns errConflict when
// somebody else was faster, and reports whether it wrote.
func (s *store) changePerson(ctx context.Context, u signal.UserID, decide func(signal.Person) signal.Person) (stored, bool, error) {
	var before stored
	entry, err := s.people.Get(ctx, u.Token())
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
	case err != nil:
		return before, false, fmt.Errorf("authority: person: %w", err)
	default:
		if err := signal.Decode(entry.Value(), &before.Person); err != nil {
			return before, false, fmt.Errorf("authority: person: %w", err)
		}
		before.revision = entry.Revision()
	}
	after := stored{Person: decide(before.Person)}
	if after.Person == before.Person {
		return before, false, nil
	}
	data, err := signal.Encode(after.Person)
	if err != nil {
		return before, false, err
	}
	if entry == nil {
		after.revision, err = s.people.Create(ctx, u.Token(), data)
	} else {
		after.revision, err = s.people.Update(ctx, u.Token(), data, entry.Revision())
	}
	if isConflict(err) {
		return before, false, errConflict
	}
	if err != nil {
		return before, false, fmt.Errorf("authority: person: %w", err)
	}
	return after, true, nil
}
