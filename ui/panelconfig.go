package ui

import (
	"fyne.io/fyne/v2"

	"github.com/parley-calls/parley/engine"
)

// MembersConfig is what the list of the people in a call shows.
type MembersConfig struct {
	HideMicrophone bool // not whose microphone is on
	HideCamera     bool // nor whose camera
	// Row makes what a member is shown as, in place of Parley's row; own says that it is us. It is asked on Fyne's goroutine whenever
	// something of the member has changed. Nil, or a nil answer: Parley's row.
	Row func(m engine.Member, own bool) fyne.CanvasObject
}

// ChatConfig is what the chat of a call shows.
type ChatConfig struct {
	// Row makes what a message is shown as, in place of Parley's bubble. It is asked on Fyne's goroutine, again when the message has come
	// farther. Nil, or a nil answer: Parley's bubble.
	Row func(m engine.Message) fyne.CanvasObject
}
