package ui

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestPostAsksOnceUntilItRuns(t *testing.T) {
	t.Parallel()
	d := &loop{}
	runs := 0
	p := &post{do: d.do, run: func() { runs++ }}
	for range 5 {
		p.ask()
	}
	d.drain()
	if runs != 1 {
		t.Errorf("five questions led to %d runs, want 1", runs)
	}
	p.ask()
	d.drain()
	if runs != 2 {
		t.Errorf("a question after the run led to %d runs, want 2", runs)
	}
}

func TestPulseBeatsAtItsInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var beats atomic.Int64
		p := newPulse(func() { beats.Add(1) })
		defer p.close()
		count := func(d time.Duration) int64 {
			before := beats.Load()
			time.Sleep(d)
			synctest.Wait()
			return beats.Load() - before
		}
		if n := count(time.Minute); n != 0 {
			t.Errorf("%d beats before an interval was set", n)
		}
		p.set(100 * time.Millisecond)
		p.set(100 * time.Millisecond) // the same again disturbs nothing
		if n := count(1050 * time.Millisecond); n != 10 {
			t.Errorf("%d beats in a second at 100 ms, want 10", n)
		}
		p.set(time.Second)
		if n := count(3500 * time.Millisecond); n != 3 {
			t.Errorf("%d beats in 3.5 s at 1 s, want 3", n)
		}
		p.set(0)
		if n := count(time.Minute); n != 0 {
			t.Errorf("%d beats after it was stopped", n)
		}
	})
}

func TestCommandsRunOnceAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &loop{}
		c := newCommands(d.do)
		gate := make(chan struct{})
		runs, answers := 0, 0
		work := func(context.Context) error { runs++; <-gate; return nil }
		if !c.start("key", work, func(error) { answers++ }) {
			t.Fatal("the first was not started")
		}
		if c.start("key", work, nil) {
			t.Error("a second one was started while the first ran")
		}
		if !c.start("other", func(context.Context) error { return nil }, nil) {
			t.Error("another command was not started")
		}
		close(gate)
		synctest.Wait()
		d.drain()
		if runs != 1 || answers != 1 {
			t.Errorf("%d runs and %d answers, want one each", runs, answers)
		}
		if !c.start("key", work, nil) {
			t.Error("it cannot be started again")
		}
		c.close()
	})
}

func TestCommandsEndInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &loop{}
		c := newCommands(d.do)
		var got error
		c.start("slow", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, func(err error) { got = err })
		time.Sleep(commandTime)
		synctest.Wait()
		d.drain()
		if !errors.Is(got, context.DeadlineExceeded) {
			t.Errorf("error = %v, want the deadline's", got)
		}
		c.close()
	})
}

func TestCloseWaitsForCommandsAndDropsTheirAnswers(t *testing.T) {
	t.Parallel()
	d := &loop{}
	c := newCommands(d.do)
	ended := false
	c.start("slow", func(ctx context.Context) error { <-ctx.Done(); ended = true; return ctx.Err() }, func(error) { t.Error("answered after close") })
	stopped := false
	c.background(func() { <-c.ctx.Done(); stopped = true })
	c.close()
	if !ended || !stopped {
		t.Errorf("close did not wait: command %t, background %t", ended, stopped)
	}
	d.drain()
	if c.start("late", func(context.Context) error { return nil }, nil) {
		t.Error("a command was started after close")
	}
	ran := false
	c.background(func() { ran = true })
	if !ran {
		t.Error("what has to be done in the background was dropped after close")
	}
}
