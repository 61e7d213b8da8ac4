// Package bustest runs a session bus of its own for tests, and on it what a desktop has: a notification service, a tray, a dock,
// what keeps the screen on and the settings of Xfce.
package bustest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// patience is how long the bus may take for anything.
const patience = 10 * time.Second

// config lets everybody do everything, and starts no service of the machine.
const config = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>
`

// Bus is a running dbus-daemon.
type Bus struct {
	Address string

	daemon *exec.Cmd
	once   sync.Once
}

// Available reports whether tests with a bus can run here. In CI they must.
func Available() bool {
	_, err := exec.LookPath("dbus-daemon")
	return err == nil || os.Getenv("CI") != ""
}

// Start starts a bus in dir and waits until it listens. The caller stops it.
func Start(dir string) (*Bus, error) {
	settings := filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(settings, fmt.Appendf(nil, config, filepath.Join(dir, "bus")), 0o600); err != nil {
		return nil, fmt.Errorf("bustest: %w", err)
	}
	b := &Bus{daemon: exec.Command("dbus-daemon", "--nofork", "--nopidfile", "--nosyslog", "--config-file="+settings, "--print-address=1")}
	out, err := b.daemon.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("bustest: %w", err)
	}
	if err := b.daemon.Start(); err != nil {
		return nil, fmt.Errorf("bustest: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Stop()
		return nil, fmt.Errorf("bustest: dbus-daemon does not say where it is: %w", err)
	}
	b.Address = strings.TrimSpace(line)
	return b, nil
}

// StartFor starts a bus that ends with the test, and skips the test where that cannot be.
func StartFor(t testing.TB) *Bus {
	t.Helper()
	if !Available() {
		t.Skip("dbus-daemon is not here")
	}
	dir, err := os.MkdirTemp("", "bus") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	b, err := Start(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Stop)
	return b
}

// Stop ends the bus. It may be called twice.
func (b *Bus) Stop() {
	b.once.Do(func() {
		_ = b.daemon.Process.Kill()
		_ = b.daemon.Wait()
	})
}

// connect opens a connection that owns a name.
func (b *Bus) connect(name string, export func(*dbus.Conn) error) (*dbus.Conn, error) {
	conn, err := dbus.Connect(b.Address)
	if err != nil {
		return nil, fmt.Errorf("bustest: %w", err)
	}
	if err = export(conn); err == nil {
		var reply dbus.RequestNameReply
		if reply, err = conn.RequestName(name, dbus.NameFlagDoNotQueue); err == nil && reply != dbus.RequestNameReplyPrimaryOwner {
			err = fmt.Errorf("%s is taken", name)
		}
	}
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("bustest: %w", err)
	}
	return conn, nil
}

// Changed says that a setting has changed, as the store of GNOME's settings does.
func (b *Bus) Changed(path string) error {
	conn, err := dbus.Connect(b.Address)
	if err != nil {
		return fmt.Errorf("bustest: %w", err)
	}
	defer conn.Close()
	return conn.Emit("/ca/desrt/dconf/Writer/user", "ca.desrt.dconf.Writer.Notify", path, []string{""}, "tag")
}

// leave gives a name back, so that it is free when leave returns, and closes the connection.
func leave(conn *dbus.Conn, name string) {
	_, _ = conn.ReleaseName(name)
	_ = conn.Close()
}

// bounded is a context for one question.
func bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), patience)
}
