// Package plainlocale keeps Fyne, when it is imported for its effect, from complaining about the locale C.UTF-8 before main runs: on the
// terminal of every `parley ctl`, too. Fyne looks at the locale when its packages are initialised, so this one, which imports next
// to nothing, has to be initialised earlier: the language takes packages that are ready in the order of their paths, and Fyne
// has to wait for packages that come later. If that ever changes the complaint comes back, and nothing else.
package plainlocale

import (
	"cmp"
	"os"
	"strings"
)

var _ = prefer(os.Getenv, os.Setenv)

// prefer names English as the language to read, which the C locale leaves open. The locale itself stays: keyboards need its UTF-8.
func prefer(get func(string) string, set func(string, string) error) error {
	locale := cmp.Or(get("LC_ALL"), get("LC_MESSAGES"), get("LANG"))
	if strings.HasPrefix(locale, "C.") && get("LANGUAGE") == "" {
		return set("LANGUAGE", "en")
	}
	return nil
}
