//go:build unix && !darwin

package desktop

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestLinks asks the real tool, in a home of its own.
func TestLinks(t *testing.T) {
	if _, err := exec.LookPath(linkTool); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(linkTool + " is not here")
	}
	home, system := t.TempDir(), t.TempDir()
	for name, value := range map[string]string{
		"HOME": home, "XDG_DATA_HOME": filepath.Join(home, "data"), "XDG_CONFIG_HOME": filepath.Join(home, "config"), "XDG_DATA_DIRS": system,
		"XDG_CURRENT_DESKTOP": "", "DESKTOP_SESSION": "", "KDE_FULL_SESSION": "", "GNOME_DESKTOP_SESSION_ID": "", "DISPLAY": "",
		"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
	} {
		t.Setenv(name, value)
	}
	for _, dir := range []string{filepath.Join(home, "config"), filepath.Join(system, "applications")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	d := &Desktop{options: Options{ID: "app.test", Entry: "app.test", Name: "Test", Scheme: "test-calls", Command: []string{"/opt/a b/test", "--profile", "x"}}}
	opens := func(what string, want bool) {
		t.Helper()
		if got, err := d.OpensLinks(t.Context()); got != want || err != nil {
			t.Errorf("%s: the program opens links: %t, %v", what, got, err)
		}
	}
	open := func() {
		t.Helper()
		if err := d.OpenLinks(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	opens("at first", false)
	open()
	opens("a program that is not installed", true)
	own := filepath.Join(home, "data", "applications", "app.test.links.desktop")
	data, err := os.ReadFile(own)
	if err != nil || !strings.Contains(string(data), `Exec="/opt/a b/test" "--profile" "x" %u`+"\n") || !strings.Contains(string(data), "MimeType=x-scheme-handler/test-calls;\n") {
		t.Errorf("its entry is %s, %v", data, err)
	}
	d.options.Command[0] = "/opt/b/test"
	opens("after it was moved", false)
	open()
	opens("and was asked again", true)

	shared := filepath.Join(system, "applications", "app.test.desktop")
	if err := os.WriteFile(shared, []byte("[Desktop Entry]\nType=Application\nName=Test\nExec=test %u\nMimeType=x-scheme-handler/test-calls;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	opens("once it is installed for everybody", false)
	open()
	opens("and was asked again", true)

	t.Setenv("PATH", t.TempDir())
	if err := d.OpenLinks(t.Context()); !errors.Is(err, ErrUnsupported) {
		t.Errorf("without the tool it says %v", err)
	}
	if _, err := d.OpensLinks(t.Context()); !errors.Is(err, ErrUnsupported) {
		t.Errorf("without the tool it says %v", err)
	}
}
