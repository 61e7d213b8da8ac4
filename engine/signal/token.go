package signal

import (
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"
)

// Credentials let one user on one switchboard in. Token alone is worthless without Seed.
type Credentials struct {
	Token   string    `json:"token"`            // user JWT; says who, and until when
	Seed    string    `json:"seed"`             // nkey seed of the key that Token names: a secret that never leaves the device
	Expires time.Time `json:"expires,omitzero"` // of Token; zero means never
	AppID   string    `json:"app_id"`           // the tenant: public key of its account
	Pin     string    `json:"pin,omitempty"`    // of the switchboard that gave them; [Dial] refuses another one
}

// NewKey makes a key pair for a device: the seed to keep secret, and the public key that a token names.
func NewKey() (seed, public string, err error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return "", "", fmt.Errorf("signal: new key: %w", err)
	}
	defer pair.Wipe()
	s, err := pair.Seed()
	if err != nil {
		return "", "", fmt.Errorf("signal: new key: %w", err)
	}
	if public, err = pair.PublicKey(); err != nil {
		return "", "", fmt.Errorf("signal: new key: %w", err)
	}
	return string(s), public, nil
}

// PublicKey returns the public half of a device's seed, by which a switchboard knows the device. It fails with ErrBadToken.
func PublicKey(seed string) (string, error) {
	pair, err := nkeys.FromSeed([]byte(seed))
	if err != nil {
		return "", fmt.Errorf("%w: seed: %w", ErrBadToken, err)
	}
	defer pair.Wipe()
	public, err := pair.PublicKey()
	if err != nil || !nkeys.IsValidPublicUserKey(public) {
		return "", fmt.Errorf("%w: the seed is not a user's", ErrBadToken)
	}
	return public, nil
}

// MintToken makes a token for a user with the signing key of an app. The switchboard applies the permissions that belong to
// that key, whatever the token says. Whoever holds appSign can be anybody, so it belongs on a server, or into trusted set-ups.
// An empty key makes a new one, whose seed is in the result. A ttl of 0 means for ever.
func MintToken(appID, appSign string, u UserID, key string, ttl time.Duration) (Credentials, error) {
	if err := u.Check(); err != nil {
		return Credentials{}, err
	}
	if !nkeys.IsValidPublicAccountKey(appID) {
		return Credentials{}, errors.New("signal: mint token: the app ID is not an account's public key")
	}
	signer, err := nkeys.FromSeed([]byte(appSign))
	if err != nil {
		return Credentials{}, fmt.Errorf("signal: mint token: app sign: %w", err)
	}
	defer signer.Wipe()
	c := Credentials{AppID: appID}
	if key == "" {
		if c.Seed, key, err = NewKey(); err != nil {
			return Credentials{}, err
		}
	}
	if !nkeys.IsValidPublicUserKey(key) {
		return Credentials{}, errors.New("signal: mint token: the key is not a user's public key")
	}
	claims := jwt.NewUserClaims(key)
	claims.Name = u.Token()
	claims.IssuerAccount = appID
	claims.SetScoped(true)
	if ttl > 0 {
		claims.Expires = time.Now().Add(ttl).Unix()
		c.Expires = time.Unix(claims.Expires, 0)
	}
	if c.Token, err = claims.Encode(signer); err != nil {
		return Credentials{}, fmt.Errorf("signal: mint token: %w", err)
	}
	return c, nil
}

// User reads whom the token names. It does not prove anything: only the switchboard can.
func (c Credentials) User() (UserID, error) {
	claims, err := jwt.DecodeUserClaims(c.Token)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrBadToken, err)
	}
	return ParseUserToken(claims.Name)
}

// WithToken returns the credentials with another token for the same key.
func (c Credentials) WithToken(token string) (Credentials, error) {
	claims, err := jwt.DecodeUserClaims(token)
	if err != nil {
		return c, fmt.Errorf("%w: %w", ErrBadToken, err)
	}
	c.Token, c.Expires = token, time.Time{}
	if claims.Expires != 0 {
		c.Expires = time.Unix(claims.Expires, 0)
	}
	return c, nil
}
