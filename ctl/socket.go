package ctl

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// maxPath is the longest path used for a socket: sun_path holds 104 bytes with its final zero on the BSDs, 108 on Linux.
const maxPath = 100

// ErrNotRunning says that no app serves the profile.
var ErrNotRunning = errors.New("ctl: no Parley runs for this profile")

// SocketPath is where the app of the profile in dir listens: control.sock in it. If that path is too long for a socket, it is a
// short name, made from a hash of dir, in the user's runtime directory.
func SocketPath(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	path := filepath.Join(dir, "control.sock")
	if len(path) <= maxPath {
		return path
	}
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join(runtimeDir(), "parley-"+hex.EncodeToString(sum[:8])+".sock")
}

// runtimeDir is a directory of this user alone, outside all profiles.
func runtimeDir() string {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" && len(dir) < maxPath/2 {
		return dir
	}
	return sharedDir()
}

// sharedDir is where sockets go on systems without a runtime directory.
func sharedDir() string { return filepath.Join(os.TempDir(), "parley-"+strconv.Itoa(os.Getuid())) }

// listen makes the socket. Whoever calls it owns the profile, so a socket that is there already is a dead app's.
func listen(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := trusted(path); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return listenPrivate(path)
}

// trusted refuses a socket in our shared temporary directory if somebody else made that directory.
func trusted(path string) error {
	dir := filepath.Dir(path)
	if dir != sharedDir() {
		return nil
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || !ownedByUs(info) || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("ctl: %s is not a private directory of this user", dir)
	}
	return nil
}

// dial connects to the app of a profile.
func dial(ctx context.Context, dir string) (net.Conn, error) {
	path := SocketPath(dir)
	if err := trusted(path); err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNotRunning, err)
	}
	d := net.Dialer{Timeout: 2 * time.Second}
	c, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNotRunning, err)
	}
	return c, nil
}
