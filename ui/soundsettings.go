package ui

import (
	"context"
	"errors"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/internal/soundfile"
	"github.com/parley-calls/parley/profile"
)

// ringParams are what the choice of tones needs.
type ringParams struct {
	Hardware hardware
	Commands *commands
	Settings func() profile.Settings
	Save     func(change func(*profile.Settings))
	Fail     func(error)
	// Pick asks for a sound file, beginning near another one, whose path may be empty.
	Pick func(near string, picked func(path string))
}

// ringSettings chooses how loud it rings and with what.
type ringSettings struct {
	ringParams
	rows []fyne.CanvasObject

	volume             *slider
	percent            *widget.Label
	test               *pushButton
	incoming, ringBack *toneChoice

	stop   context.CancelFunc // of what is played; nil: nothing is
	button *pushButton        // that plays it
	plays  int                // counts, so that the end of an earlier one is no end of this one
}

func newRingSettings(p ringParams) *ringSettings {
	r := &ringSettings{ringParams: p}
	r.percent = widget.NewLabel("")
	r.volume = newSlider(0, 1)
	r.volume.Step = 0.05
	r.volume.OnChanged = r.showVolume
	r.volume.OnChangeEnded = func(v float64) { p.Save(func(s *profile.Settings) { s.RingVolume = float32(v) }) }
	r.incoming = newToneChoice(r, toneParams{
		own: assets.Incoming, peak: assets.IncomingPeak, file: func(s *profile.Settings) *string { return &s.Tones.Incoming },
		speaker: r.ringDevice, gain: func() float32 { return float32(r.volume.Value) },
	})
	r.ringBack = newToneChoice(r, toneParams{
		own: assets.RingBack, peak: assets.RingBackPeak, file: func(s *profile.Settings) *string { return &s.Tones.RingBack },
		speaker: func() string { return p.Hardware.Choice().Speaker }, gain: func() float32 { return 1 },
	})
	r.test = newIconButton(word("settings.tone"), symbol(assets.Speaker), func() { r.play(r.test, r.incoming) })
	volume := newBorder(nil, nil, nil, container.NewHBox(container.New(wide(56), r.percent), r.test), r.volume)
	r.rows = []fyne.CanvasObject{
		row(word("settings.volume"), volume), row(word("settings.incoming"), r.incoming.root), row(word("settings.ringback"), r.ringBack.root),
	}
	return r
}

// look says whether the page can be seen.
func (r *ringSettings) look(on bool) {
	if !on {
		r.silence()
		return
	}
	r.volume.SetValue(float64(r.Settings().RingVolume))
	r.showVolume(r.volume.Value)
	r.incoming.show()
	r.ringBack.show()
}

func (r *ringSettings) showVolume(v float64) {
	say(r.percent, word("settings.percent", fill{"Number": int(v*100 + 0.5)}))
}

// ringDevice is the speaker on which it rings.
func (r *ringSettings) ringDevice() string {
	c := r.Hardware.Choice()
	if c.Ring != "" {
		return c.Ring
	}
	return c.Speaker
}

// play plays a tone until its button is pressed again, or another one is played.
func (r *ringSettings) play(b *pushButton, t *toneChoice) {
	again := r.button == b
	r.silence()
	if again {
		return
	}
	path, speaker, gain := *t.of(r.Settings()), t.speaker(), t.gain()
	ctx, cancel := context.WithCancel(context.Background())
	r.plays++
	n := r.plays
	r.Commands.start(attemptKey("play", n), func(within context.Context) error {
		defer context.AfterFunc(within, cancel)()
		pcm, err := t.load(path)
		if err != nil {
			return err
		}
		return r.Hardware.Play(ctx, speaker, pcm, gain)
	}, func(err error) {
		cancel()
		if n == r.plays {
			r.silence()
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			r.Fail(err)
		}
	})
	r.stop, r.button = cancel, b
	b.SetIcon(symbol(assets.Stop))
}

