//go:build unix

package upkeep

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// dirVariable tells a test that it is the process that crashes.
const dirVariable = "PARLEY_TEST_CRASH_DIR"

// waysToCrash are how a process ends, by their names.
var waysToCrash = map[string]func(){
	"panic": func() { panic("out of order") },
	"panic of a goroutine": func() {
		go func() { panic("out of order") }()
		select {}
	},
	"map": func() {
		m := map[int]int{}
		for i := range 8 {
			go func() {
				for {
					m[i]++
				}
			}()
		}
		time.Sleep(time.Minute)
	},
	"nil": func() {
		var p *int
		*p = 1
	},
	"signal": func() {
		_ = syscall.Kill(os.Getpid(), syscall.SIGSEGV)
		time.Sleep(time.Minute)
	},
	"kill": func() {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		time.Sleep(time.Minute)
	},
	"exit": func() { os.Exit(3) },
}

// TestCrashingProcess is the process that crashes; on its own it does nothing.
func TestCrashingProcess(t *testing.T) {
	dir, way := os.Getenv(dirVariable), os.Getenv("PARLEY_TEST_CRASH")
	if dir == "" {
		return
	}
	if _, _, err := CrashesIn(dir).Watch("Parley 1.2.3"); err != nil {
		t.Fatal(err)
	}
	waysToCrash[way]()
}

// TestCrashesLeaveAReport lets real processes die.
func TestCrashesLeaveAReport(t *testing.T) {
	t.Parallel()
	for way, want := range map[string]string{
		"panic": "out of order", "panic of a goroutine": "out of order", "map": "maps.fatal", "nil": "nil pointer",
		"signal": "SIGSEGV", "kill": "", "exit": "",
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashingProcess$")
			c.Env = append(os.Environ(), dirVariable+"="+dir, "PARLEY_TEST_CRASH="+way)
			if err := c.Run(); err == nil {
				t.Fatal("it did not die")
			}
			crashes := CrashesIn(dir)
			last, err := crashes.collect()
			if err != nil {
				t.Fatal(err)
			}
			text, path := crashes.Unseen()
			if want == "" {
				if last != Killed || text != "" || crashes.Last() != "" {
					t.Errorf("a process that left no word is told as %v, with %q", last, text)
				}
				return
			}
			if last != Crashed || !strings.Contains(text, want) || !strings.HasPrefix(text, "Parley 1.2.3\n") || path != filepath.Join(dir, reportFile) {
				t.Errorf("end %v, report at %q: %.400s", last, path, text)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("others may read the report: %v, %v", info, err)
			}
			if last, err := crashes.collect(); last != Clean || err != nil {
				t.Errorf("told twice: %v, %v", last, err)
			}
			for range 2 {
				if err := crashes.PutAway(); err != nil {
					t.Error(err)
				}
			}
			if again, _ := crashes.Unseen(); again != "" || crashes.Last() != text {
				t.Error("what was put away is shown again, or lost")
			}
		})
	}
}

// TestCleanEnd is not parallel: the crash output belongs to the process.
func TestCleanEnd(t *testing.T) {
	crashes := CrashesIn(t.TempDir())
	for range 2 {
		last, clean, err := crashes.Watch("Parley")
		if err != nil || last != Clean {
			t.Fatal(last, err)
		}
		clean()
	}
	_, _, err := crashes.Watch("Parley")
	if err != nil {
		t.Fatal(err)
	}
	last, clean, err := crashes.Watch("Parley") // the one before ended without a word
	if err != nil || last != Killed {
		t.Fatal(last, err)
	}
	clean()
}

func TestLongCrashIsBounded(t *testing.T) {
	t.Parallel()
	crashes := CrashesIn(t.TempDir())
	if err := os.WriteFile(crashes.at(liveFile), []byte("facts"+blank+strings.Repeat("x", 2*MaxCrash)), 0o600); err != nil {
		t.Fatal(err)
	}
	if last, err := crashes.collect(); last != Crashed || err != nil {
		t.Fatal(last, err)
	}
	if text, _ := crashes.Unseen(); len(text) != MaxCrash {
		t.Errorf("%d bytes are read", len(text))
	}
}
