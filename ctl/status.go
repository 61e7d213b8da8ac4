package ctl

import (
	"time"

	"github.com/parley-calls/parley/engine"
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
	Calls           []call                 `json:"calls"` // the running ones, then the last that ended, newest first
	Microphone      bool                   `json:"microphone"`
	Camera          bool                   `json:"camera"`
	Output          Output                 `json:"output"`
	Mini            engine.MiniState       `json:"mini"`
	Fullscreen      engine.UserID          `json:"fullscreen"`
	Missed          int                    `json:"missed"` // among the last calls of this run
}

type incoming struct {
	Invitation engine.InvitationID `json:"invitation"`
	Call       engine.CallID       `json:"call"`
	From       engine.User         `json:"from"`
	Others     []engine.User       `json:"others,omitempty"`
	Video      bool                `json:"video"`
	Data       string              `json:"data"`
	Expires    time.Time           `json:"expires"`
}

type call struct {
	ID         engine.CallID    `json:"id"`
	State      engine.Phase     `json:"state"`
	Video      bool             `json:"video"`
	Outgoing   bool             `json:"outgoing"`
	Since      time.Time        `json:"since,omitzero"`
	Link       string           `json:"link"`
	Microphone bool             `json:"microphone"`
	Camera     bool             `json:"camera"`
	Members    []member         `json:"members"`
	Waiting    []waiting        `json:"waiting"`
	Problems   []problem        `json:"problems,omitempty"`
	Ended      engine.EndReason `json:"ended"`
	With       []engine.User    `json:"with,omitempty"`      // of an ended call: everybody else
	LastedMS   int64            `json:"lasted_ms,omitempty"` // of an ended call
}

type member struct {
	engine.User
	Microphone bool           `json:"microphone"`
	Camera     bool           `json:"camera"`
	Sharing    bool           `json:"sharing"`
	Picture    bool           `json:"picture"` // a picture of the camera has arrived
	Level      float32        `json:"level"`   // of the voice, 0 to 1
	Quality    engine.Quality `json:"quality"`
}

type waiting struct {
	engine.User
	State string `json:"state"`
}

// problem says what of ours does not work in a call although it should.
type problem struct {
	Of string `json:"of"` // "microphone", "camera", "speaker" or "call"
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
		Output:          c.Output(),
		Mini:            c.Mini(),
		Fullscreen:      c.Fullscreen(),
	}
	for _, i := range s.Incoming {
		out.Incoming = append(out.Incoming, incoming{i.ID, i.Call, i.From, i.Others, i.Video, i.Data, i.Expires})
	}
	for _, running := range s.Calls {
		out.Calls = append(out.Calls, newCall(c, running))
		out.Microphone = out.Microphone || running.Microphone
		out.Camera = out.Camera || running.Camera
	}
	for _, e := range s.Ended {
		out.Calls = append(out.Calls, call{ID: e.Call, State: engine.Over, Video: e.Video, Outgoing: e.Outgoing,
			Members: []member{}, Waiting: []waiting{}, Ended: e.Reason, With: e.With, LastedMS: e.Lasted.Milliseconds()})
		if e.Reason == engine.Unanswered {
			out.Missed++
		}
	}
	return out
}

func newCall(c Control, s engine.CallState) call {
	out := call{ID: s.ID, State: s.Phase, Video: s.Video, Outgoing: s.Outgoing, Since: s.Since, Link: s.Link,
		Microphone: s.Microphone, Camera: s.Camera,
		Members: make([]member, 0, len(s.Members)), Waiting: make([]waiting, 0, len(s.Waiting))}
	for _, m := range s.Members {
		out.Members = append(out.Members, member{m.User, m.Microphone, m.Camera, m.Sharing, m.HasPicture, c.Level(s.ID, m.ID), m.Quality})
	}
	for _, w := range s.Waiting {
		out.Waiting = append(out.Waiting, waiting{w.User, string(w.State)})
	}
	for _, p := range []struct {
		of  string
		err error
	}{{"microphone", s.MicrophoneErr}, {"camera", s.CameraErr}, {"speaker", s.SpeakerErr}, {"call", s.Err}} {
		if p.err != nil {
			out.Problems = append(out.Problems, problem{p.of, *explain(p.err)})
		}
	}
	return out
}
