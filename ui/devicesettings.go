package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/profile"
)

// previewHeight is the height of the picture of the camera that is tried out.
const previewHeight = 220

// deviceParams are what the choice of devices needs.
type deviceParams struct {
	Hardware hardware
	Commands *commands
	Pump     *pump
	Fail     func(error)
	Save     func(engine.DeviceChoice)
	Settings func() profile.Settings
	Change   func(func(*profile.Settings))
}

// deviceSettings chooses and tries out the devices. While it is looked at, the microphone's level and the camera's picture are
// live.
type deviceSettings struct {
	deviceParams
	sound, picture []fyne.CanvasObject

	microphone, speaker, ring, camera *deviceSelect
	hint                              *widget.Label // which headset is used although nothing was chosen
	heard                             *widget.Icon  // what kind of speaker is used
	meter                             *meter
	deaf                              *widget.Label // why the microphone gives nothing
	tone                              *pushButton
	preview                           *preview
	blind                             *widget.Label // why the camera gives nothing
	mirror                            *check
	listening                         *listening
	rehearsal                         *rehearsal

	seen bool
}

func newDeviceSettings(p deviceParams) *deviceSettings {
	d := &deviceSettings{deviceParams: p}
	speaker := func([]media.Device) string { return word("settings.device.speaker") }
	d.microphone = newDeviceSelect(media.MicrophoneDevice, automatic(p.Hardware, media.MicrophoneDevice), func(id string) {
		d.choose(func(c *engine.DeviceChoice) { c.Microphone = id })
		if d.seen {
			d.listening.open()
		}
	})
	d.speaker = newDeviceSelect(media.SpeakerDevice, automatic(p.Hardware, media.SpeakerDevice), func(id string) { d.choose(func(c *engine.DeviceChoice) { c.Speaker = id }) })
	d.ring = newDeviceSelect(media.SpeakerDevice, speaker, func(id string) { d.choose(func(c *engine.DeviceChoice) { c.Ring = id }) })
	d.camera = newDeviceSelect(media.CameraDevice, automatic(p.Hardware, media.CameraDevice), func(id string) {
		d.choose(func(c *engine.DeviceChoice) { c.Camera = id })
		if d.seen {
			d.preview.open()
		}
	})
	d.meter, d.heard = newMeter(), widget.NewIcon(symbol(assets.Speaker))
	d.deaf, d.blind, d.hint = note(""), note(""), note("")
	d.deaf.Hide()
	d.blind.Hide()
	d.hint.Hide()
	d.listening = &listening{name: "listen", hardware: p.Hardware, commands: p.Commands, told: func(err error) { complain(d.deaf, err) }}
	d.rehearsal = newRehearsal(p.Hardware, p.Commands, p.Fail)
	d.tone = newIconButton(word("settings.tone"), symbol(assets.Speaker), func() {
		id := d.Hardware.Choice().Speaker
		if d.Commands.start("tone", func(ctx context.Context) error { return d.Hardware.PlayTestTone(ctx, id) }, d.toned) {
			d.tone.Disable()
		}
	})
	tile := newVideoTile(p.Pump, radius)
	d.mirror = newCheck(word("settings.mirror"), func(on bool) {
		tile.view.SetMirror(on)
		if p.Settings().MirrorSelf != on {
			p.Change(func(s *profile.Settings) { s.MirrorSelf = on })
		}
	})
	d.preview = &preview{name: "preview", hardware: p.Hardware, commands: p.Commands, tile: tile, told: func(err error) { complain(d.blind, err) }}
	picture := container.New(wide(previewHeight*16/9), container.NewStack(gap(previewHeight), tile))

	d.sound = []fyne.CanvasObject{
		row(word("settings.microphone"), d.microphone), row(word("settings.level"), container.NewVBox(d.meter, d.deaf)),
		row(word("settings.speaker"), container.NewVBox(newBorder(nil, nil, nil, container.NewHBox(d.heard, d.tone), d.speaker), d.hint)),
		row(word("settings.try"), d.rehearsal.root), row(word("settings.ring"), d.ring),
	}
	d.picture = []fyne.CanvasObject{row(word("settings.camera"), d.camera), row(word("settings.preview"), container.NewVBox(container.NewHBox(picture), d.blind, d.mirror))}
	return d
}

// look says whether the page can be seen.
func (d *deviceSettings) look(on bool) {
	if d.seen == on {
		return
	}
	d.seen = on
	d.preview.tile.look(on)
	if on {
		d.refresh()
		d.listening.open()
		d.preview.open()
	} else {
		d.listening.close()
		d.rehearsal.end()
		d.preview.close()
		d.tick()
	}
}

