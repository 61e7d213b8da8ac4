//go:build darwin || windows

package desktop

import (
	"context"
	"runtime"
	"time"
)

// toolTime bounds the tool of the system that shows a notification.
const toolTime = 10 * time.Second

// quietEvery is how often the system is asked whether the person wants to be left alone: it does not tell by itself.
const quietEvery = 5 * time.Second

// start shows notifications with a tool of the system, one at a time. It cannot report presses: the windows of the program are
// where calls are answered.
func (d *Desktop) start(ctx context.Context) {
	d.say(wantsQuiet(), true)
	go func() {
		runtime.LockOSThread() // Windows stays awake for a thread, and no longer than that lives
		defer close(d.done)
		shown := map[string]bool{}
		quiet := time.NewTicker(quietEvery)
		defer quiet.Stop()
		v := vigil{}
		stood := Standing{}
		stand := func(s Standing) {
			d.attend(stood, s)
			if (stood.Awake == "") != (s.Awake == "") {
				if err := v.keep(s.Awake != ""); err != nil {
					d.log.Warn("the screen is not kept awake", "err", err)
				}
			}
			stood = s
		}
		for {
			select {
			case <-ctx.Done():
				stand(Standing{})
				d.clear(shown)
				return
			case <-quiet.C:
				d.say(wantsQuiet(), true)
			case <-d.wake:
				stand(d.stands())
				for _, o := range d.take() {
					d.follow(ctx, o, shown)
				}
			}
		}
	}()
}

func (d *Desktop) follow(ctx context.Context, o order, shown map[string]bool) {
	ctx, cancel := context.WithTimeout(ctx, toolTime)
	defer cancel()
	var err error
	switch {
	case o.show != nil:
		shown[o.key] = true
		err = d.display(ctx, *o.show)
	case shown[o.key]:
		delete(shown, o.key)
		err = d.remove(ctx, o.key)
	}
	if err != nil {
		d.log.Warn("notification", "key", o.key, "err", err)
	}
}

func (d *Desktop) clear(shown map[string]bool) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for key := range shown {
		_ = d.remove(ctx, key)
	}
}
