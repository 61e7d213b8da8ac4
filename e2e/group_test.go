//go:build e2e

package e2e

import (
	"fmt"
	"testing"
)

// A call of two becomes one of three and goes on whoever leaves, the one who started it too. What flowed between the first two
// goes on meanwhile: their connection is never made anew, which would count pictures from zero.
func TestGroupCall(t *testing.T) {
	at := switchboard(t)
	ana, bob, cyd := launch(t, "ana", at), launch(t, "bob", at), launch(t, "cyd", at)
	id := ana.invite("bob", "--video")
	bob.awaitRing()
	bob.ctl("accept")
	flows(ana, "bob")
	flows(bob, "ana")

	two := framesOf(bob.stats(), "ana", "camera")
	ana.invite("cyd", "--call", id)
	cyd.awaitRing()
	for _, a := range []*app{ana, bob} {
		a.await("cyd's tile", func(s status) string {
			if len(s.Calls) == 1 && len(s.Calls[0].Members) == 1 && len(s.Calls[0].Waiting) == 1 && s.Calls[0].Waiting[0].State == "ringing" {
				return ""
			}
			return fmt.Sprintf("calls are %+v", s.Calls)
		})
	}
	keepPicture(t, ana, "group-waiting")
	cyd.ctl("accept", "--camera")
	flows(ana, "bob", "cyd")
	flows(bob, "ana", "cyd")
	flows(cyd, "ana", "bob")
	keepPicture(t, ana, "group")
	if three := framesOf(bob.stats(), "ana", "camera"); three <= two {
		t.Errorf("bob decoded %d pictures of ana before cyd came and %d afterwards: the connection was made anew", two, three)
	}

	rest := framesOf(bob.stats(), "cyd", "camera")
	ana.ctl("hangup")
	ana.awaitEnded("local hangup")
	flows(bob, "cyd")
	flows(cyd, "bob")
	if now := framesOf(bob.stats(), "cyd", "camera"); now <= rest {
		t.Errorf("bob decoded %d pictures of cyd before ana left and %d afterwards: the connection was made anew", rest, now)
	}

	ana.ctl("join", id, "--video")
	flows(ana, "bob", "cyd")
	flows(bob, "ana", "cyd")
	flows(cyd, "ana", "bob")

	bob.ctl("hangup")
	flows(ana, "cyd")
	flows(cyd, "ana")
	ana.invite("bob", "--call", id) // who left can be called again
	bob.awaitRing()
	bob.ctl("accept", "--camera")
	flows(bob, "ana", "cyd")
	flows(cyd, "ana", "bob")

	cyd.ctl("hangup")
	bob.ctl("hangup")
	ana.awaitEnded("remote hangup")
}

// flows waits until an app has exactly these members, and hears and sees each of them.
func flows(a *app, from ...string) {
	a.t.Helper()
	a.awaitLive(len(from))
	before := a.stats()
	for _, who := range from {
		for _, kind := range []string{"voice", "camera"} {
			a.await(kind+" of "+who, func(status) string {
				was, now := framesOf(before, who, kind), framesOf(a.stats(), who, kind)
				return unless(now >= was+10, fmt.Sprintf("%d frames after %d", now, was))
			})
		}
	}
}

// framesOf is how many frames of a member have been decoded.
func framesOf(s stats, who, kind string) uint64 {
	for _, c := range s.Calls {
		for _, t := range c.Tracks {
			if t.Direction == "in" && t.User == who && t.Kind == kind {
				return t.Frames
			}
		}
	}
	return 0
}
