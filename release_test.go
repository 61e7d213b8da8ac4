package main

import (
	"strings"
	"testing"
)

// A version is written down wherever people look for it.
func TestVersionIsWrittenDown(t *testing.T) {
	t.Parallel()
	v := written()
	if v == "" {
		t.Fatal("FyneApp.toml has no version")
	}
	for file, words := range map[string]string{
		"CHANGELOG.md": "\n## [" + v + "] - 20",
		"packaging/app.parley.Parley.metainfo.xml": `<release version="` + v + `" date="20`,
	} {
		if !strings.Contains(read(t, file), words) {
			t.Errorf("%s does not tell of %s", file, v)
		}
	}
}
