package bustest

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/godbus/dbus/v5"
)

// The services that keep a session awake, for [Bus.Vigil].
const (
	GNOMESession    = "org.gnome.SessionManager"
	ScreenSaver     = "org.freedesktop.ScreenSaver"
	PowerManagement = "org.freedesktop.PowerManagement"
	Portal          = "org.freedesktop.portal.Desktop"
)

// Vigil is a service that keeps the session awake for whoever asks, until they take that back or leave the bus.
type Vigil struct {
	conn *dbus.Conn
	name string

	mu   sync.Mutex
	held map[uint32]promise
	last uint32
}

// promise is what somebody asked for.
type promise struct {
	by, why string
}

// Vigil starts a service that keeps the session awake, by its name on the bus.
func (b *Bus) Vigil(name string) (*Vigil, error) {
	v := &Vigil{name: name, held: map[uint32]promise{}}
	var err error
	v.conn, err = b.connect(name, func(c *dbus.Conn) error {
		left := make(chan *dbus.Signal, 16)
		c.Signal(left)
		go v.watch(left)
		if err := c.AddMatchSignal(dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged")); err != nil {
			return err
		}
		switch name {
		case GNOMESession:
			return c.ExportMethodTable(map[string]any{"Inhibit": v.gnome, "Uninhibit": v.release}, "/org/gnome/SessionManager", name)
		case ScreenSaver:
			return c.ExportMethodTable(map[string]any{"Inhibit": v.inhibit, "UnInhibit": v.release}, "/org/freedesktop/ScreenSaver", name)
		case PowerManagement:
			return c.ExportMethodTable(map[string]any{"Inhibit": v.inhibit, "UnInhibit": v.release}, "/org/freedesktop/PowerManagement/Inhibit", name+".Inhibit")
		case Portal:
			return c.ExportMethodTable(map[string]any{"Inhibit": v.portal}, "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Inhibit")
		}
		return fmt.Errorf("%s keeps nothing awake", name)
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Stop ends the service, and forgets what it promised. It may be called twice.
func (v *Vigil) Stop() { leave(v.conn, v.name) }

// Held are the reasons why the session stays awake, sorted.
func (v *Vigil) Held() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var all []string
	for p := range maps.Values(v.held) {
		all = append(all, p.why)
	}
	return slices.Sorted(slices.Values(all))
}

// watch forgets the promises to those who leave.
func (v *Vigil) watch(left <-chan *dbus.Signal) {
	for s := range left {
		var name, old, now string
		if dbus.Store(s.Body, &name, &old, &now) == nil && now == "" {
			v.mu.Lock()
			maps.DeleteFunc(v.held, func(_ uint32, p promise) bool { return p.by == name })
			v.mu.Unlock()
		}
	}
}

func (v *Vigil) promise(by dbus.Sender, why string) uint32 {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last++
	v.held[v.last] = promise{string(by), why}
	return v.last
}

func (v *Vigil) release(cookie uint32) *dbus.Error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.held[cookie]; !ok {
		return dbus.MakeFailedError(fmt.Errorf("bustest: nothing was promised as %d", cookie))
	}
	delete(v.held, cookie)
	return nil
}

func (v *Vigil) inhibit(_, why string, by dbus.Sender) (uint32, *dbus.Error) {
	return v.promise(by, why), nil
}

// What the session manager and the portal are asked not to do.
const sleepAndIdle = 4 | 8

func (v *Vigil) gnome(_ string, _ uint32, why string, flags uint32, by dbus.Sender) (uint32, *dbus.Error) {
	if flags != sleepAndIdle {
		return 0, dbus.MakeFailedError(fmt.Errorf("bustest: flags are %d", flags))
	}
	return v.promise(by, why), nil
}

func (v *Vigil) portal(_ string, flags uint32, options map[string]dbus.Variant, by dbus.Sender) (dbus.ObjectPath, *dbus.Error) {
	why, _ := options["reason"].Value().(string)
	if flags != sleepAndIdle {
		return "", dbus.MakeFailedError(fmt.Errorf("bustest: flags are %d", flags))
	}
	cookie := v.promise(by, why)
	path := dbus.ObjectPath(fmt.Sprintf("/org/freedesktop/portal/desktop/request/%d", cookie))
	end := map[string]any{"Close": func() *dbus.Error { return v.release(cookie) }}
	if err := v.conn.ExportMethodTable(end, path, "org.freedesktop.portal.Request"); err != nil {
		return "", dbus.MakeFailedError(err)
	}
	return path, nil
}
