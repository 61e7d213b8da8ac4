package ui

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/profile"
)

func TestIncomingCallLooks(t *testing.T) {
	newApp(t)
	call := func(change func(*ringView)) ringView {
		r := ringView{call: engine.Incoming{ID: "ring", From: bob}}
		change(&r)
		return r
	}
	for _, c := range []struct {
		name     string
		shape    shape
		replying bool
		ring     ringView
	}{
		{name: "voice", ring: call(func(*ringView) {})},
		{name: "video", ring: call(func(r *ringView) { r.call.Video, r.call.Data = true, "Shall we talk about Tuesday?" })},
		{name: "long", ring: call(func(r *ringView) {
			r.call.From = engine.User{ID: "max", Name: "Maximiliane Alexandra von und zu Hohenstein-Wallenfels"}
			r.call.Others = []engine.User{{ID: "chris", Name: "Christopher Montgomery-Featherstonehaugh"}, cyd, ana, echo}
			r.call.Notification = signal.Notification{Title: "Support request 4711", Message: "The printer on the third floor is on fire."}
			r.call.Data = "This is a long text that somebody wrote to say why they call, and it goes on and on until it is cut off somewhere, because nobody reads so much while it rings."
			r.others = []engine.Incoming{{From: cyd}}
		})},
		{name: "waiting", ring: call(func(r *ringView) { r.call.Waiting = true })},
		{name: "bar", shape: shapeBar, ring: call(func(r *ringView) { r.call.Waiting = true })},
		{name: "page", shape: shapePage, ring: call(func(r *ringView) {
			r.call.Video, r.call.Data, r.others = true, "Shall we talk about Tuesday?", []engine.Incoming{{From: cyd}}
		})},
		{name: "silenced", ring: call(func(r *ringView) { r.call.Silenced = true })},
		{name: "refused", ring: call(func(r *ringView) { r.over, r.words = true, "Nobody is calling any more. Call back from the list." })},
		{name: "reply", replying: true, ring: call(func(*ringView) {})},
	} {
		t.Run(c.name, func(t *testing.T) {
			pump := newPump(func(func()) {}, fullRate)
			t.Cleanup(pump.close)
			p := incomingParams{
				Commands: (*UI)(nil), Choose: func(start) {}, Refit: func() {}, Now: time.Now, Shape: c.shape,
				Replies: func() [3]string { return repliesOf(profile.Settings{}) },
			}
			if c.shape != shapeBar {
				p.Picture = newVideoTile(pump, 0)
			}
			in := newIncoming(p)
			in.show(c.ring, start{microphone: true, camera: c.ring.call.Video})
			in.write(c.replying)
			w := test.NewTempWindow(t, in.root)
			w.SetPadded(false)
			switch c.shape {
			case shapeBar:
				w.Resize(fyne.NewSize(miniSize.Width, in.root.MinSize().Height))
			case shapeCard:
				w.Resize(fitting(in.root))
			case shapePage:
				w.Resize(fyne.NewSize(640, 480))
			}
			if c.ring.call.Video {
				p.Picture.show(ana, true)
				p.Picture.set(testCard())
			}
			test.AssertImageMatches(t, "incoming-"+c.name+".png", w.Canvas().Capture())
		})
	}
}
