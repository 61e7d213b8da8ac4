package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

// TestOperatorPage does what docs/operator.md tells operators to do, block by block as it stands there. Only places and ports are others,
// and nobody becomes another user.
func TestOperatorPage(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"go", "curl", "tar", "install"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not here")
		}
	}
	page, err := os.ReadFile("../../docs/operator.md")
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(t)
	blocks := regexp.MustCompile("(?m)^<!-- run by parley-server.TestOperatorPage( in the background)? -->\n```sh\n((?s:.*?))^```\n").FindAllSubmatch(page, -1)
	if len(blocks) < 8 {
		t.Fatalf("the page has %d blocks", len(blocks))
	}
	link, seed, device := "", "", "none"
	for _, b := range blocks {
		commands := strings.ReplaceAll(string(b[2]), "UBY…", device)
		if len(b[1]) > 0 {
			m.write("service", commands)
			m.run("systemctl start parley-server")
			m.awaitReady()
			continue
		}
		out := m.run(commands)
		switch {
		case strings.Contains(commands, "parley-server invite") && link == "":
			link = strings.TrimSpace(out)
			seed = m.enrol(link, "bob", "").Seed
		case strings.Contains(commands, "parley-server devices"):
			if device = regexp.MustCompile(`(?m)^U\w+`).FindString(out); device == "" {
				t.Fatalf("bob has no device:\n%s", out)
			}
		case strings.Contains(commands, "parley-server remove"):
			m.awaitEntry(link, seed, false)
			if out, err := m.command(t.Context(), strings.ReplaceAll(commands, "bob", "nobody")).CombinedOutput(); err == nil {
				t.Errorf("nobody is removed: %s", out)
			}
		case strings.Contains(commands, "parley-server restore"):
			m.awaitEntry(link, seed, true)
		case strings.Contains(commands, "join-code-file"):
			if a, err := signal.ParseAddress(strings.TrimSpace(out)); err != nil || a.JoinCode != "correct-horse-battery" {
				t.Errorf("the link with another code is %q: %v", out, err)
			}
		case strings.Contains(commands, "systemctl"):
			m.awaitReady()
		}
	}
	if link == "" {
		t.Fatal("the page makes no invite link")
	}
	// What was backed up is what was brought back: the key of the switchboard, and whose the names are.
	m.enrol(link, "bob", seed)
	at, _ := signal.ParseAddress(link)
	if _, _, err := signal.Enrol(t.Context(), signal.EnrolOptions{Address: at, User: signal.User{ID: "bob"}}); !errors.Is(err, signal.ErrNameTaken) {
		t.Errorf("somebody else takes bob's name: %v", err)
	}
}

// machine is where the commands of the page run.
type machine struct {
	t      *testing.T
	dir    string
	places *strings.Replacer
	env    []string
	http   string // where the switchboard says how it is
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	dir := t.TempDir()
	apps, probe := freePorts(t)
	m := &machine{t: t, dir: dir, http: fmt.Sprintf("127.0.0.1:%d", probe)}
	m.places = strings.NewReplacer(
		"/usr/local/bin", dir+"/bin", "/etc/parley-server", dir+"/etc", "/var/lib/parley-server", dir+"/data", "/var/backups", dir,
		"build/parley-server", dir+"/parley-server", "-o parley-server -g parley-server ", "", "127.0.0.1:4480", m.http,
	)
	m.env = append(os.Environ(), "PATH="+dir+"/bin:"+os.Getenv("PATH"), "PARLEY_SERVER_ANNOUNCE=false", "PARLEY_SERVER_PUBLIC_HOST=127.0.0.1",
		fmt.Sprintf("PARLEY_SERVER_LISTEN=0.0.0.0:%d", apps))
	if err := os.Mkdir(dir+"/bin", 0o755); err != nil {
		t.Fatal(err)
	}
	m.write("bin/sudo", "#!/bin/sh\nif [ \"$1\" = -u ]; then shift 2; fi\nexec \"$@\"\n")
	m.write("bin/systemctl", `#!/bin/sh
# The part of systemd that the page needs: one service, whose command is a file.
cd `+dir+`
stop() {
  if [ -e pid ]; then
    kill "$(cat pid)" 2>/dev/null
    while kill -0 "$(cat pid)" 2>/dev/null; do sleep 0.05; done
    rm pid
  fi
}
start() {
  sh -c "exec $(cat service)" >>log 2>&1 &
  echo $! >pid
}
case $1 in
  restart) stop; start ;;
  *) "$1" ;;
esac
`)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second) // that of the test is over
		defer cancel()
		if out, err := m.command(ctx, "systemctl stop parley-server").CombinedOutput(); err != nil {
			t.Errorf("stop: %v\n%s", err, out)
		}
		if log, _ := os.ReadFile(dir + "/log"); t.Failed() {
			t.Logf("the log is\n%s", log)
		}
	})
	return m
}

// freePorts finds a pair of ports for apps, the second one for the relay over TCP, and one for health.
func freePorts(t *testing.T) (apps, probe int) {
	t.Helper()
	for range 50 {
		first, err := net.Listen("tcp", ":0")
		if err != nil {
			t.Fatal(err)
		}
		apps = first.Addr().(*net.TCPAddr).Port
		second, err := net.Listen("tcp", fmt.Sprintf(":%d", apps+1))
		third, err3 := net.Listen("tcp", "127.0.0.1:0")
		free := err == nil && err3 == nil
		for _, l := range []net.Listener{first, second, third} {
			if l != nil {
				l.Close()
			}
		}
		if free {
			return apps, third.Addr().(*net.TCPAddr).Port
		}
	}
	t.Fatal("no free ports")
	return 0, 0
}

func (m *machine) write(name, text string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, name), []byte(m.places.Replace(text)), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) command(ctx context.Context, text string) *exec.Cmd {
	c := exec.CommandContext(ctx, "sh", "-euc", m.places.Replace(text))
	c.Dir, c.Env = "../..", m.env
	c.WaitDelay = 10 * time.Second
	return c
}

// run does commands, which must succeed, and returns what they say.
func (m *machine) run(text string) string {
	m.t.Helper()
	c := m.command(m.t.Context(), text)
	var trouble strings.Builder
	c.Stderr = &trouble
	out, err := c.Output()
	if err != nil {
		m.t.Fatalf("%s\n%v\n%s%s", text, err, out, trouble.String())
	}
	return string(out)
}

func (m *machine) awaitReady() {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	defer cancel()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+m.http+"/readyz", nil)
		if err != nil {
			m.t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		if ctx.Err() != nil {
			m.t.Fatalf("not ready: %v", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (m *machine) enrol(link, user, seed string) signal.Credentials {
	m.t.Helper()
	at, err := signal.ParseAddress(link)
	if err != nil {
		m.t.Fatal(err)
	}
	c, _, err := signal.Enrol(m.t.Context(), signal.EnrolOptions{Address: at, User: signal.User{ID: signal.UserID(user)}, Seed: seed})
	if err != nil {
		m.t.Fatal(err)
	}
	return c
}

// awaitEntry waits until bob's key lets him in, or does not any more.
func (m *machine) awaitEntry(link, seed string, in bool) {
	m.t.Helper()
	at, err := signal.ParseAddress(link)
	if err != nil {
		m.t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for {
		_, _, err := signal.Enrol(m.t.Context(), signal.EnrolOptions{Address: at, User: signal.User{ID: "bob"}, Seed: seed})
		if in && err == nil || !in && errors.Is(err, signal.ErrNameTaken) {
			return
		}
		if time.Now().After(deadline) {
			m.t.Fatalf("bob is to come in: %v; %v", in, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
