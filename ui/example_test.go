package ui_test

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/devices"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/ui"
)

// A Fyne program of one's own with a button that calls the support.
func ExampleNewSendButton() {
	client, err := engine.Start(engine.Options{
		Server:  "127.0.0.1:4455",
		User:    engine.User{ID: "ana", Name: "Ana"},
		Devices: devices.Synthetic(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	a := app.NewWithID("com.example.shop")
	w := a.NewWindow("Shop")
	call := ui.NewSendButton(ui.SendButtonOptions{
		Client:       client,
		To:           []engine.UserID{"support"},
		Video:        true,
		Data:         "order 4711",
		Notification: signal.Notification{Title: "A customer calls", Message: "About order 4711"},
		Timeout:      30 * time.Second,
		Text:         "Talk to us",
		Importance:   widget.HighImportance,
		OnPressed: func(r ui.SendResult) {
			if r.Err != nil {
				fmt.Println("nobody was called:", r.Err)
				return
			}
			for _, i := range r.Invitees {
				fmt.Println(i.ID, i.Result) // "ringing", "offline", "busy"…
			}
		},
	})
	defer call.Close()
	w.SetContent(container.NewVBox(widget.NewLabel("May we help you?"), call))
	w.ShowAndRun()
}
