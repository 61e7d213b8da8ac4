//go:build unix && !darwin

package desktop

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
)

// setting is where a desktop keeps do-not-disturb, for those that do not tell it on the bus. The settings portal does not hand it out.
type setting struct {
	desktop     string // as XDG_CURRENT_DESKTOP names it
	schema, key string
	quiet       string // its value in do-not-disturb
	path        string // as its store tells of changes
}

var quietSettings = []setting{
	{"GNOME", "org.gnome.desktop.notifications", "show-banners", "false", "/org/gnome/desktop/notifications/"},
	{"X-Cinnamon", "org.cinnamon.desktop.notifications", "display-notifications", "false", "/org/cinnamon/desktop/notifications/"},
	{"MATE", "org.mate.NotificationDaemon", "do-not-disturb", "true", "/org/mate/notification-daemon/"},
}

// Xfce keeps its settings on the bus: https://docs.xfce.org/xfce/xfconf/start
const (
	xfconf     = "org.xfce.Xfconf"
	xfconfPath = "/org/xfce/Xfconf"
	xfceNotify = "xfce4-notifyd"
	xfceQuiet  = "/do-not-disturb"
)

// keepsQuiet reports whether do-not-disturb may be among the settings of which somebody told that they have changed.
func keepsQuiet(of string) bool {
	return of == xfceNotify || slices.ContainsFunc(quietSettings, func(s setting) bool { return strings.HasPrefix(of, s.path) })
}

// ask finds out what the desktop says of itself. What it does not tell is false.
func (b *bus) ask(ctx context.Context) {
	quiet := b.property(ctx, notifications, notificationsPath, notifications, "Inhibited") || // Plasma
		b.property(ctx, notifications, notificationsPath, dunst, "paused") ||
		b.xfceQuiet(ctx) ||
		b.keptQuiet(ctx)
	b.say(quiet, b.property(ctx, watcher, watcherPath, watcher, "IsStatusNotifierHostRegistered"))
}

// property reads a property that is true or false, without starting the service for it.
func (b *bus) property(ctx context.Context, service string, path dbus.ObjectPath, face, name string) bool {
	var v dbus.Variant
	err := b.call(ctx, service, path, properties+".Get", dbus.FlagNoAutoStart, face, name).Store(&v)
	yes, ok := v.Value().(bool)
	return err == nil && ok && yes
}

// xfceQuiet asks Xfce.
func (b *bus) xfceQuiet(ctx context.Context) bool {
	var v dbus.Variant
	err := b.call(ctx, xfconf, xfconfPath, xfconf+".GetProperty", dbus.FlagNoAutoStart, xfceNotify, xfceQuiet).Store(&v)
	yes, ok := v.Value().(bool)
	return err == nil && ok && yes
}

// keptQuiet reads the setting of the desktop of this session.
func (b *bus) keptQuiet(ctx context.Context) bool {
	here := strings.Split(os.Getenv("XDG_CURRENT_DESKTOP"), ":")
	i := slices.IndexFunc(quietSettings, func(s setting) bool { return slices.Contains(here, s.desktop) })
	if i < 0 {
		return false
	}
	s := quietSettings[i]
	ctx, cancel := context.WithTimeout(ctx, busTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, "gsettings", "get", s.schema, s.key).Output()
	return err == nil && strings.TrimSpace(string(out)) == s.quiet
}
