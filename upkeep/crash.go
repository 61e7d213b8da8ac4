package upkeep

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
)

// The files of crashes, by their base names. What a run that is under way would say in its last moment is in the first. After a crash
// that becomes the second, until a person has put it away, and then the third.
const (
	liveFile   = "crash.txt"
	reportFile = "crash-report.txt"
	seenFile   = reportFile + oldSuffix
)

// MaxCrash bounds what is read of a crash, in bytes. What matters is at its beginning.
const MaxCrash = 256 << 10

// Crashes keeps what crashes leave behind in one directory. Its methods may be called from any goroutine.
type Crashes struct{ dir string }

// CrashesIn keeps them in a directory. No two processes may do so at the same time.
func CrashesIn(dir string) Crashes { return Crashes{dir} }

func (c Crashes) at(name string) string { return filepath.Join(c.dir, name) }

// End says how the run before this one ended.
type End int

// The ends of a run.
const (
	Clean   End = iota // by itself, or there was none
	Crashed            // and left a report
	Killed             // without a word: by another program, or with the machine
)

// Watch lets the Go runtime write what ends this process, be it a panic, a fatal error or a signal in C code. The facts come before it;
// they must not be empty. It says how the last run ended. clean is for the end of a run that did not crash.
func (c Crashes) Watch(facts string) (last End, clean func(), err error) {
	last, err = c.collect()
	if err != nil {
		return last, nil, err
	}
	f, err := os.OpenFile(c.at(liveFile), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return last, nil, err
	}
	defer f.Close() // the runtime keeps a duplicate
	if _, err := f.WriteString(facts + blank); err != nil {
		return last, nil, err
	}
	if err := debug.SetCrashOutput(f, debug.CrashOptions{}); err != nil {
		return last, nil, err
	}
	return last, func() {
		_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
		_ = os.Remove(c.at(liveFile))
	}, nil
}

// blank divides the facts from what the runtime writes.
const blank = "\n\n"

// collect takes away what the last run left.
func (c Crashes) collect() (End, error) {
	text, err := head(c.at(liveFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Clean, nil
	}
	if err != nil {
		return Clean, err
	}
	if _, words, _ := bytes.Cut(text, []byte(blank)); len(bytes.TrimSpace(words)) == 0 {
		return Killed, os.Remove(c.at(liveFile))
	}
	return Crashed, os.Rename(c.at(liveFile), c.at(reportFile))
}

// Unseen is the report of the last crash if no person has put it away; otherwise it is empty.
func (c Crashes) Unseen() (text, path string) {
	b, err := head(c.at(reportFile))
	if err != nil {
		return "", ""
	}
	return string(b), c.at(reportFile)
}

// PutAway says that a person has seen the report.
func (c Crashes) PutAway() error {
	err := os.Rename(c.at(reportFile), c.at(seenFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Last is the report of the last crash, seen or not; empty if there was none.
func (c Crashes) Last() string {
	for _, name := range []string{reportFile, seenFile} {
		if b, err := head(c.at(name)); err == nil {
			return string(b)
		}
	}
	return ""
}

// head reads the beginning of a file.
func head(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxCrash))
}
