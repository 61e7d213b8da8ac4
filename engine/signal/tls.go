package signal

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"sync/atomic"
)

// PinOf is the pin of a certificate: SHA-256 of its public key (RFC 7469, section 2.4), in base64url. It stays the same when a
// certificate is renewed for the same key.
func PinOf(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// pinned verifies a switchboard by its pin. Without one it trusts what it sees, and remembers that: trust on first use, also
// between the reconnects of one connection.
type pinned struct {
	want string                 // empty: not known
	seen atomic.Pointer[string] // nil: no TLS yet
}

func (p *pinned) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		// The pin takes the place of the certificate authorities: it proves one key, and they would prove only a name.
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection proves more
		VerifyConnection:   p.verify,
	}
}

func (p *pinned) verify(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return errors.New("signal: the switchboard shows no certificate")
	}
	got := PinOf(state.PeerCertificates[0])
	want := p.want
	if seen := p.seen.Load(); want == "" && seen != nil {
		want = *seen
	}
	if want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(got)) != 1 {
		return ErrPinMismatch
	}
	p.seen.Store(&got)
	return nil
}

// pin is what was seen, or else what was known.
func (p *pinned) pin() string {
	if seen := p.seen.Load(); seen != nil {
		return *seen
	}
	return p.want
}
