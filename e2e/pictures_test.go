//go:build e2e

package e2e

import (
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var pictures = flag.String("pictures", "", "make the pictures of the README in this folder (`make pictures`)")

// TestPictures takes the pictures that the README shows from the running program.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("only with -pictures FOLDER")
	}
	at := switchboard(t)
	ana := launch(t, "ana", at, "--size", "1120x630", "--video", "1280x720")
	bob := launch(t, "bob", at, "--size", "640x360")
	cyd := launch(t, "cyd", at, "--size", "640x360")
	place(t, ana, 10, 40)
	place(t, bob, 1200, 300)
	place(t, cyd, 1200, 700)
	ana.await("everybody", func(s status) string {
		return unless(len(s.People) == 3, fmt.Sprintf("people are %+v", s.People))
	})
	take(t, ana, "people", "Parley", words)
	ana.invite("bob", "--video")
	bob.awaitRing()
	take(t, bob, "ringing", "Incoming call", words)
	bob.ctl("accept")
	ana.awaitLive(1)
	take(t, ana, "call", "Parley", pattern)
}

// place moves the main window of an app, so that it hides no other and no other hides it.
func place(t *testing.T, a *app, x, y int) {
	t.Helper()
	a.await("a window at its place", func(status) string {
		w := here.windows(a.pid())
		if len(w) != 1 {
			return "no window"
		}
		move := exec.Command("xdotool", "windowmove", "--sync", fmt.Sprint(uint32(w[0].id)), fmt.Sprint(x), fmt.Sprint(y))
		move.Env = here.env()
		if out, err := move.CombinedOutput(); err != nil {
			return string(out)
		}
		return ""
	})
}

// words and pattern tell whether an image shows white letters, or the picture of the test camera.
func words(img *image.RGBA) bool {
	return count(img, func(r, g, b byte) bool { return r > 220 && g > 220 && b > 220 }) > 200
}
func pattern(img *image.RGBA) bool {
	return count(img, func(r, g, b byte) bool { return r > 180 && b > 130 && g < b }) > len(img.Pix)/40
}

func count(img *image.RGBA, like func(r, g, b byte) bool) int {
	n := 0
	for i := 0; i+3 < len(img.Pix); i += 4 {
		if like(img.Pix[i], img.Pix[i+1], img.Pix[i+2]) {
			n++
		}
	}
	return n
}

// take saves a window of an app once it shows what it should.
func take(t *testing.T, a *app, name, title string, drawn func(*image.RGBA) bool) {
	t.Helper()
	a.await("a drawn window "+title, func(status) string {
		for _, w := range here.windows(a.pid()) {
			if w.title != title {
				continue
			}
			img, err := here.look(w)
			if err != nil {
				return err.Error()
			}
			if !drawn(img) {
				return "it is not drawn"
			}
			f, err := os.Create(filepath.Join(*pictures, name+".png"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := png.Encode(f, img); err != nil {
				t.Fatal(err)
			}
			return ""
		}
		return "no such window"
	})
}
