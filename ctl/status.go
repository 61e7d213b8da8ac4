package ctl

import (
	"time"

	"github.com/parley-calls/parley/engine"
	"github.com/parley-calls/parley/engine/signal"
)

// ok begins every good answer.
type ok struct {
	OK bool `json:"ok"`
}

var fine = ok{OK: true}

// status is the answer to "status": the snapshot of the engine and the state of the windows. Lists are never null.
type status struct {
	ok
	User            engine.User            `json:"user"`
	Connection      engine.ConnectionState `json:"connection"`
	ConnectionError *failure               `json:"connection_error,omitempty"`
	Server          string                 `json:"server"`
	People          []engine.Person        `json:"people"`
	Incoming        []incoming             `json:"incoming"`
	Calls           []call                 `json:"calls"`    // the running ones, then the last that ended, newest first
	Joinable        []joinable             `json:"joinable"` // calls of ours that go on without this app
	Microphone      bool                   `json:"microphone"`
	Camera          bool                   `json:"camera"`
	Output          engine.Output          `json:"output"`
	Mini            engine.MiniState       `json:"mini"`
	Fullscreen      engine.UserID          `json:"fullscreen"`
	Missed          int                    `json:"missed"`  // missed calls that are news
	History         int                    `json:"history"` // entries that are at hand
	Preferences     preferences            `json:"preferences"`
}

type preferences struct {
	CallWaiting  bool    `json:"call_waiting"`
	DoNotDisturb bool    `json:"do_not_disturb"`
	RingVolume   float32 `json:"ring_volume"`
}

type incoming struct {
	Invitation   engine.InvitationID `json:"invitation"`
	Call         engine.CallID       `json:"call"`
	From         engine.User         `json:"from"`
	Others       []engine.User       `json:"others,omitempty"`
	Video        bool                `json:"video"`
	Data         string              `json:"data"`
	Expires      time.Time           `json:"expires"`
	Waiting      bool                `json:"waiting"`  // we are in another call
	Silenced     bool                `json:"silenced"` // its sound was stopped here
	Notification signal.Notification `json:"notification,omitzero"`
}

type joinable struct {
	Call    engine.CallID `json:"call"`
	With    []engine.User `json:"with"`
	Video   bool          `json:"video"`
	Since   time.Time     `json:"since,omitzero"`
	Crashed bool          `json:"crashed"` // this app was in it and ended without a word; otherwise it runs on another device
	Until   time.Time     `json:"until,omitzero"`
}

type call struct {
	ID         engine.CallID    `json:"id"`
	State      engine.Phase     `json:"state"`
	Video      bool             `json:"video"`
	Outgoing   bool             `json:"outgoing"`
	Since      time.Time        `json:"since,omitzero"`
	Link       string           `json:"link"`
	Initiator  engine.UserID    `json:"initiator,omitempty"`
	Held       bool             `json:"held"`      // by us
	CanAdd     bool             `json:"can_add"`   // we may add people
	Moderator  bool             `json:"moderator"` // we may remove members and switch their devices
	Asked      *asked           `json:"asked,omitempty"`
	Speaker    engine.UserID    `json:"speaker,omitempty"` // who of the others speaks, or spoke last
	Chat       []message        `json:"chat,omitempty"`    // the last messages, oldest first
	Data       string           `json:"data,omitempty"`
	Microphone bool             `json:"microphone"`
	Camera     bool             `json:"camera"`
	Share      share            `json:"share"` // ours
	Members    []member         `json:"members"`
	Waiting    []waiting        `json:"waiting"`
	Problems   []problem        `json:"problems,omitempty"`
	Ended      engine.EndReason `json:"ended"`
	EndedBy    engine.UserID    `json:"ended_by,omitempty"`  // of an ended call: who ended it, or removed us
	With       []engine.User    `json:"with,omitempty"`      // of an ended call: everybody else
	LastedMS   int64            `json:"lasted_ms,omitempty"` // of an ended call
}

type member struct {
	engine.User
	Microphone bool           `json:"microphone"`
	Camera     bool           `json:"camera"`
	Sharing    bool           `json:"sharing"`
	Share      *share         `json:"share,omitempty"` // what
	Picture    bool           `json:"picture"`         // a picture of the camera has arrived
	Level      float32        `json:"level"`           // of the voice, 0 to 1
	Quality    engine.Quality `json:"quality"`
	Held       bool           `json:"held"` // holds us
	Moderator  bool           `json:"moderator"`
	Volume     float32        `json:"volume"` // how loud we hear the member; 1 is as sent
}

// asked is what a moderator would like us to switch on.
type asked struct {
	By         engine.User `json:"by"`
	Microphone bool        `json:"microphone"`
	Camera     bool        `json:"camera"`
}

