package link

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/pion/logging"
)

// pionLogger hands pion's words to an slog.Logger, all at debug level: what matters is reported through the handlers.
type pionLogger struct{ log *slog.Logger }

func (p pionLogger) NewLogger(scope string) logging.LeveledLogger {
	if strings.HasPrefix(scope, "gcc_") { // writes its arithmetic at info level, for each feedback packet
		return scopeLogger{slog.New(slog.DiscardHandler)}
	}
	return scopeLogger{p.log.With("pion", scope)}
}

type scopeLogger struct{ log *slog.Logger }

func (s scopeLogger) write(level, message string) { s.log.Debug(message, "severity", level) }

func (s scopeLogger) writef(level, format string, args []any) {
	if s.log.Enabled(context.Background(), slog.LevelDebug) {
		s.write(level, fmt.Sprintf(format, args...))
	}
}

// The levels below info are left out: pion writes several of them per packet.
func (s scopeLogger) Trace(string)          {}
func (s scopeLogger) Tracef(string, ...any) {}
func (s scopeLogger) Debug(string)          {}
func (s scopeLogger) Debugf(string, ...any) {}

func (s scopeLogger) Info(m string)             { s.write("info", m) }
func (s scopeLogger) Infof(f string, a ...any)  { s.writef("info", f, a) }
func (s scopeLogger) Warn(m string)             { s.write("warning", m) }
func (s scopeLogger) Warnf(f string, a ...any)  { s.writef("warning", f, a) }
func (s scopeLogger) Error(m string)            { s.write("error", m) }
func (s scopeLogger) Errorf(f string, a ...any) { s.writef("error", f, a) }
