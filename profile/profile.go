// Package profile keeps what one installation remembers: the settings, the credentials of the switchboards that it joined, and the
// places of its logs and of its own switchboard's data.
//
// A [Profile] owns its directories, which only their user may read. Everything is written to a new file that then replaces the old
// one, so a crash leaves either the old or the new content. The package starts no goroutine; its methods may be called from any.
package profile

import (
	"encoding/json"
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
	serverDir       = "switchboard"
	logFile         = "parley.log"
	badSuffix       = ".bad" // of a file that could not be read and was moved aside
)

// maxFile bounds what is read from a file of the profile, in bytes.
const maxFile = 1 << 20

// Profile is one identity on this machine.
type Profile struct {
	at      Places
	problem error
	aside   []string

	mu          sync.Mutex
	settings    Settings
	unknown     fields                        // what newer versions have written into the settings
	credentials map[string]signal.Credentials // by server, as the person knows it
}

// Open reads the profile at its places, which it makes if need be.
//
// A file that cannot be understood does not stop it: it is moved aside with the suffix .bad, the defaults are used instead,
// [Profile.Problem] says which field of it was wrong, and [Profile.Aside] where it is.
func (at Places) Open() (*Profile, error) {
	if err := at.make(); err != nil {
		return nil, err
	}
	var problems []error
	if err := at.gather(); err != nil {
		problems = append(problems, err)
	}
	p := &Profile{at: at, settings: Defaults(), credentials: map[string]signal.Credentials{}}

	var settings Settings
	var unknown fields
	err := p.read(p.settingsPath(), func(data []byte) (err error) {
		settings, unknown, err = decodeSettings(data, steps)
		return err
	})
	switch {
	case err == nil:
		p.settings, p.unknown = settings, unknown
	case !errors.Is(err, fs.ErrNotExist):
		problems = append(problems, err)
	}
	err = p.read(p.credentialsPath(), func(data []byte) (err error) {
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

// Open reads the profile in a directory, or the user's own one if dir is empty: see [At] and [Places.Open].
func Open(dir string) (*Profile, error) {
	at, err := At(dir)
	if err != nil {
		return nil, err
	}
	return at.Open()
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
	p.mu.Lock()
	defer p.mu.Unlock()
	data, err := s.encode(p.unknown)
	if err != nil {
		return err
	}
	if err := p.write(p.settingsPath(), data); err != nil {
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
	if err := p.write(p.credentialsPath(), data); err != nil {
		return err
	}
	p.credentials = next
	return nil
}

// Aside are the paths of the files that were moved aside when it was opened.
func (p *Profile) Aside() []string { return p.aside }

// State is the directory of logs and crash reports.
func (p *Profile) State() string { return p.at.State }

// ServerData is the directory of the switchboard that this app may host.
func (p *Profile) ServerData() string { return filepath.Join(p.at.Data, serverDir) }

// Log is the path of the log file.
func (p *Profile) Log() string { return filepath.Join(p.at.State, logFile) }

func (p *Profile) settingsPath() string    { return filepath.Join(p.at.Config, settingsFile) }
func (p *Profile) credentialsPath() string { return filepath.Join(p.at.Data, credentialsFile) }

// read hands the content of a file to decode. What decode refuses is moved aside.
func (p *Profile) read(path string, decode func([]byte) error) error {
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
	p.aside = append(p.aside, path+badSuffix)
	return err
}

func (p *Profile) write(path string, data []byte) error {
	if err := writeWhole(path, data); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return nil
}

// Secrets are all that lets somebody in: tokens and keys of this profile and of its own switchboard, and join codes. It is for taking them
// out of what a person may hand on.
func (p *Profile) Secrets() []string {
	p.mu.Lock()
	out := []string{p.settings.JoinCode}
	for _, c := range p.credentials {
		out = append(out, c.Token, c.Seed)
	}
	p.mu.Unlock()
	var keys map[string]any
	if data, err := os.ReadFile(filepath.Join(p.ServerData(), "identity.json")); err == nil && json.Unmarshal(data, &keys) == nil {
		for _, v := range keys {
			if key, ok := v.(string); ok {
				out = append(out, key)
			}
		}
	}
	return out
}
