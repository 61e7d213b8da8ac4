package ui

import "context"

// listening measures the microphone that a call would use, without any call. It is used on the UI goroutine; the microphone is opened
// and closed beside it, as that may take a while.
type listening struct {
	name     string // of its commands
	hardware hardware
	commands *commands
	told     func(error) // why nothing is measured; nil when it is

	level   func() float32 // nil: nothing is open
	stop    func()
	attempt int // counts, so that one that comes too late is stopped
}

// open measures the microphone that is chosen now, also if another one is open.
func (l *listening) open() {
	l.close()
	attempt, id := l.attempt, l.hardware.Choice().Microphone
	var level func() float32
	var stop func()
	l.commands.start(attemptKey(l.name, attempt), func(ctx context.Context) (err error) {
		level, stop, err = l.hardware.TestMicrophone(context.WithoutCancel(ctx), id)
		return err
	}, func(err error) {
		if attempt != l.attempt {
			l.end(stop)
			return
		}
		l.told(err)
		if err == nil {
			l.level, l.stop = level, stop
		}
	})
}

// close lets go of the microphone.
func (l *listening) close() {
	l.attempt++
	l.end(l.stop)
	l.level, l.stop = nil, nil
}

// now is how loud it is at the moment.
func (l *listening) now() float32 {
	if l.level == nil {
		return 0
	}
	return l.level()
}

func (l *listening) end(stop func()) {
	if stop != nil {
		l.commands.background(stop)
	}
}
