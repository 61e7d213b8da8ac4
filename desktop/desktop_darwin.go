package desktop

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// unable says why something cannot be done; it is empty if it can.
func (d *Desktop) unable(a Ability) string {
	switch a {
	case Buttons:
		return "macOS hands presses on a notification only to programs in Objective-C"
	case QuietTimes:
		return "macOS tells no program of its focus"
	case Attention, Badge:
		return "the Dock takes Objective-C"
	case Links:
		return "the bundle of the program says which links it opens"
	case Frames:
		return "nothing draws over other programs yet"
	}
	return ""
}

// wantsQuiet is false: the system does not tell programs, and keeps notifications back by itself.
func wantsQuiet() bool { return false }

// display hands the words over as arguments, so that none of them can become part of the script.
func (d *Desktop) display(ctx context.Context, n Notification) error {
	const script = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"
	return exec.CommandContext(ctx, "osascript", "-e", script, n.Title, n.Body).Run()
}

// remove does nothing: such a notification goes away by itself after some seconds.
func (d *Desktop) remove(context.Context, string) error { return nil }

// Autostart reports whether the program starts when the person logs in.
func (d *Desktop) Autostart() bool {
	path, err := d.agent()
	if err == nil {
		_, err = os.Stat(path)
	}
	return err == nil
}

// SetAutostart changes whether the program starts when the person logs in.
func (d *Desktop) SetAutostart(on bool) error {
	path, err := d.agent()
	switch {
	case err != nil:
	case on:
		if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
			err = renameio.WriteFile(path, launchAgent(d.options), 0o644)
		}
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

func (d *Desktop) agent() (string, error) {
	home, err := os.UserHomeDir()
	return filepath.Join(home, "Library", "LaunchAgents", d.options.Entry+".plist"), err
}

// launchAgent is what launchd reads, see launchd.plist(5).
func launchAgent(o Options) []byte {
	var b bytes.Buffer
	text := func(s string) {
		b.WriteString("<string>")
		_ = xml.EscapeText(&b, []byte(s))
		b.WriteString("</string>")
	}
	b.WriteString(xml.Header)
	b.WriteString(`<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">` + "\n")
	b.WriteString(`<plist version="1.0"><dict><key>Label</key>`)
	text(o.Entry)
	b.WriteString(`<key>RunAtLoad</key><true/><key>ProgramArguments</key><array>`)
	for _, c := range o.atLogin() {
		text(c)
	}
	b.WriteString("</array></dict></plist>\n")
	return b.Bytes()
}
