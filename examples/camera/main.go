// Camera calls somebody with a picture that this program draws itself.
package main

import (
	"context"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"io"
	"log"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/parley-calls/parley/devices"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/media"
)

func main() {
	server := flag.String("server", "127.0.0.1:4455", "the switchboard, or an invite link")
	to := flag.String("call", "echo", "whom to call")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	set := devices.Synthetic()
	defer set.Close()
	client, err := engine.Start(engine.Options{Server: *server, User: engine.User{ID: "weather"}, Devices: studio{set}})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	called := false
	defer client.Subscribe(func(e engine.Event) {
		switch {
		case e.Type == engine.ConnectionChanged && !called && client.Snapshot().Connection.State == engine.Online:
			called = true
			go func() { // a handler must not wait
				if _, _, err := client.Invite(ctx, engine.Invite{To: []engine.UserID{engine.UserID(*to)}, Video: true}); err != nil {
					fmt.Println(err)
					stop()
				}
			}()
		case e.Type == engine.FirstPicture:
			fmt.Println("a picture of", e.User.Name)
		case e.Type == engine.CallEnded:
			stop()
		}
	})()
	<-ctx.Done()
}

// studio is other devices with a camera of our own.
type studio struct{ *devices.Set }

func (s studio) Devices() []media.Device {
	return append(s.Set.Devices(), media.Device{ID: "map", Label: "Weather map", Kind: media.CameraDevice, Default: true})
}

func (s studio) OpenCamera(_ context.Context, _ string, want media.VideoFormat) (media.VideoSource, error) {
	if want.Width == 0 || want.Height == 0 {
		want.Width, want.Height = 640, 360
	}
	return &weather{picture: image.NewRGBA(image.Rect(0, 0, want.Width, want.Height)), tick: time.NewTicker(time.Second / 10), done: make(chan struct{})}, nil
}

// weather is a bar that moves over a blue ground.
type weather struct {
	picture *image.RGBA
	tick    *time.Ticker
	at      int
	done    chan struct{}
	once    sync.Once
}

// Read gives the next picture when it is time. It is called by one goroutine, and the picture is used until release.
func (w *weather) Read() (picture image.Image, release func(), err error) {
	select {
	case <-w.done:
		return nil, nil, io.EOF
	case <-w.tick.C:
	}
	b := w.picture.Bounds()
	w.at = (w.at + b.Dx()/50) % b.Dx()
	draw.Draw(w.picture, b, image.NewUniform(color.RGBA{B: 0x90, A: 0xFF}), image.Point{}, draw.Src)
	draw.Draw(w.picture, image.Rect(w.at, 0, w.at+b.Dx()/8, b.Dy()), image.NewUniform(color.RGBA{R: 0xF0, G: 0xC0, A: 0xFF}), image.Point{}, draw.Src)
	return w.picture, func() {}, nil
}

func (w *weather) Label() string { return "Weather map" }

func (w *weather) Close() error {
	w.once.Do(func() { w.tick.Stop(); close(w.done) })
	return nil
}
