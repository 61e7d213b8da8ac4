package ui

import (
	"time"

	"fyne.io/fyne/v2"
)

// motionTime is how long something takes to come or to go.
const motionTime = 200 * time.Millisecond

// motion moves something between away (0) and there (1). It can be turned round midway. Fyne's goroutine only.
type motion struct {
	at   float32
	step func(at float32)
	anim *fyne.Animation
}

// to goes to 0 or 1, and then calls done, which may be nil. What was under way before does not come to its end.
func (m *motion) to(target float32, done func()) {
	if m.anim != nil {
		m.anim.Stop()
	}
	from := m.at
	var anim *fyne.Animation
	anim = fyne.NewAnimation(motionTime, func(part float32) {
		if m.anim != anim {
			return
		}
		m.at = from + (target-from)*part
		m.step(m.at)
		if part == 1 {
			m.anim = nil
			if done != nil {
				done()
			}
		}
	})
	anim.Curve = fyne.AnimationEaseOut
	m.anim = anim
	anim.Start()
}
