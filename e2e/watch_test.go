//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"os/exec"
	"time"
)

// event is one line of `parley ctl watch`, as far as the tests look at it.
type event struct {
	Event, Call, Data, State, Reason string
	Kind, Label, Route               string
	At                               time.Time
	User                             struct{ ID string }
	Video, On, Microphone, Camera    bool
	History                          struct {
		ID, Call, State string
		By              struct{ ID string }
	}
	Error struct{ Code string }
}

// watcher keeps what an app tells from its beginning on.
type watcher struct {
	a      *app
	events chan event
	seen   []event
}

// watch follows an app until it ends or the test does.
func (a *app) watch() *watcher {
	a.t.Helper()
	c := exec.Command(*parley, "ctl", "--profile", a.profile, "watch")
	c.Env = here.env()
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		a.t.Fatal(err)
	}
	w := &watcher{a: a, events: make(chan event, 4096)}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() { // the state from which it goes on
		a.t.Fatalf("%s: nothing to watch: %v", a.name, lines.Err())
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines.Scan() {
			var e event
			if json.Unmarshal(lines.Bytes(), &e) == nil {
				w.events <- e
			}
		}
	}()
	a.t.Cleanup(func() {
		_ = c.Process.Kill()
		<-read
		_ = c.Wait()
	})
	return w
}

// next waits for the next event of a type.
func (w *watcher) next(kind string) event {
	w.a.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case e := <-w.events:
			w.seen = append(w.seen, e)
			if e.Event == kind {
				return e
			}
		case <-deadline:
			w.a.t.Fatalf("%s told no %s; it told %+v\n%s", w.a.name, kind, w.seen, tail(w.a.log))
		}
	}
}

// await returns the first event of a type that fits, also of those that came before.
func (w *watcher) await(kind string, fits func(event) bool) event {
	w.a.t.Helper()
	for _, e := range w.seen {
		if e.Event == kind && fits(e) {
			return e
		}
	}
	for {
		if e := w.next(kind); fits(e) {
			return e
		}
	}
}
