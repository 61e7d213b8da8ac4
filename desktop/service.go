//go:build unix && !darwin

package desktop

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"image"
	"image/draw"
	"image/png"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/godbus/dbus/v5"
)

// service is the notification service of the session, and what it shows of ours. It is used by the goroutine of the bus only.
type service struct {
	*bus
	shown map[string]*shown
	owner string   // its own name on the bus, for which our IDs hold; empty: not met
	can   []string // its capabilities
	order uint64   // of the newest notification
}

// shown is a notification that should be on the screen.
type shown struct {
	Notification
	id    uint32 // 0: there was no service to show it
	acted bool   // a button was pressed, after which services close it as if it had been dismissed
	order uint64
}

// clickKey is the key of the action that a click on the notification itself invokes.
const clickKey = "default"

// Reasons of NotificationClosed.
const dismissedByPerson = 2

// Urgencies.
const (
	urgencyNormal   byte = 1
	urgencyCritical byte = 2
)

// Times after which a notification goes away by itself.
const (
	expireNever  int32 = 0
	expireAsEver int32 = -1
)

func (s *service) show(ctx context.Context, n Notification) {
	v := &shown{Notification: n}
	if old := s.shown[n.Key]; old != nil {
		v.id = old.id
	}
	s.order++
	v.order = s.order
	s.shown[n.Key] = v
	s.send(ctx, v)
}

// send hands a notification to the service. If there is none it stays with us until there is one, see moved.
func (s *service) send(ctx context.Context, v *shown) {
	if s.signals == nil {
		return
	}
	err := s.try(ctx, v)
	if ended(err) { // a moment ago, and the signal that says so is still on its way
		s.forget()
		err = s.try(ctx, v)
	}
	if err != nil {
		s.log.Info("no notification is shown", "key", v.Key, "err", err)
	}
}

// ended reports whether a call failed because there was nobody to answer it.
func ended(err error) bool {
	var e dbus.Error
	return errors.As(err, &e) && slices.Contains([]string{busName + ".Error.ServiceUnknown", busName + ".Error.NameHasNoOwner", busName + ".Error.NoReply"}, e.Name)
}

func (s *service) try(ctx context.Context, v *shown) error {
	if s.owner == "" {
		if err := s.meet(ctx); err != nil {
			return err
		}
	}
	title, body := v.Title, v.Body
	switch {
	case body != "" && !slices.Contains(s.can, "body"):
		title, body = title+" – "+body, ""
	case slices.Contains(s.can, "body-markup"):
		body = escape.Replace(body)
	}
	return s.call(ctx, s.owner, notificationsPath, notifications+".Notify", 0,
		s.options.Name, v.id, s.options.ID, title, body, s.actions(v), s.hints(v), expiry(v)).Store(&v.id)
}

// meet asks the service what it can and who it is. It is started if the desktop knows how.
func (s *service) meet(ctx context.Context) error {
	if err := s.call(ctx, notifications, notificationsPath, notifications+".GetCapabilities", 0).Store(&s.can); err != nil {
		return err
	}
	return s.call(ctx, busName, busPath, busName+".GetNameOwner", 0, notifications).Store(&s.owner)
}

// escape makes plain text of what the service would take for markup.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// actions are the pairs of keys and labels.
func (s *service) actions(v *shown) []string {
	pairs := []string{}
	if !slices.Contains(s.can, "actions") {
		return pairs
	}
	for i, a := range v.Actions {
		key := strconv.Itoa(i)
		if a.Default {
			key = clickKey
		}
		pairs = append(pairs, key, a.Label)
	}
	return pairs
}

func (s *service) hints(v *shown) map[string]dbus.Variant {
	h := map[string]dbus.Variant{"desktop-entry": dbus.MakeVariant(s.options.ID), "urgency": dbus.MakeVariant(urgencyNormal)}
	if v.Ring {
		h["category"] = dbus.MakeVariant("call.incoming")
		h["resident"] = dbus.MakeVariant(true)       // a press does not take it down: the end of the ring does
		h["suppress-sound"] = dbus.MakeVariant(true) // the program rings
		if !v.Quiet {
			h["urgency"] = dbus.MakeVariant(urgencyCritical)
		}
	}
	if v.Sound != "" && !v.Quiet {
		h["sound-name"] = dbus.MakeVariant(v.Sound)
	}
	if p := picture(s.options.Icon); p != nil {
		h["image-data"] = dbus.MakeVariant(*p)
	}
	return h
}

func expiry(v *shown) int32 {
	if v.Ring {
		return expireNever
	}
	return expireAsEver
}

// pixels are a picture as the specification wants it.
type pixels struct {
	Width, Height, Stride int32
	Alpha                 bool
	Bits, Channels        int32
	Data                  []byte
}

func picture(data []byte) *pixels {
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	plain := image.NewNRGBA(image.Rectangle{Max: m.Bounds().Size()})
	draw.Draw(plain, plain.Rect, m, m.Bounds().Min, draw.Src)
	return &pixels{int32(plain.Rect.Dx()), int32(plain.Rect.Dy()), int32(plain.Stride), true, 8, 4, plain.Pix}
}

func (s *service) withdraw(ctx context.Context, key string) {
	v := s.shown[key]
	delete(s.shown, key)
	if v == nil || v.id == 0 || s.signals == nil {
		return
	}
	if err := s.call(ctx, s.owner, notificationsPath, notifications+".CloseNotification", dbus.FlagNoAutoStart, v.id).Err; err != nil {
		s.log.Debug("the notification was gone", "key", key, "err", err)
	}
}

// clear takes everything down.
func (s *service) clear(ctx context.Context) {
	for key := range s.shown {
		s.withdraw(ctx, key)
	}
}

// find returns the notification with an ID that the service gave.
func (s *service) find(id uint32) *shown {
	for _, v := range s.shown {
		if id != 0 && v.id == id {
			return v
		}
	}
	return nil
}

// pressed is told that a button of any program's notification was pressed.
func (s *service) pressed(ctx context.Context, id uint32, key string) {
	v := s.find(id)
	if v == nil {
		return
	}
	for i, a := range v.Actions {
		if a.Default && key != clickKey || !a.Default && key != strconv.Itoa(i) {
			continue
		}
		if v.acted = true; !v.Ring {
			s.withdraw(ctx, v.Key)
		}
		a.Do()
		return
	}
}

// closed is told that any program's notification is gone.
func (s *service) closed(id, reason uint32) {
	v := s.find(id)
	if v == nil {
		return
	}
	delete(s.shown, v.Key)
	if v.Closed != nil {
		v.Closed(reason == dismissedByPerson && !v.acted)
	}
}

// moved is told that the name of the service has passed from one owner to another; either may be none.
func (s *service) moved(ctx context.Context, from, to string) {
	if from == s.owner {
		s.forget()
	}
	if to == "" || to == s.owner {
		return
	}
	for _, v := range slices.SortedFunc(maps.Values(s.shown), func(a, b *shown) int { return cmp.Compare(a.order, b.order) }) {
		if v.id == 0 {
			s.send(ctx, v)
		}
	}
}

// forget says that the service we met has ended, and all that it showed with it.
func (s *service) forget() {
	s.owner, s.can = "", nil
	for _, v := range s.shown {
		v.id, v.acted = 0, false
	}
}
