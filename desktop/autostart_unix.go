//go:build unix && !darwin

package desktop

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// https://specifications.freedesktop.org/autostart-spec/

// Autostart reports whether the program starts when the person logs in. An entry that was hidden, here or by a tool of the
// desktop, is none.
func (d *Desktop) Autostart() bool {
	for _, path := range append([]string{d.entryPath()}, d.systemEntries()...) {
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		e := entry(data)
		return e["Hidden"] != "true" && e["X-GNOME-Autostart-enabled"] != "false"
	}
	return false
}

// SetAutostart changes whether the program starts when the person logs in.
func (d *Desktop) SetAutostart(on bool) error {
	path := d.entryPath()
	var err error
	switch {
	case on:
		err = write(path, "Exec="+commandLine(d.options.atLogin()), "Name="+d.options.Name, "Icon="+d.options.ID, "X-GNOME-Autostart-enabled=true")
	case len(d.systemEntries()) > 0: // the person's own entry hides the one that holds for everybody
		err = write(path, "Name="+d.options.Name, "Hidden=true")
	default:
		if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		return fmt.Errorf("desktop: start at log-in: %w", err)
	}
	return nil
}

// write writes an entry, whole or not at all.
func write(path string, lines ...string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	text := "[Desktop Entry]\nType=Application\n" + strings.Join(lines, "\n") + "\n"
	return renameio.WriteFile(path, []byte(text), 0o644)
}

// entryPath is where the person's own entry stands.
func (d *Desktop) entryPath() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "autostart", d.options.Entry+".desktop")
}

// systemEntries are the entries that hold for everybody on this machine and exist.
func (d *Desktop) systemEntries() []string {
	dirs := os.Getenv("XDG_CONFIG_DIRS")
	if dirs == "" {
		dirs = "/etc/xdg"
	}
	var found []string
	for _, dir := range filepath.SplitList(dirs) {
		path := filepath.Join(dir, "autostart", d.options.Entry+".desktop")
		if _, err := os.Stat(path); err == nil {
			found = append(found, path)
		}
	}
	return found
}

// entry reads the keys of the group [Desktop Entry].
func entry(data []byte) map[string]string {
	keys := map[string]string{}
	inside := false
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			inside = line == "[Desktop Entry]"
		} else if key, value, found := strings.Cut(line, "="); found && inside {
			keys[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return keys
}

// commandLine writes a command as the key Exec wants it: each argument in quotes, and all that once more as a string of the file.
func commandLine(command []string) string {
	inQuotes := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", "$", `\$`, "%", "%%")
	quoted := make([]string, 0, len(command))
	for _, c := range command {
		quoted = append(quoted, `"`+inQuotes.Replace(c)+`"`)
	}
	return strings.ReplaceAll(strings.Join(quoted, " "), `\`, `\\`)
}
