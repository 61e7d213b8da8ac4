//go:build unix && !darwin

package desktop

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/godbus/dbus/v5"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/screensaver"

	"github.com/parley-calls/parley/internal/xconn"
)

// The services that keep a session awake.
const (
	gnomeSession    = "org.gnome.SessionManager"        // also of Cinnamon and MATE
	screenSaver     = "org.freedesktop.ScreenSaver"     // https://specifications.freedesktop.org/idle-inhibit-spec/
	powerManagement = "org.freedesktop.PowerManagement" // of Plasma and Xfce, for the sleep of the machine
	portal          = "org.freedesktop.portal.Desktop"  // https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Inhibit.html
)

// vigils are their names.
var vigils = []string{gnomeSession, screenSaver, powerManagement, portal}

// What not to do, in the words of the session manager and the portal alike.
const (
	inhibitSuspend uint32 = 4
	inhibitIdle    uint32 = 8
)

// vigil keeps the machine and its screen awake. It is used by the goroutine of the bus only.
type vigil struct {
	*bus
	why  string                  // empty: they may sleep
	held []func(context.Context) // what to do for that; none while nobody keeps them awake
}

// keep stays awake for a reason, or no longer without one.
func (v *vigil) keep(ctx context.Context, why string) {
	was := v.why
	v.why = why
	if (was == "") != (why == "") {
		v.renew(ctx)
	}
}

// renew lets go of what is held, and takes what there is now: a service that has ended has forgotten what it promised, and one that
// comes may do better.
func (v *vigil) renew(ctx context.Context) {
	for _, release := range v.held {
		release(ctx)
	}
	v.held = nil
	if v.why == "" {
		return
	}
	kept := v.onBus(ctx) || v.onDisplay()
	if v.wakeful.Store(kept); !kept {
		v.log.Info("nothing keeps the screen awake")
	}
}

// onBus asks the services of the session, and stops at the first that does all of it.
func (v *vigil) onBus(ctx context.Context) bool {
	if v.signals == nil {
		return false
	}
	const gnome, saver, power = "/org/gnome/SessionManager", "/org/freedesktop/ScreenSaver", "/org/freedesktop/PowerManagement/Inhibit"
	if v.cookie(ctx, gnomeSession, gnome, gnomeSession+".Inhibit", gnomeSession+".Uninhibit", v.options.ID, uint32(0), v.why, inhibitSuspend|inhibitIdle) {
		return true
	}
	screen := v.cookie(ctx, screenSaver, saver, screenSaver+".Inhibit", screenSaver+".UnInhibit", v.options.Name, v.why)
	v.cookie(ctx, powerManagement, power, powerManagement+".Inhibit.Inhibit", powerManagement+".Inhibit.UnInhibit", v.options.Name, v.why)
	return screen || v.request(ctx)
}

// cookie asks a service that runs, and remembers how to take that back.
func (v *vigil) cookie(ctx context.Context, name string, path dbus.ObjectPath, take, back string, args ...any) bool {
	var cookie uint32
	if err := v.call(ctx, name, path, take, dbus.FlagNoAutoStart, args...).Store(&cookie); err != nil {
		if !ended(err) {
			v.log.Info("the screen is not kept awake", "by", name, "err", err)
		}
		return false
	}
	v.held = append(v.held, func(ctx context.Context) {
		_ = v.call(ctx, name, path, back, dbus.FlagNoAutoStart, cookie).Err // it may be gone, and the promise with it
	})
	return true
}

// request asks the portal, which is started if the desktop knows how.
func (v *vigil) request(ctx context.Context) bool {
	var handle dbus.ObjectPath
	options := map[string]dbus.Variant{"reason": dbus.MakeVariant(v.why)}
	err := v.call(ctx, portal, "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Inhibit.Inhibit", 0, "", inhibitSuspend|inhibitIdle, options).Store(&handle)
	if err != nil {
		return false
	}
	v.held = append(v.held, func(ctx context.Context) {
		_ = v.call(ctx, portal, handle, "org.freedesktop.portal.Request.Close", dbus.FlagNoAutoStart).Err
	})
	return true
}

// onDisplay suspends the screen saver of an X session without such a service. The display forgets it with the connection.
func (v *vigil) onDisplay() bool {
	conn, err := dialX()
	if err != nil {
		return false
	}
	if err = xconn.Enable(conn, xconn.ScreenSaver); err == nil {
		_, err = screensaver.QueryVersion(conn, 1, 1).Reply()
	}
	if err == nil {
		err = screensaver.SuspendChecked(conn, 1).Check()
	}
	if err != nil {
		conn.Close()
		v.log.Info("the display's screen saver is not suspended", "err", err)
		return false
	}
	v.held = append(v.held, func(context.Context) { conn.Close() })
	return true
}

// dialX connects to an X display that has the screen to itself, not to one that shows the windows of X programs in a Wayland session.
func dialX() (*xgb.Conn, error) {
	if os.Getenv("DISPLAY") == "" {
		return nil, errNoDisplay
	}
	conn, err := xconn.Dial()
	if err == nil && xconn.Wayland(conn) {
		conn.Close()
		return nil, errors.New("a Wayland session has the screen")
	}
	return conn, err
}

// look finds out whether something could keep the screen awake, and lets it if that is wanted.
func (v *vigil) look(ctx context.Context) {
	v.wakeful.Store(v.served(ctx) || hasX())
	if v.why != "" {
		v.renew(ctx)
	}
}

// hasX reports whether an X display has the screen to itself.
func hasX() bool {
	conn, err := dialX()
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// served reports whether a service is there, or can be started, that keeps the screen awake.
func (v *vigil) served(ctx context.Context) bool {
	if v.signals == nil {
		return false
	}
	var running, startable []string
	_ = v.call(ctx, busName, busPath, busName+".ListNames", 0).Store(&running)
	_ = v.call(ctx, busName, busPath, busName+".ListActivatableNames", 0).Store(&startable)
	return slices.ContainsFunc(append(running, startable...), func(name string) bool {
		return name == gnomeSession || name == screenSaver || name == portal
	})
}
