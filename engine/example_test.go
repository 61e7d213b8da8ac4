package engine_test

import (
	"context"
	"fmt"

	"github.com/parley-calls/parley/devices"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// A call to the echo contact of a switchboard on this machine, without any window.
func Example() {
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
	stop := client.Subscribe(func(e engine.Event) { fmt.Println(e.Type, e.User.Name, e.Reason) })
	defer stop()

	call, _, err := client.Invite(context.Background(), engine.Invite{To: []engine.UserID{"echo"}, Video: true})
	if err != nil {
		fmt.Println(engine.Code(err), err)
		return
	}
	view := media.NewView(media.Contain) // give it a size, and take pictures when it says that one is ready
	view.SetSize(640, 360)
	defer client.Call(call).Watch("echo", view)()
}
