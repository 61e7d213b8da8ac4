package devices

import (
	"fmt"
	"strings"
	"time"

	"github.com/parley-calls/parley/engine/media"
	"github.com/parley-calls/parley/internal/soundfile"
)

// Names of synthetic devices in a [Selection].
const (
	Test   = "test"    // camera: a moving picture with a [Mark]; microphone: a tone of 440 Hz with a chirp each second
	None   = "none"    // camera and microphone: there is none; speaker: plays in real time into nothing
	File   = "file:"   // and a path: camera of a .y4m, microphone of a sound file, repeated for ever
	Record = "record:" // and a path: speaker that writes a .wav, mixed to mono, from the first sound to [Set.Close]
)

// Selection chooses the devices of each kind: "" for all that the machine has, one of the synthetic names above, or the ID or
// label of the machine's device that is to be the preferred one.
type Selection struct{ Camera, Microphone, Speaker string }

// System returns the devices of this machine. It does not wait for any of them and never fails: what is missing is not in the
// list, and opening it gives a [*media.DeviceError]. The caller closes the Set.
func System(o Options) (*Set, error) { return Select(Selection{}, o) }

// Synthetic returns the test camera, the test microphone and a speaker into nothing. The caller closes the Set.
func Synthetic() *Set {
	s, err := Select(Selection{Camera: Test, Microphone: Test, Speaker: None}, Options{})
	if err != nil {
		panic(err) // no file is opened, and nothing else can fail
	}
	return s
}

// Select returns the chosen devices. It fails only if a file cannot be read or written, or is of the wrong kind. The caller
// closes the Set.
func Select(choice Selection, o Options) (_ *Set, err error) {
	var (
		log  = logger(o.Logger)
		w    = &watchers{}
		desk = newScreens(w.tell)
		s    = newSet(nil, nil, nil, desk, w, desk)
		sys  *soundSystem
		real = func() *soundSystem { // one for microphones and speakers
			if sys == nil {
				sys = newSoundSystem(log, w.tell)
				s.closers = append(s.closers, sys)
			}
			return sys
		}
	)
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()

	if s.cameras, err = syntheticCamera(choice.Camera, o.Faults); err != nil {
		return nil, fmt.Errorf("camera: %w", err)
	}
	if s.microphones, err = syntheticMicrophone(choice.Microphone, o.Faults); err != nil {
		return nil, fmt.Errorf("microphone: %w", err)
	}
	tape, err := syntheticSpeaker(choice.Speaker, o.Faults)
	if err != nil {
		return nil, fmt.Errorf("speaker: %w", err)
	}

	if s.cameras == nil {
		c := newCameras(log, w.tell, scanCameras, watchCameras)
		s.cameras, s.prefer[media.CameraDevice] = c, choice.Camera
		s.closers = append(s.closers, c)
	}
	if s.microphones == nil {
		s.microphones, s.prefer[media.MicrophoneDevice] = microphones{real()}, choice.Microphone
	}
	if tape != nil {
		s.speakers = tape
		s.closers = append(s.closers, tape)
	} else {
		p := newSpeakers(real(), log)
		s.speakers, s.prefer[media.SpeakerDevice] = p, choice.Speaker
		s.closers = append(s.closers, p)
	}
	return s, nil
}

// syntheticCamera returns the camera of that name, or nil if it is no synthetic one.
func syntheticCamera(name string, f *Faults) (pictures, error) {
	d := media.Device{ID: name, Label: "Test picture", Kind: media.CameraDevice, Default: true}
	path, isFile := strings.CutPrefix(name, File)
	switch {
	case name == Test:
		return &filmCamera{device: d, faults: f, film: newPattern}, nil
	case name == None:
		return absentPictures{absent{media.CameraDevice}}, nil
	case isFile:
		first, err := openY4M(path)
		if err != nil {
			return nil, err
		}
		d.Label = path
		return &filmCamera{device: d, faults: f, film: func(media.VideoFormat) (film, error) { return openY4M(path) }}, first.Close()
	}
	return nil, nil
}

// syntheticMicrophone returns the microphone of that name, or nil if it is no synthetic one.
func syntheticMicrophone(name string, f *Faults) (sounds, error) {
	d := media.Device{ID: name, Label: "Test tone", Kind: media.MicrophoneDevice, Default: true, Direct: true, Route: media.RouteOther}
	path, isFile := strings.CutPrefix(name, File)
	switch {
	case name == Test:
		return &tapeMicrophone{device: d, faults: f, pcm: testSound(), phase: onTheSecond}, nil
	case name == None:
		return absentSounds{absent{media.MicrophoneDevice}}, nil
	case isFile:
		pcm, err := soundfile.Load(path)
		if err != nil {
			return nil, err
		}
		d.Label = path
		return &tapeMicrophone{device: d, faults: f, pcm: pcm, phase: func(time.Time) int { return 0 }}, nil
	}
	return nil, nil
}

// syntheticSpeaker returns the speaker of that name, or nil if it is no synthetic one.
func syntheticSpeaker(name string, f *Faults) (*card, error) {
	d := media.Device{ID: name, Label: "No speaker", Kind: media.SpeakerDevice, Default: true, Route: media.RouteOther}
	if name == None {
		return newCard(d, f, nil), nil
	}
	path, ok := strings.CutPrefix(name, Record)
	if !ok {
		return nil, nil
	}
	rec, err := newRecorder(path)
	if err != nil {
		return nil, err
	}
	d.Label = path
	return newCard(d, f, rec), nil
}
