// Custom is a waiting room: whoever opens the same room is in one call, which has a button, tiles, a small window and words of its own.
package main

import (
	"flag"
	"fmt"
	"image/color"
	"log"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"github.com/parley-calls/parley/devices"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/ui"
)

func main() {
	server := flag.String("server", "127.0.0.1:4455", "the switchboard, or an invite link")
	user := flag.String("user", "guest", "who we are")
	room := flag.String("room", "waiting-room", "where to meet")
	camera := flag.String("camera", "", "as parley has it: test is a moving picture")
	flag.Parse()

	set, err := devices.Select(devices.Selection{Camera: *camera}, devices.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer set.Close()
	client, err := engine.Start(engine.Options{Server: *server, User: engine.User{ID: engine.UserID(*user)}, Devices: set})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	defer client.Subscribe(func(e engine.Event) { fmt.Println(e.Type, e.Call, e.User.Name, e.Reason) })()

	if err := ui.SetTexts(map[string]string{"call.alone": "The doctor will see you soon", "call.hangup": "Go home"}); err != nil {
		log.Fatal(err)
	}
	a := app.NewWithID("com.example.practice")
	w := a.NewWindow("Practice")
	call := ui.NewCall(client, ui.CallOptions{
		CallID:    engine.CallID(*room),
		Config:    practice(),
		Events:    ui.Events{CallEnd: func(e ui.End) { fmt.Println("it lasted", e.Lasted) }},
		OnDispose: w.Close,
	})
	w.SetContent(call)
	w.Resize(fyne.NewSize(720, 480))
	w.ShowAndRun()
}

// practice is a group call with a button, tiles and a small window of our own.
func practice() ui.Config {
	c := ui.GroupVideo()
	c.BottomBar.Extensions = []ui.Extension{{
		Icon: theme.DocumentIcon(), Label: "Questionnaire", Do: func(i engine.CallInfo) { fmt.Println("questionnaire of", i.Call) },
	}}
	c.Scene.Foreground = func(t ui.Tile) fyne.CanvasObject {
		name := canvas.NewText(" "+t.User.Name+" ", color.White)
		name.TextStyle.Bold = true
		return container.NewVBox(container.NewHBox(container.NewStack(canvas.NewRectangle(color.NRGBA{R: 0x0B, G: 0x6E, B: 0x4F, A: 0xFF}), name)))
	}
	c.Mini.Tile = func(i engine.CallInfo) fyne.CanvasObject {
		words := canvas.NewText("In the waiting room", color.White)
		return container.NewStack(canvas.NewRectangle(color.NRGBA{R: 0x0B, G: 0x6E, B: 0x4F, A: 0xFF}), container.NewCenter(words))
	}
	return c
}
