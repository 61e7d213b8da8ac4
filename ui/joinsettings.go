package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/parley-calls/parley/profile"
)

// joinSettings say with what of ours a call begins. They hold for every call, whoever calls, unless an answer says otherwise.
type joinSettings struct {
	muted, blind *check
	row          fyne.CanvasObject
}

func newJoinSettings(now profile.Settings, save func(change func(*profile.Settings))) *joinSettings {
	j := &joinSettings{muted: newCheck(word("settings.join.muted"), nil), blind: newCheck(word("settings.join.blind"), nil)}
	j.muted.SetChecked(now.JoinMuted)
	j.blind.SetChecked(now.JoinWithoutVideo)
	j.muted.OnChanged = func(on bool) { save(func(s *profile.Settings) { s.JoinMuted = on }) }
	j.blind.OnChanged = func(on bool) { save(func(s *profile.Settings) { s.JoinWithoutVideo = on }) }
	j.row = row(word("settings.join"), container.NewVBox(j.muted, j.blind))
	return j
}
