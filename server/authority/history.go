package authority

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-calls/parley/engine/signal"
)

const (
	historyBucket = "history"

	// maxEntries bounds what a user finds in his history.
	maxEntries = 500
	// trimAfter is how many entries this authority writes for a user until it looks whether there are too many.
	trimAfter = 50
	// keepDeleted is how long a deleted entry leaves a mark that it must not come back, and lateEntry how long after a part of a
	// call its entry may still be written: no call record is swept so long that an entry could outlive its mark.
	keepDeleted = 72 * time.Hour
	lateEntry   = 48 * time.Hour
	// seenKey is the key of the time until which a user has seen his missed calls. It is no entry's ID.
	seenKey = "-seen"
)

// history is what users remember of their calls. All of it is in one stream, with the user as the first part of each key: a stream
// for each would cost the server a store, and a cluster a group of replicas that elects a leader, for a few hundred lines of text;
// and no user can read any stream, so it would protect nothing.
//
// An entry is written once: only if nothing, not even the mark of its deletion, is under its key.
type history struct {
	js jetstream.JetStream
	kv jetstream.KeyValue

	mu      sync.Mutex
	written map[signal.UserID]int // since the last trim
}

// openHistory makes the bucket, or sets how long an existing one keeps entries.
func openHistory(ctx context.Context, js jetstream.JetStream, replicas int, age time.Duration) (*history, error) {
	config := jetstream.StreamConfig{
		Name: "KV_" + historyBucket, Subjects: []string{"$KV." + historyBucket + ".>"}, MaxMsgsPerSubject: 1,
		MaxAge: age, Replicas: replicas, AllowMsgTTL: true, AllowRollup: true, DenyDelete: true, Discard: jetstream.DiscardNew,
	}
	kv, err := bucket(ctx, js, historyBucket, func(ctx context.Context) error {
		_, err := js.CreateStream(ctx, config)
		return err
	})
	if err != nil {
		return nil, err
	}
	look, cancel := context.WithTimeout(ctx, create)
	defer cancel()
	stream, err := js.Stream(look, config.Name)
	if err == nil && stream.CachedInfo().Config.MaxAge != age {
		config.Replicas = stream.CachedInfo().Config.Replicas
		_, err = js.UpdateStream(look, config)
	}
	if err != nil {
		return nil, fmt.Errorf("authority: bucket %s: %w", historyBucket, err)
	}
	return &history{js: js, kv: kv, written: map[signal.UserID]int{}}, nil
}

func historySubject(u signal.UserID, key string) string {
	return "$KV." + historyBucket + "." + u.Token() + "." + key
}

// add writes an entry, and reports whether it was not there before.
func (h *history) add(ctx context.Context, u signal.UserID, e signal.HistoryEntry) (bool, error) {
	data, err := signal.Encode(e)
	if err != nil {
		return false, err
	}
	_, err = h.js.Publish(ctx, historySubject(u, string(e.ID)), data, jetstream.WithExpectLastSequencePerSubject(0))
	if isConflict(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("authority: history: %w", err)
	}
	return true, h.count(ctx, u)
}

// count notes an entry that was written, and trims the user's history now and then: at first because another authority may have
// ended before it did.
func (h *history) count(ctx context.Context, u signal.UserID) error {
	h.mu.Lock()
	n, known := h.written[u]
	due := !known || n+1 >= trimAfter
	if h.written[u] = n + 1; due {
		h.written[u] = 0
	}
	h.mu.Unlock()
	if !due {
		return nil
	}
	entries, _, err := h.read(ctx, u)
	if err != nil {
		return err
	}
	for _, e := range entries[min(len(entries), maxEntries):] {
		if err := h.remove(ctx, u, e.ID); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes an entry and leaves the mark of it.
func (h *history) remove(ctx context.Context, u signal.UserID, id signal.HistoryID) error {
	if err := h.kv.Purge(ctx, u.Token()+"."+string(id), jetstream.PurgeTTL(keepDeleted)); err != nil {
		return fmt.Errorf("authority: history: %w", err)
	}
	return nil
}

// read returns all entries of a user, newest first, and until when he has seen his missed calls.
func (h *history) read(ctx context.Context, u signal.UserID) (entries []signal.HistoryEntry, seen time.Time, err error) {
	watcher, err := h.kv.Watch(ctx, u.Token()+".*", jetstream.IgnoreDeletes())
	if err != nil {
		return nil, seen, fmt.Errorf("authority: history: %w", err)
	}
	defer watcher.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, seen, fmt.Errorf("authority: history: %w", context.Cause(ctx))
		case value, ok := <-watcher.Updates():
			if !ok {
				return nil, seen, fmt.Errorf("authority: history: %w", errWatchEnded)
			}
			if value == nil { // that was all
				slices.SortFunc(entries, func(a, b signal.HistoryEntry) int {
					return cmp.Or(b.Over.Compare(a.Over), cmp.Compare(b.ID, a.ID))
				})
				return entries, seen, nil
			}
			if strings.HasSuffix(value.Key(), "."+seenKey) {
				err = signal.Decode(value.Value(), &seen)
			} else {
				var e signal.HistoryEntry
				err = signal.Decode(value.Value(), &e)
				entries = append(entries, e)
			}
			if err != nil {
				return nil, seen, fmt.Errorf("authority: history: %s: %w", value.Key(), err)
			}
		}
	}
}

// see notes until when a user has seen his missed calls, and reports whether that is news. It never goes back.
func (h *history) see(ctx context.Context, u signal.UserID, until time.Time) (bool, error) {
	data, err := signal.Encode(until)
	if err != nil {
		return false, err
	}
	key := u.Token() + "." + seenKey
	for attempt := range maxAttempts {
		if attempt > 0 {
			if err := pause(ctx, attempt); err != nil {
				return false, err
			}
		}
		var revision uint64
		var seen time.Time
		entry, err := h.kv.Get(ctx, key)
		switch {
		case err == nil:
			revision = entry.Revision()
			if err := signal.Decode(entry.Value(), &seen); err != nil {
				return false, fmt.Errorf("authority: history: %w", err)
			}
		case !errors.Is(err, jetstream.ErrKeyNotFound):
			return false, fmt.Errorf("authority: history: %w", err)
		}
		if !until.After(seen) {
			return false, nil
		}
		if _, err = h.kv.Update(ctx, key, data, revision); !isConflict(err) {
			if err != nil {
				return false, fmt.Errorf("authority: history: %w", err)
			}
			return true, nil
		}
	}
	return false, errConflict
}
