package server

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-calls/parley/engine/signal"
)

// codesBucket holds the device codes that are open: one key for each user token.
const codesBucket = "codes"

// codeLife is how long a device code works: time to walk to the other desk and type it.
const codeLife = 5 * time.Minute

// codes are shown on one device of a user and let another one enrol as the same user. A user has one at most: a new one ends the one
// before. They are kept as keyed digests, so who reads the storage cannot use them, and every node of a cluster can take them.
type codes struct {
	kv     jetstream.KeyValue
	secret []byte
	now    func() time.Time
}

// openCode is the record of a code.
type openCode struct {
	Digest  []byte    `json:"digest"`
	Expires time.Time `json:"expires"`
}

func openCodes(ctx context.Context, js jetstream.JetStream, secret string) (*codes, error) {
	kv, err := openBucket(ctx, js, jetstream.KeyValueConfig{
		Bucket: codesBucket, Description: "user token → digest of the device code", History: 1, TTL: codeLife,
	})
	return &codes{kv: kv, secret: []byte(secret), now: time.Now}, err
}

// issue makes a code for a user who has proven to be it.
func (c *codes) issue(ctx context.Context, u signal.UserID) (signal.DeviceReply, error) {
	reply := signal.DeviceReply{Code: newCode(), Expires: c.now().Add(codeLife).UTC().Round(0)}
	value, err := json.Marshal(openCode{Digest: c.digest(u, reply.Code), Expires: reply.Expires})
	if err != nil {
		return signal.DeviceReply{}, err
	}
	if _, err := c.kv.Put(ctx, u.Token(), value); err != nil {
		return signal.DeviceReply{}, fmt.Errorf("server: device code: %w", err)
	}
	return reply, nil
}

// redeem reports whether this is the open code of a user, and ends it if it is. Of several who come with it one gets true.
func (c *codes) redeem(ctx context.Context, u signal.UserID, code string) (bool, error) {
	entry, err := c.kv.Get(ctx, u.Token())
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("server: device code: %w", err)
	}
	var open openCode
	if err := json.Unmarshal(entry.Value(), &open); err != nil {
		return false, fmt.Errorf("server: bucket %s: %w", codesBucket, err)
	}
	if !c.now().Before(open.Expires) || !hmac.Equal(open.Digest, c.digest(u, code)) {
		return false, nil
	}
	err = c.kv.Delete(ctx, u.Token(), jetstream.LastRevision(entry.Revision()))
	if errors.Is(err, jetstream.ErrKeyRevisionMismatch) { // somebody was faster, or a newer code has replaced it
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("server: device code: %w", err)
	}
	return true, nil
}

// digest is the same however a person groups or writes the code.
func (c *codes) digest(u signal.UserID, code string) []byte {
	mac := hmac.New(sha256.New, c.secret)
	mac.Write([]byte(u.Token() + "." + strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))))
	return mac.Sum(nil)
}

// newCode makes 50 bits that a person can read out: two groups of five letters and digits.
func newCode() string {
	var b [7]byte
	_, _ = rand.Read(b[:]) // never fails
	s := strings.ToLower(base32.NewEncoding("ABCDEFGHJKLMNPQRSTUVWXYZ23456789").WithPadding(base32.NoPadding).EncodeToString(b[:]))
	return s[:5] + "-" + s[5:10]
}
