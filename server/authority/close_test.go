package authority

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/parley-calls/parley/engine/signal"
)

// TestNoLeak starts and closes authorities that have worked, and counts goroutines. It runs alone.
func TestNoLeak(t *testing.T) {
	s := startNATS(t)
	nc := dial(t, s)
	ana := startApp(t, s, "ana", "ana-1")
	work := func() {
		a, err := New(t.Context(), nc, Options{Lease: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		ana.hello()
		a.Close()
	}
	work()
	before := runtime.NumGoroutine()
	for range 10 {
		work()
	}
	after := 0
	for deadline := time.Now().Add(patient); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if after = runtime.NumGoroutine(); after <= before+3 { // the server keeps some for a while
			return
		}
	}
	t.Errorf("%d goroutines after ten authorities, %d after one", after, before)
}

// TestFinishesWhatWaits closes an authority that has been asked: what it has taken it answers.
func TestFinishesWhatWaits(t *testing.T) {
	t.Parallel()
	s := startNATS(t)
	entered, goOn := make(chan struct{}), make(chan struct{})
	a := startAuthority(t, s, Options{Mint: func(_ context.Context, u signal.UserID, _ string) (string, time.Time, error) {
		close(entered)
		<-goOn
		return "token", zero, nil
	}})
	ana := startApp(t, s, "ana", "ana-1")
	answer := make(chan error, 1)
	go func() { answer <- ana.try(signal.VerbRenew, signal.Empty{}, nil) }()
	<-entered
	closed := make(chan struct{})
	go func() { a.Close(); close(closed) }()
	select {
	case <-closed:
		t.Error("closed before the request was answered")
	case <-time.After(20 * time.Millisecond):
	}
	close(goOn)
	if err := <-answer; err != nil {
		t.Error(err)
	}
	<-closed
}

// FuzzServe gives any bytes to any verb: the authority refuses or answers, but never fails.
func FuzzServe(f *testing.F) {
	s := startNATS(f)
	bad := make(chan string, 1)
	a := startAuthority(f, s, Options{
		Sweep: time.Hour, Logger: slog.New(slog.DiscardHandler),
		Mint: func(context.Context, signal.UserID, string) (string, time.Time, error) { return "", zero, nil },
		Observe: func(verb string, code signal.Code, _ time.Duration) {
			if code == signal.CodeInternal {
				bad <- fmt.Sprintf("%s failed", verb)
			}
		},
	})
	unlimited(a)
	startApp(f, s, "ana", "ana-1").hello()
	startApp(f, s, "bob", "bob-1").hello()
	for verb := range a.handlers {
		f.Add(string(verb), []byte(`{"device":"d","call":"c","to":["bob"],"version":1,"reason":"busy","data":"x"}`))
	}
	f.Add("invite", []byte(`{"device":"d","to":["bob","bob"],"timeout":9223372036854775807}`))
	f.Add("invite", []byte("{\"device\":\"\\ud800\",\"to\":[\"\\u0000\"]}"))
	f.Add("*", []byte(`[]`))
	user := signal.UserID("ana").Token()
	f.Fuzz(func(t *testing.T, verb string, data []byte) {
		if verb == string(signal.VerbBye) {
			return // it waits for a barrier: the same bytes reach all the others
		}
		a.requests.mu.Lock()
		clear(a.requests.buckets)
		a.requests.mu.Unlock()
		a.serve(&nats.Msg{Subject: "svc." + user + "." + verb, Data: data})
		select {
		case why := <-bad:
			t.Fatal(why)
		default:
		}
	})
}
