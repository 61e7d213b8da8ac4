//go:build unix && !darwin

package desktop

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/godbus/dbus/v5"
)

// The names on the session bus.
const (
	notifications     = "org.freedesktop.Notifications" // https://specifications.freedesktop.org/notification-spec/
	notificationsPath = "/org/freedesktop/Notifications"
	dunst             = "org.dunstproject.cmd0"
	watcher           = "org.kde.StatusNotifierWatcher" // https://specifications.freedesktop.org/status-notifier-item/
	watcherPath       = "/StatusNotifierWatcher"
	dconf             = "ca.desrt.dconf.Writer"
	launcher          = "com.canonical.Unity.LauncherEntry" // https://wiki.ubuntu.com/Unity/LauncherAPI; Plasma and most docks hear it, too
	launcherPath      = "/com/canonical/unity/launcherentry/1"
	unity             = "com.canonical.Unity" // who shows it
	busName           = "org.freedesktop.DBus"
	busPath           = "/org/freedesktop/DBus"
	properties        = busName + ".Properties"
	ownerChanged      = busName + ".NameOwnerChanged"
)

// busTime bounds each question to the session bus. A notification service may have to be started first.
const busTime = 2 * time.Second

// endTime bounds how long taking everything down may take at the end.
const endTime = time.Second

// bus is the session bus as the goroutine of a [Desktop] sees it.
type bus struct {
	*Desktop
	conn    *dbus.Conn
	signals chan *dbus.Signal // nil without a connection
	service service
	vigil   vigil
	stood   Standing // what was done last
}

func (d *Desktop) start(ctx context.Context) {
	b := &bus{Desktop: d}
	b.service = service{bus: b, shown: map[string]*shown{}}
	b.vigil = vigil{bus: b}
	if err := b.connect(); err != nil {
		d.log.Info("there is no session bus: no notifications and no tray", "err", err)
	}
	d.tray = b.conn != nil
	go b.run(ctx)
}

// connect opens a connection of our own. It is not asked for again: a session bus that ends takes its session with it.
func (b *bus) connect() error {
	ctx, cancel := context.WithCancel(context.Background())
	late := time.AfterFunc(busTime, cancel)
	options := []dbus.ConnOption{dbus.WithContext(ctx), dbus.WithSignalHandler(dbus.NewSequentialSignalHandler())}
	var conn *dbus.Conn
	var err error
	if b.options.Bus == "" {
		conn, err = dbus.SessionBusPrivateNoAutoStartup(options...)
	} else {
		conn, err = dbus.Dial(b.options.Bus, options...)
	}
	if err == nil {
		if err = errors.Join(conn.Auth(nil), conn.Hello()); err != nil {
			_ = conn.Close()
		}
	}
	if late.Stop(); err != nil {
		cancel()
		return err
	}
	b.conn = conn
	b.signals = make(chan *dbus.Signal, 16)
	conn.Signal(b.signals)
	return nil
}

// run owns the connection and the notifications until ends is done. What is being asked then is still answered, within its time: only so is it
// known what there is to take down.
func (b *bus) run(ends context.Context) {
	defer close(b.done)
	ctx := context.WithoutCancel(ends)
	if b.conn != nil {
		defer b.conn.Close()
		b.listen(ctx)
		b.ask(ctx)
	}
	b.vigil.look(ctx)
	for {
		select {
		case <-ends.Done():
			ctx, cancel := context.WithTimeout(ctx, endTime)
			defer cancel()
			b.stand(ctx, Standing{})
			b.service.clear(ctx)
			return
		case <-b.wake:
			b.stand(ctx, b.stands())
			for _, o := range b.take() {
				if ends.Err() != nil {
					break
				}
				if o.show != nil {
					b.service.show(ctx, *o.show)
				} else {
					b.service.withdraw(ctx, o.key)
				}
			}
		case s, ok := <-b.signals:
			if !ok {
				b.log.Info("the session bus is gone")
				b.signals = nil
				b.say(false, false)
				b.vigil.look(ctx)
				continue
			}
			b.hear(ctx, s)
		}
	}
}

