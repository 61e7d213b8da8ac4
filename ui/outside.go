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

// Open shows the main window with everything ready to join the switchboard of an invite link. A call that is shown stays.
func (u *UI) Open(link string) {
	u.do(func() {
		u.welcome.address.SetText(link)
		u.welcome.openJoin()
		u.desk.choosing = true
		u.show()
	})
}
