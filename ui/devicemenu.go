package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// deviceMenu chooses the devices of a call while it rings. What is chosen is used at once, in the call that comes of it, and
// remembered.
type deviceMenu struct {
	moved                       func() // it came or went
	hardware                    hardware
	root                        *panel
	microphone, speaker, camera *deviceSelect
}

func newDeviceMenu(h hardware, save func(engine.DeviceChoice)) *deviceMenu {
	m := &deviceMenu{hardware: h}
	standard := word("settings.device.standard")
	list := func(kind media.DeviceKind, set func(c *engine.DeviceChoice, id string)) *deviceSelect {
		return newDeviceSelect(kind, standard, func(id string) {
			c := h.Choice()
			set(&c, id)
			h.SetChoice(c)
			save(c)
		})
	}
	m.microphone = list(media.MicrophoneDevice, func(c *engine.DeviceChoice, id string) { c.Microphone = id })
	m.speaker = list(media.SpeakerDevice, func(c *engine.DeviceChoice, id string) { c.Speaker = id })
	m.camera = list(media.CameraDevice, func(c *engine.DeviceChoice, id string) { c.Camera = id })
	rows := container.New(layout.NewCustomPaddedVBoxLayout(4), row(word("settings.microphone"), m.microphone),
		row(word("settings.speaker"), m.speaker), row(word("settings.camera"), m.camera))
	m.root = newPanel(colorCard, colorLine, 12, rows)
	m.root.Hide()
	return m
}

// toggle shows the menu, or puts it away.
func (m *deviceMenu) toggle() {
	m.refresh()
	visible(m.root, !m.root.Visible())
	m.moved()
}

// refresh shows the devices that are there now.
func (m *deviceMenu) refresh() {
	all, now := m.hardware.Devices(), m.hardware.Choice()
	m.microphone.show(all, now.Microphone)
	m.speaker.show(all, now.Speaker)
	m.camera.show(all, now.Camera)
}

// menuLift is how far above the bottom of the page the menu stands, so that the buttons stay free.
const menuLift = 124

// clearOf keeps what is in it above the menu while that is to be seen.
type clearOf struct{ menu fyne.CanvasObject }

func (c clearOf) Layout(objects []fyne.CanvasObject, s fyne.Size) {
	if c.menu.Visible() {
		s.Height -= menuLift + c.menu.MinSize().Height
	}
	for _, o := range objects {
		o.Resize(s)
	}
}

func (c clearOf) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }
