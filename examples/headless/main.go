// Headless answers every call without a window, and says who talked and for how long.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/parley-calls/parley/devices"
	"github.com/parley-calls/parley/engine"
)

func main() {
	server := flag.String("server", "127.0.0.1:4455", "the switchboard, or an invite link")
	user := flag.String("user", "answering", "who we are")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := answer(ctx, *server, engine.UserID(*user)); err != nil {
		log.Fatal(err)
	}
}

// answer takes calls until ctx ends.
func answer(ctx context.Context, server string, user engine.UserID) error {
	set := devices.Synthetic()
	defer set.Close()
	client, err := engine.Start(engine.Options{Server: server, User: engine.User{ID: user}, Devices: set, AutoAccept: true})
	if err != nil {
		return err
	}
	defer client.Close()
	speaker := engine.UserID("")
	defer client.Updates(func(s *engine.Snapshot) {
		for _, c := range s.Calls {
			if c.Speaker != speaker {
				speaker = c.Speaker
				fmt.Println(speaker, "talks")
			}
		}
	})()
	defer client.Subscribe(func(e engine.Event) {
		switch e.Type {
		case engine.ConnectionChanged:
			fmt.Println("connection:", client.Snapshot().Connection.State)
		case engine.CallConnected:
			fmt.Println(e.User.Name, "is here")
		case engine.CallEnded:
			fmt.Println("the call lasted", e.Lasted, "and ended:", e.Reason)
		}
	})()
	<-ctx.Done()
	return nil
}
