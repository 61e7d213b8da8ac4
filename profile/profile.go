// Package profile keeps what one installation remembers in one directory: the settings, the credentials of the switchboards
// that it joined, and the places of its logs and of its own switchboard's data.
//
// A [Profile] owns its directory, which only its user may read. Everything is written to a new file that then replaces the old
// one, so a crash leaves either the old or the new content. The package starts no goroutine; its methods may be called from any.
package profile

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"github.com/google/uuid"

	"github.com/parley-calls/parley/engine/signal"
)

// The files of a profile, by their base names.
const (
	settingsFile    = "settings.json"
	credentialsFile = "credentials.json"
	badSuffix       = ".bad" // of a file that could not be read and was moved aside
)

// maxFile bounds what is read from a file of the profile, in bytes.
const maxFile = 1 << 20

// Profile is one identity on this machine.
type Profile struct {
	dir     string
	problem error

	mu          sync.Mutex
	settings    Settings
	credentials map[string]signal.Credentials // by server, as the person knows it
}

// DefaultDir is the directory of the profile that is used when none is named: parley in the user's configuration directory
// (XDG_CONFIG_HOME on Linux).
func DefaultDir() (string, error) {
	base, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("profile: %w", err)
	}
	return filepath.Join(base, "parley"), nil
}

// Open reads the profile in dir, which it makes if need be. An empty dir means [DefaultDir].
//
// A file that cannot be understood does not stop it: it is moved aside with the suffix .bad, the defaults are used instead and
// [Profile.Problem] says which field of it was wrong.
func Open(dir string) (*Profile, error) {
	if dir == "" {
		var err error
		if dir, err = DefaultDir(); err != nil {
			return nil, err
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	p := &Profile{dir: dir, settings: Defaults(), credentials: map[string]signal.Credentials{}}

	var settings Settings
	var problems []error
	err = p.read(settingsFile, func(data []byte) (err error) {
		settings, err = DecodeSettings(data)
		return err
	})
	switch {
	case err == nil:
		p.settings = settings
	case !errors.Is(err, fs.ErrNotExist):
		problems = append(problems, err)
	}
	err = p.read(credentialsFile, func(data []byte) (err error) {
		p.credentials, err = decodeCredentials(data)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.credentials = map[string]signal.Credentials{}
		problems = append(problems, err)
	}
	p.problem = errors.Join(problems...)

	if p.settings.DeviceID == "" {
		p.settings.DeviceID = signal.DeviceID(uuid.NewString())
		if err := p.SaveSettings(p.settings); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Problem says what of the profile could not be read when it was opened and was therefore reset. It is nil if all was well.
func (p *Profile) Problem() error { return p.problem }

// Settings returns what is remembered now.
func (p *Profile) Settings() Settings {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.settings
}

// SaveSettings checks and remembers s at once. On an error the old settings stay.
func (p *Profile) SaveSettings(s Settings) error {
	data, err := s.encode()
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.write(settingsFile, data); err != nil {
		return err
	}
	p.settings = s
	return nil
}

// Load returns the credentials for a switchboard, and the zero value if there are none.
func (p *Profile) Load(server string) (signal.Credentials, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.credentials[server], nil
}

// Save remembers the credentials for a switchboard. The zero value forgets them.
func (p *Profile) Save(server string, c signal.Credentials) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := make(map[string]signal.Credentials, len(p.credentials)+1)
	maps.Copy(next, p.credentials)
	if c == (signal.Credentials{}) {
		delete(next, server)
	} else {
		next[server] = c
	}
	data, err := encodeCredentials(next)
	if err != nil {
		return err
	}
	if err := p.write(credentialsFile, data); err != nil {
		return err
	}
	p.credentials = next
	return nil
}

// Dir is the absolute path of the profile's directory.
func (p *Profile) Dir() string { return p.dir }

// ServerData is the directory of the switchboard that this app may host.
func (p *Profile) ServerData() string { return filepath.Join(p.dir, "switchboard") }

// Log is the path of the log file.
func (p *Profile) Log() string { return filepath.Join(p.dir, "parley.log") }

// read hands the content of a file to decode. What decode refuses is moved aside.
func (p *Profile) read(name string, decode func([]byte) error) error {
	path := filepath.Join(p.dir, name)
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	if info.Size() > maxFile {
		err = fmt.Errorf("is larger than %d bytes", maxFile)
	} else {
		var data []byte
		if data, err = os.ReadFile(path); err == nil {
			err = decode(data)
		}
	}
	if err == nil {
		return nil
	}
	err = fmt.Errorf("profile: %s: %w", path, err)
	if moved := os.Rename(path, path+badSuffix); moved != nil {
		return errors.Join(err, moved)
	}
	return err
}

func (p *Profile) write(name string, data []byte) error {
	if err := writeWhole(filepath.Join(p.dir, name), data); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return nil
}
