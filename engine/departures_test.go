package engine

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestJoiningWaitsForTheHangUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d departures
		if err := d.wait(t.Context(), "c1"); err != nil {
			t.Fatal("waited for nothing: ", err)
		}
		first, second := d.begin("c1"), d.begin("c1")
		waited := make(chan error, 1)
		go func() { waited <- d.wait(t.Context(), "c1") }()
		first()
		synctest.Wait()
		select {
		case err := <-waited:
			t.Fatal("did not wait for the second: ", err)
		default:
		}
		if err := d.wait(t.Context(), "c2"); err != nil {
			t.Fatal("waited for another call: ", err)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if err := d.wait(gone, "c1"); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		second()
		if err := <-waited; err != nil || len(d.under) != 0 {
			t.Fatal(err, d.under)
		}
	})
}
