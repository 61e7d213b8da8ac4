// Embed is a shop's program with a button that calls the support; calls fill its window and come to it.
package main

import (
	"flag"
	"log"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"github.com/parley-calls/parley/devices"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/ui"
)

func main() {
	server := flag.String("server", "127.0.0.1:4455", "the switchboard, or an invite link")
	to := flag.String("call", "echo", "whom the button calls")
	camera := flag.String("camera", "", "as parley has it: test is a moving picture")
	flag.Parse()
	set, err := devices.Select(devices.Selection{Camera: *camera}, devices.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer set.Close()
	client, err := engine.Start(engine.Options{Server: *server, User: engine.User{ID: "shop"}, Devices: set})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	w := app.NewWithID("com.example.shop").NewWindow("Shop")
	button := ui.NewSendButton(ui.SendButtonOptions{Client: client, To: []engine.UserID{engine.UserID(*to)}, Video: true, Text: "Talk to us"})
	defer button.Close()
	w.SetContent(container.NewBorder(nil, button, nil, nil, widget.NewLabel("Our catalogue")))
	w.Resize(fyne.NewSize(800, 500))
	defer ui.Attach(client, w, ui.AttachOptions{}).Detach()
	w.ShowAndRun()
}
