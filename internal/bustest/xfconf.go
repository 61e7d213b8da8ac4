package bustest

import (
	"fmt"
	"sync/atomic"

	"github.com/godbus/dbus/v5"
)

const (
	xfconf     = "org.xfce.Xfconf"
	xfconfPath = "/org/xfce/Xfconf"
)

// Xfce has the settings of Xfce: of the notifications only whether they must not disturb.
type Xfce struct {
	conn  *dbus.Conn
	quiet atomic.Bool
}

// Xfce starts the service of the settings.
func (b *Bus) Xfce() (*Xfce, error) {
	x := &Xfce{}
	var err error
	x.conn, err = b.connect(xfconf, func(c *dbus.Conn) error {
		return c.ExportMethodTable(map[string]any{"GetProperty": x.get}, xfconfPath, xfconf)
	})
	if err != nil {
		return nil, err
	}
	return x, nil
}

// Stop ends the service. It may be called twice.
func (x *Xfce) Stop() { leave(x.conn, xfconf) }

// Quiet switches do-not-disturb.
func (x *Xfce) Quiet(on bool) error {
	x.quiet.Store(on)
	return x.conn.Emit(xfconfPath, xfconf+".PropertyChanged", "xfce4-notifyd", "/do-not-disturb", dbus.MakeVariant(on))
}

func (x *Xfce) get(channel, property string) (dbus.Variant, *dbus.Error) {
	if channel != "xfce4-notifyd" || property != "/do-not-disturb" {
		return dbus.Variant{}, dbus.NewError(xfconf+".Error.PropertyNotFound", []any{fmt.Sprintf("bustest: there is no %s of %s", property, channel)})
	}
	return dbus.MakeVariant(x.quiet.Load()), nil
}
