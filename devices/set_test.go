package devices

import (
	"context"
	"errors"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-calls/parley/engine/media"
)

// contract is what the engine wants of devices.
type contract interface {
	Devices() []media.Device
	Watch(changed func()) (stop func())
	OpenCamera(ctx context.Context, id string, want media.VideoFormat) (media.VideoSource, error)
	OpenMicrophone(ctx context.Context, id string) (media.AudioSource, error)
	OpenSpeaker(ctx context.Context, id string, render func(out []float32)) (media.AudioOutput, error)
	OpenScreen(ctx context.Context, c media.Capture) (media.VideoSource, error)
}

var _ contract = (*Set)(nil)

func TestSyntheticSetWorks(t *testing.T) {
	t.Parallel()
	s := Synthetic()
	closing(t, s)
	kinds := map[media.DeviceKind]int{}
	for _, d := range s.Devices() {
		kinds[d.Kind]++
		if d.Kind != media.ScreenDevice && (!d.Default || d.ID == "" || d.Label == "") {
			t.Errorf("device %+v", d)
		}
	}
	if kinds[media.CameraDevice] != 1 || kinds[media.MicrophoneDevice] != 1 || kinds[media.SpeakerDevice] != 1 {
		t.Errorf("devices %v", kinds)
	}
	camera, err := s.OpenCamera(timeout(t), "", media.VideoFormat{})
	if err != nil {
		t.Fatal(err)
	}
	closing(t, camera)
	if size := picture(t, camera).Rect.Size(); size.X != testWidth || size.Y != testHeight {
		t.Errorf("picture of %v", size)
	}
	mic, err := s.OpenMicrophone(timeout(t), "")
	if err != nil {
		t.Fatal(err)
	}
	closing(t, mic)
	block, release, err := mic.Read()
	if err != nil {
		t.Fatal(err)
	}
	release()
	if n := len(samplesOf(t, block)); n != tapeBlock {
		t.Errorf("block of %d samples", n)
	}
	var played atomic.Int64
	speaker, err := s.OpenSpeaker(timeout(t), "", func(out []float32) { played.Add(int64(len(out))) })
	if err != nil {
		t.Fatal(err)
	}
	closing(t, speaker)
	until(t, func() string {
		if played.Load() < 3*tapeBlock {
			return "nothing is played"
		}
		return ""
	})
}

func TestSameSyntheticDeviceForSeveral(t *testing.T) {
	t.Parallel()
	s := Synthetic()
	closing(t, s)
	for _, want := range []media.VideoFormat{{}, {Width: 320, Height: 240, FrameRate: 15}, {Width: 1280, Height: 720}} {
		camera, err := s.OpenCamera(timeout(t), "", want)
		if err != nil {
			t.Fatal(err)
		}
		closing(t, camera)
		if size := picture(t, camera).Rect.Size(); want.Width > 0 && (size.X != want.Width || size.Y != want.Height) {
			t.Errorf("picture of %v, want %+v", size, want)
		}
	}
}

func TestCloseEndsReading(t *testing.T) {
	t.Parallel()
	s := Synthetic()
	closing(t, s)
	camera, err := s.OpenCamera(timeout(t), "", media.VideoFormat{FrameRate: 1})
	if err != nil {
		t.Fatal(err)
	}
	mic, err := s.OpenMicrophone(timeout(t), "")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 2)
	go func() {
		for {
			if _, _, err := camera.Read(); err != nil {
				ended <- err
				return
			}
		}
	}()
	go func() {
		for {
			if _, _, err := mic.Read(); err != nil {
				ended <- err
				return
			}
		}
	}()
	for _, c := range []io.Closer{camera, mic, camera, mic} {
		if err := c.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	for range 2 {
		select {
		case err := <-ended:
			if !errors.Is(err, io.EOF) {
				t.Errorf("read after close: %v", err)
			}
		case <-time.After(patience):
			t.Fatal("a read goes on after close")
		}
	}
}

