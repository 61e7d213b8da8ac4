package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nkeys"

	"github.com/parley-calls/parley/engine/signal"
)

// identityFile holds every secret of a switchboard. Several nodes of one cluster share a copy.
const identityFile = "identity.json"

// identity is who a switchboard is: made once, then kept in the data directory. The seeds are nkeys (Ed25519).
type identity struct {
	Operator   string `json:"operator"` // signs the accounts
	System     string `json:"system"`   // account of the NATS server itself
	Account    string `json:"account"`  // the app; its public key is the app ID
	Sign       string `json:"sign"`     // scoped signing key of the app ("app sign"): whoever has it can be any user
	Service    string `json:"service"`  // unscoped signing key, for the authority in this process only
	TLSKey     []byte `json:"tls_key"`  // PKCS #8; its public half is the pin
	TURNSecret string `json:"turn_secret"`
	JoinCode   string `json:"join_code"`
}

// loadIdentity reads the identity of a data directory and makes it, and the directory, if it is not there.
func loadIdentity(dir string) (*identity, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("server: data directory: %w", err)
	}
	id, err := readIdentity(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return id, err
	}
	if id, err = newIdentity(); err != nil {
		return nil, fmt.Errorf("server: new identity: %w", err)
	}
	return id, id.save(dir)
}

// readIdentity fails with fs.ErrNotExist if there is none.
func readIdentity(dir string) (*identity, error) {
	data, err := os.ReadFile(filepath.Join(dir, identityFile))
	if err != nil {
		return nil, fmt.Errorf("server: identity: %w", err)
	}
	var id identity
	if err := json.Unmarshal(data, &id); err != nil {
		return nil, fmt.Errorf("server: %s is damaged: %w", identityFile, err)
	}
	return &id, nil
}

// save writes the file as a whole or not at all.
func (id *identity) save(dir string) error {
	data, err := json.MarshalIndent(id, "", "\t")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, identityFile+".*") // mode 0600
	if err != nil {
		return fmt.Errorf("server: save identity: %w", err)
	}
	defer os.Remove(f.Name()) // nothing is left there after the rename
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("server: save identity: %w", err)
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, identityFile)); err != nil {
		return fmt.Errorf("server: save identity: %w", err)
	}
	return nil
}

func newIdentity() (*identity, error) {
	id := &identity{JoinCode: newCode(), TURNSecret: rand.Text()}
	for _, k := range []struct {
		into *string
		make func() (nkeys.KeyPair, error)
	}{
		{&id.Operator, nkeys.CreateOperator},
		{&id.System, nkeys.CreateAccount},
		{&id.Account, nkeys.CreateAccount},
		{&id.Sign, nkeys.CreateAccount},
		{&id.Service, nkeys.CreateAccount},
	} {
		pair, err := k.make()
		if err != nil {
			return nil, err
		}
		seed, err := pair.Seed()
		if err != nil {
			return nil, err
		}
		*k.into = string(seed)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	id.TLSKey, err = x509.MarshalPKCS8PrivateKey(key)
	return id, err
}

// certificate makes a self-signed certificate for the kept key, so that the pin outlives it.
func (id *identity) certificate(host string) (cert tls.Certificate, pin string, err error) {
	parsed, err := x509.ParsePKCS8PrivateKey(id.TLSKey)
	if err != nil {
		return cert, "", fmt.Errorf("server: TLS key: %w", err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return cert, "", fmt.Errorf("server: TLS key is a %T", parsed)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "Parley switchboard"},
		DNSNames:     []string{host},
		NotBefore:    time.Now().Add(-24 * time.Hour),
		NotAfter:     time.Now().AddDate(10, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return cert, "", fmt.Errorf("server: certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return cert, "", fmt.Errorf("server: certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, signal.PinOf(leaf), nil
}

// appID is the public key of the app's account.
func (id *identity) appID() (string, error) { return publicOf(id.Account) }

func publicOf(seed string) (string, error) {
	pair, err := nkeys.FromSeed([]byte(seed))
	if err != nil {
		return "", fmt.Errorf("server: %s: key: %w", identityFile, err)
	}
	return pair.PublicKey()
}

// oneLabel makes a DNS-safe short name of a pin, the same at each start.
func oneLabel(pin string) string {
	b, err := base64.RawURLEncoding.DecodeString(pin)
	if err != nil || len(b) < 5 {
		return "switchboard"
	}
	return fmt.Sprintf("%x", b[:5])
}
