package ui_test

import (
	"context"
	"errors"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/devices"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/profile"
	"github.com/parley-calls/parley/ui"
)

// counter is the program around the windows: a shop's counter, for which the switchboard is given.
type counter struct {
	*profile.Profile // the settings
	app              fyne.App
}

var errGiven = errors.New("counter: the switchboard is given")

func (counter) StartHere(context.Context, string) error           { return errGiven }
func (counter) Join(context.Context, ui.Joining) error            { return errGiven }
func (counter) Discover(ctx context.Context, _ func(_, _ string)) { <-ctx.Done() }
func (counter) InviteLink() string                                { return "" }
func (counter) DeviceLink(string) string                          { return "" }
func (counter) Version() string                                   { return "1.0" }
func (c counter) Quit()                                           { fyne.Do(c.app.Quit) }

// The windows in a program of one's own: a call fills the main window and says which order it is about, our camera stays off until it
// is answered, and the program hears of all that happens.
func ExampleConfig() {
	settings, err := profile.Open("shop")
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := engine.Start(engine.Options{
		Server:  "127.0.0.1:4455",
		User:    engine.User{ID: "support", Name: "Support"},
		Devices: devices.Synthetic(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	stop := client.Subscribe(func(e engine.Event) {
		switch e.Type {
		case engine.IncomingReceived:
			fmt.Println(e.User.Name, "calls about", e.Data)
		case engine.CallEnded:
			fmt.Println("it ended:", e.Reason)
		}
	})
	defer stop()

	if err := ui.SetTexts(map[string]string{"incoming.decline": "Not now"}); err != nil {
		fmt.Println(err)
		return
	}
	a := app.NewWithID("com.example.counter")
	windows := ui.New(ui.Params{
		App:     a,
		Program: counter{settings, a},
		Config: ui.Config{
			Incoming: ui.IncomingConfig{
				NoPopUp:   true,
				NoPreview: true,
				PageConfig: ui.PageConfig{Foreground: func(i engine.CallInfo) fyne.CanvasObject {
					order := widget.NewHyperlink("Open "+i.Data, nil)
					order.OnTapped = func() { fmt.Println("opening", i.Data, "of", i.Inviter.Name) }
					return container.NewVBox(container.NewCenter(order))
				}},
			},
			Missed: ui.MissedConfig{Message: func(e engine.HistoryEntry, _ int) string { return e.Data }},
		},
	})
	windows.SetEngine(client)
	windows.Run()
}
