// Observe calls somebody and writes down what happens and how good the call is, as one JSON object a line.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log"
	"os"
	"time"

	"github.com/parley-calls/parley/devices"
	"github.com/parley-calls/parley/engine"
)

func main() {
	server := flag.String("server", "127.0.0.1:4455", "the switchboard, or an invite link")
	to := flag.String("call", "echo", "whom to call")
	lasts := flag.Duration("for", 10*time.Second, "how long")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), *lasts+time.Minute)
	defer cancel()
	if err := observe(ctx, *server, engine.UserID(*to), *lasts); err != nil {
		log.Fatalf("%s: %v", engine.Code(err), err)
	}
}

func observe(ctx context.Context, server string, to engine.UserID, lasts time.Duration) error {
	set := devices.Synthetic()
	defer set.Close()
	client, err := engine.Start(engine.Options{Server: server, User: engine.User{ID: "observer"}, Devices: set})
	if err != nil {
		return err
	}
	defer client.Close()
	events := make(chan engine.Event, 256) // events come in order, from one goroutine that should not wait for us
	defer client.Subscribe(func(e engine.Event) {
		select {
		case events <- e:
		default:
		}
	})()

	out := json.NewEncoder(os.Stdout)
	second := time.NewTicker(time.Second)
	defer second.Stop()
	var call engine.CallID
	var over <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e := <-events:
			if err := out.Encode(map[string]any{"at": e.At, "event": e.Type, "user": e.User.ID, "reason": e.Reason, "error": engine.Code(e.Err)}); err != nil {
				return err
			}
			switch {
			case e.Type == engine.ConnectionChanged && call == "" && client.Snapshot().Connection.State == engine.Online:
				if call, _, err = client.Invite(ctx, engine.Invite{To: []engine.UserID{to}, Video: true}); err != nil {
					return err
				}
			case e.Type == engine.CallConnected:
				over = time.After(lasts)
			case e.Type == engine.CallEnded:
				return nil
			}
		case <-second.C:
			if call == "" {
				continue
			}
			if err := out.Encode(client.Call(call).Stats()); err != nil { // rates are over the last second
				return err
			}
		case <-over:
			if err := client.Call(call).HangUp(ctx); err != nil {
				return err
			}
		}
	}
}
