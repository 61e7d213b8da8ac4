package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/parley-calls/parley/profile"
)

// cleaningSettings say what is done to our voice before it is sent, also in a call that goes on.
type cleaningSettings struct {
	echo, noise, gain *check // nil where nothing can be done
	rows              []fyne.CanvasObject
}

// newCleaningSettings makes the choices, or says what to do where there are none.
func newCleaningSettings(now profile.Settings, can bool, save func(change func(*profile.Settings))) *cleaningSettings {
	c := &cleaningSettings{}
	if !can {
		none := note(word("settings.clean.none"))
		none.Wrapping = fyne.TextWrapWord
		c.rows = []fyne.CanvasObject{row(word("settings.clean"), none)}
		return c
	}
	check := func(key string, on bool, set func(*profile.Settings, bool)) *check {
		k := newCheck(word(key), nil)
		k.SetChecked(on)
		k.OnChanged = func(on bool) { save(func(s *profile.Settings) { set(s, on) }) }
		return k
	}
	c.echo = check("settings.clean.echo", now.EchoCancellation, func(s *profile.Settings, on bool) { s.EchoCancellation = on })
	c.noise = check("settings.clean.noise", now.NoiseSuppression, func(s *profile.Settings, on bool) { s.NoiseSuppression = on })
	c.gain = check("settings.clean.gain", now.AutomaticGain, func(s *profile.Settings, on bool) { s.AutomaticGain = on })
	c.rows = []fyne.CanvasObject{row(word("settings.clean"), container.NewVBox(c.echo, c.noise, c.gain))}
	return c
}
