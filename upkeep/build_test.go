package upkeep

import (
	"runtime/debug"
	"testing"
	"time"
)

func TestVersionIsThatOfTheTag(t *testing.T) {
	t.Parallel()
	for is, want := range map[string]string{
		"v1.2.3":                               "1.2.3",
		"v1.2.3-rc.1":                          "1.2.3-rc.1",
		"v1.2.3-beta2":                         "1.2.3-beta2",
		"(devel)":                              "",
		"":                                     "",
		"v0.0.0-20261126065757-97349e5c0f3c":   "",
		"v1.2.4-0.20261126065757-97349e5c0f3c": "",
		"v1.2.3+dirty":                         "",
	} {
		var b Build
		if got := b.read(&debug.BuildInfo{Main: debug.Module{Version: is}}); got != want {
			t.Errorf("%q is version %q, want %q", is, got, want)
		}
	}
	if got := ReadBuild("v9.8.7", "0.1.0").Version; got != "9.8.7" {
		t.Errorf("stamped 9.8.7, and it says %s", got)
	}
	if got := ReadBuild("", "0.1.0").Version; got != "0.1.0" {
		t.Errorf("without a tag it says %s", got)
	}
}

func TestFactsOfABuild(t *testing.T) {
	t.Parallel()
	b := Build{Version: "1.2.3", Go: "go1.26.1", System: "linux/amd64"}
	if got := b.String(); got != "1.2.3 (go1.26.1, linux/amd64)" {
		t.Error(got)
	}
	b.read(&debug.BuildInfo{
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "97349e5c0f3c"}, {Key: "vcs.time", Value: "2026-11-26T06:57:57Z"}, {Key: "vcs.modified", Value: "true"}},
		Deps:     []*debug.Module{{Path: "a", Version: "v1", Replace: &debug.Module{Path: "b", Version: "v2"}}},
	})
	if got := b.String(); got != "1.2.3 (97349e5 of 2026-11-26 with changes, go1.26.1, linux/amd64)" {
		t.Error(got)
	}
	if len(b.Modules) != 1 || b.Modules[0] != "b v2" || b.At != time.Date(2026, 11, 26, 6, 57, 57, 0, time.UTC) {
		t.Errorf("%+v", b)
	}
}
