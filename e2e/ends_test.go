//go:build e2e

package e2e

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// pair is ana and bob on one switchboard.
func pair(t *testing.T, flags ...string) (ana, bob *app) {
	t.Helper()
	at := switchboard(t)
	ana = launch(t, "ana", at, flags...)
	bob = launch(t, "bob", at, flags...)
	return ana, bob
}

// Every way in which a call can fail to happen ends it on both sides with the right words and leaves no window; in between the
// next call works.
func TestEnds(t *testing.T) {
	ana, bob := pair(t)

	t.Run("declined", func(t *testing.T) {
		ana.invite("bob")
		bob.awaitRing()
		bob.ctl("reject")
		ana.awaitEnded("declined")
		bob.awaitEnded("declined here")
	})
	t.Run("cancelled", func(t *testing.T) {
		ana.invite("bob", "--video")
		bob.awaitRing()
		ana.ctl("cancel")
		ana.awaitEnded("cancelled here")
		bob.awaitEnded("cancelled")
	})
	t.Run("hung up while it rings", func(t *testing.T) {
		ana.invite("bob")
		bob.awaitRing()
		ana.ctl("hangup")
		ana.awaitEnded("cancelled here")
		bob.awaitEnded("cancelled")
	})
	t.Run("unanswered", func(t *testing.T) {
		ana.invite("bob", "--timeout", "2s")
		bob.awaitRing()
		ana.awaitEnded("timeout")
		bob.awaitEnded("missed")
	})
	t.Run("busy", func(t *testing.T) {
		bob.invite("echo")
		bob.awaitLive(1)
		ana.invite("bob")
		ana.awaitEnded("busy")
		bob.awaitLive(1)
		bob.ctl("hangup")
	})
	t.Run("accept against cancel", func(t *testing.T) {
		for range 5 {
			ana.invite("bob")
			bob.awaitRing()
			both(func() { _, _ = bob.try("accept") }, func() { _, _ = ana.try("cancel") })
			// Either may win, but both sides agree.
			settled := func(a, b status) string {
				switch x, y := state(a), state(b); {
				case x == "live" && y == "live", x == "ended" && y == "ended":
					return ""
				default:
					return fmt.Sprintf("ana's call is %q, bob's is %q", x, y)
				}
			}
			ana.await("agreement", func(s status) string { return settled(s, bob.status()) })
			if state(ana.status()) == "live" {
				ana.ctl("hangup")
			}
			ana.await("the end", idle)
			bob.await("the end", idle)
		}
	})
	t.Run("both call each other", func(t *testing.T) {
		for range 3 {
			time.Sleep(2 * time.Second) // the switchboard lets nobody call more often than each second for long
			both(func() { _, _ = ana.try("invite", "bob") }, func() { _, _ = bob.try("invite", "ana") })
			ana.awaitLive(1)
			bob.awaitLive(1)
			if a, b := ana.status().Calls[0].ID, bob.status().Calls[0].ID; a != b {
				t.Fatalf("they are in two calls: %s and %s", a, b)
			}
			ana.ctl("hangup")
			ana.await("the end", idle)
			bob.await("the end", idle)
		}
	})
	t.Run("after all that a call still works", func(t *testing.T) {
		bob.invite("ana")
		ana.awaitRing()
		ana.ctl("accept")
		bob.awaitLive(1)
		bob.ctl("hangup")
		bob.awaitEnded("local hangup")
		ana.awaitEnded("remote hangup")
	})
}

// One side dies without a word: the other is told, and is free for the next call.
func TestDeath(t *testing.T) {
	ana, bob := pair(t)

	t.Run("of the caller while it rings", func(t *testing.T) {
		ana.invite("bob")
		bob.awaitRing()
		ana.kill()
		bob.awaitEnded("caller lost")
		ana.run("--server", bob.status().Server)
		ana.await("online", func(s status) string { return unless(s.Connection == "online", s.Connection) })
	})
	t.Run("of a member", func(t *testing.T) {
		ana.invite("bob")
		bob.awaitRing()
		bob.ctl("accept")
		ana.awaitLive(1)
		bob.kill()
		ana.await("the end", func(s status) string {
			if why := idle(s); why != "" {
				return why
			}
			return unless(s.Calls[0].Ended == "network lost" || s.Calls[0].Ended == "remote hangup", s.Calls[0].Ended)
		})
	})
	t.Run("leaves a profile that starts again", func(t *testing.T) {
		bob.run("--server", ana.status().Server)
		bob.await("online", func(s status) string { return unless(s.Connection == "online", s.Connection) })
		ana.invite("bob")
		bob.awaitRing()
		bob.ctl("accept")
		ana.awaitLive(1)
		ana.ctl("hangup")
		bob.awaitEnded("remote hangup")
	})
}

func unless(ok bool, why string) string {
	if ok {
		return ""
	}
	return why
}

// state is that of the newest call.
func state(s status) string {
	if len(s.Calls) == 0 {
		return ""
	}
	return s.Calls[0].State
}

func idle(s status) string {
	for _, c := range s.Calls {
		if c.State != "ended" {
			return "a call is " + c.State
		}
	}
	return unless(len(s.Incoming) == 0 && len(s.Calls) > 0, "it rings")
}

func both(f, g func()) {
	var w sync.WaitGroup
	w.Go(f)
	w.Go(g)
	w.Wait()
}
