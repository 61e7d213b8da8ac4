//go:build e2e

package e2e

import (
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2/theme"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/parley-calls/parley/profile"
)

var pictures = flag.String("pictures", "", "make the pictures of the documentation in this folder (`make pictures`)")

// Places of what is clicked in the main window, from its upper left corner. The keyboard does not reach them from everywhere.
var (
	gear        = image.Pt(310, 34)
	recents     = image.Pt(255, 82)
	firstRecent = image.Pt(120, 130)
	replyButton = image.Pt(200, 190) // of a voice call with words: to decline with a message
)

// TestPictures takes the pictures of the documentation from the running program.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("only with -pictures FOLDER")
	}
	s := newSurroundings(t)
	at := switchboard(t)
	bob := launch(t, "bob", at, "--camera", film(t, "bob"), "--name", "Bob Meier", "--size", "640x360")
	cyd := launch(t, "cyd", at, "--camera", film(t, "cyd"), "--name", "Cyd Okafor", "--size", "640x360")
	elsewhere := newScreen(t) // what frames a share of dee lies over nothing here
	dee := launchOn(t, elsewhere, "dee", at, nil, "--camera", film(t, "dee"), "--name", "Dee Laurent", "--size", "640x360")
	for i, a := range []*app{bob, cyd} {
		place(t, a, 1460, 20+i*350) // beside what is taken, and partly beyond the screen
	}
	ana := startOn(t, "ana", []string{"DBUS_SESSION_BUS_ADDRESS=" + s.bus.Address}, "--server", at, "--name", "Ana Silva", "--camera", film(t, "ana"), "--size", "1120x700", "--video", "1280x720")
	wear(t, s, ana, profile.DarkTheme, "en")
	ana.await("everybody", func(s status) string { return unless(len(s.People) == 4, fmt.Sprintf("people are %+v", s.People)) })
	take(t, ana, "people", mainWindow)

	eve := startOn(t, "eve", []string{"DBUS_SESSION_BUS_ADDRESS=" + s.bus.Address}, "--server", "127.0.0.1:9", "--hidden")
	tray := []trayState{s.trayState(eve, "Not connected"), s.trayState(ana, "Ready for calls")}
	eve.quit()

	// Calls to Ana: a voice call with words, declined with a message; a video call.
	bob.invite("ana", "--title", "Friday's plan", "--message", "Have you two minutes before lunch?")
	ana.awaitRing()
	take(t, ana, "incoming-voice", ringWindow)
	tray = append(tray, s.trayState(ana, "Bob Meier is calling"))
	click(t, ringWindow(t, ana), replyButton)
	take(t, ana, "decline-message", ringWindow)
	ana.ctl("reject", "--data", "I will call back in ten minutes")
	bob.awaitEnded("declined")
	cyd.invite("ana", "--video")
	ana.awaitRing()
	take(t, ana, "incoming-video", ringWindow)
	ana.ctl("reject")
	cyd.awaitEnded("declined")

	// Calls of Ana: it rings, it is answered, it becomes small.
	id := ana.invite("bob", "--video")
	bob.awaitRing()
	take(t, ana, "outgoing", mainWindow)
	bob.ctl("accept", "--camera")
	ana.awaitLive(1)
	take(t, ana, "call", mainWindow)
	tray = append(tray, s.trayState(ana, "In a call with Bob Meier"))
	ana.ctl("mic", "off")
	tray = append(tray, s.trayState(ana, "Muted, with Bob Meier"))
	ana.ctl("mic", "on")
	ana.ctl("minimize")
	take(t, ana, "mini", otherWindow)
	ana.ctl("restore")

	// It grows, and a second call comes.
	ana.invite("cyd,dee", "--call", id)
	cyd.awaitRing()
	dee.awaitRing()
	dee.ctl("accept", "--camera")
	ana.awaitLive(2)
	take(t, ana, "group", mainWindow)
	cyd.ctl("accept", "--camera")
	ana.awaitLive(3)
	showing(t, elsewhere, ana, bob, dee)
	cyd.ctl("hangup")
	dee.ctl("hangup")
	ana.await("Bob alone", func(s status) string {
		return unless(len(s.Calls[0].Members) == 1 && len(s.Calls[0].Waiting) == 0, fmt.Sprintf("calls are %+v", s.Calls))
	})
	ana.ctl("prefer", "call-waiting", "on")
	dee.invite("ana")
	ana.awaitRing()
	take(t, ana, "call-waiting", mainWindow)
	ana.ctl("accept", "--hold")
	dee.awaitLive(1)
	take(t, ana, "held", mainWindow)
	dee.ctl("hangup")
	bob.ctl("hangup")
	ana.awaitEnded("remote hangup")
	cyd.invite("ana", "--video")
	ana.awaitRing()
	cyd.ctl("cancel")
	ana.awaitEnded("cancelled")
	tray = append(tray, s.trayState(ana, "1 missed call"))
	save(t, "tray", drawTray(t, tray))
	wear(t, s, ana, profile.DarkTheme, "en") // without the last words about the call before
	take(t, ana, "missed", mainWindow)
	pastAndSettings(t, ana, "")

	// The same in other colours and words.
	wear(t, s, ana, profile.LightTheme, "en")
	take(t, ana, "people-light", mainWindow)
	pastAndSettings(t, ana, "-light")
	wear(t, s, ana, profile.DarkTheme, "de")
	bob.invite("ana", "--video")
	ana.awaitRing()
	take(t, ana, "incoming-german", ringWindow)
	bob.ctl("cancel")
	ana.awaitEnded("cancelled")
	wear(t, s, ana, profile.LightTheme, "ar")
	take(t, ana, "people-arabic", mainWindow)
}

