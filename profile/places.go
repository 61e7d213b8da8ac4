package profile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// Places are the directories of a profile. They may be the same.
type Places struct {
	Config  string // what a person chose
	Data    string // credentials, and what a switchboard of ours stores
	State   string // logs and crash reports
	Runtime string // the control socket
}

// At returns the places of a profile. One that is named has everything in its directory. The user's own one, for which dir is empty,
// follows the XDG base directory specification where that is usual, and is in the user's configuration directory elsewhere.
func At(dir string) (Places, error) {
	if dir != "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return Places{}, fmt.Errorf("profile: %w", err)
		}
		return in(abs), nil
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		base, err := os.UserConfigDir()
		if err != nil {
			return Places{}, fmt.Errorf("profile: %w", err)
		}
		return in(filepath.Join(base, "parley")), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return Places{}, fmt.Errorf("profile: %w", err)
	}
	p := xdg(os.Getenv, home)
	if p.Runtime == "" { // as in a shell without a session, of a user who has one
		p.Runtime = "/run/user/" + strconv.Itoa(os.Getuid())
	}
	if !isDir(p.Runtime) {
		p.Runtime = p.Config
		return p, nil
	}
	sum := sha256.Sum256([]byte(p.Config)) // other settings are another app
	p.Runtime = filepath.Join(p.Runtime, "parley", hex.EncodeToString(sum[:4]))
	return p, nil
}

func in(dir string) Places { return Places{dir, dir, dir, dir} }

// xdg reads the variables of the specification: https://specifications.freedesktop.org/basedir-spec/latest/. A path that is not absolute
// counts as none. The runtime directory, which has no default, is that of all programs.
func xdg(variable func(string) string, home string) Places {
	base := func(name, otherwise string) string {
		if dir := variable(name); filepath.IsAbs(dir) {
			return filepath.Join(dir, "parley")
		}
		return filepath.Join(home, otherwise, "parley")
	}
	p := Places{Config: base("XDG_CONFIG_HOME", ".config"), Data: base("XDG_DATA_HOME", ".local/share"), State: base("XDG_STATE_HOME", ".local/state")}
	if dir := variable("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		p.Runtime = dir
	}
	return p
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// make makes the directories for this user alone. The runtime directory is made with the socket.
func (p Places) make() error {
	for _, dir := range []string{p.Config, p.Data, p.State} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("profile: %w", err)
		}
	}
	return nil
}

// gather brings what earlier versions kept beside the settings to its place. What is there already stays.
func (p Places) gather() error {
	var errs []error
	for _, m := range []struct{ to, name string }{
		{p.Data, credentialsFile}, {p.Data, serverDir}, {p.State, logFile}, {p.State, logFile + ".old"}, {p.State, "crash.txt"},
		{p.State, "crash-report.txt"},
	} {
		if m.to == p.Config {
			continue
		}
		to := filepath.Join(m.to, m.name)
		if _, err := os.Lstat(to); err == nil {
			continue
		}
		if err := move(filepath.Join(p.Config, m.name), to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("profile: %w", err))
		}
	}
	return errors.Join(errs...)
}

// move renames a file or a directory, or copies it to another file system.
func move(from, to string) error {
	err := os.Rename(from, to)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	part := to + ".part" // so that a copy that was cut short is not taken for all of it
	if err := os.RemoveAll(part); err != nil {
		return err
	}
	if info.IsDir() {
		err = os.CopyFS(part, os.DirFS(from))
	} else {
		var data []byte
		if data, err = os.ReadFile(from); err == nil {
			err = os.WriteFile(part, data, info.Mode().Perm())
		}
	}
	if err == nil && info.IsDir() {
		err = os.Chmod(part, info.Mode().Perm())
	}
	if err == nil {
		err = os.Rename(part, to)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(part))
	}
	return os.RemoveAll(from)
}
