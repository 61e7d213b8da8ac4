//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"testing"
)

// twin starts another app of ana, enrolled with a code that her first one shows.
func twin(t *testing.T, ana *app, flags ...string) *app {
	t.Helper()
	var r struct{ Code, Link string }
	if err := json.Unmarshal(ana.ctl("devicecode"), &r); err != nil {
		t.Fatal(err)
	}
	return launch(t, "laptop", ana.status().Server, append([]string{"--name", "Ana", "--user", ana.name, "--device-code", r.Code}, flags...)...)
}

// What the one says with an invitation, an answer or a cancel reaches the other, in its own words.
func TestWordsReachTheOther(t *testing.T) {
	ana, bob := pair(t)
	toAna, toBob := ana.watch(), bob.watch()
	about := func(call, data string) func(event) bool {
		return func(e event) bool { return e.Call == call && e.Data == data }
	}

	id := ana.invite("bob", "--video", "--data", `{"room":"blue"}`, "--call", "blue")
	if id != "blue" {
		t.Errorf("the call is named %q", id)
	}
	bob.awaitRing()
	if in := bob.status().Incoming[0]; in.Data != `{"room":"blue"}` || !in.Video || in.From.Name != "Ana" {
		t.Errorf("it rings with %+v", in)
	}
	toBob.await("incoming-received", about(id, `{"room":"blue"}`))
	bob.ctl("accept", "--data", "on my way", "--no-camera")
	toAna.await("outgoing-accepted", about(id, "on my way"))
	ana.awaitLive(1)
	bob.awaitLive(1)
	if c := bob.status().Calls[0]; c.Camera || !c.Microphone {
		t.Errorf("bob began with %+v", c)
	}
	ana.ctl("hangup")
	bob.awaitEnded("remote hangup")

	id = ana.invite("bob")
	bob.awaitRing()
	bob.ctl("reject", "--data", "in a meeting")
	toAna.await("outgoing-declined", about(id, "in a meeting"))
	ana.awaitEnded("declined")

	id = ana.invite("bob")
	bob.awaitRing()
	ana.ctl("cancel", "--data", "wrong number")
	toBob.await("incoming-cancelled", about(id, "wrong number"))
	bob.awaitEnded("cancelled")
}

// Of three that are called one is cancelled, one declines, and one comes: each knows only of its own.
func TestCancelOneOfMany(t *testing.T) {
	at := switchboard(t)
	ana, bob, cyd, dee := launch(t, "ana", at), launch(t, "bob", at), launch(t, "cyd", at), launch(t, "dee", at)
	ana.invite("bob,cyd,dee")
	for _, a := range []*app{bob, cyd, dee} {
		a.awaitRing()
	}
	ana.ctl("cancel", "cyd")
	cyd.awaitEnded("cancelled")
	if n := len(bob.status().Incoming) + len(dee.status().Incoming); n != 2 {
		t.Fatalf("after one was cancelled, %d of the other two ring", n)
	}
	dee.ctl("reject")
	bob.ctl("accept")
	ana.awaitLive(1)
	ana.ctl("hangup")
	bob.awaitEnded("remote hangup")
}

// A person with two devices: both ring, the first that answers ends the ring of the other.
func TestTwoDevices(t *testing.T) {
	ana, bob := pair(t)
	laptop := twin(t, ana)

	bob.invite("ana")
	ana.awaitRing()
	laptop.awaitRing()
	laptop.ctl("accept")
	ana.awaitEnded("elsewhere")
	bob.awaitLive(1)
	laptop.awaitLive(1)

	// The running call moves to the first device in one step, without bob's doing anything.
	there := ana.await("a call to take", func(s status) string { return unless(len(s.Joinable) == 1, fmt.Sprintf("%+v", s.Joinable)) }).Joinable[0]
	if there.Crashed {
		t.Errorf("the call on the laptop is offered as %+v", there)
	}
	ana.ctl("join", there.Call, "--take")
	ana.awaitLive(1)
	laptop.awaitEnded("elsewhere")
	bob.awaitLive(1)
	ana.ctl("hangup")
	bob.awaitEnded("remote hangup")
}

