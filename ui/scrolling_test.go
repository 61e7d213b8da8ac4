package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

func TestKeysScroll(t *testing.T) {
	newApp(t)
	s := container.NewVScroll(gap(1000))
	w := test.NewWindow(s)
	defer w.Close()
	w.SetPadded(false)
	w.Resize(fyne.NewSize(100, 200))
	for _, c := range []struct {
		key  fyne.KeyName
		want float32
	}{
		{fyne.KeyUp, 0}, {fyne.KeyDown, scrollStep}, {fyne.KeyPageDown, scrollStep + 170}, {fyne.KeyPageUp, scrollStep}, {fyne.KeyEnd, 800}, {fyne.KeyDown, 800}, {fyne.KeyHome, 0},
	} {
		if !scrollKey(s, c.key) || s.Offset.Y != c.want {
			t.Errorf("%s scrolls to %v, want %v", c.key, s.Offset.Y, c.want)
		}
	}
	if scrollKey(s, fyne.KeyA) {
		t.Error("a letter scrolls")
	}
	for _, c := range []struct{ top, bottom, want float32 }{{300, 340, 140}, {310, 330, 140}, {100, 120, 100}, {400, 900, 400}} {
		if scrollInto(s, c.top, c.bottom); s.Offset.Y != c.want {
			t.Errorf("%v to %v is shown at %v, want %v", c.top, c.bottom, s.Offset.Y, c.want)
		}
	}
}

// Whatever Tab comes to in the settings is to be seen.
func TestSettingsFollowTheKeyboard(t *testing.T) {
	s, page := opened(t)
	c, driver := s.ui.main.Canvas(), fyne.CurrentApp().Driver()
	s.ui.main.Resize(fyne.NewSize(640, 360))
	for i := range 60 {
		c.FocusNext()
		s.pass(0)
		s.ui.applyNow()
		o := c.Focused().(fyne.CanvasObject)
		if c.Focused() == page.follow.outside {
			return
		}
		top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(page.scroll).Y
		if top < 0 || top+o.Size().Height > page.scroll.Size().Height {
			t.Errorf("stop %d, a %T, is at %v of %v", i, o, top, page.scroll.Size().Height)
		}
	}
	t.Error("Tab does not come back")
}

func TestSettingsScrollByKey(t *testing.T) {
	s, page := opened(t)
	s.key(fyne.KeyPageDown)
	if page.scroll.Offset.Y == 0 {
		t.Error("Page Down does not scroll")
	}
}
