package bustest

import (
	"sync"

	"github.com/godbus/dbus/v5"
)

const unity = "com.canonical.Unity"

// Dock shows what programs say on their icons.
type Dock struct {
	conn *dbus.Conn

	mu    sync.Mutex
	icons map[string]Label
}

// Label is what a dock shows on an icon.
type Label struct {
	Count  int // 0: no number is seen
	Urgent bool
}

// Dock starts one.
func (b *Bus) Dock() (*Dock, error) {
	d := &Dock{icons: map[string]Label{}}
	var err error
	d.conn, err = b.connect(unity, func(c *dbus.Conn) error {
		told := make(chan *dbus.Signal, 16)
		c.Signal(told)
		go d.follow(told)
		return c.AddMatchSignal(dbus.WithMatchInterface("com.canonical.Unity.LauncherEntry"), dbus.WithMatchMember("Update"))
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Stop ends the dock. It may be called twice.
func (d *Dock) Stop() { leave(d.conn, unity) }

// Icon is what is shown on the icon of a .desktop file, and false if nothing was ever said of it.
func (d *Dock) Icon(id string) (Label, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	l, ok := d.icons["application://"+id+".desktop"]
	return l, ok
}

func (d *Dock) follow(told <-chan *dbus.Signal) {
	for s := range told {
		var of string
		var says map[string]dbus.Variant
		if s.Name != "com.canonical.Unity.LauncherEntry.Update" || dbus.Store(s.Body, &of, &says) != nil {
			continue
		}
		var l Label
		if seen, _ := says["count-visible"].Value().(bool); seen {
			n, _ := says["count"].Value().(int64)
			l.Count = int(n)
		}
		l.Urgent, _ = says["urgent"].Value().(bool)
		d.mu.Lock()
		d.icons[of] = l
		d.mu.Unlock()
	}
}
