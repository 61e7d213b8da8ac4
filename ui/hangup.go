package ui

import (
	"cmp"

	"github.com/parley-calls/parley/engine"
)

// HangUpConfig is what is asked before a person leaves a call. A call that still rings is cancelled at once.
type HangUpConfig struct {
	Confirm *HangUpDialog // nil: nothing is asked
}

// HangUpDialog is the question whether to hang up. A click beside it does not answer it. Empty words are Parley's own.
type HangUpDialog struct {
	Title, Message string
	Cancel, OK     string // on the buttons
}

// leaving is a person's wish to leave a call, of which it is not known yet whether it is meant.
type leaving struct{ call engine.CallID }

// hangUp leaves a call, or takes back one that rings. A person may be asked first.
func (u *UI) hangUp(id engine.CallID) {
	s := u.snapshot()
	if s == nil {
		return
	}
	c, there := s.Call(id)
	confirm, dialog := u.params.Events.HangUpConfirmation, u.params.Config.HangUp.Confirm
	if !there || rings(c) || confirm == nil && dialog == nil {
		u.leave(id)
		return
	}
	if u.asksToLeave(id) {
		return
	}
	wish := &leaving{id}
	u.wish.Store(wish)
	proceed := func(yes bool) {
		if u.wish.CompareAndSwap(wish, nil) && yes {
			u.do(func() { u.leave(id) })
		}
	}
	if confirm != nil {
		confirm(HangUp{Call: c.Info(), Minimized: u.desk.minimized}, proceed)
		return
	}
	u.show()
	message := cmp.Or(dialog.Message, word("hangup.text"))
	u.confirm(question{
		Title: cmp.Or(dialog.Title, word("hangup.title")), Text: message, Yes: cmp.Or(dialog.OK, word("call.hangup")), No: cmp.Or(dialog.Cancel, word("hangup.no")),
		Act: func() { u.leave(id) }, Closed: func() { proceed(false) }, Modal: true,
		Now: func(s *engine.Snapshot) string {
			if _, there := s.Call(id); !there {
				return ""
			}
			return message
		},
	})
}

// asksToLeave reports whether it is being asked whether to leave a call.
func (u *UI) asksToLeave(id engine.CallID) bool {
	wish := u.wish.Load()
	return wish != nil && wish.call == id
}

// forgetWish drops the wish to leave a call that is over.
func (u *UI) forgetWish(s *engine.Snapshot) {
	wish := u.wish.Load()
	if wish == nil {
		return
	}
	if s != nil {
		if _, there := s.Call(wish.call); there {
			return
		}
	}
	u.wish.CompareAndSwap(wish, nil)
}
