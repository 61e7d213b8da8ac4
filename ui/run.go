package ui

import "time"

// Run shows the windows until the program ends. Fyne's goroutine only.
func (u *UI) Run() {
	u.awaitBegun()
	u.engage() // what came before Fyne runs, so that the first page is the right one
	u.tellAside()
	u.applyNow()
	u.params.App.Run()
	u.ended = true
	u.tray.close()
	u.Close()
}

// How long the first page waits for an engine, so that it is not gone the next moment: soonTime without a window, and then emptyTime
// with an empty one, which the desktop and OpenGL take long for.
const (
	soonTime  = 30 * time.Millisecond
	emptyTime = 2 * time.Second
)

// awaitBegun waits for the first engine.
func (u *UI) awaitBegun() {
	if u.params.Begun == nil {
		return
	}
	select {
	case <-u.params.Begun:
		return
	case <-time.After(soonTime):
	}
	u.base.bring(!u.desk.hidden, false)
	select {
	case <-u.params.Begun:
	case <-time.After(emptyTime):
	}
}
