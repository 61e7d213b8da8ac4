package main

import (
	"io"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/jezek/xgb"

	_ "github.com/parley-calls/parley/internal/plainlocale" // before Fyne
)

// quietLibraries keeps those that write to the terminal from it: what they say goes into the log. Where there is no session bus, Fyne
// tells at each start that it cannot watch the desktop's colours. A display without an authority file is no news at all.
func quietLibraries(to *slog.Logger) {
	xgb.Logger.SetOutput(io.Discard)
	log.SetFlags(0)
	log.SetOutput(slog.NewLogLogger(to.With("from", "library").Handler(), slog.LevelWarn).Writer())
}

// quietBus keeps libraries from starting a session bus where there is none: they would leave it behind when the program ends. A desktop
// session has one, and says where or keeps it in the usual place.
func quietBus() {
	const variable = "DBUS_SESSION_BUS_ADDRESS"
	if runtime.GOOS != "linux" || os.Getenv(variable) != "" {
		return
	}
	for _, dir := range []string{os.Getenv("XDG_RUNTIME_DIR"), "/run/user/" + strconv.Itoa(os.Getuid())} {
		if _, err := os.Stat(filepath.Join(dir, "bus")); dir != "" && err == nil {
			return
		}
	}
	_ = os.Setenv(variable, "unix:path=/nonexistent")
}

// preferX11 lets Fyne open its windows by X11 wherever there is an X server, in a Wayland session too. Wayland lets no program keep its
// window on top, say where it stands, or draw a frame round what it shares. FYNE_PLATFORM=wayland has it otherwise.
func preferX11() {
	const variable = "FYNE_PLATFORM"
	if os.Getenv("DISPLAY") != "" && os.Getenv(variable) == "" {
		_ = os.Setenv(variable, "x11")
	}
}
