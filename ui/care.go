package ui

import (
	"net/url"
	"path/filepath"
	"time"

	"github.com/parley-calls/parley/upkeep"
)

// careless is a program that knows nothing about itself.
type careless struct{}

var _ Care = careless{}

func (careless) Crash() (text, path string)  { return "", "" }
func (careless) PutCrashAway()               {}
func (careless) Aside() []string             { return nil }
func (careless) Build() string               { return "" }
func (careless) Diagnostics() []upkeep.Paper { return nil }

// tellAside says which files could not be read and what became of them, until a person puts the words away.
func (u *UI) tellAside() {
	aside := u.params.Care.Aside()
	if len(aside) == 0 {
		return
	}
	u.notice.warn(word("aside.title"), word("aside.text", fill{"File": aside[0]}), time.Time{}, word("crash.folder"), func() { u.openFolder(filepath.Dir(aside[0])) })
}

// openFolder shows a directory in the desktop's own file manager.
func (u *UI) openFolder(dir string) {
	if err := u.params.App.OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(dir)}); err != nil {
		u.warn(word("crash.folder.failed"), dir)
	}
}

// openPage shows a page of the web in the desktop's own browser.
func (u *UI) openPage(to *url.URL) {
	if err := u.params.App.OpenURL(to); err != nil {
		u.warn(word("about.guide.failed"), to.String())
	}
}
