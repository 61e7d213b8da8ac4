//go:build unix && !darwin

package desktop

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-calls/parley/internal/bustest"
)

// patience is how long a test waits for the bus.
const patience = 20 * time.Second

// until waits until why says nothing any more; what it said last is why the test fails.
func until(t *testing.T, why func() string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		missing := why()
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(missing)
		}
		time.Sleep(time.Millisecond)
	}
}

func unless(ok bool, format string, a ...any) string {
	if ok {
		return ""
	}
	return fmt.Sprintf(format, a...)
}

// all is what a full-grown service can.
var all = []string{"actions", "body", "body-markup", "persistence", "sound"}

func serve(t *testing.T, b *bustest.Bus, capabilities ...string) *bustest.Service {
	t.Helper()
	s, err := b.Serve(capabilities...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func open(t *testing.T, b *bustest.Bus) *Desktop {
	t.Helper()
	d := New(Options{ID: "app.test", Name: "Test", Bus: b.Address})
	t.Cleanup(d.Close)
	return d
}

// only waits until exactly one notification is open, and returns it.
func only(t *testing.T, s *bustest.Service, title string) bustest.Shown {
	t.Helper()
	var n bustest.Shown
	until(t, func() string {
		open := s.Open()
		if len(open) != 1 || open[0].Title != title {
			return fmt.Sprintf("open are %+v, want only %q", open, title)
		}
		n = open[0]
		return ""
	})
	return n
}

func none(t *testing.T, s *bustest.Service) {
	t.Helper()
	until(t, func() string { return unless(len(s.Open()) == 0, "open are still %+v", s.Open()) })
}

func TestARingIsShownReplacedAndWithdrawn(t *testing.T) {
	t.Parallel()
	b := bustest.StartFor(t)
	s := serve(t, b, all...)
	d := open(t, b)
	d.Notify(Notification{Key: "ring", Title: "Bob <b>", Body: "Tom & <i>Jerry</i>", Ring: true, Actions: []Action{
		{Label: "Open", Default: true, Do: func() {}}, {Label: "Accept", Do: func() {}}, {Label: "Decline", Do: func() {}},
	}})
	n := only(t, s, "Bob <b>")
	if n.App != "Test" || n.Body != "Tom &amp; &lt;i&gt;Jerry&lt;/i&gt;" || n.Expires != 0 {
		t.Errorf("the notification is %+v", n)
	}
	if want := []string{"default", "Open", "1", "Accept", "2", "Decline"}; !slices.Equal(n.Actions, want) {
		t.Errorf("actions are %q, want %q", n.Actions, want)
	}
	if n.Urgency() != 2 || n.Hints["category"].Value() != "call.incoming" || n.Hints["resident"].Value() != true || n.Hints["suppress-sound"].Value() != true {
		t.Errorf("hints are %v", n.Hints)
	}
	d.Notify(Notification{Key: "ring", Title: "Bob again", Ring: true, Quiet: true})
	again := only(t, s, "Bob again")
	if again.ID != n.ID || again.Replaced != 1 || again.Urgency() != 1 {
		t.Errorf("it became %+v", again)
	}
	d.Withdraw("ring")
	none(t, s)
	d.Withdraw("ring") // nothing happens
}

func TestPresses(t *testing.T) {
	t.Parallel()
	b := bustest.StartFor(t)
	s := serve(t, b, all...)
	d := open(t, b)
	presses, closed := make(chan string, 4), make(chan bool, 4)
	press := func(what string) func() { return func() { presses <- what } }
	took := func(want string) {
		t.Helper()
		select {
		case got := <-presses:
			if got != want {
				t.Errorf("pressed %q, want %q", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("%q was not pressed", want)
		}
	}
	n := Notification{
		Key: "ring", Title: "Bob", Ring: true, Closed: func(dismissed bool) { closed <- dismissed },
		Actions: []Action{{Label: "Open", Default: true, Do: press("open")}, {Label: "Accept", Do: press("accept")}},
	}
	d.Notify(n)
	id := only(t, s, "Bob").ID
	for _, label := range []string{"", "Accept", "Accept"} { // a ring stays, and may be pressed again
		if err := s.Press(id, label); err != nil {
			t.Fatal(err)
		}
		took(map[string]string{"": "open"}[label] + strings.ToLower(label))
	}
	n.Key, n.Title, n.Ring = "missed", "Missed", false
	d.Withdraw("ring")
	d.Notify(n)
	if err := s.Press(only(t, s, "Missed").ID, "Accept"); err != nil {
		t.Fatal(err)
	}
	took("accept")
	none(t, s)

	d.Notify(n)
	if err := s.Dismiss(only(t, s, "Missed").ID); err != nil {
		t.Fatal(err)
	}
	if !<-closed { // and it is the first word about any end: neither Withdraw nor a press say so
		t.Error("a dismissed notification ended by time")
	}
	d.Notify(n)
	if err := s.Expire(only(t, s, "Missed").ID); err != nil {
		t.Fatal(err)
	}
	if <-closed {
		t.Error("a notification that ended by time was dismissed")
	}
}

func TestAServiceThatCanDoLittle(t *testing.T) {
	t.Parallel()
	b := bustest.StartFor(t)
	s := serve(t, b)
	d := open(t, b)
	d.Notify(Notification{Key: "k", Title: "Bob", Body: "calls & waits", Actions: []Action{{Label: "Accept", Do: func() {}}}})
	if n := only(t, s, "Bob – calls & waits"); n.Body != "" || len(n.Actions) != 0 {
		t.Errorf("it is asked for %+v", n)
	}
}

func TestTheServiceComesAndGoes(t *testing.T) {
	t.Parallel()
	b := bustest.StartFor(t)
	d := open(t, b)
	d.Notify(Notification{Key: "ring", Title: "Bob", Ring: true}) // there is nobody to show it yet
	s := serve(t, b, all...)
	only(t, s, "Bob")
	s.Stop()
	s = serve(t, b, all...)
	only(t, s, "Bob")
	d.Withdraw("ring")
	none(t, s)
	s.Stop()
	s = serve(t, b, all...)
	d.Notify(Notification{Key: "next", Title: "Cyd"})
	only(t, s, "Cyd")
	d.Close()
	d.Close()
	none(t, s)
}

func TestDoNotDisturbAndTheTrayAreFollowed(t *testing.T) {
	t.Parallel()
	b := bustest.StartFor(t)
	d := open(t, b)
	var changes atomic.Int32
	stop := d.Watch(func() { changes.Add(1) })
	defer stop()
	if d.Can(Tray) != nil || d.TrayHosted() || d.DoNotDisturb() {
		t.Fatal("an empty desktop says too much")
	}
	tray, err := b.Host()
	if err != nil {
		t.Fatal(err)
	}
	until(t, func() string { return unless(d.TrayHosted(), "the tray is not noticed") })
	s := serve(t, b, all...)
	s.Inhibit(true)
	until(t, func() string { return unless(d.DoNotDisturb(), "do-not-disturb is not noticed") })
	s.Inhibit(false)
	until(t, func() string { return unless(!d.DoNotDisturb(), "the end of do-not-disturb is not noticed") })
	s.Pause(true)
	until(t, func() string { return unless(d.DoNotDisturb(), "dunst's pause is not noticed") })
	s.Pause(false)
	until(t, func() string { return unless(!d.DoNotDisturb(), "the end of dunst's pause is not noticed") })
	tray.Stop()
	until(t, func() string { return unless(!d.TrayHosted(), "the end of the tray is not noticed") })
	if n := changes.Load(); n != 6 {
		t.Errorf("told of %d changes, want 6", n)
	}
}

// TestQuietAmongTheSettings has the setting in a file, from which a stand-in for gsettings reads it.
func TestQuietAmongTheSettings(t *testing.T) {
	for _, c := range []struct{ desktop, name, loud, quiet, changed string }{
		{"ubuntu:GNOME", "org.gnome.desktop.notifications show-banners", "true", "false", "/org/gnome/desktop/notifications/show-banners"},
		{"X-Cinnamon", "org.cinnamon.desktop.notifications display-notifications", "true", "false", "/org/cinnamon/desktop/notifications/display-notifications"},
		{"MATE", "org.mate.NotificationDaemon do-not-disturb", "false", "true", "/org/mate/notification-daemon/do-not-disturb"},
	} {
		t.Run(c.desktop, func(t *testing.T) {
			b := bustest.StartFor(t)
			dir := t.TempDir()
			value := filepath.Join(dir, "value")
			set := func(to string) {
				t.Helper()
				if err := os.WriteFile(value, []byte(to+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			set(c.quiet)
			script := "#!/bin/sh\ntest \"$*\" = \"get " + c.name + "\" && read v <" + value + " && echo $v\n"
			if err := os.WriteFile(filepath.Join(dir, "gsettings"), []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
			t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
			t.Setenv("XDG_CURRENT_DESKTOP", c.desktop)
			d := open(t, b)
			until(t, func() string { return unless(d.DoNotDisturb(), "do-not-disturb is not noticed") })
			set(c.loud)
			if err := b.Changed(c.changed); err != nil {
				t.Fatal(err)
			}
			until(t, func() string { return unless(!d.DoNotDisturb(), "the change is not noticed") })
		})
	}
}

func TestQuietOfXfce(t *testing.T) {
	t.Parallel()
	b := bustest.StartFor(t)
	x, err := b.Xfce()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Stop)
	d := open(t, b)
	for _, on := range []bool{true, false} {
		if err := x.Quiet(on); err != nil {
			t.Fatal(err)
		}
		until(t, func() string { return unless(d.DoNotDisturb() == on, "do-not-disturb is not %t", on) })
	}
}

func TestWithoutABus(t *testing.T) {
	t.Parallel()
	d := New(Options{ID: "app.test", Bus: "unix:path=/nonexistent"})
	d.Notify(Notification{Key: "k", Title: "Nobody sees it"})
	d.Withdraw("k")
	if d.Can(Tray) == nil || d.TrayHosted() || d.DoNotDisturb() {
		t.Error("there is a desktop")
	}
	d.Close()

	b := bustest.StartFor(t)
	lost := open(t, b)
	lost.Notify(Notification{Key: "k", Title: "Bob"})
	b.Stop()
	lost.Notify(Notification{Key: "k", Title: "Bob"})
	lost.Close()
}

func TestOrdersAreBoundedAndReplaceEachOther(t *testing.T) {
	t.Parallel()
	d := &Desktop{log: New(Options{Bus: "unix:path=/nonexistent"}).log, wake: make(chan struct{}, 1)}
	for i := range maxOrders + 2 {
		d.Notify(Notification{Key: fmt.Sprint(i)})
	}
	d.Withdraw("5")
	orders := d.take()
	if len(orders) != maxOrders || orders[0].key != "2" || orders[len(orders)-1].key != "5" || orders[len(orders)-1].show != nil {
		t.Errorf("%d orders from %q to %q", len(orders), orders[0].key, orders[len(orders)-1].key)
	}
}

func TestAutostart(t *testing.T) {
	home, system := t.TempDir(), t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("XDG_CONFIG_DIRS", system)
	d := &Desktop{options: Options{ID: "app.test", Entry: "app.test", Name: "Test", Command: []string{`/opt/a b/$test`, `--profile`, `100%"\`}, AtLogin: []string{"--hidden"}}}
	own, shared := filepath.Join(home, "autostart", "app.test.desktop"), filepath.Join(system, "autostart", "app.test.desktop")
	want := func(on bool) {
		t.Helper()
		if d.Autostart() != on {
			t.Errorf("starts at log-in: %t, want %t", !on, on)
		}
	}
	set := func(on bool) {
		t.Helper()
		if err := d.SetAutostart(on); err != nil {
			t.Fatal(err)
		}
		want(on)
	}
	want(false)
	set(false) // nothing to remove
	set(true)
	data, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	if line := `Exec="/opt/a b/\\$test" "--profile" "100%%\\"\\\\" "--hidden"` + "\n"; !strings.Contains(string(data), line) {
		t.Errorf("the entry is\n%s, want %s", data, line)
	}
	hidden := strings.Replace(string(data), "Name=Test", "Name=Test\nHidden=true", 1)
	if err := os.WriteFile(own, []byte(hidden), 0o600); err != nil {
		t.Fatal(err)
	}
	want(false)
	set(true)
	set(false)
	if _, err := os.Stat(own); !os.IsNotExist(err) {
		t.Error("the entry is still there")
	}

	if err := os.MkdirAll(filepath.Dir(shared), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(shared, []byte("[Desktop Entry]\nType=Application\nExec=test\n[Other]\nHidden=true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want(true)
	set(false)
	set(true)

	if os.Getuid() != 0 {
		t.Cleanup(func() { _ = os.Chmod(filepath.Dir(own), 0o700) }) // or the folder cannot be cleaned up
		if err := os.Chmod(filepath.Dir(own), 0o500); err != nil {
			t.Fatal(err)
		}
		if err := d.SetAutostart(true); err == nil {
			t.Error("nothing failed in a folder that cannot be written")
		}
	}
}
