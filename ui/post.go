package ui

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// post asks for one run of a function on the UI goroutine, however often it is asked before that run starts.
type post struct {
	do     func(func()) // queues a function on the UI goroutine
	run    func()
	queued atomic.Bool
}

// ask may be called from any goroutine.
func (p *post) ask() {
	if !p.queued.CompareAndSwap(false, true) {
		return
	}
	p.do(func() {
		p.queued.Store(false)
		p.run()
	})
}

// pulse calls a function at an interval that may change, and not at all while it is 0.
type pulse struct {
	every atomic.Int64
	beat  func()
	kick  chan struct{} // one slot: the newest interval is read from every
	stop  context.CancelFunc
	done  chan struct{}
}

func newPulse(beat func()) *pulse {
	ctx, cancel := context.WithCancel(context.Background())
	p := &pulse{beat: beat, kick: make(chan struct{}, 1), stop: cancel, done: make(chan struct{})}
	go p.run(ctx)
	return p
}

// set changes the interval. It never blocks.
func (p *pulse) set(every time.Duration) {
	if p.every.Swap(int64(every)) == int64(every) {
		return
	}
	select {
	case p.kick <- struct{}{}:
	default:
	}
}

// close stops the beat and waits. beat must not need the caller's goroutine.
func (p *pulse) close() {
	p.stop()
	<-p.done
}

func (p *pulse) run(ctx context.Context) {
	defer close(p.done)
	var timer <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.kick:
		case <-timer:
			p.beat()
		}
		timer = nil
		if every := time.Duration(p.every.Load()); every > 0 {
			timer = time.After(every)
		}
	}
}

// commandTime bounds each command, so that no button stays stuck.
const commandTime = 45 * time.Second

// commands run what a button asks for beside the UI goroutine. A command that is asked for again while it is under way is not
// started twice.
type commands struct {
	do     func(func())
	ctx    context.Context // of all commands; ends with close
	cancel context.CancelFunc

	mu      sync.Mutex
	closed  bool
	running map[string]struct{}
	next    map[string]func() // what follows on them
	group   sync.WaitGroup
}

func newCommands(do func(func())) *commands {
	ctx, cancel := context.WithCancel(context.Background())
	return &commands{do: do, ctx: ctx, cancel: cancel, running: map[string]struct{}{}, next: map[string]func(){}}
}

// start runs f on its own goroutine, then done with its error on the UI goroutine. done may be nil. It reports false if a
// command with that key is under way.
func (c *commands) start(key string, f func(ctx context.Context) error, done func(error)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, busy := c.running[key]; busy || c.closed {
		return false
	}
	c.running[key] = struct{}{}
	c.group.Go(func() {
		ctx, cancel := context.WithTimeout(c.ctx, commandTime)
		defer cancel()
		err := f(ctx)
		c.mu.Lock()
		next, closed := c.next[key], c.closed
		delete(c.running, key)
		delete(c.next, key)
		c.mu.Unlock()
		if next != nil && !closed {
			next()
		}
		if done != nil && !closed {
			c.do(func() { done(err) })
		}
	})
	return true
}

// follow is start, but where a command with that key is under way f runs after it. Of several that wait so only the last one runs.
func (c *commands) follow(key string, f func(ctx context.Context) error, done func(error)) {
	if c.start(key, f, done) {
		return
	}
	c.mu.Lock()
	_, busy := c.running[key]
	if busy {
		c.next[key] = func() { c.follow(key, f, done) }
	}
	closed := c.closed
	c.mu.Unlock()
	if !busy && !closed { // it has just ended
		c.follow(key, f, done)
	}
}

// background runs f on its own goroutine. f must end by itself or with the commands' context. After close it runs at once.
func (c *commands) background(f func()) {
	c.mu.Lock()
	if !c.closed {
		c.group.Go(f)
		f = nil
	}
	c.mu.Unlock()
	if f != nil {
		f()
	}
}

// close cancels what is under way and waits for it. What is done afterwards is dropped.
func (c *commands) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.cancel()
	c.group.Wait()
}

// attemptKey is the key of a command that may be started anew before the last one has ended.
func attemptKey(name string, attempt int) string { return name + strconv.Itoa(attempt) }
