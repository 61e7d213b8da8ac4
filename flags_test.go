package main

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/parley-calls/parley/engine/signal"
)

// TestParseOptions sets environment variables, so it and the next two are not parallel.
func TestParseOptions(t *testing.T) {
	for _, tt := range []struct {
		name string
		args string
		env  map[string]string
		want options
	}{
		{name: "nothing"},
		{name: "all flags", args: "--profile p --server h:1 --name Ana --user ana --camera test --microphone file:a.wav --speaker none --listen 127.0.0.1:0 --size 1280x800 --video 320x180 --auto-accept --hidden --device-code k7pm --accept c1 --verbose",
			want: options{profile: "p", server: "h:1", name: "Ana", user: "ana", camera: "test", microphone: "file:a.wav", speaker: "none",
				listen: "127.0.0.1:0", size: size{1280, 800}, video: size{320, 180}, autoAccept: true, hidden: true, deviceCode: "k7pm", accept: "c1", verbose: true}},
		{name: "environment", env: map[string]string{"PARLEY_NAME": "Bob B", "PARLEY_AUTO_ACCEPT": "true", "PARLEY_SIZE": "640x480", "PARLEY_SERVER": "embedded"},
			want: options{name: "Bob B", autoAccept: true, size: size{640, 480}, server: "embedded"}},
		{name: "a flag beats the environment", args: "--name=Cyd --auto-accept=false", env: map[string]string{"PARLEY_NAME": "Bob", "PARLEY_AUTO_ACCEPT": "true", "PARLEY_USER": "u"},
			want: options{name: "Cyd", user: "u"}},
		{name: "link", args: "--name Ana parley:server/h:1?code=c", want: options{name: "Ana", link: "parley:server/h:1?code=c"}},
		{name: "ctl", args: "--profile p ctl invite bob --video", want: options{profile: "p", ctl: []string{"invite", "bob", "--video"}}},
		{name: "bare ctl", args: "ctl", want: options{ctl: []string{}}},
		{name: "doctor", args: "--profile p --camera none doctor --json", want: options{profile: "p", camera: "none", doctor: &doctorOptions{json: true}}},
		{name: "version", args: "--version", want: options{version: true}},
		{name: "foreign variable", env: map[string]string{"PARLEY_VERSION": "0.9"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			got, err := parseOptions(strings.Fields(tt.args), io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestParseOptionsRefuses(t *testing.T) {
	for _, tt := range []struct {
		args string
		env  map[string]string
		want string
	}{
		{args: "--nmae Ana", want: "nmae"}, //nolint:misspell // a slip of the hand
		{args: "--size big", want: "WIDTHxHEIGHT"},
		{args: "--size 10x10", want: "WIDTHxHEIGHT"},
		{args: "--size 640x480x2", want: "WIDTHxHEIGHT"},
		{args: "--server h:99999", want: "--server: signal: port"},
		{args: "--user " + strings.Repeat("u", 65), want: "--user"},
		{args: "call bob", want: `"call" is neither`},
		{args: "parley:a parley:b", want: `"parley:b" is neither`},
		{env: map[string]string{"PARLEY_AUTO_ACCEPT": "perhaps"}, want: "PARLEY_AUTO_ACCEPT"},
		{env: map[string]string{"PARLEY_APP_ID": "A"}, want: "go together"},
		{env: map[string]string{"PARLEY_TOKEN": "eyJ"}, want: "PARLEY_TOKEN"},
		{env: map[string]string{"PARLEY_TOKEN": `{"tokne":""}`}, want: "tokne"},
		{env: map[string]string{"PARLEY_TOKEN_FILE": "/nonexistent"}, want: "PARLEY_TOKEN_FILE"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			_, err := parseOptions(strings.Fields(tt.args), io.Discard)
			if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestSecrets checks that secrets come from the environment or files, and are not handed on to other programs.
func TestSecrets(t *testing.T) {
	operator := operatorKeys(t)
	given, err := signal.MintToken(operator.id, operator.sign, "ana", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(`{"token":"`+given.Token+`","seed":"`+given.Seed+`","app_id":"`+operator.id+`"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PARLEY_TOKEN_FILE", path)
	t.Setenv("PARLEY_APP_ID", operator.id)
	t.Setenv("PARLEY_APP_SIGN", operator.sign)
	o, err := parseOptions(nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if o.credentials.Seed != given.Seed || o.appSign != operator.sign || o.appID != operator.id {
		t.Errorf("got %+v", o)
	}
	if os.Getenv("PARLEY_APP_SIGN") != "" {
		t.Error("the signing key stayed in the environment")
	}
}

// TestManPage looks for each flag in the man page.
func TestManPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("packaging/parley.1")
	if err != nil {
		t.Fatal(err)
	}
	var help bytes.Buffer
	_, _ = parseOptions([]string{"--help"}, &help)
	for line := range strings.Lines(help.String()) {
		if name, ok := strings.CutPrefix(line, "  -"); ok {
			name = strings.Fields(name)[0]
			if !strings.Contains(string(page), "Fl -"+name+"\n") && !strings.Contains(string(page), "Fl -"+name+" ") {
				t.Errorf("the man page does not name --%s", name)
			}
		}
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	_, err := parseOptions([]string{"--help"}, &out)
	if !errors.Is(err, flag.ErrHelp) || !strings.Contains(out.String(), "-auto-accept") || !strings.Contains(out.String(), "PARLEY_TOKEN_FILE") {
		t.Errorf("%v: %s", err, out.String())
	}
	if strings.Contains(out.String(), "-token") || strings.Contains(out.String(), "-app-sign") {
		t.Error("a secret may stand on the command line")
	}
}
