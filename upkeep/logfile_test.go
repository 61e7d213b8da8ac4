package upkeep

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLogIsBounded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	line := []byte(strings.Repeat("x", 39) + "\n")
	for start := range 3 { // a new start goes on where the last one stopped
		l, err := OpenLog(path, 100)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if n, err := l.Write(line); n != len(line) || err != nil {
				t.Fatal(n, err)
			}
		}
		for _, p := range []string{path, path + oldSuffix} {
			info, err := os.Stat(p)
			if err != nil {
				t.Fatalf("start %d: %v", start, err)
			}
			if info.Size() == 0 || info.Size() > 100 || info.Mode().Perm() != 0o600 {
				t.Errorf("start %d: %s has %d bytes, mode %v", start, p, info.Size(), info.Mode())
			}
		}
		for range 2 {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
		if _, err := l.Write(line); err == nil {
			t.Error("wrote after Close")
		}
	}
}

func TestLogTakesALineOfAnyLength(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	l, err := OpenLog(path, 10)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 2 {
		if _, err := l.Write([]byte("longer than the bound")); err != nil {
			t.Error(err)
		}
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "longer than the bound" {
		t.Errorf("%q, %v", b, err)
	}
}