// message is one of the chat of a call.
type message struct {
	ID       engine.MessageID `json:"id"`
	From     engine.User      `json:"from"`
	Text     string           `json:"text"`
	At       time.Time        `json:"at"`
	Mine     bool             `json:"mine"`
	Delivery engine.Delivery  `json:"delivery,omitempty"` // of ours: "sending", "delivered" or "failed"
}

// lastMessages bounds how much of a chat a status shows.
const lastMessages = 20

type waiting struct {
	engine.User
	State    string        `json:"state"`
	By       engine.UserID `json:"by,omitempty"`      // who invited
	Deadline time.Time     `json:"deadline,omitzero"` // of the ring
	Mine     bool          `json:"mine"`              // we may take the invitation back
}

// problem says what of ours does not work in a call although it should.
type problem struct {
	Of string `json:"of"` // "microphone", "camera", "speaker", "share", "sound" (of the share) or "call"
	failure
}

// newStatus reads the state of the app.
func newStatus(c Control) status {
	s := c.Snapshot()
	out := status{
		ok:              fine,
		User:            s.Me,
		Connection:      s.Connection.State,
		ConnectionError: explain(s.Connection.Err),
		Server:          s.Connection.Server,
		People:          append([]engine.Person{}, s.People...),
		Incoming:        make([]incoming, 0, len(s.Incoming)),
		Calls:           make([]call, 0, len(s.Calls)+len(s.Ended)),
		Output:          outputOf(s),
		Mini:            c.Mini(),
		Fullscreen:      c.Fullscreen(),
		Joinable:        make([]joinable, 0, len(s.Joinable)),
		Missed:          s.Missed,
		History:         len(s.History),
		Preferences:     preferences{s.Preferences.CallWaiting, s.Preferences.DoNotDisturb, s.Preferences.RingVolume},
	}
	for _, i := range s.Incoming {
		out.Incoming = append(out.Incoming, incoming{i.ID, i.Call, i.From, i.Others, i.Video, i.Data, i.Expires, i.Waiting, i.Silenced, i.Notification})
	}
	for _, j := range s.Joinable {
		out.Joinable = append(out.Joinable, joinable{j.Call, append([]engine.User{}, j.With...), j.Video, j.Since, j.Crashed, j.Until})
	}
	for _, running := range s.Calls {
		out.Calls = append(out.Calls, newCall(c, running))
		out.Microphone = out.Microphone || running.Microphone
		out.Camera = out.Camera || running.Camera
	}
	for _, e := range s.Ended {
		out.Calls = append(out.Calls, call{ID: e.Call, State: engine.Over, Video: e.Video, Outgoing: e.Outgoing,
			Members: []member{}, Waiting: []waiting{}, Ended: e.Reason, EndedBy: e.By.ID, With: e.With, LastedMS: e.Lasted.Milliseconds()})
	}
	return out
}

// heldState stands in for the phase of a call that would be live but for our holding it.
const heldState engine.Phase = "held"

func stateOf(s engine.CallState) engine.Phase {
	if s.Held && s.Phase == engine.Live {
		return heldState
	}
	return s.Phase
}

func newCall(c Control, s engine.CallState) call {
	out := call{ID: s.ID, State: stateOf(s), Video: s.Video, Outgoing: s.Outgoing, Since: s.Since, Link: s.Link,
		Initiator: s.Initiator.ID, Held: s.Held, CanAdd: s.CanAdd, Moderator: s.Moderator, Speaker: s.Speaker, Data: s.Data, Microphone: s.Microphone, Camera: s.Camera, Share: newShare(s.Share),
		Members: make([]member, 0, len(s.Members)), Waiting: make([]waiting, 0, len(s.Waiting))}
	if s.Asked.Microphone || s.Asked.Camera {
		out.Asked = &asked{s.Asked.By, s.Asked.Microphone, s.Asked.Camera}
	}
	for _, m := range s.Chat[max(0, len(s.Chat)-lastMessages):] {
		out.Chat = append(out.Chat, message(m))
	}
	for _, m := range s.Members {
		out.Members = append(out.Members, member{m.User, m.Microphone, m.Camera, m.Sharing.On, newSharing(m.Sharing), m.HasPicture, c.Level(s.ID, m.ID), m.Quality, m.Held, m.Moderator, m.Volume})
	}
	for _, w := range s.Waiting {
		out.Waiting = append(out.Waiting, waiting{w.User, string(w.State), w.By, w.Deadline, w.Mine})
	}
	for _, p := range []struct {
		of  string
		err error
	}{{"microphone", s.MicrophoneErr}, {"camera", s.CameraErr}, {"speaker", s.SpeakerErr}, {"share", s.Share.Err}, {"sound", s.Share.SoundErr}, {"call", s.Err}} {
		if p.err != nil {
			out.Problems = append(out.Problems, problem{p.of, *explain(p.err)})
		}
	}
	return out
}
