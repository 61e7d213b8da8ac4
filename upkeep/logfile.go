// Package upkeep is what a program keeps for the day when something goes wrong: a log of bounded size, a report of a crash, the facts of
// its build, and all of that in one archive for whoever is asked for help.
//
// It starts no goroutine. What it hands out holds no secret; see [Diagnostics] for how.
package upkeep

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
)

// MaxLog is when a log is put aside, in bytes. One older log is kept, so both take at most twice that.
const MaxLog = 4 << 20

// oldSuffix is what a file gets that is put aside.
const oldSuffix = ".old"

// LogFile is a log of bounded size. When it is full it gets the suffix .old, and a new one is begun.
type LogFile struct {
	path string
	max  int64

	mu   sync.Mutex
	file *os.File
	size int64
}

// OpenLog goes on with the log at path, or begins it. A log that would grow beyond max bytes is put aside.
func OpenLog(path string, max int64) (*LogFile, error) {
	l := &LogFile{path: path, max: max}
	return l, l.open()
}

func (l *LogFile) open() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	l.file, l.size = f, info.Size()
	return nil
}

// Write appends one record.
func (l *LogFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return 0, fs.ErrClosed
	}
	if l.size > 0 && l.size+int64(len(p)) > l.max {
		l.file.Close()
		l.file = nil
		if err := errors.Join(os.Rename(l.path, l.path+oldSuffix), l.open()); err != nil {
			return 0, err
		}
	}
	n, err := l.file.Write(p)
	l.size += int64(n)
	return n, err
}

// Close ends the log. It is idempotent.
func (l *LogFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}

// NewLogger makes a logger that writes to w, and to the terminal as well if verbose.
func NewLogger(w io.Writer, terminal io.Writer, verbose bool) *slog.Logger {
	level := slog.LevelInfo
	if verbose {
		w, level = io.MultiWriter(w, terminal), slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}
