package ui

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// menuParams are what a menu of devices needs.
type menuParams struct {
	Name     string // of its commands
	Hardware hardware
	Commands *commands
	Save     func(engine.DeviceChoice)
	Fail     func(error)
}

// deviceMenu chooses the devices of a call, while it rings and while it goes on. What is chosen is used at once and remembered. The
// camera is not shown in it: nobody wants it to light up for a look at a menu.
type deviceMenu struct {
	menuParams
	moved func() // it came or went

	root                        *panel
	microphone, speaker, camera *deviceSelect
	heard                       *widget.Icon // what kind of speaker is used
	meter                       *meter
	tone, next                  *pushButton
	listening                   *listening
	listens                     bool
}

func newDeviceMenu(p menuParams) *deviceMenu {
	m := &deviceMenu{menuParams: p, heard: widget.NewIcon(symbol(assets.Speaker)), meter: newMeter()}
	list := func(kind media.DeviceKind, set func(c *engine.DeviceChoice, id string)) *deviceSelect {
		return newDeviceSelect(kind, automatic(p.Hardware, kind), func(id string) {
			c := p.Hardware.Choice()
			set(&c, id)
			p.Hardware.SetChoice(c)
			p.Save(c)
			m.refresh()
			if m.listens && kind == media.MicrophoneDevice {
				m.listening.open()
			}
		})
	}
	m.microphone = list(media.MicrophoneDevice, func(c *engine.DeviceChoice, id string) { c.Microphone = id })
	m.speaker = list(media.SpeakerDevice, func(c *engine.DeviceChoice, id string) { c.Speaker = id })
	m.camera = list(media.CameraDevice, func(c *engine.DeviceChoice, id string) { c.Camera = id })
	m.listening = &listening{name: p.Name + " listen", hardware: p.Hardware, commands: p.Commands, told: func(error) {}}
	m.tone = newIconButton(word("settings.tone"), nil, m.playTone)
	m.next = newIconButton(word("devices.camera.next"), symbol(assets.Swap), m.nextCamera)

	line := func(icon *widget.Icon, name string, choice, beside fyne.CanvasObject) fyne.CanvasObject {
		title := text(word(name), theme.SizeNameCaptionText, false)
		title.Importance = widget.LowImportance
		return newBorder(nil, nil, container.NewCenter(inset(0, 0, 4, 8, icon)), nil,
			container.New(layout.NewCustomPaddedVBoxLayout(-6), title, newBorder(nil, nil, nil, beside, choice)))
	}
	rows := container.New(layout.NewCustomPaddedVBoxLayout(2),
		line(widget.NewIcon(symbol(assets.Microphone)), "settings.microphone", m.microphone, container.New(wide(90), m.meter)),
		line(m.heard, "settings.speaker", m.speaker, m.tone),
		line(widget.NewIcon(symbol(assets.Camera)), "settings.camera", m.camera, m.next))
	m.root = newPanel(colorCard, colorLine, 10, rows)
	m.root.Hide()
	m.meter.Hide()
	return m
}

// toggle shows the menu, or puts it away.
func (m *deviceMenu) toggle() {
	m.refresh()
	colour(m.root, darkTheme)
	visible(m.root, !m.root.Visible())
	m.moved()
}

// hide puts the menu away, and ends what it does.
func (m *deviceMenu) hide() {
	visible(m.root, false)
	m.tick(false)
}

// refresh shows the devices that are there now.
func (m *deviceMenu) refresh() {
	all, now := m.Hardware.Devices(), m.Hardware.Choice()
	m.microphone.show(all, now.Microphone)
	m.speaker.show(all, now.Speaker)
	m.camera.show(all, now.Camera)
	cameras := 0
	for _, d := range all {
		if d.Kind == media.CameraDevice {
			cameras++
		}
	}
	visible(m.next, cameras > 1)
	if s := symbol(routeSymbol(now.Output(all).Route)); m.heard.Resource.Name() != s.Name() {
		m.heard.SetResource(s)
	}
}

// tick shows the level of the moment while the menu is to be seen on a page that is. It says how soon to look again; 0 is never.
func (m *deviceMenu) tick(pageSeen bool) time.Duration {
	if on := pageSeen && m.root.Visible(); on != m.listens {
		m.listens = on
		if on {
			m.listening.open()
		} else {
			m.listening.close()
		}
	}
	m.meter.set(m.listening.now())
	visible(m.meter, m.listens)
	if m.listens {
		return 100 * time.Millisecond
	}
	return 0
}

func (m *deviceMenu) playTone() {
	id := m.Hardware.Choice().Speaker
	if m.Commands.start(m.Name+" tone", func(ctx context.Context) error { return m.Hardware.PlayTestTone(ctx, id) }, func(err error) {
		m.tone.Enable()
		m.failed(err)
	}) {
		m.tone.Disable()
	}
}

func (m *deviceMenu) nextCamera() {
	m.Commands.start(m.Name+" camera", m.Hardware.NextCamera, func(err error) {
		if err == nil {
			m.Save(m.Hardware.Choice())
		}
		m.refresh()
		m.failed(err)
	})
}

func (m *deviceMenu) failed(err error) {
	if err != nil {
		m.Fail(err)
	}
}

// routeSymbol is the drawing of a kind of speaker.
func routeSymbol(r media.Route) assets.Symbol {
	switch r {
	case media.RouteHeadphone:
		return assets.Headphone
	case media.RouteBluetooth:
		return assets.Bluetooth
	case media.RouteUSB:
		return assets.USB
	}
	return assets.Speaker
}

// wornLabel names the headset that calls use although nothing was chosen; empty if they use none.
func wornLabel(all []media.Device, c engine.DeviceChoice) string {
	if c.Microphone != "" || c.Speaker != "" {
		return ""
	}
	out := c.Output(all)
	if slices.ContainsFunc(all, func(d media.Device) bool {
		return d.Kind == media.SpeakerDevice && d.Headset && d.Label == out.Label && d.Route == out.Route
	}) {
		return out.Label
	}
	return ""
}

// menuLift is how far above the bottom of the page the menu stands, so that the buttons stay free.
const menuLift = 124
