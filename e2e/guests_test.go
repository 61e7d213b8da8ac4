//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/parley-calls/parley/devices"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

// guestsWord is the argument by which a program of tests becomes the one in which guests are.
const guestsWord = "guests"

// guest is somebody without a window who accepts any call.
type guest struct {
	Switchboard string
	Name        string
	Size        media.VideoFormat // of the pictures he sends
	Microphone  string
}

// guests run in a process of their own: what they do is not the app's, and it does not hinder who looks at the clock. They have the priority
// of the app: when they must wait, the estimate of the path falls, and with it how many pictures they send.
type guests struct {
	t      *testing.T
	orders io.WriteCloser
	done   *bufio.Scanner
}

// invited starts the process, which ends with the test.
func invited(t *testing.T) *guests {
	t.Helper()
	c := exec.Command(os.Args[0], guestsWord)
	c.Stderr = os.Stderr
	orders, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = orders.Close()
		_ = c.Wait()
	})
	return &guests{t, orders, bufio.NewScanner(answers)}
}

// bring starts a guest and waits until he can be called.
func (g *guests) bring(one guest) {
	g.t.Helper()
	if err := json.NewEncoder(g.orders).Encode(one); err != nil {
		g.t.Fatal(err)
	}
	if !g.done.Scan() || g.done.Text() != one.Name {
		g.t.Fatalf("%s does not come: %q %v", one.Name, g.done.Text(), g.done.Err())
	}
}

// hostGuests is what the process does, until nobody gives orders any more.
func hostGuests(orders io.Reader, answers io.Writer) error {
	var leave []func() error
	defer func() {
		for _, f := range leave {
			_ = f()
		}
	}()
	for in := json.NewDecoder(orders); ; {
		var g guest
		if err := in.Decode(&g); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		set, err := devices.Select(devices.Selection{Camera: devices.Test, Microphone: g.Microphone, Speaker: devices.None}, devices.Options{})
		if err != nil {
			return err
		}
		client, err := engine.Start(engine.Options{Server: g.Switchboard, User: engine.User{ID: engine.UserID(g.Name), Name: g.Name}, Devices: set, Video: g.Size, AutoAccept: true})
		if err != nil {
			return err
		}
		leave = append(leave, client.Close, set.Close)
		lookAt("ana", client, g.Size)
		fmt.Fprintln(answers, g.Name)
	}
}

// lookAt lets a guest see somebody in each of his calls, as large as he is seen himself: who looks at nothing is sent nothing.
func lookAt(who engine.UserID, client *engine.Client, size media.VideoFormat) {
	seen := map[engine.CallID]bool{}
	client.Updates(func(s *engine.Snapshot) {
		for _, c := range s.Calls {
			if !seen[c.ID] {
				seen[c.ID] = true
				v := media.NewView(media.Contain)
				v.SetSize(size.Width, size.Height)
				client.Call(c.ID).Watch(who, v)
			}
		}
	})
}
