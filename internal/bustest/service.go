package bustest

import (
	"fmt"
	"slices"
	"sync"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

const (
	notifications     = "org.freedesktop.Notifications"
	notificationsPath = "/org/freedesktop/Notifications"
	dunst             = "org.dunstproject.cmd0"
)

// Service is a notification service: org.freedesktop.Notifications.
type Service struct {
	conn  *dbus.Conn
	props *prop.Properties
	can   []string

	mu   sync.Mutex
	open []Shown // oldest first
	last uint32
}

// Shown is a notification that a program shows.
type Shown struct {
	ID          uint32
	App         string
	Title, Body string
	Actions     []string // pairs of key and label
	Hints       map[string]dbus.Variant
	Expires     int32
	Replaced    int // how often
}

// Labels are the labels of its buttons.
func (s Shown) Labels() []string {
	var labels []string
	for i := 0; i+1 < len(s.Actions); i += 2 {
		if s.Actions[i] != "default" {
			labels = append(labels, s.Actions[i+1])
		}
	}
	return labels
}

// Urgency is how urgent it is: 1 is normal, 2 critical.
func (s Shown) Urgency() byte {
	u, _ := s.Hints["urgency"].Value().(byte)
	return u
}

// Serve starts a notification service with these capabilities, and the properties by which Plasma and dunst tell of do-not-disturb.
func (b *Bus) Serve(capabilities ...string) (*Service, error) {
	s := &Service{can: capabilities}
	var err error
	s.conn, err = b.connect(notifications, func(c *dbus.Conn) error {
		if err := c.Export(served{s}, notificationsPath, notifications); err != nil {
			return err
		}
		s.props, err = prop.Export(c, notificationsPath, prop.Map{
			notifications: {"Inhibited": {Value: false, Emit: prop.EmitTrue}}, dunst: {"paused": {Value: false, Emit: prop.EmitTrue}},
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Stop ends the service without a word to those whose notifications it showed. Another one may be started then. It may be called twice.
func (s *Service) Stop() { leave(s.conn, notifications) }

// Inhibit switches do-not-disturb as Plasma does.
func (s *Service) Inhibit(on bool) { s.props.SetMust(notifications, "Inhibited", on) }

// Pause switches do-not-disturb as dunst does.
func (s *Service) Pause(on bool) { s.props.SetMust(dunst, "paused", on) }

// Open are the notifications that can be seen, oldest first.
func (s *Service) Open() []Shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.open)
}

// Press presses the button with a label, or clicks the notification itself if the label is empty. As common services do, it then
// closes a notification that is not resident.
func (s *Service) Press(id uint32, label string) error {
	for _, n := range s.Open() {
		for i := 0; i+1 < len(n.Actions); i += 2 {
			if n.ID != id || n.Actions[i+1] != label && (label != "" || n.Actions[i] != "default") {
				continue
			}
			if err := s.conn.Emit(notificationsPath, notifications+".ActionInvoked", id, n.Actions[i]); err != nil {
				return err
			}
			if stays, _ := n.Hints["resident"].Value().(bool); !stays {
				_ = s.end(id, 2) // unless the program was quicker
			}
			return nil
		}
	}
	return fmt.Errorf("bustest: no open notification %d has the button %q", id, label)
}

// Dismiss closes a notification as a person does.
func (s *Service) Dismiss(id uint32) error { return s.end(id, 2) }

// Expire closes a notification as time does.
func (s *Service) Expire(id uint32) error { return s.end(id, 1) }

func (s *Service) end(id, reason uint32) error {
	s.mu.Lock()
	before := len(s.open)
	s.open = slices.DeleteFunc(s.open, func(n Shown) bool { return n.ID == id })
	gone := len(s.open) < before
	s.mu.Unlock()
	if !gone {
		return fmt.Errorf("bustest: no notification %d", id)
	}
	return s.conn.Emit(notificationsPath, notifications+".NotificationClosed", id, reason)
}

// served is what the bus may call.
type served struct{ s *Service }

func (v served) GetCapabilities() ([]string, *dbus.Error) { return v.s.can, nil }

func (v served) Notify(app string, replaces uint32, _, title, body string, actions []string, hints map[string]dbus.Variant, expires int32) (uint32, *dbus.Error) {
	s := v.s
	s.mu.Lock()
	defer s.mu.Unlock()
	n := Shown{ID: replaces, App: app, Title: title, Body: body, Actions: actions, Hints: hints, Expires: expires}
	for i, old := range s.open {
		if old.ID == replaces {
			n.Replaced = old.Replaced + 1
			s.open[i] = n
			return n.ID, nil
		}
	}
	s.last++
	n.ID = s.last
	s.open = append(s.open, n)
	return n.ID, nil
}

func (v served) CloseNotification(id uint32) *dbus.Error {
	if err := v.s.end(id, 3); err != nil {
		return dbus.MakeFailedError(err)
	}
	return nil
}
