package assets

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
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
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
	}
	for _, s := range []Symbol{
		ArrowIn, ArrowOut, Back, Bell, BellOff, Bluetooth, Camera, CameraNext, CameraOff, Checked, Close, Copy, Delete, Down, Echo,
		Fill, Fit, Fullscreen, Group, HangUp, Headphone, Hold, Host, Info, Invite, Join, Keyboard, Layout, Left, Message, Microphone,
		MicrophoneOff, Minimize, Mirror, Moderator, More, Phone, PhoneHold, Pin, PinOff, Play, Recents, Region, Restore, Resume, Right,
		Search, Send, Settings, Share, SignalFair, SignalGood, SignalLost, SignalPoor, Speaker, SpeakerOff, Stop, StopShare, Swap,
		Text, USB, Unchecked, Up, Warning, Window, Windowed,
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
	large, err := os.ReadFile("icon.png") // of the packages
	if err != nil {
		t.Fatal(err)
	}
	for size, data := range map[int][]byte{512: large, 128: IconPNG, 64: SmallIconPNG} {
		c, err := png.DecodeConfig(bytes.NewReader(data))
		if err != nil || c.Width != size || c.Height != size {
			t.Errorf("an icon is %dx%d, want %d (%v)", c.Width, c.Height, size, err)
		}
	}
	if !bytes.Contains(Icon, []byte("<svg")) {
		t.Error("the SVG icon is none")
	}
}

func TestLanguagesAreThoseOfTheFiles(t *testing.T) {
	t.Parallel()
	files, err := Translations.ReadDir(TranslationsDir)
	if err != nil {
		t.Fatal(err)
	}
	var tags, names []string
	for _, l := range Languages {
		tags = append(tags, l.Tag)
		if l.Name == "" {
			t.Errorf("%s has no name", l.Tag)
		}
	}
	slices.Sort(tags)
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), ".json"))
	}
	if !slices.Equal(tags, names) {
		t.Errorf("there are files of %q, and languages %q", names, tags)
	}
}
