// Package desktop is what a desktop offers a program besides windows: notifications with buttons, whether the person wants to be
// left alone, whether a tray shows icons, a screen that stays on, attention, a frame round a part of the display, and a start at log-in
// or by links. It knows no toolkit and nothing of calls. What a system does not offer, or not yet, [Desktop.Can] says.
//
// One goroutine owns the notifications and the [Standing]. Callers leave orders, at most one per key, so a slow desktop makes nobody
// wait and nothing grow. On Linux and its kin that goroutine holds a connection of its own to the session bus (other libraries of the
// program read every signal of the shared one, and stumble over ours), bounds every question in time, and follows the services when
// they end and come back: what should be seen is shown again. It never starts a session bus where there is none. Another goroutine,
// from the first frame on, draws that.
package desktop

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
)

// Options say who speaks.
type Options struct {
	ID      string       // of the program: its .desktop file without the ending
	Name    string       // of the program, for people
	Icon    []byte       // PNG, for a program that is not installed; may be nil
	Command []string     // the command line that starts the program
	AtLogin []string     // what is added to it at log-in
	Entry   string       // what the start of that command is called, where there may be several; empty: ID
	Scheme  string       // of the links that the program opens when one is added to the command, such as "parley"
	Bus     string       // address of the session bus; empty: that of the session
	Logger  *slog.Logger // nil discards
}

// atLogin is the command line for log-in.
func (o Options) atLogin() []string { return slices.Concat(o.Command, o.AtLogin) }

// Notification is what the desktop shows.
type Notification struct {
	Key         string // names it, to replace or withdraw it
	Title, Body string // plain text
	Sound       string // name of a sound of the desktop's sound theme; empty is none
	Ring        bool   // an incoming call: urgent, and it stays until it is withdrawn
	Quiet       bool   // it must not break through what the desktop does for people who want to be left alone
	Actions     []Action
	Closed      func(dismissed bool) // by the person (dismissed) or by time; may be nil; not after Withdraw or an action
}

// Action is what a press on a notification does. Do, like Closed, runs on the goroutine of the notifications and returns soon. The
// actions of a ring may be pressed again while it stays.
type Action struct {
	Label   string
	Default bool // a click on the notification itself instead of a button
	Do      func()
}

// Desktop speaks for one program. All methods may be called from any goroutine, but Close not from one that a [Notification] names.
type Desktop struct {
	options Options
	log     *slog.Logger
	stop    context.CancelFunc
	done    chan struct{}
	wake    chan struct{} // one slot: there are orders

	quiet, hosted atomic.Bool // what the desktop said last
	wakeful       atomic.Bool // something can keep the screen awake, or does
	tray          bool

	mu       sync.Mutex
	orders   []order
	standing Standing
	watchers map[*func()]struct{}
	frame    *frame // nil before the first one
	closed   bool
}

// order is to show a notification, or to withdraw the one of a key.
type order struct {
	key  string
	show *Notification
}

// maxOrders bounds what waits for a desktop that is slow to answer. Beyond it the oldest order is dropped.
const maxOrders = 64

// New begins to speak with the desktop. It works, and shows nothing, where there is none.
func New(o Options) *Desktop {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Entry == "" {
		o.Entry = o.ID
	}
	ctx, cancel := context.WithCancel(context.Background())
	d := &Desktop{
		options: o, log: o.Logger, stop: cancel, done: make(chan struct{}), wake: make(chan struct{}, 1),
		watchers: map[*func()]struct{}{},
	}
	d.start(ctx)
	return d
}

// Close takes every notification and the frame down, and waits. It may be called twice.
func (d *Desktop) Close() {
	d.mu.Lock()
	d.closed = true
	frame := d.frame
	d.mu.Unlock()
	if frame != nil {
		frame.close()
	}
	d.stop()
	<-d.done
}

// Notify shows a notification, or replaces the one of the same key.
func (d *Desktop) Notify(n Notification) { d.leave(order{n.Key, &n}) }

// Withdraw takes the notification of a key down. Nothing happens if there is none.
func (d *Desktop) Withdraw(key string) { d.leave(order{key: key}) }

// DoNotDisturb reports whether the person asked the desktop not to be disturbed.
func (d *Desktop) DoNotDisturb() bool { return d.quiet.Load() }

// TrayHosted reports whether something shows tray icons now. Without it nobody would find a hidden window again.
func (d *Desktop) TrayHosted() bool { return d.hosted.Load() }

// Watch calls f, which returns soon, whenever what DoNotDisturb or TrayHosted report has changed, until stop.
func (d *Desktop) Watch(f func()) (stop func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watchers[&f] = struct{}{}
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.watchers, &f)
	}
}

// leave puts an order where the goroutine finds it, in place of an older one for the same key.
func (d *Desktop) leave(o order) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, old := range d.orders {
		if old.key == o.key {
			d.orders = append(d.orders[:i], d.orders[i+1:]...)
			break
		}
	}
	if len(d.orders) == maxOrders {
		d.log.Warn("the desktop does not answer: a notification is dropped", "key", d.orders[0].key)
		d.orders = d.orders[1:]
	}
	d.orders = append(d.orders, o)
	d.rouse()
}

// rouse tells the goroutine that something was asked for.
func (d *Desktop) rouse() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// take empties the orders, oldest first.
func (d *Desktop) take() []order {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.orders
	d.orders = nil
	return all
}

// say remembers what the desktop said, and tells who watches if it is news.
func (d *Desktop) say(quiet, hosted bool) {
	news := d.quiet.Swap(quiet) != quiet
	if d.hosted.Swap(hosted) != hosted {
		news = true
	}
	if !news {
		return
	}
	d.mu.Lock()
	all := make([]func(), 0, len(d.watchers))
	for f := range d.watchers {
		all = append(all, *f)
	}
	d.mu.Unlock()
	for _, f := range all {
		f()
	}
}
