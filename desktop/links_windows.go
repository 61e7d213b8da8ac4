package desktop

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/windows/registry"
)

// linkKey is below HKEY_CURRENT_USER, and before the scheme:
// https://learn.microsoft.com/previous-versions/windows/internet-explorer/ie-developer/platform-apis/aa767914(v=vs.85)
const linkKey = `Software\Classes\`

const openKey = `\shell\open\command`

func (d *Desktop) opensLinks(context.Context) (bool, error) {
	k, err := registry.OpenKey(registry.CURRENT_USER, linkKey+d.options.Scheme+openKey, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("desktop: open links: %w", err)
	}
	defer k.Close()
	command, _, err := k.GetStringValue("")
	return err == nil && command == d.linkCommand(), nil
}

func (d *Desktop) openLinks(context.Context) error {
	scheme := linkKey + d.options.Scheme
	err := errors.Join(
		setString(scheme, "", "URL:"+d.options.Name),
		setString(scheme, "URL Protocol", ""),
		setString(scheme+openKey, "", d.linkCommand()))
	if err != nil {
		return fmt.Errorf("desktop: open links: %w", err)
	}
	return nil
}

func (d *Desktop) linkCommand() string { return commandLine(d.options.Command) + ` "%1"` }

// setString makes a key below HKEY_CURRENT_USER with a value.
func setString(key, name, value string) error {
	k, _, err := registry.CreateKey(registry.CURRENT_USER, key, registry.SET_VALUE)
	if err != nil {
		return err
	}
	return errors.Join(k.SetStringValue(name, value), k.Close())
}