// silence ends what is played.
func (r *ringSettings) silence() {
	if r.stop == nil {
		return
	}
	r.stop()
	icon := assets.Play
	if r.button == r.test {
		icon = assets.Speaker
	}
	r.button.SetIcon(symbol(icon))
	r.stop, r.button = nil, nil
}

// toneParams are what one tone is about.
type toneParams struct {
	own     func() []float32
	peak    float32                         // of a sound in its place
	file    func(*profile.Settings) *string // where the settings have it; empty: our own
	speaker func() string
	gain    func() float32
}

// toneChoice is one tone: Parley's own, or a file.
type toneChoice struct {
	toneParams
	rings               *ringSettings
	root                fyne.CanvasObject
	name                *widget.Label
	play, choose, reset *pushButton
}

func newToneChoice(r *ringSettings, p toneParams) *toneChoice {
	t := &toneChoice{toneParams: p, rings: r}
	t.name = text("", theme.SizeNameText, false)
	t.play = newIconButton("", symbol(assets.Play), func() { r.play(t.play, t) })
	t.choose = newButton(word("settings.tone.choose"), func() { r.Pick(*t.of(r.Settings()), t.use) })
	t.reset = newButton(word("settings.tone.reset"), func() { t.use("") })
	t.root = newBorder(nil, nil, nil, container.NewHBox(t.reset, t.choose, t.play), t.name)
	return t
}

func (t *toneChoice) of(s profile.Settings) *string { return t.file(&s) }

// load makes or reads the sound.
func (t *toneChoice) load(path string) ([]float32, error) {
	if path == "" {
		return t.own(), nil
	}
	return soundfile.LoadTone(path, t.peak)
}

// use takes a file that can be played, or with an empty path Parley's own tone.
func (t *toneChoice) use(path string) {
	r := t.rings
	r.silence()
	if !r.Commands.start("tone:"+path, func(context.Context) error {
		_, err := t.load(path)
		return err
	}, func(err error) {
		t.choose.Enable()
		if err != nil {
			r.Fail(err)
			return
		}
		r.Save(func(s *profile.Settings) { *t.file(s) = path })
		t.show()
	}) {
		return
	}
	t.choose.Disable()
}

func (t *toneChoice) show() {
	path := *t.of(t.rings.Settings())
	if path == "" {
		say(t.name, word("settings.tone.own"))
	} else {
		say(t.name, filepath.Base(path))
	}
	visible(t.reset, path != "")
}

// pickSound asks for a sound file over a window.
func pickSound(w fyne.Window, near string, picked func(path string)) {
	d := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
		if err == nil && f != nil {
			_ = f.Close() // only its name is wanted
			picked(f.URI().Path())
		}
	}, w)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".wav", ".mp3", ".ogg", ".oga", ".flac"}))
	d.SetTitleText(word("settings.tone.pick"))
	d.SetConfirmText(word("settings.tone.use"))
	d.SetDismissText(word("call.cancel"))
	if near != "" {
		if folder, err := storage.ListerForURI(storage.NewFileURI(filepath.Dir(near))); err == nil {
			d.SetLocation(folder)
		}
	}
	showFiles(d, w)
}

// showFiles shows a dialog about files as large as the window allows. Escape closes it.
func showFiles(d *dialog.FileDialog, w fyne.Window) {
	d.SetView(dialog.ListView) // names are long
	d.Show()
	c := w.Canvas()
	d.Resize(c.Size().SubtractWidthHeight(60, 60)) // which Fyne can do only now
	c.Unfocus()                                    // the field with the name would keep Escape
	before := c.OnTypedKey()
	c.SetOnTypedKey(func(k *fyne.KeyEvent) {
		switch {
		case k.Name == fyne.KeyEscape:
			d.Dismiss()
		case before != nil:
			before(k)
		}
	})
	d.SetOnClosed(func() { c.SetOnTypedKey(before) })
}
