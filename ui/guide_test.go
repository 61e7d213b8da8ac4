package ui

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The guide explains each setting by the words that stand before it in the window.
func TestGuideHasTheWordsOfSettings(t *testing.T) {
	speakEnglish(t)
	page, err := os.ReadFile("../docs/guide.md")
	if err != nil {
		t.Fatal(err)
	}
	_, settings, _ := strings.Cut(string(page), "\n## Settings\n")
	settings, _, found := strings.Cut(settings, "\n## ")
	if !found {
		t.Fatal("the guide has no part about settings")
	}
	files, err := filepath.Glob("*settings.go")
	if err != nil {
		t.Fatal(err)
	}
	labels := regexp.MustCompile(`(?:row\(word\(|\.box\(|check\(|NewCheck\(word\()"(settings\.[\w.]+)"`)
	n := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range labels.FindAllSubmatch(source, -1) {
			n++
			if label := word(string(m[1])); !strings.Contains(settings, "**"+label+"**") {
				t.Errorf("the guide does not explain %q (%s in %s)", label, m[1], file)
			}
		}
	}
	if n < 25 {
		t.Errorf("there are only %d settings", n)
	}
}
