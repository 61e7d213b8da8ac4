package bustest

import (
	"fmt"
	"image"
	"sync"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

const (
	watcher     = "org.kde.StatusNotifierWatcher"
	watcherPath = "/StatusNotifierWatcher"
	item        = "org.kde.StatusNotifierItem"
	menu        = "com.canonical.dbusmenu"
	itemPath    = "/StatusNotifierItem"
)

// Tray shows the icons of programs: a StatusNotifierWatcher and its host in one.
type Tray struct {
	conn *dbus.Conn

	mu    sync.Mutex
	items []string // who registered, as names on the bus
}

// Host starts a tray.
func (b *Bus) Host() (*Tray, error) {
	t := &Tray{}
	var err error
	t.conn, err = b.connect(watcher, func(c *dbus.Conn) error {
		if err := c.Export(hosting{t}, watcherPath, watcher); err != nil {
			return err
		}
		_, err := prop.Export(c, watcherPath, prop.Map{watcher: {
			"IsStatusNotifierHostRegistered": {Value: true}, "ProtocolVersion": {Value: int32(0)}, "RegisteredStatusNotifierItems": {Value: []string{}},
		}})
		return err
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Stop ends the tray. It may be called twice.
func (t *Tray) Stop() { leave(t.conn, watcher) }

// Icon is the icon of one program.
type Icon struct {
	tray *Tray
	name string
}

// Icon returns the icon of a process, and false while it has none.
func (t *Tray) Icon(pid int) (Icon, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, name := range t.items {
		var owner uint32
		ctx, cancel := bounded()
		err := t.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetConnectionUnixProcessID", 0, name).Store(&owner)
		cancel()
		if err == nil && int(owner) == pid {
			return Icon{t, name}, true
		}
	}
	return Icon{}, false
}

// property reads what a program says of its icon.
func (i Icon) property(name string, into any) error {
	ctx, cancel := bounded()
	defer cancel()
	var v dbus.Variant
	if err := i.tray.conn.Object(i.name, itemPath).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, item, name).Store(&v); err != nil {
		return err
	}
	return v.Store(into)
}

// menu calls the menu of an icon, which is where the icon says.
func (i Icon) menu(method string, args ...any) *dbus.Call {
	var path dbus.ObjectPath
	if err := i.property("Menu", &path); err != nil {
		return &dbus.Call{Err: err}
	}
	ctx, cancel := bounded()
	defer cancel()
	return i.tray.conn.Object(i.name, path).CallWithContext(ctx, menu+"."+method, 0, args...)
}

// Picture is what the panel shows.
func (i Icon) Picture() (*image.NRGBA, error) {
	var maps []struct {
		W, H int32
		Pix  []byte // ARGB
	}
	if err := i.property("IconPixmap", &maps); err != nil {
		return nil, err
	}
	if len(maps) == 0 || len(maps[0].Pix) != int(4*maps[0].W*maps[0].H) {
		return nil, fmt.Errorf("bustest: the icon has no picture")
	}
	m := image.NewNRGBA(image.Rect(0, 0, int(maps[0].W), int(maps[0].H)))
	for p := 0; p < len(m.Pix); p += 4 {
		a := maps[0].Pix[p : p+4]
		m.Pix[p], m.Pix[p+1], m.Pix[p+2], m.Pix[p+3] = a[1], a[2], a[3], a[0]
	}
	return m, nil
}

// Entry is one line of the menu of an icon.
type Entry struct {
	ID               int32
	Label            string
	Enabled, Checked bool
}

// Menu reads the menu, without its separators and what is hidden.
func (i Icon) Menu() ([]Entry, error) {
	var revision uint32
	var root layout
	if err := i.menu("GetLayout", int32(0), int32(-1), []string{}).Store(&revision, &root); err != nil {
		return nil, err
	}
	var out []Entry
	for _, c := range root.Children {
		var l layout
		if err := dbus.Store([]any{c.Value()}, &l); err != nil {
			return nil, err
		}
		e := Entry{ID: l.ID, Enabled: true}
		e.Label, _ = l.Properties["label"].Value().(string)
		if on, ok := l.Properties["enabled"].Value().(bool); ok {
			e.Enabled = on
		}
		state, _ := l.Properties["toggle-state"].Value().(int32)
		e.Checked = state == 1
		visible, told := l.Properties["visible"].Value().(bool)
		if e.Label != "" && (visible || !told) {
			out = append(out, e)
		}
	}
	return out, nil
}

// Press presses the line with a label, which must be enabled.
func (i Icon) Press(label string) error {
	entries, err := i.Menu()
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Label == label && e.Enabled {
			return i.menu("Event", e.ID, "clicked", dbus.MakeVariant(""), uint32(0)).Err
		}
	}
	return fmt.Errorf("bustest: %q cannot be pressed in %+v", label, entries)
}

// layout is a menu as it travels.
type layout struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

// hosting is what the bus may call.
type hosting struct{ t *Tray }

func (h hosting) RegisterStatusNotifierItem(_ string, sender dbus.Sender) *dbus.Error {
	h.t.mu.Lock()
	defer h.t.mu.Unlock()
	h.t.items = append(h.t.items, string(sender))
	return nil
}

func (h hosting) RegisterStatusNotifierHost(string) *dbus.Error { return nil }
