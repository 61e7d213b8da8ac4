// People enrols at a switchboard, keeps what it got for the next start, and says who is there.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/parley-calls/parley/devices"
	"github.com/parley-calls/parley/engine"
	credentials "github.com/parley-calls/parley/engine/signal"
)

func main() {
	server := flag.String("server", "127.0.0.1:4455", "the switchboard, or an invite link")
	user := flag.String("user", "visitor", "who we are")
	kept := flag.String("kept", "credentials.json", "where to keep what the switchboard gives us")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	set := devices.Synthetic()
	defer set.Close()
	client, err := engine.Start(engine.Options{
		Server:  *server,
		User:    engine.User{ID: engine.UserID(*user)},
		Store:   file(*kept),
		Devices: set,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	defer client.Subscribe(func(e engine.Event) {
		switch e.Type {
		case engine.ConnectionChanged:
			now := client.Snapshot().Connection
			fmt.Println("connection:", now.State)
			if failed, ok := errors.AsType[*engine.Error](now.Err); ok {
				fmt.Println(failed.Hint)
			}
		case engine.PeopleChanged:
			for _, p := range client.Snapshot().People {
				fmt.Println(p.Name, "is", p.Presence)
			}
		}
	})()
	<-ctx.Done()
}

// file keeps the credentials of one switchboard. A name belongs to the key that enrolled it, so losing this file is losing the name.
type file string

func (f file) Load(string) (credentials.Credentials, error) {
	var c credentials.Credentials
	data, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(data, &c)
}

func (f file) Save(_ string, c credentials.Credentials) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	whole := filepath.Clean(string(f)) + ".new"
	if err := os.WriteFile(whole, data, 0o600); err != nil { // for nobody else: whoever reads it is us
		return err
	}
	return os.Rename(whole, string(f))
}
