package assets

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"image/png"
	"io"
	"path"
	"strings"
	"testing"
	"text/template"
)

func TestEverySymbolIsADrawingOnTheGrid(t *testing.T) {
	t.Parallel()
	files, err := symbols.ReadDir("icons")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := Symbol(strings.TrimSuffix(f.Name(), path.Ext(f.Name())))
		data := name.SVG()
		if !bytes.Contains(data, []byte(`viewBox="0 0 24 24"`)) {
			t.Errorf("%s is not drawn on 24×24", name)
		}
		d := xml.NewDecoder(bytes.NewReader(data))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
	}
	for _, s := range []Symbol{
		ArrowIn, ArrowOut, Back, Camera, CameraOff, Checked, Close, Copy, Delete, Down, Echo, Fullscreen, Group, HangUp, Host, Invite,
		Join, Microphone, MicrophoneOff, Minimize, Phone, Recents, Restore, Search, Settings, Speaker, Unchecked, Warning, Windowed,
	} {
		if s.SVG() == nil {
			t.Errorf("there is no drawing of %s", s)
		}
	}
	if Symbol("nothing").SVG() != nil {
		t.Error("an unknown symbol has a drawing")
	}
}

func TestIconIsReadable(t *testing.T) {
	t.Parallel()
	for size, data := range map[int][]byte{512: IconPNG, 64: TrayPNG} {
		c, err := png.DecodeConfig(bytes.NewReader(data))
		if err != nil || c.Width != size || c.Height != size {
			t.Errorf("an icon is %dx%d, want %d (%v)", c.Width, c.Height, size, err)
		}
	}
	if !bytes.Contains(Icon, []byte("<svg")) {
		t.Error("the SVG icon is none")
	}
}

func TestTranslationsAreTemplatesOfTheEnglishKeys(t *testing.T) {
	t.Parallel()
	english := catalogue(t, "en.json")
	files, err := Translations.ReadDir(TranslationsDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		for key, text := range catalogue(t, f.Name()) {
			if _, err := template.New(key).Parse(text); err != nil {
				t.Errorf("%s: %s: %v", f.Name(), key, err)
			}
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s has no words", f.Name(), key)
			}
			if _, ok := english[key]; !ok {
				t.Errorf("%s: %s is not in the English catalogue", f.Name(), key)
			}
		}
	}
}

func catalogue(t *testing.T, name string) map[string]string {
	t.Helper()
	data, err := Translations.ReadFile(TranslationsDir + "/" + name)
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	if err := json.Unmarshal(data, &words); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return words
}
