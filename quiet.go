package main

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/jezek/xgb"

	_ "github.com/parley-calls/parley/internal/plainlocale" // before Fyne
)

// quietLibraries silences those that write to the terminal what is no news: a display without an authority file is most common.
func quietLibraries() { xgb.Logger.SetOutput(io.Discard) }

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
