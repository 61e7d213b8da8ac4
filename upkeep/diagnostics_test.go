package upkeep

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestScrub(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"nothing to hide", "level=INFO msg=start pid=7 user=ana server=10.0.0.1:4455", "level=INFO msg=start pid=7 user=ana server=10.0.0.1:4455"},
		{"a secret that is known", "join K7PM-X2QW now", "join (removed) now"},
		{"the longer one first", "K7PM-X2QW-more", "(removed)"},
		{"a token", "token was eyJ0eXAi.eyJqdGki.c2lnbg_-x.", "token was (removed)."},
		{"a seed", "key SUAIUXBCZGCIVMZDYMV4AMHHVP2J2N4JWTSIV6JR5RMIX5JTXZSJLR4U5Y.", "key (removed)."},
		{"a link", "parley:server/h:1?pin=abc&code=a%26b&device=q-r&user=ana", "parley:server/h:1?pin=abc&code=(removed)&device=(removed)&user=ana"},
		{"by its name", `{"Password": "hunter2", "secret":"x y"}`, `{"Password": "(removed)", "secret":"(removed) y"}`},
		{"home", "open /home/ana/.config/parley: no", "open ~/.config/parley: no"},
		{"a trace", "\t/usr/local/go/src/runtime/panic.go:1181 +0x18 main.(*program).change(0xc000123456)", "\t/usr/local/go/src/runtime/panic.go:1181 +0x18 main.(*program).change(0xc000123456)"},
		{"a device", "uuid 60b40494-b27e-4e26-b918-9421153090ab", "uuid 60b40494-b27e-4e26-b918-9421153090ab"},
	} {
		if got := Scrub(c.text, []string{"", "a", "K7PM-X2QW", "K7PM-X2QW-more"}, "/home/ana"); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := Scrub("/a/b", nil, "/"); got != "/a/b" {
		t.Errorf("with / as home: %q", got)
	}
}

func TestTail(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	if text, err := Tail(path); text != "" || err != nil {
		t.Errorf("of nothing: %q, %v", text, err)
	}
	if err := os.WriteFile(path, []byte("one\ntwo\xff\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := Tail(path); text != "one\ntwo?\n" || err != nil {
		t.Errorf("of a short one: %q, %v", text, err)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("first lines\n", MaxPaper/8)+"last\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := Tail(path); len(text) > MaxPaper || !strings.HasPrefix(text, "first lines\n") || !strings.HasSuffix(text, "\nlast\n") || err != nil {
		t.Errorf("of a long one: %d bytes, %v", len(text), err)
	}
	if _, err := Tail(t.TempDir()); err == nil {
		t.Error("a directory has no end")
	}
}

func TestZip(t *testing.T) {
	t.Parallel()
	papers := []Paper{{"about.txt", "Parley"}, {"parley.log", strings.Repeat("line\n", 1000)}}
	var b bytes.Buffer
	if err := Zip(&b, papers, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || len(z.File) != len(papers) {
		t.Fatal(err, len(z.File))
	}
	for i, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil || f.Name != papers[i].Name || string(text) != papers[i].Text {
			t.Errorf("%s holds %d bytes, %v", f.Name, len(text), err)
		}
	}
}
