package main

import (
	"log/slog"
	"sync"

	"github.com/parley-calls/parley/assets"
	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/internal/soundfile"
	"github.com/parley-calls/parley/profile"
)

// jukebox has the tones of the settings. Making and reading them takes a while, which neither the start nor a button waits for: that
// is done on a goroutine of its own, which lives as long as there is something to make.
type jukebox struct {
	log   *slog.Logger
	begin <-chan struct{} // when the first may be made: fonts come first; nil: at once

	mu    sync.Mutex
	want  profile.ToneFiles
	ready func() // to be called when the wanted ones are there
	busy  bool   // the goroutine lives
	made  bool   // tones are those of files
	files profile.ToneFiles
	tones engine.Tones
}

// get returns the tones with these files in place of ours. If they have yet to be made, it returns those of before, which may be
// none, and ready is called as soon as get has them.
func (j *jukebox) get(files profile.ToneFiles, ready func()) engine.Tones {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.want, j.ready = files, ready
	if !j.busy && !(j.made && j.files == files) {
		j.busy = true
		go j.work()
	}
	return j.tones
}

// work makes what is wanted until that is there.
func (j *jukebox) work() {
	if j.begin != nil {
		<-j.begin
	}
	for {
		j.mu.Lock()
		files, own := j.want, j.tones
		if j.made && j.files == files {
			j.busy = false
			ready := j.ready
			j.mu.Unlock()
			ready()
			return
		}
		j.mu.Unlock()
		tones := j.make(files, own)
		j.mu.Lock()
		j.made, j.files, j.tones = true, files, tones
		j.mu.Unlock()
	}
}

// make makes tones. Those that are never replaced are kept from the time before.
func (j *jukebox) make(files profile.ToneFiles, before engine.Tones) engine.Tones {
	if before.Busy == nil {
		before = engine.Tones{
			Waiting: assets.Waiting(), Busy: assets.Busy(), Declined: assets.Declined(), Ended: assets.Ended(), Dropped: assets.Dropped(),
			Reconnecting: assets.Reconnecting(),
		}
	}
	before.Incoming = j.read(files.Incoming, assets.IncomingPeak, assets.Incoming)
	before.RingBack = j.read(files.RingBack, assets.RingBackPeak, assets.RingBack)
	return before
}

// read reads a file. If there is none, or it cannot be played, our own tone takes its place: nobody shall miss a call for that.
func (j *jukebox) read(path string, peak float32, own func() []float32) []float32 {
	if path == "" {
		return own()
	}
	pcm, err := soundfile.LoadTone(path, peak)
	if err != nil {
		j.log.Warn("a sound file cannot be played; Parley's own tone takes its place", "err", err)
		return own()
	}
	return pcm
}
