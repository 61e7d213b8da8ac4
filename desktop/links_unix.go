//go:build unix && !darwin

package desktop

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// linkTool changes the associations of the desktop in whatever way that desktop keeps them:
// https://specifications.freedesktop.org/mime-apps-spec/latest/
const linkTool = "xdg-mime"

func (d *Desktop) opensLinks(ctx context.Context) (bool, error) {
	name, own := d.linkEntry()
	out, err := tool(ctx, "query", "default", d.linkType())
	if err != nil || strings.TrimSpace(out) != name {
		return false, err
	}
	if own == "" {
		return true, nil
	}
	data, err := os.ReadFile(own)
	return err == nil && entry(data)["Exec"] == d.linkCommand(), nil // it may start a program that was moved
}

func (d *Desktop) openLinks(ctx context.Context) error {
	name, own := d.linkEntry()
	if own != "" {
		if err := write(own, "Name="+d.options.Name, "Exec="+d.linkCommand(), "Icon="+d.options.ID, "MimeType="+d.linkType()+";", "NoDisplay=true"); err != nil {
			return fmt.Errorf("desktop: open links: %w", err)
		}
	}
	_, err := tool(ctx, "default", name, d.linkType())
	return err
}

// linkEntry is the name of the .desktop file that opens links: the one that was installed for everybody, or else one of the person's own.
func (d *Desktop) linkEntry() (name, own string) {
	if name = d.options.Entry + ".desktop"; installed(name) {
		return name, ""
	}
	name = d.options.Entry + ".links.desktop"
	return name, filepath.Join(dataHome(), "applications", name)
}

func (d *Desktop) linkCommand() string { return commandLine(d.options.Command) + " %u" }

func (d *Desktop) linkType() string { return "x-scheme-handler/" + d.options.Scheme }

// tool runs linkTool, and returns what it says or why it failed.
func tool(ctx context.Context, args ...string) (string, error) {
	var out, why bytes.Buffer
	c := exec.CommandContext(ctx, linkTool, args...)
	c.Stdout, c.Stderr = &out, &why
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("desktop: %s %s: %w: %s", linkTool, args[0], err, strings.TrimSpace(why.String()))
	}
	return out.String(), nil
}

// installed reports whether the system has an entry for everybody.
func installed(name string) bool {
	dirs := os.Getenv("XDG_DATA_DIRS")
	if dirs == "" {
		dirs = "/usr/local/share:/usr/share"
	}
	return slices.ContainsFunc(filepath.SplitList(dirs), func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, "applications", name))
		return err == nil
	})
}

// dataHome is where the person's own entries stand.
func dataHome() string {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	home, _ := os.UserHomeDir()
	return filepath.Join(home, ".local", "share")
}