// listen asks for the signals that matter.
func (b *bus) listen(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, busTime)
	defer cancel()
	owner := func(name string) []dbus.MatchOption {
		return []dbus.MatchOption{dbus.WithMatchSender(busName), dbus.WithMatchInterface(busName), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, name)}
	}
	matches := [][]dbus.MatchOption{
		owner(notifications),
		owner(watcher),
		owner(unity),
		{dbus.WithMatchSender(notifications), dbus.WithMatchInterface(notifications)},
		{dbus.WithMatchSender(notifications), dbus.WithMatchInterface(properties)},
		{dbus.WithMatchSender(watcher), dbus.WithMatchInterface(watcher)},
		{dbus.WithMatchSender(xfconf), dbus.WithMatchInterface(xfconf)},
		{dbus.WithMatchInterface(dconf), dbus.WithMatchObjectPath("/ca/desrt/dconf/Writer/user")},
	}
	for _, name := range vigils {
		matches = append(matches, owner(name))
	}
	for _, m := range matches {
		if err := b.conn.AddMatchSignalContext(ctx, m...); err != nil {
			b.log.Warn("the session bus does not tell what happens", "err", err)
			return
		}
	}
}

// hear takes a signal.
func (b *bus) hear(ctx context.Context, s *dbus.Signal) {
	switch s.Name {
	case notifications + ".ActionInvoked":
		var id uint32
		var key string
		if dbus.Store(s.Body, &id, &key) == nil {
			b.service.pressed(ctx, id, key)
		}
	case notifications + ".NotificationClosed":
		var id, reason uint32
		if dbus.Store(s.Body, &id, &reason) == nil {
			b.service.closed(id, reason)
		}
	case ownerChanged:
		var name, old, now string
		if dbus.Store(s.Body, &name, &old, &now) != nil {
			return
		}
		switch {
		case name == notifications:
			b.service.moved(ctx, old, now)
		case name == unity:
			b.label(b.stood)
		case slices.Contains(vigils, name):
			b.vigil.look(ctx)
		}
		b.ask(ctx)
	case properties + ".PropertiesChanged", watcher + ".StatusNotifierHostRegistered", watcher + ".StatusNotifierHostUnregistered":
		b.ask(ctx)
	case dconf + ".Notify", xfconf + ".PropertyChanged":
		var of string // the path of a setting, or the program that it is for
		if len(s.Body) > 0 && dbus.Store(s.Body[:1], &of) == nil && keepsQuiet(of) {
			b.ask(ctx)
		}
	}
}

// call asks a service of the bus something.
func (b *bus) call(ctx context.Context, service string, path dbus.ObjectPath, method string, flags dbus.Flags, args ...any) *dbus.Call {
	ctx, cancel := context.WithTimeout(ctx, busTime)
	defer cancel()
	return b.conn.Object(service, path).CallWithContext(ctx, method, flags, args...)
}

// stand does what a standing asks for, and undoes what it does not.
func (b *bus) stand(ctx context.Context, s Standing) {
	before := b.stood
	b.stood = s
	b.attend(before, s)
	if before.Count != s.Count || before.Urgent != s.Urgent {
		b.label(s)
	}
	b.vigil.keep(ctx, s.Awake)
}

// label puts the number on the icon of the program in the task bar, or in the dock. A dock that shows it tells nobody, so everybody is told.
func (b *bus) label(s Standing) {
	if b.signals == nil {
		return
	}
	err := b.conn.Emit(launcherPath, launcher+".Update", "application://"+b.options.ID+".desktop", map[string]dbus.Variant{
		"count": dbus.MakeVariant(int64(s.Count)), "count-visible": dbus.MakeVariant(s.Count > 0), "urgent": dbus.MakeVariant(s.Urgent),
	})
	if err != nil {
		b.log.Debug("the icon in the task bar shows no number", "err", err)
	}
}

// unable says why something cannot be done; it is empty if it can.
func (d *Desktop) unable(a Ability) string {
	switch a {
	case Tray, Buttons, QuietTimes, Badge:
		if !d.tray {
			return "there is no session bus"
		}
	case OnTop:
		return onTop()
	case Attention, Frames:
		if os.Getenv("DISPLAY") == "" {
			return errNoDisplay.Error()
		}
	case Links:
		if _, err := exec.LookPath(linkTool); err != nil {
			return linkTool + " is not installed"
		}
	case Wakefulness:
		if !d.wakeful.Load() {
			return "no service of the session keeps the screen on"
		}
	}
	return ""
}
