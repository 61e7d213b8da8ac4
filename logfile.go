package main

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
)

// maxLog is when a log is put aside, in bytes. One older log is kept, so both take at most twice that.
const maxLog = 4 << 20

// oldSuffix is what a file gets that is put aside.
const oldSuffix = ".old"

// logFile is a log of bounded size. When it is full it gets the suffix .old, and a new one is begun.
type logFile struct {
	path string
	max  int64

	mu   sync.Mutex
	file *os.File
	size int64
}

func openLog(path string, max int64) (*logFile, error) {
	l := &logFile{path: path, max: max}
	return l, l.open()
}

func (l *logFile) open() error {
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
func (l *logFile) Write(p []byte) (int, error) {
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
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}

// newLogger logs to w, and to the terminal as well if verbose.
func newLogger(w io.Writer, terminal io.Writer, verbose bool) *slog.Logger {
	level := slog.LevelInfo
	if verbose {
		w, level = io.MultiWriter(w, terminal), slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// watchCrashes lets the Go runtime write a crash to a file. What an earlier run left there is kept beside it, and crashed says
// that there was something. clean is for the end of a run that did not crash.
func watchCrashes(path string) (crashed bool, clean func(), err error) {
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		crashed = os.Rename(path, path+oldSuffix) == nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return crashed, nil, err
	}
	defer f.Close() // the runtime keeps a duplicate
	if err := debug.SetCrashOutput(f, debug.CrashOptions{}); err != nil {
		return crashed, nil, err
	}
	return crashed, func() {
		_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
		_ = os.Remove(path)
	}, nil
}