// refresh shows the devices that are there now.
func (d *deviceSettings) refresh() {
	all, now := d.Hardware.Devices(), d.Hardware.Choice()
	d.microphone.show(all, now.Microphone)
	d.speaker.show(all, now.Speaker)
	d.ring.show(all, now.Ring)
	d.camera.show(all, now.Camera)
	if s := symbol(routeSymbol(now.Output(all).Route)); d.heard.Resource.Name() != s.Name() {
		d.heard.SetResource(s)
	}
	worn := wornLabel(all, now)
	if worn != "" {
		say(d.hint, word("settings.device.worn", fill{"Label": worn}))
	}
	visible(d.hint, worn != "")
	mirrored := d.Settings().MirrorSelf
	d.mirror.SetChecked(mirrored)
	d.preview.tile.view.SetMirror(mirrored)
}

// replugged follows devices that came or went.
func (d *deviceSettings) replugged() {
	if !d.seen {
		return
	}
	d.refresh()
	if d.listening.level == nil {
		d.listening.open()
	}
	if d.preview.stop == nil {
		d.preview.open()
	}
}

// tick shows the level of the moment.
func (d *deviceSettings) tick() {
	d.meter.set(d.listening.now())
	d.rehearsal.tick()
}

func (d *deviceSettings) choose(change func(*engine.DeviceChoice)) {
	c := d.Hardware.Choice()
	change(&c)
	d.Hardware.SetChoice(c)
	d.Save(c)
	d.refresh()
}

func (d *deviceSettings) toned(err error) {
	d.tone.Enable()
	if err != nil {
		d.Fail(err)
	}
}

// complain writes an error below what it belongs to.
func complain(l *widget.Label, err error) {
	if err != nil {
		title, body := explain(err)
		say(l, title+" "+body)
	}
	visible(l, err != nil)
}

// deviceSelect is a list of the devices of one kind. The first choice leaves it to the engine.
type deviceSelect struct {
	widget.Select
	kind     media.DeviceKind
	standard func(all []media.Device) string // what the first choice says
	ids      []string                        // of the options; the first is empty
	chosen   func(id string)
	showing  bool
}

func (p *deviceSelect) CreateRenderer() fyne.WidgetRenderer {
	p.ExtendBaseWidget(p)
	return newEdge(p.Select.CreateRenderer(), p)
}

// automatic says what is used as long as nothing of a kind is chosen.
func automatic(h hardware, kind media.DeviceKind) func(all []media.Device) string {
	return func(all []media.Device) string {
		if d := h.Choice().Automatic(all, kind); d.Label != "" {
			return word("settings.device.automatic", fill{"Label": d.Label})
		}
		return word("settings.device.standard")
	}
}

func newDeviceSelect(kind media.DeviceKind, standard func(all []media.Device) string, chosen func(id string)) *deviceSelect {
	p := &deviceSelect{kind: kind, standard: standard, chosen: chosen}
	p.OnChanged = func(string) {
		if i := p.SelectedIndex(); !p.showing && i >= 0 && i < len(p.ids) {
			p.chosen(p.ids[i])
		}
	}
	p.ExtendBaseWidget(p)
	return p
}

// TypedKey implements [fyne.Focusable].
func (p *deviceSelect) TypedKey(k *fyne.KeyEvent) { chooseByKey(&p.Select, p, k) }

// show lists the devices and marks the one that is chosen. One that is chosen but gone stays in the list, and says so.
func (p *deviceSelect) show(all []media.Device, chosen string) {
	ids, labels := []string{""}, []string{p.standard(all)}
	for _, d := range all {
		if d.Kind != p.kind {
			continue
		}
		label := d.Label
		for n := 2; slices.Contains(labels, label); n++ { // two of the same make
			label = word("settings.device.again", fill{"Label": d.Label, "Number": n})
		}
		ids, labels = append(ids, d.ID), append(labels, label)
	}
	i := slices.Index(ids, chosen)
	if i < 0 {
		i = len(ids)
		ids, labels = append(ids, chosen), append(labels, word("settings.device.gone"))
	}
	p.showing = true
	defer func() { p.showing = false }()
	if !slices.Equal(ids, p.ids) || !slices.Equal(labels, p.Options) {
		p.ids = ids
		p.SetOptions(labels)
	}
	if p.SelectedIndex() != i {
		p.SetSelectedIndex(i)
	}
}
