// Package vatest is a graphics card for tests: a stand-in for libva and a driver, which codes VP8 with libvpx by what it is told, is strict
// with whoever uses it, and has faults on demand. testdata/libva.c says which.
package vatest

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

//go:embed testdata/libva.c
var source []byte

// child marks the processes that code pictures.
const child = "PARLEY_VATEST"

// Main is for TestMain: it runs the tests, and is the process that codes pictures where it is started as [Card.Command].
func Main(m *testing.M, serve func() error) int {
	if os.Getenv(child) != "" {
		if err := serve(); err != nil {
			return 1
		}
		return 0
	}
	defer func() { _ = os.RemoveAll(libraries.dir) }()
	return m.Run()
}

var libraries struct {
	once sync.Once
	dir  string
	err  error
}

// build compiles the stand-in once. Both libraries are one file, as its two halves know each other.
func build() {
	l := &libraries
	if l.dir, l.err = os.MkdirTemp("", "parley-vatest-"); l.err != nil {
		return
	}
	from, to := filepath.Join(l.dir, "libva.c"), filepath.Join(l.dir, "libva.so.2")
	if l.err = os.WriteFile(from, source, 0o600); l.err != nil {
		return
	}
	out, err := exec.Command("cc", "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden", "-o", to, from, "-lvpx").CombinedOutput()
	if err != nil {
		l.err = fmt.Errorf("%w: %s", err, out)
		return
	}
	l.err = os.Symlink("libva.so.2", filepath.Join(l.dir, "libva-drm.so.2"))
}

// Card is a graphics card.
type Card struct {
	Node    string   // in place of /dev/dri/renderD128
	Command []string // starts a process that codes pictures
	Env     []string // what that process needs to find the stand-in
	log     string
}

// New returns a card with a fault, which begins with a picture of each process; "" is a good one. A test without a compiler is skipped.
func New(t testing.TB, fault string, from int) Card {
	t.Helper()
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("no C compiler")
	}
	if libraries.once.Do(build); libraries.err != nil {
		t.Fatal(libraries.err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	c := Card{Node: filepath.Join(dir, "renderD128"), Command: []string{program}, log: filepath.Join(dir, "log")}
	if err := os.WriteFile(c.Node, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.Env = []string{
		child + "=1", "LD_LIBRARY_PATH=" + libraries.dir, "STANDIN_FAULT=" + fault, fmt.Sprintf("STANDIN_FROM=%d", from), "STANDIN_LOG=" + c.log,
	}
	return c
}

// Told is what the stand-in found wrong, a line each, and what was left when it was closed.
func (c Card) Told() string {
	told, _ := os.ReadFile(c.log)
	return string(told)
}
