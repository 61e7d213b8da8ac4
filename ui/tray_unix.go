//go:build unix && !darwin

package ui

import (
	"context"
	"os"
	"time"

	"github.com/godbus/dbus/v5"
)

// busTime bounds the questions to the session bus.
const busTime = 500 * time.Millisecond

// trayPossible reports whether there is a session bus. Without one Fyne's tray panics when the program ends, and asking for one
// would start one.
func trayPossible() bool {
	ctx, cancel := context.WithTimeout(context.Background(), busTime)
	defer cancel()
	c, err := sessionBus(ctx)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

// trayHosted reports whether something on the desktop shows tray icons now. Without it nobody would find a hidden window again.
func trayHosted(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, busTime)
	defer cancel()
	c, err := sessionBus(ctx)
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }()
	const watcher = "org.kde.StatusNotifierWatcher"
	var host dbus.Variant
	err = c.Object(watcher, "/StatusNotifierWatcher").
		CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", dbus.FlagNoAutoStart, watcher, "IsStatusNotifierHostRegistered").Store(&host)
	there, ok := host.Value().(bool)
	return err == nil && ok && there
}

func sessionBus(ctx context.Context) (*dbus.Conn, error) {
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	if address == "" {
		return nil, os.ErrNotExist
	}
	return dbus.Connect(address, dbus.WithContext(ctx))
}
