package ui

import "github.com/parley-calls/parley/engine"

// Fail tells what went wrong with something that the program did by itself. Without an engine it says so where a person chooses
// what to do instead.
func (u *UI) Fail(err error) {
	u.do(func() {
		if u.engine != nil {
			u.fail(err)
			return
		}
		title, body := explain(err)
		if engine.Code(err) == "failed" {
			body = err.Error() // nothing better to say
		}
		u.welcome.complain(title + "\n" + body)
	})
}

// Open brings the main window to the front and asks the person whether to do what a parley: link wants: call somebody, enter a call, or
// join a switchboard. Without an engine it asks once there is one.
func (u *UI) Open(link string) { u.do(func() { u.follow(link) }) }
