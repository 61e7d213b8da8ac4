package profile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-calls/parley/engine/signal"
)

func TestPlacesFollowTheSpecification(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		env  map[string]string
		want Places
	}{
		{"nothing is set", nil, Places{"/home/a/.config/parley", "/home/a/.local/share/parley", "/home/a/.local/state/parley", ""}},
		{"all is set", map[string]string{"XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d", "XDG_STATE_HOME": "/s", "XDG_RUNTIME_DIR": "/r"},
			Places{"/c/parley", "/d/parley", "/s/parley", "/r"}},
		{"relative paths count as none", map[string]string{"XDG_CONFIG_HOME": "c", "XDG_DATA_HOME": "./d", "XDG_STATE_HOME": "~/s", "XDG_RUNTIME_DIR": "r"},
			Places{"/home/a/.config/parley", "/home/a/.local/share/parley", "/home/a/.local/state/parley", ""}},
	} {
		if got := xdg(func(name string) string { return c.env[name] }, "/home/a"); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestNamedProfileIsInOneDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at, err := At(dir)
	if err != nil || at != in(dir) {
		t.Errorf("%+v, %v", at, err)
	}
}

// TestFilesOfAnEarlierVersionAreBroughtAlong opens a profile that has everything beside its settings, as it was once.
func TestFilesOfAnEarlierVersionAreBroughtAlong(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	at := Places{Config: filepath.Join(root, "config"), Data: filepath.Join(root, "data"), State: filepath.Join(root, "state"), Runtime: filepath.Join(root, "run")}
	before, err := in(at.Config).Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := before.Save("a:1", signal.Credentials{Token: "t", Seed: "s"}); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"switchboard/store/x": "stored", "parley.log": "old log", "parley.log.old": "older log", "crash.txt": "panic"} {
		path := filepath.Join(at.Config, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(at.State, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(at.State, "parley.log"), []byte("new log"), 0o600); err != nil {
		t.Fatal(err)
	}

	for range 2 { // the second time there is nothing to do
		p, err := at.Open()
		if err != nil || p.Problem() != nil {
			t.Fatal(err, p.Problem())
		}
		if c, _ := p.Load("a:1"); c.Seed != "s" {
			t.Errorf("the credentials are lost: %+v", c)
		}
		if p.Settings().DeviceID != before.Settings().DeviceID {
			t.Error("the settings are lost")
		}
		for path, want := range map[string]string{
			filepath.Join(p.ServerData(), "store", "x"): "stored", p.Log(): "new log", p.Log() + ".old": "older log",
			filepath.Join(p.State(), "crash.txt"): "panic",
		} {
			if got, err := os.ReadFile(path); err != nil || string(got) != want {
				t.Errorf("%s holds %q, %v; want %q", path, got, err, want)
			}
		}
		for _, dir := range []string{at.Config, at.Data, at.State, p.ServerData()} {
			mode(t, dir, 0o700)
		}
		mode(t, filepath.Join(at.Data, credentialsFile), 0o600)
	}
	if _, err := os.Stat(filepath.Join(at.Config, credentialsFile)); err == nil {
		t.Error("the credentials are still beside the settings")
	}
}

func TestWhatCannotBeMovedIsSaid(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := move(filepath.Join(root, "none"), filepath.Join(root, "to")); !os.IsNotExist(err) {
		t.Errorf("moving nothing: %v", err)
	}
	from := filepath.Join(root, "from")
	if err := os.Mkdir(from, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := move(from, filepath.Join(root, "no", "place")); err == nil {
		t.Error("moved to where nothing can be")
	}
	if !isDir(from) {
		t.Error("what could not be moved is gone")
	}
}
