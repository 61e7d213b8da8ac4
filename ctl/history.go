package ctl

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/parley-calls/parley/engine"
)

// history is the answer to "history": a part of what the switchboard remembers, newest first.
type history struct {
	ok
	Entries []entry `json:"entries"`
	Missed  int     `json:"missed"` // missed calls that are news
	More    bool    `json:"more"`   // there are older entries
}

// entry is one call of the history.
type entry struct {
	ID       engine.HistoryID `json:"id"`
	Call     engine.CallID    `json:"call"`
	Incoming bool             `json:"incoming"`
	By       engine.User      `json:"by"`
	With     []engine.User    `json:"with"`
	Video    bool             `json:"video"`
	At       time.Time        `json:"at"`
	Over     time.Time        `json:"over"`
	Answered bool             `json:"answered"`
	Missed   bool             `json:"missed"`
	LastedMS int64            `json:"lasted_ms"`
	State    string           `json:"state"`
	Reason   string           `json:"reason,omitempty"`
	EndedBy  engine.UserID    `json:"ended_by,omitempty"`
	Data     string           `json:"data,omitempty"`
}

func newEntry(e engine.HistoryEntry) entry {
	return entry{
		ID: e.ID, Call: e.Call, Incoming: e.Incoming, By: e.By, With: append([]engine.User{}, e.With...), Video: e.Video, At: e.At, Over: e.Over,
		Answered: e.Answered, Missed: e.Missed(), LastedMS: e.Lasted.Milliseconds(), State: string(e.State), Reason: string(e.Reason),
		EndedBy: e.EndedBy, Data: e.Data,
	}
}

func serveHistory(ctx context.Context, s *Server, r request) (any, error) {
	page, err := s.control.History(ctx, r.Before, r.Limit)
	answer := history{ok: fine, Entries: make([]entry, 0, len(page.Entries)), Missed: page.Missed, More: page.More}
	for _, e := range page.Entries {
		answer.Entries = append(answer.Entries, newEntry(e))
	}
	return answer, err
}

func serveSeen(ctx context.Context, s *Server, _ request) (any, error) {
	return fine, s.control.SeeHistory(ctx)
}

// serveForget deletes what is named, and all of it only if that is said: an empty list is a mistake of a script.
func serveForget(ctx context.Context, s *Server, r request) (any, error) {
	if r.All == (len(r.Entries) > 0) {
		return nil, &fieldError{"entries", `name entries, or say "all"`}
	}
	return fine, s.control.ForgetHistory(ctx, r.Entries...)
}

func serveDialBack(ctx context.Context, s *Server, r request) (any, error) {
	if len(r.Entries) != 1 {
		return nil, &fieldError{"entries", "name one entry"}
	}
	all := s.control.Snapshot().History
	i := slices.IndexFunc(all, func(e engine.HistoryEntry) bool { return e.ID == r.Entries[0] })
	if i < 0 {
		return nil, &failure{codeNoEntry, fmt.Sprintf("no entry %q among the newest", r.Entries[0]), "`parley ctl history` lists them."}
	}
	id, invitees, err := s.control.DialBack(ctx, all[i], r.Current.choice())
	return called{fine, id, invitees}, err
}

// deviceCode is the answer to "devicecode".
type deviceCode struct {
	ok
	Code    string    `json:"code"`
	Expires time.Time `json:"expires"`
	Link    string    `json:"link"` // for the other device; it holds the code
}

func serveDeviceCode(ctx context.Context, s *Server, _ request) (any, error) {
	code, expires, err := s.control.DeviceCode(ctx)
	if err != nil {
		return nil, err
	}
	return deviceCode{fine, code, expires, s.control.DeviceLink(code)}, nil
}