// showing takes the pictures of a group of four in which dee, who sits elsewhere, and then ana show a plan.
func showing(t *testing.T, elsewhere *desk, ana, bob, dee *app) {
	t.Helper()
	take(t, ana, "grid", mainWindow)
	press := func(key string) {
		xdotool(t, "windowfocus", "--sync", fmt.Sprint(uint32(mainWindow(t, ana).id)), "key", key)
	}
	defer slide(t, elsewhere, ana, "Plan for Friday")()
	dee.ctl("share", "window", "Plan for Friday")
	ana.awaitShare("dee", &shared{On: true, Label: "Plan for Friday"})
	take(t, ana, "share", mainWindow)
	bob.ctl("chat", "The rain stays away, says https://example.org/weather?day=friday")
	ana.ctl("chat", "Then we eat outside. Who brings the lamps?")
	bob.ctl("chat", "I do.")
	press("c")
	take(t, ana, "chat", mainWindow)
	press("Escape")
	press("c")
	ana.ctl("fullscreen", "dee", "on")
	take(t, ana, "share-fullscreen", func(t *testing.T, a *app) window {
		return theWindow(t, a, func(w window) bool { return w.rect.Dx() == 1920 })
	})
	ana.ctl("fullscreen", "dee", "off")
	dee.ctl("share", "stop")
	ana.awaitShare("dee", nil)
	press("s")
	take(t, ana, "share-picker", mainWindow)
	press("Escape")
	defer slide(t, here, ana, "Plan for Friday")()
	ana.ctl("share", "window", "Plan for Friday")
	bob.awaitShare("ana", &shared{On: true, Label: "Plan for Friday"})
	ana.ctl("minimize")
	take(t, ana, "sharing", func(*testing.T, *app) window {
		return window{id: here.screen.Root, rect: image.Rect(474, 0, 1446, 760)} // with the frame and the bar, which are windows of their own
	})
	ana.ctl("share", "stop")
	ana.ctl("restore")
}

// slide opens a window in which somebody has drawn a plan, and returns what closes it. An app waits for it.
func slide(t *testing.T, on *desk, a *app, title string) (shut func()) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plan.png")
	f, err := os.Create(path)
	if err == nil {
		err = png.Encode(f, drawPlan(t, title))
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	show := exec.Command("display", "-title", title, "-geometry", "+480+80", path)
	show.Env = on.env()
	if err := show.Start(); err != nil {
		t.Fatal(err)
	}
	a.await("the window of "+title, func(status) string {
		found := exec.Command("xdotool", "search", "--onlyvisible", "--name", title)
		found.Env = on.env()
		return unless(found.Run() == nil, "it is not there")
	})
	return func() {
		_ = show.Process.Kill()
		_ = show.Wait()
	}
}

// drawPlan draws a few lines with the hours of an evening.
func drawPlan(t *testing.T, title string) image.Image {
	t.Helper()
	parsed, err := opentype.Parse(theme.DefaultTextBoldFont().Content())
	if err != nil {
		t.Fatal(err)
	}
	m := image.NewRGBA(image.Rect(0, 0, 960, 600))
	fill := func(r image.Rectangle, c color.Color) { draw.Draw(m, r, image.NewUniform(c), image.Point{}, draw.Src) }
	write := func(words string, x, y int, size float64, c color.Color) {
		face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72})
		if err != nil {
			t.Fatal(err)
		}
		defer face.Close()
		d := font.Drawer{Dst: m, Src: image.NewUniform(c), Face: face, Dot: fixed.P(x, y)}
		d.DrawString(words)
	}
	ink, paper := color.RGBA{0x2A, 0x2C, 0x3A, 0xFF}, color.RGBA{0xFB, 0xF8, 0xF1, 0xFF}
	fill(m.Rect, paper)
	write(title, 60, 96, 48, ink)
	for i, line := range []struct {
		what     string
		from, to int
		c        color.RGBA
	}{
		{"Lamps and tables", 0, 2, color.RGBA{0xE3, 0x9A, 0x3B, 0xFF}}, {"Kitchen", 1, 4, color.RGBA{0xC8, 0x55, 0x4B, 0xFF}},
		{"Guests arrive", 3, 5, color.RGBA{0x3F, 0x8F, 0x6B, 0xFF}}, {"Dinner", 4, 7, color.RGBA{0x46, 0x66, 0xB8, 0xFF}},
		{"Music", 6, 8, color.RGBA{0x8A, 0x56, 0xA8, 0xFF}},
	} {
		y := 170 + i*80
		write(line.what, 60, y+34, 26, ink)
		fill(image.Rect(320+line.from*72, y, 320+line.to*72, y+48), line.c)
	}
	for hour := range 9 {
		fill(image.Rect(320+hour*72, 150, 321+hour*72, 560), color.RGBA{0xD8, 0xD2, 0xC4, 0xFF})
		write(fmt.Sprint(15+hour), 310+hour*72, 584, 16, ink)
	}
	return m
}

