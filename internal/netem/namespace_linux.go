package netem

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// Possible returns nil if this process may make network namespaces and links between them, else why not, in words for a skipped
// test.
var Possible = sync.OnceValue(func() error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		return fmt.Errorf("network namespaces need the program ip (iproute2)")
	}
	for _, file := range []string{"/dev/net/tun", "/proc/self/ns/net"} {
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("network namespaces need %s", file)
		}
	}
	n, err := NewNamespace(fmt.Sprintf("netem-try-%d", os.Getpid()))
	if err != nil {
		return fmt.Errorf("network namespaces are forbidden here: %w", err)
	}
	return n.Close()
})

// Namespace is a network namespace of Linux: a machine of its own as far as its network goes. Files are shared, so programs in it
// reach displays, sound servers and buses by their sockets in the file system.
type Namespace struct{ Name string }

// NewNamespace makes a namespace with nothing but a loopback. The caller closes it.
func NewNamespace(name string) (*Namespace, error) {
	if err := ip("netns", "add", name); err != nil {
		return nil, err
	}
	n := &Namespace{name}
	if err := n.IP("link", "set", "lo", "up"); err != nil {
		_ = n.Close()
		return nil, err
	}
	return n, nil
}

// Command makes a command that runs in the namespace.
func (n *Namespace) Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "ip", append([]string{"netns", "exec", n.Name, program}, args...)...)
}

// Do calls f on a thread that is in the namespace: the sockets it opens, the interfaces it sees are there. What f starts on other
// goroutines is not.
func (n *Namespace) Do(f func() error) error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		result <- func() error {
			file, err := os.Open("/run/netns/" + n.Name)
			if err != nil {
				return err
			}
			defer file.Close()
			if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
				return fmt.Errorf("enter namespace %s: %w", n.Name, err)
			}
			return f()
		}()
	}()
	return <-result
}

// IP runs the program ip in the namespace, such as "link", "set", "uplink", "down".
func (n *Namespace) IP(args ...string) error {
	return ip(append([]string{"-n", n.Name}, args...)...)
}

// Run runs a program in the namespace and waits for it.
func (n *Namespace) Run(program string, args ...string) error {
	return ip(append([]string{"netns", "exec", n.Name, program}, args...)...)
}

// Close removes the namespace. Programs that still run in it keep it alive, without a name.
func (n *Namespace) Close() error { return ip("netns", "delete", n.Name) }

func ip(args ...string) error {
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
