package ui

// Desktop is what the windows need of the desktop around them. Its methods may be called from any goroutine and return soon.
type Desktop interface {
	// Notify shows a notification, or replaces the one of the same key.
	Notify(n Notification)
	// Withdraw takes the notification of a key down; nothing happens if there is none.
	Withdraw(key string)
	// DoNotDisturb reports whether the person asked the desktop not to be disturbed.
	DoNotDisturb() bool
	// Autostart reports whether Parley starts, hidden, when the person logs in; SetAutostart changes it.
	Autostart() bool
	SetAutostart(on bool) error
}

// Notification is what the desktop shows.
type Notification struct {
	Key         string // names it, to replace or withdraw it
	Title, Body string // plain text
	Sound       string // name of a sound of the desktop's sound theme; empty is none: rings are the engine's
	Ring        bool   // an incoming call: urgent, stays until it is withdrawn
	Actions     []Action
	Closed      func(dismissed bool) // by the person (dismissed) or by time; may be nil; not after Withdraw; any goroutine
}

// Action is a button of a notification.
type Action struct {
	Label   string
	Default bool   // also a click on the notification itself
	Do      func() // any goroutine, at most once
}