// pastAndSettings shows the list of past calls and the settings, which are long.
func pastAndSettings(t *testing.T, a *app, suffix string) {
	t.Helper()
	w := mainWindow(t, a)
	click(t, w, recents)
	click(t, w, firstRecent)
	take(t, a, "recents"+suffix, mainWindow)
	click(t, w, gear)
	rest() // a window that is still changing undoes another size
	a.await("a window for more of it", func(status) string {
		xdotool(t, "windowsize", fmt.Sprint(uint32(w.id)), "760", "990")
		now := mainWindow(t, a).rect.Size()
		return unless(now == image.Pt(760, 990), fmt.Sprint("it is ", now))
	})
	take(t, a, "settings"+suffix, mainWindow)
}

// wear starts an app anew in other colours and another language.
func wear(t *testing.T, s *surroundings, a *app, colours profile.Theme, language string) {
	t.Helper()
	args := a.cmd.Args[1:]
	a.quit()
	p, err := profile.Open(a.profile)
	if err != nil {
		t.Fatal(err)
	}
	chosen := p.Settings()
	chosen.Theme, chosen.Language, chosen.TrayTold = colours, language, true
	if err := p.SaveSettings(chosen); err != nil {
		t.Fatal(err)
	}
	a.run(args...)
	a.await("online", func(s status) string { return unless(s.Connection == "online", s.Connection) })
	place(t, a, 10, 40)
}

// place moves the main window of an app, so that it hides no other and no other hides it.
func place(t *testing.T, a *app, x, y int) {
	t.Helper()
	a.await("a window at its place", func(status) string {
		w := here.windows(a.pid())
		if len(w) != 1 {
			return "no window"
		}
		xdotool(t, "windowmove", "--sync", fmt.Sprint(uint32(w[0].id)), fmt.Sprint(x), fmt.Sprint(y))
		return ""
	})
}

// click clicks into a window, and takes the pointer out of the way.
func click(t *testing.T, w window, at image.Point) {
	t.Helper()
	at = at.Add(w.rect.Min)
	xdotool(t, "mousemove", "--sync", fmt.Sprint(at.X), fmt.Sprint(at.Y), "click", "1")
	xdotool(t, "mousemove", "--sync", "1919", "1079")
}

func xdotool(t *testing.T, args ...string) {
	t.Helper()
	c := exec.Command("xdotool", args...)
	c.Env = here.env()
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("xdotool %v: %v: %s", args, err, out)
	}
}

// mainWindow, ringWindow and otherWindow wait for one of the windows of an app, however its title reads.
func mainWindow(t *testing.T, a *app) window {
	return theWindow(t, a, func(w window) bool { return w.rect.Dx() > 600 })
}
func otherWindow(t *testing.T, a *app) window {
	return theWindow(t, a, func(w window) bool { return w.rect.Dx() < 600 })
}
func ringWindow(t *testing.T, a *app) window { return otherWindow(t, a) }

func theWindow(t *testing.T, a *app, is func(window) bool) window {
	t.Helper()
	var found window
	a.await("the window", func(status) string {
		all := here.windows(a.pid())
		for _, w := range all {
			if is(w) {
				found = w
				return ""
			}
		}
		return fmt.Sprintf("windows are %+v", all)
	})
	return found
}

// drawn tells whether an image shows letters.
func drawn(img *image.RGBA) bool {
	n := 0
	for i := 0; i+3 < len(img.Pix); i += 4 {
		if c := img.Pix[i : i+3]; min(c[0], c[1], c[2]) > 220 || max(c[0], c[1], c[2]) < 60 {
			n++
		}
	}
	return n > 200
}

// rest lets what opens and fades come to its end. Only the looks of a picture depend on it.
func rest() { time.Sleep(2 * time.Second) }

// take saves a window of an app once it shows what it should.
func take(t *testing.T, a *app, name string, which func(*testing.T, *app) window) {
	t.Helper()
	rest()
	a.await("a drawn window", func(status) string {
		img, err := here.look(which(t, a))
		if err != nil {
			return err.Error()
		}
		if !drawn(img) {
			return "it is not drawn"
		}
		save(t, name, img)
		return ""
	})
}

func save(t *testing.T, name string, img image.Image) {
	t.Helper()
	f, err := os.Create(filepath.Join(*pictures, name+".png"))
	if err == nil {
		err = png.Encode(f, img)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}