func TestAbsentDevices(t *testing.T) {
	t.Parallel()
	s := selected(t, Selection{Camera: None, Microphone: None, Speaker: None}, Options{})
	_, err := s.OpenCamera(timeout(t), "", media.VideoFormat{})
	reasonOf(t, err, media.CameraDevice, media.ErrDeviceNotFound)
	_, err = s.OpenMicrophone(timeout(t), "")
	reasonOf(t, err, media.MicrophoneDevice, media.ErrDeviceNotFound)
	for _, d := range s.Devices() {
		if d.Kind == media.CameraDevice || d.Kind == media.MicrophoneDevice {
			t.Errorf("listed: %+v", d)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	f := &Faults{}
	s := selected(t, Selection{Camera: Test, Microphone: Test, Speaker: None}, Options{Faults: f})
	f.Refuse(media.CameraDevice, media.ErrDeviceBusy)
	_, err := s.OpenCamera(timeout(t), "", media.VideoFormat{})
	reasonOf(t, err, media.CameraDevice, media.ErrDeviceBusy)
	f.Refuse(media.CameraDevice, nil)

	for range 2 { // it works again after the loss
		camera, err := s.OpenCamera(timeout(t), "", media.VideoFormat{})
		if err != nil {
			t.Fatal(err)
		}
		closing(t, camera)
		mic, err := s.OpenMicrophone(timeout(t), "")
		if err != nil {
			t.Fatal(err)
		}
		closing(t, mic)
		speaker, err := s.OpenSpeaker(timeout(t), "", func([]float32) {})
		if err != nil {
			t.Fatal(err)
		}
		closing(t, speaker)
		picture(t, camera)
		for _, k := range []media.DeviceKind{media.CameraDevice, media.MicrophoneDevice, media.SpeakerDevice} {
			f.Lose(k)
		}
		_, _, err = camera.Read()
		reasonOf(t, err, media.CameraDevice, media.ErrDeviceLost)
		_, _, err = mic.Read()
		reasonOf(t, err, media.MicrophoneDevice, media.ErrDeviceLost)
		select {
		case <-speaker.Lost():
		case <-time.After(patience):
			t.Fatal("the speaker is not lost")
		}
	}
}

func TestSelectNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("YUV4MPEG2 W0 H2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, choice := range map[string]Selection{
		`camera: .*no such file`:         {Camera: "file:" + filepath.Join(dir, "none.y4m")},
		`camera: .*field "W0"`:           {Camera: "file:" + text},
		`microphone: .*of no known kind`: {Microphone: "file:" + text},
		`speaker: .*no such file`:        {Speaker: "record:" + filepath.Join(dir, "no", "dir.wav")},
		`microphone: .*no such file.`:    {Camera: Test, Microphone: "file:" + filepath.Join(dir, "none.wav")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Select(choice, Options{})
			if err == nil || !matches(name, err.Error()) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	list := []media.Device{{ID: "a", Label: "Webcam Pro"}, {ID: "b", Label: "Webcam"}, {ID: "Webcam", Label: "c"}}
	for name, want := range map[string]int{"": -1, "a": 0, "Webcam": 2, "Webcam Pro": 0, "webcam": 0, "pro": 0, "C": 0, "none": -1} {
		if got := find(list, name); got != want {
			t.Errorf("find %q: %d, want %d", name, got, want)
		}
	}
}

func TestPreferredDevice(t *testing.T) {
	t.Parallel()
	list := absentWithList{devices: []media.Device{
		{ID: "x", Label: "Z microphone", Kind: media.MicrophoneDevice, Default: true},
		{ID: "y", Label: "A microphone", Kind: media.MicrophoneDevice},
		{ID: "z", Label: "B microphone", Kind: media.MicrophoneDevice},
	}}
	s := newSet(absentPictures{}, list, newCard(media.Device{}, nil, nil), noDisplay{}, &watchers{})
	closing(t, s)
	order := func() (out []string) {
		for _, d := range s.Devices() {
			if d.Kind == media.MicrophoneDevice {
				out = append(out, d.ID)
			}
		}
		return out
	}
	if got := order(); !slices.Equal(got, []string{"x", "y", "z"}) {
		t.Errorf("order %v", got)
	}
	s.prefer[media.MicrophoneDevice] = "b mic"
	if got := order(); !slices.Equal(got, []string{"z", "y", "x"}) {
		t.Errorf("order with a preference %v", got)
	}
	if id := s.resolve(media.MicrophoneDevice, list.list, ""); id != "z" {
		t.Errorf("preferred %q", id)
	}
	if id := s.resolve(media.MicrophoneDevice, list.list, "A microphone"); id != "y" {
		t.Errorf("by label %q", id)
	}
}

type absentWithList struct {
	absentSounds
	devices []media.Device
}

func (a absentWithList) list() []media.Device { return a.devices }

func TestWatchers(t *testing.T) {
	t.Parallel()
	var w watchers
	a, b := 0, 0
	stop := w.add(func() { a++ })
	w.add(func() { b++ })
	w.tell()
	stop()
	stop()
	w.tell()
	if a != 1 || b != 2 {
		t.Errorf("told %d and %d times", a, b)
	}
	w.clear()
	w.tell()
	if b != 2 {
		t.Error("told after clear")
	}
}

// noDisplay has nothing to share.
type noDisplay struct{ absent }

func (noDisplay) surfaces() ([]media.Surface, error)              { return nil, media.ErrNoDisplay }
func (noDisplay) thumbnail(string, int, int) (*image.RGBA, error) { return nil, media.ErrNoDisplay }
func (noDisplay) open(context.Context, media.Capture) (media.VideoSource, error) {
	return nil, media.ErrNoDisplay
}