// A code is for one device.
func TestDeviceCodeWorksOnce(t *testing.T) {
	ana := launch(t, "ana", switchboard(t))
	var r struct{ Code string }
	if err := json.Unmarshal(ana.ctl("devicecode"), &r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"online", "offline"} {
		a := start(t, "laptop-"+want, "--name", "Ana", "--user", "ana", "--server", ana.status().Server, "--device-code", r.Code)
		a.await(want, func(s status) string { return unless(s.Connection == want, s.Connection) })
	}
}

// An app that dies in a call offers the way back when it starts again, and the call goes on.
func TestRejoinAfterDeath(t *testing.T) {
	ana, bob := pair(t)
	id := ana.invite("bob", "--video")
	bob.awaitRing()
	bob.ctl("accept")
	ana.awaitLive(1)
	bob.awaitLive(1)
	bob.kill()
	bob.run("--server", ana.status().Server)
	bob.await("the way back", func(s status) string {
		return unless(len(s.Joinable) == 1 && s.Joinable[0].Call == id && s.Joinable[0].Crashed, fmt.Sprintf("%+v", s.Joinable))
	})
	if n := len(bob.status().Calls); n > 0 {
		t.Fatal("it is in the call without having been asked")
	}
	bob.ctl("join", id, "--video")
	bob.awaitLive(1)
	ana.awaitLive(1)
	if c := ana.status().Calls[0]; c.ID != id || !c.Members[0].Camera {
		t.Errorf("ana is in %+v", c)
	}
	ana.ctl("hangup")
	bob.awaitEnded("remote hangup")
}

// With call waiting a second call rings during the first; the person holds one and goes on with the other, back and forth.
func TestCallWaiting(t *testing.T) {
	at := switchboard(t)
	ana, bob, cyd := launch(t, "ana", at), launch(t, "bob", at), launch(t, "cyd", at)
	ana.ctl("prefer", "call-waiting", "on")
	first := bob.invite("ana")
	ana.awaitRing()
	ana.ctl("accept")
	bob.awaitLive(1)
	second := cyd.invite("ana")
	ana.await("a second ring", func(s status) string {
		return unless(len(s.Incoming) == 1 && s.Incoming[0].Waiting, fmt.Sprintf("%+v", s.Incoming))
	})
	ana.ctl("accept", "--hold")
	cyd.awaitLive(1)
	holds := func(held, other string) func(status) string {
		return func(s status) string {
			for _, c := range s.Calls {
				if c.ID == held && c.State != "held" || c.ID == other && c.State != "live" {
					return fmt.Sprintf("%+v", s.Calls)
				}
			}
			return unless(len(s.Calls) == 2, fmt.Sprintf("%+v", s.Calls))
		}
	}
	heldBy := func(on bool) func(status) string {
		return func(s status) string {
			return unless(len(s.Calls) > 0 && len(s.Calls[0].Members) == 1 && s.Calls[0].Members[0].Held == on, fmt.Sprintf("%+v", s.Calls))
		}
	}
	ana.await("the first on hold", holds(first, second))
	bob.await("being held", heldBy(true))
	ana.ctl("swap")
	ana.await("the second on hold", holds(second, first))
	bob.await("going on", heldBy(false))
	cyd.await("being held", heldBy(true))
	ana.ctl("hangup", first)
	bob.awaitEnded("remote hangup")
	ana.ctl("resume")
	cyd.await("going on", heldBy(false))
	cyd.ctl("hangup")
	cyd.awaitEnded("local hangup")
	ana.await("the end", idle)
}

// A call that was accepted before the app ran is entered when the app starts, and only that one.
func TestAcceptBeforeTheStart(t *testing.T) {
	at := switchboard(t)
	ana, bob := launch(t, "ana", at), launch(t, "bob", at)
	bob.quit()
	id := ana.invite("bob")
	bob.run("--server", at, "--accept", id)
	bob.awaitLive(1)
	ana.awaitLive(1)
	ana.ctl("hangup")
	bob.awaitEnded("remote hangup")

	told := bob.watch()
	bob.ctl("show", "--accept", id)
	told.await("error", func(e event) bool { return e.Call == id && e.Error.Code == "expired" })
	ana.invite("bob")
	bob.awaitRing()
	if len(bob.status().Calls) > 0 && bob.status().Calls[0].State != "ended" {
		t.Error("a call was entered that nobody accepted")
	}
	ana.ctl("cancel")
	bob.awaitEnded("cancelled")
}
