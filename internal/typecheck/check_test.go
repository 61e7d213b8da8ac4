package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// module writes a module and returns its folder.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module example.com/m\n\ngo 1.26\n"
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const driver = `package driver

// #include <windows.h>
import "C"

import "unsafe"

var last unsafe.Pointer

// Beep makes a sound.
func Beep(hertz int) error {
	var h C.DWORD = C.DWORD(hertz)
	last = unsafe.Pointer(&h)
	C.Beep(h, 100)
	return nil
}
`
	for name, c := range map[string]struct {
		files map[string]string
		want  []string // parts of what is said; none: all is well
	}{
		"all is well": {map[string]string{
			"driver/beep_windows.go": driver,
			"a_windows.go":           "package m\n\nimport \"example.com/m/driver\"\n\nvar err = driver.Beep(440)\n",
			"a_windows_test.go":      "package m\n\nfunc ok() bool { return err == nil }\n",
			"b_linux.go":             "package m\n\nvar here int = \"not looked at\"\n",
		}, nil},
		"what a driver in C offers is used wrongly": {map[string]string{
			"driver/beep_windows.go": driver,
			"a_windows.go":           "package m\n\nimport \"example.com/m/driver\"\n\nvar err = driver.Beep(\"A\")\n",
		}, []string{"windows: ", "a_windows.go:5:23: ", `"A"`}},
		"in a file with C": {map[string]string{
			"driver/beep_windows.go": driver + "\nfunc wrong() string { return Beep(440) }\n",
		}, []string{"beep_windows.go:18:30: "}},
		"in a test": {map[string]string{
			"a.go": "package m\n", "a_windows_test.go": "package m\n\nvar x int = \"\"\n", "x_test.go": "package m_test\n\nvar x string = 1\n",
		}, []string{"a_windows_test.go:3:13: ", "x_test.go:3:16: "}},
		"something is missing on this system": {map[string]string{
			"a_linux.go": "package m\n\nfunc f() {}\n", "b.go": "package m\n\nvar g = f\n",
		}, []string{"b.go:3:9: undefined: f"}},
		"it does not parse":          {map[string]string{"a_windows.go": "package m\n\nfunc {\n"}, []string{"a_windows.go:3:"}},
		"a package has no file left": {map[string]string{"a.go": "package m\n\nimport _ \"example.com/m/b\"\n", "b/b_linux.go": "package b\n"}, []string{"build constraints exclude all Go files"}},
		"nothing is there":           {map[string]string{"a_linux.go": "package m\n"}, []string{"has no packages"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := check(module(t, c.files), "windows", "amd64")
			if len(c.want) == 0 && err != nil {
				t.Error(err)
			}
			for _, part := range c.want {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("said %v, want %s", err, part)
				}
			}
		})
	}
}
