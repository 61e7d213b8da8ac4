package signal

import (
	"fmt"

	"github.com/nats-io/nkeys"
)

// sealed is an answer that only the holder of one X25519 key can read (NaCl box, as nkeys implements it).
type sealed struct {
	Key string `json:"key"` // public key of the sender, made for this answer
	Box []byte `json:"box"`
}

// Seal encodes v so that only the holder of the public X25519 key to can read it.
func Seal(to string, v any) ([]byte, error) {
	plain, err := Encode(v)
	if err != nil {
		return nil, err
	}
	if !nkeys.IsValidPublicCurveKey(to) {
		return nil, fmt.Errorf("%w: not a public X25519 key", ErrMalformed)
	}
	sender, err := newBox()
	if err != nil {
		return nil, err
	}
	b, err := sender.pair.Seal(plain, to)
	if err != nil {
		return nil, fmt.Errorf("signal: seal: %w", err)
	}
	return Encode(sealed{Key: sender.public, Box: b})
}

// box opens what was sealed to it.
type box struct {
	pair   nkeys.KeyPair
	public string
}

func newBox() (box, error) {
	pair, err := nkeys.CreateCurveKeys()
	if err != nil {
		return box{}, fmt.Errorf("signal: new box: %w", err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		return box{}, fmt.Errorf("signal: new box: %w", err)
	}
	return box{pair: pair, public: public}, nil
}

func (b box) open(data []byte) ([]byte, error) {
	var s sealed
	if err := Decode(data, &s); err != nil {
		return nil, err
	}
	if !nkeys.IsValidPublicCurveKey(s.Key) {
		return nil, fmt.Errorf("%w: sealed by an unknown kind of key", ErrMalformed)
	}
	plain, err := b.pair.Open(s.Box, s.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: sealed for somebody else", ErrMalformed)
	}
	return plain, nil
}
