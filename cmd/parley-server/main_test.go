package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

const exampleFile = "../../packaging/parley-server.toml"

func flags() (*flag.FlagSet, *config) {
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	c := &config{}
	c.register(fs)
	return fs, c
}

// TestExampleFile compares the explained file with the flags: every one stands there, with its default, and nothing else does.
func TestExampleFile(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	setting := regexp.MustCompile(`(?m)^#([a-z-]+ = )`)
	file := filepath.Join(t.TempDir(), "all.toml")
	if err := os.WriteFile(file, setting.ReplaceAll(example, []byte("$1")), 0o600); err != nil {
		t.Fatal(err)
	}
	want, defaults := flags()
	fs, got := flags()
	if err := parse(fs, []string{"--config", file}); err != nil {
		t.Fatal(err)
	}
	if *got != *defaults {
		t.Errorf("the file shows %+v\nthe defaults are %+v", *got, *defaults)
	}
	want.VisitAll(func(f *flag.Flag) {
		if n := strings.Count(string(example), "\n#"+f.Name+" = "); f.Name != "config" && n != 1 {
			t.Errorf("%s stands there %d times", f.Name, n)
		}
	})
	fs, _ = flags()
	if err := parse(fs, []string{"--config", exampleFile}); err != nil {
		t.Errorf("as it is: %v", err)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secret := filepath.Join(dir, "code")
	if err := os.WriteFile(secret, []byte("open sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fs, c := flags()
	if err := parse(fs, []string{"--data", dir, "--join-code-file", secret, "--turn-ports", "1000-2000", "--turn-urls", "turn:a,turn:b", "--log-level", "warn"}); err != nil {
		t.Fatal(err)
	}
	o, err := c.options(os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	if o.DataDir != dir || o.JoinCode != "open sesame" || o.TURN.MinPort != 1000 || o.TURN.MaxPort != 2000 || len(o.TURN.ExternalURLs) != 2 || o.NoEcho {
		t.Errorf("%+v", o)
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv(envPrefix+"_PUBLIC_HOST", "calls.example")
	t.Setenv("STATE_DIRECTORY", "/state:/other")
	fs, c := flags()
	if err := parse(fs, nil); err != nil {
		t.Fatal(err)
	}
	o, err := c.options(os.Stderr)
	if err != nil || o.PublicHost != "calls.example" || o.DataDir != "/state" {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for args, want := range map[string]int{
		"--data":                                    2,
		"--data " + dir + " extra":                  2,
		"--data " + dir + " --turn-ports 9-1":       2,
		"--data " + dir + " --log-format xml":       2,
		"--data " + dir + " --log-level loud":       2,
		"--data " + dir + " --config /nowhere":      2,
		"--data " + dir + " --listen nowhere":       1,
		"token --data " + dir:                       2,
		"token --data " + dir + " --user ana":       1, // no switchboard ever ran there
		"invite --data " + dir:                      1,
		"remove --data " + dir:                      2,
		"remove --data " + dir + " --user ana":      1, // no switchboard ever ran there
		"restore --data " + dir + " --user ana x":   2,
		"devices --data " + dir:                     2,
		"devices --data " + dir + " --user ana":     1,
		"--data " + dir + " --join-code-file /none": 1,
		"--help":    0,
		"--version": 0,
	} {
		var out, trouble bytes.Buffer
		if got := run(t.Context(), strings.Fields(args), &out, &trouble); got != want {
			t.Errorf("%q exits with %d, not %d: %s", args, got, want, trouble.String())
		}
	}
}

// log is a buffer that two goroutines share.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestServeInviteToken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	logged := &log{}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"--data", dir, "--listen", "0.0.0.0:0", "--announce=false", "--log-level", "debug"}, &bytes.Buffer{}, logged)
	}()
	address := regexp.MustCompile(`msg="switchboard ready" address=(\S+)`)
	deadline := time.Now().Add(20 * time.Second)
	for !address.MatchString(logged.String()) {
		if time.Now().After(deadline) {
			t.Fatalf("not ready: %s", logged)
		}
		time.Sleep(10 * time.Millisecond)
	}
	running, err := signal.ParseAddress(address.FindStringSubmatch(logged.String())[1])
	if err != nil {
		t.Fatal(err)
	}

	var out, trouble bytes.Buffer
	if code := run(ctx, []string{"invite", "--data", dir, "--listen", "0.0.0.0:" + fmt.Sprint(running.Port), "--public-host", "127.0.0.1"}, &out, &trouble); code != 0 {
		t.Fatal(trouble.String())
	}
	link, err := signal.ParseAddress(out.String())
	if err != nil || link.Pin == "" || link.JoinCode == "" {
		t.Fatalf("%q: %v", out.String(), err)
	}
	if _, _, err := signal.Enrol(ctx, signal.EnrolOptions{Address: link, User: signal.User{ID: "ana"}}); err != nil {
		t.Errorf("the invite link does not let in: %v", err)
	}

	out.Reset()
	if code := run(ctx, []string{"token", "--data", dir, "--user", "bob", "--life", "1h"}, &out, &trouble); code != 0 {
		t.Fatal(trouble.String())
	}
	var made signal.Credentials
	if err := json.Unmarshal(out.Bytes(), &made); err != nil {
		t.Fatal(err)
	}
	conn, err := signal.Dial(ctx, signal.Options{Address: link, Credentials: made, User: signal.User{ID: "bob"}, Device: "d"})
	if err != nil {
		t.Fatalf("the token does not let in: %v", err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}

	stop()
	if code := <-ended; code != 0 {
		t.Errorf("ended with %d: %s", code, logged)
	}
	for what, secret := range map[string]string{"join code": link.JoinCode, "token": made.Token, "seed": made.Seed} {
		if strings.Contains(logged.String(), secret) {
			t.Errorf("the log tells the %s", what)
		}
	}
}
