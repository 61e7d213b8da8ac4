package profile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/signal"
)

func TestOpenMakesAPrivateDirectoryWithDefaults(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "parley")
	p, err := in(dir).Open()
	if err != nil {
		t.Fatal(err)
	}
	got := p.Settings()
	if got.DeviceID == "" {
		t.Error("no device ID was made")
	}
	want := Defaults()
	want.DeviceID = got.DeviceID
	if !reflect.DeepEqual(got, want) {
		t.Errorf("settings = %+v, want %+v", got, want)
	}
	if p.Problem() != nil {
		t.Errorf("problem = %v", p.Problem())
	}
	mode(t, dir, 0o700)
	mode(t, filepath.Join(dir, settingsFile), 0o600)

	again, err := in(dir).Open()
	if err != nil {
		t.Fatal(err)
	}
	if again.Settings().DeviceID != got.DeviceID {
		t.Error("the device ID is another one after opening again")
	}
}

func TestSettingsSurvive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, err := in(dir).Open()
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		Name: "Ana «€»", UserID: "ana", Server: Embedded, JoinCode: "code", Pin: "pin", DeviceID: "d", Camera: "c", Microphone: "m",
		Speaker: "s", Ring: "r", Theme: DarkTheme, CloseToTray: false,
	}
	if err := p.SaveSettings(want); err != nil {
		t.Fatal(err)
	}
	again, err := in(dir).Open()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.Settings(), want) {
		t.Errorf("settings = %+v, want %+v", again.Settings(), want)
	}
}

func TestRefusedSettingsLeaveTheOldOnes(t *testing.T) {
	t.Parallel()
	p, err := in(t.TempDir()).Open()
	if err != nil {
		t.Fatal(err)
	}
	before := p.Settings()
	bad := before
	bad.Theme = "pink"
	var field *FieldError
	if err := p.SaveSettings(bad); !errors.As(err, &field) || field.Field != "theme" {
		t.Errorf("error = %v, want one about theme", err)
	}
	if !reflect.DeepEqual(p.Settings(), before) {
		t.Error("refused settings were kept")
	}
}

func TestABadFileIsMovedAsideAndNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, content, says string }{
		{"wrong type", settingsFile, `{"name":"Ana","close_to_tray":"yes"}`, "close_to_tray"},
		{"wrong theme", settingsFile, `{"theme":"pink"}`, "theme"},
		{"long user", settingsFile, `{"user_id":"` + strings.Repeat("x", 65) + `"}`, "user_id"},
		{"cut off", settingsFile, `{"name":"Ana"`, "unexpected EOF"},
		{"not JSON", settingsFile, `name = Ana`, "byte 2"},
		{"two values", settingsFile, `{} {}`, "more than one value"},
		{"too large", settingsFile, `{"name":"` + strings.Repeat(" ", maxFile) + `"}`, "larger than"},
		{"credentials", credentialsFile, `{"a:1":{"token":7}}`, "token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, c.file)
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			p, err := in(dir).Open()
			if err != nil {
				t.Fatal(err)
			}
			if p.Problem() == nil || !strings.Contains(p.Problem().Error(), c.says) || !strings.Contains(p.Problem().Error(), path) {
				t.Errorf("problem = %v, want one that names %s and %q", p.Problem(), path, c.says)
			}
			if got := p.Settings(); got.Theme != SystemTheme || got.DeviceID == "" {
				t.Errorf("settings = %+v, want the defaults", got)
			}
			if !slices.Equal(p.Aside(), []string{path + badSuffix}) {
				t.Errorf("moved aside: %q", p.Aside())
			}
			kept, err := os.ReadFile(path + badSuffix)
			if err != nil || string(kept) != c.content {
				t.Errorf("the bad file was not kept: %v", err)
			}
		})
	}
}

func TestOpenFailsWithWordsWhereNoDirectoryCanBe(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := in(filepath.Join(file, "parley")).Open(); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("error = %v, want one that names %s", err, file)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, err := in(dir).Open()
	if err != nil {
		t.Fatal(err)
	}
	if c, err := p.Load("a:1"); err != nil || c != (signal.Credentials{}) {
		t.Errorf("Load of nothing = %+v, %v", c, err)
	}
	want := signal.Credentials{Token: "t", Seed: "s", Expires: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), AppID: "A", Pin: "p"}
	if err := p.Save("a:1", want); err != nil {
		t.Fatal(err)
	}
	if err := p.Save("b:2", signal.Credentials{Token: "other"}); err != nil {
		t.Fatal(err)
	}
	mode(t, filepath.Join(dir, credentialsFile), 0o600)

	again, err := in(dir).Open()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Load("a:1"); err != nil || got != want {
		t.Errorf("Load = %+v, %v; want %+v", got, err, want)
	}
	if err := again.Save("a:1", signal.Credentials{}); err != nil {
		t.Fatal(err)
	}
	if got, _ := again.Load("a:1"); got != (signal.Credentials{}) {
		t.Errorf("Load after forgetting = %+v", got)
	}
	if got, _ := again.Load("b:2"); got.Token != "other" {
		t.Errorf("the other switchboard's credentials are gone: %+v", got)
	}
}

func TestManyWritersLeaveAWholeFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, err := in(dir).Open()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s := p.Settings()
			s.Name = "somebody"
			if err := p.SaveSettings(s); err != nil {
				t.Error(err)
			}
			if err := p.Save("a:1", signal.Credentials{Token: "t"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	again, err := in(dir).Open()
	if err != nil || again.Problem() != nil {
		t.Fatalf("open = %v, problem = %v", err, again.Problem())
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%d files in the profile, want the two it wrote (%v)", len(entries), err)
	}
}

func TestPathsLieInTheProfile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, err := in(dir).Open()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, path := range []string{p.ServerData(), p.Log()} {
		if filepath.Dir(path) != dir || seen[path] {
			t.Errorf("%s is not a place of its own in %s", path, dir)
		}
		seen[path] = true
	}
}

func FuzzDecodeSettings(f *testing.F) {
	f.Add([]byte(`{"name":"Ana","theme":"dark","close_to_tray":false}`))
	f.Add([]byte(`{"name":7}`))
	f.Add([]byte(`null`))
	f.Add([]byte(`{"theme":"pink"}{}`))
	f.Add([]byte(`{"schema":9,"theme":{"day":"pink"},"hats":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, unknown, err := decodeSettings(data, steps)
		if err != nil {
			return
		}
		again, err := s.encode(unknown)
		if err != nil {
			t.Fatalf("accepted settings cannot be written: %v", err)
		}
		if back, kept, err := decodeSettings(again, steps); err != nil || !reflect.DeepEqual(back, s) || len(kept) != len(unknown) {
			t.Fatalf("%+v and %s became %+v and %s (%v)", s, unknown, back, kept, err)
		}
	})
}

func FuzzDecodeCredentials(f *testing.F) {
	f.Add([]byte(`{"a:1":{"token":"t","seed":"s","app_id":"A"}}`))
	f.Add([]byte(`null`))
	f.Add([]byte(`{"a":{"expires":"never"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := decodeCredentials(data)
		if err != nil {
			return
		}
		if all == nil {
			t.Fatal("no error and no map")
		}
		if _, err := encodeCredentials(all); err != nil {
			t.Fatalf("accepted credentials cannot be written: %v", err)
		}
	})
}

func mode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Error(err)
	} else if got := info.Mode().Perm(); got != want {
		t.Errorf("%s has mode %o, want %o", path, got, want)
	}
}
