package ui

import (
	"maps"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
)

const (
	loudest    = 2    // that somebody can be heard, as a factor
	volumeStep = 0.05 // of the slider
)

// volume is how loud one person is heard here: a slider, a button that silences the person and brings him back, and one that goes
// back to 100 %.
type volume struct {
	widget.BaseWidget
	user engine.UserID
	set  func(engine.UserID, float32)

	mute    *roundButton
	slider  *slider
	percent *pushButton
	before  float64 // that muting took away
	showing bool
}

// newVolume makes a volume that begins with what now says and calls set for each change, also while it is dragged.
func newVolume(user engine.UserID, now func() float32, set func(engine.UserID, float32)) fyne.CanvasObject {
	v := &volume{user: user, set: set, before: 1}
	if begin := float64(now()); begin > 0 {
		v.before = begin
	}
	v.mute = newRoundButton(assets.Speaker, tonePlain, buttonSmall-8, word("volume.mute"), v.toggle)
	v.slider = newSlider(0, loudest)
	v.slider.Step = volumeStep
	v.percent = newButton("", func() { v.slider.SetValue(1) })
	v.percent.Importance = widget.LowImportance
	v.showing = true
	v.slider.SetValue(float64(now()))
	v.showing = false
	v.slider.OnChanged = v.changed
	v.show()
	v.ExtendBaseWidget(v)
	return v
}

func (v *volume) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(newBorder(nil, nil, container.NewCenter(v.mute), container.New(wide(74), v.percent), v.slider))
}

// MinSize leaves the slider long enough to be aimed at.
func (v *volume) MinSize() fyne.Size {
	return v.BaseWidget.MinSize().Max(fyne.NewSize(240, 0))
}

func (v *volume) changed(to float64) {
	if to > 0 {
		v.before = to
	}
	v.show()
	v.set(v.user, float32(to))
}

// toggle silences the person, or goes back to what it was.
func (v *volume) toggle() {
	if v.slider.Value > 0 {
		v.slider.SetValue(0)
	} else {
		v.slider.SetValue(v.before)
	}
}

func (v *volume) show() {
	if v.slider.Value == 0 {
		v.mute.set(assets.SpeakerOff, tonePlain, word("volume.unmute"))
	} else {
		v.mute.set(assets.Speaker, tonePlain, word("volume.mute"))
	}
	v.percent.SetText(word("settings.percent", fill{"Number": int(v.slider.Value*100 + 0.5)}))
}

// volumeRest is how long a volume has to be left alone before it is remembered: it is heard at once, but a file is not written for
// each step of a slider.
const volumeRest = time.Second

// volumes are what a person chose last and is not in the settings yet.
type volumes struct {
	fresh map[engine.UserID]float32
	due   time.Time
}

// setVolume makes a person heard that loud, at once and in calls to come: 1 is as sent.
func (u *UI) setVolume(user engine.UserID, v float32) {
	if u.volumes.fresh == nil {
		u.volumes.fresh = map[engine.UserID]float32{}
	}
	u.volumes.fresh[user] = v
	u.volumes.due = u.now().Add(volumeRest)
	if u.engine != nil {
		p := u.engine.Snapshot().Preferences
		p.Volumes = u.volumes.over(p.Volumes)
		u.engine.SetPreferences(p)
	}
	u.apply.ask()
}

// volume is how loud a person is heard.
func (u *UI) volume(user engine.UserID) float32 {
	if v, ok := u.volumes.over(u.store.Settings().Volumes)[user]; ok {
		return v
	}
	return 1
}

// over is all volumes: a new map without those that are as sent.
func (v volumes) over(all map[engine.UserID]float32) map[engine.UserID]float32 {
	all = maps.Clone(all)
	if all == nil {
		all = map[engine.UserID]float32{}
	}
	maps.Copy(all, v.fresh)
	maps.DeleteFunc(all, func(_ engine.UserID, v float32) bool { return v == 1 })
	return all
}

// saveVolumes remembers them when their time has come, and says how long that is; 0 means that there is nothing to remember.
func (u *UI) saveVolumes(now time.Time) time.Duration {
	if len(u.volumes.fresh) == 0 {
		return 0
	}
	if rest := u.volumes.due.Sub(now); rest > 0 {
		return rest
	}
	s := u.store.Settings()
	s.Volumes = u.volumes.over(s.Volumes)
	u.volumes = volumes{}
	if err := u.store.SaveSettings(s); err != nil {
		u.fail(err)
	}
	return 0
}
