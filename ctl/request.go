package ctl

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-calls/parley/engine"
)

// Bounds of a request.
const (
	version     = 1
	maxLine     = 64 << 10 // bytes of a request with its newline
	maxData     = 4 << 10  // bytes of a custom text, as the switchboard takes them
	maxTitle    = 256      // bytes of a notification's title, and of its resource
	maxMessage  = 1 << 10  // bytes of a notification's message
	maxInvitees = 15
	maxEntries  = 200 // of the history, in one request
	maxID       = 256 // bytes of a call or invitation ID
	minTimeout  = time.Second
	maxTimeout  = 10 * time.Minute
)

// request is one line of a client. Which fields a verb takes stands in its [verb].
type request struct {
	Version    int                 `json:"v"`
	Do         string              `json:"do"`
	To         []engine.UserID     `json:"to,omitempty"`
	Call       engine.CallID       `json:"call,omitempty"`
	Invitation engine.InvitationID `json:"invitation,omitempty"`
	Video      bool                `json:"video,omitempty"`
	Camera     *bool               `json:"camera,omitempty"` // to begin with; missing: as the call's kind
	Muted      bool                `json:"muted,omitempty"`
	Current    current             `json:"current,omitempty"`
	Take       bool                `json:"take,omitempty"`
	Data       string              `json:"data,omitempty"`
	Text       string              `json:"text,omitempty"`
	Title      string              `json:"title,omitempty"`
	Message    string              `json:"message,omitempty"`
	Resource   string              `json:"resource,omitempty"`
	Timeout    duration            `json:"timeout,omitempty"`
	Set        string              `json:"set,omitempty"` // "on", "off" or "toggle"
	User       engine.UserID       `json:"user,omitempty"`
	Preference Preference          `json:"preference,omitempty"`
	Entries    []engine.HistoryID  `json:"entries,omitempty"`
	Before     time.Time           `json:"before,omitzero"`
	Limit      int                 `json:"limit,omitempty"`
	All        bool                `json:"all,omitempty"`
	Output     string              `json:"output,omitempty"` // ID or label of a speaker, or one of its words
	Link       string              `json:"link,omitempty"`
	Accept     engine.CallID       `json:"accept,omitempty"`
	What       string              `json:"what,omitempty"`    // to share, or to do with the share
	Surface    string              `json:"surface,omitempty"` // ID or label
	Region     area                `json:"region,omitzero"`
	Style      engine.ShareProfile `json:"style,omitempty"`
	Sound      bool                `json:"sound,omitempty"`
}

// field is where a field of the name is kept in r; nil if there is none of that name.
func (r *request) field(name string) any {
	return map[string]any{
		"v": &r.Version, "do": &r.Do, "to": &r.To, "call": &r.Call, "invitation": &r.Invitation, "video": &r.Video, "camera": &r.Camera,
		"muted": &r.Muted, "current": &r.Current, "take": &r.Take, "data": &r.Data, "text": &r.Text, "title": &r.Title, "message": &r.Message,
		"resource": &r.Resource, "timeout": &r.Timeout, "set": &r.Set, "user": &r.User, "preference": &r.Preference,
		"entries": &r.Entries, "before": &r.Before, "limit": &r.Limit, "all": &r.All, "link": &r.Link, "output": &r.Output, "accept": &r.Accept,
		"what": &r.What, "surface": &r.Surface, "region": &r.Region, "style": &r.Style, "sound": &r.Sound,
	}[name]
}

// current says what becomes of the call of the moment when another one is entered; empty: it stays, and entering fails.
type current string

// What may become of it.
const (
	holdCurrent current = "hold"
	endCurrent  current = "end"
)

// choice is the same for the engine.
func (c current) choice() engine.Current {
	switch c {
	case holdCurrent:
		return engine.HoldCurrent
	case endCurrent:
		return engine.EndCurrent
	}
	return engine.KeepCurrent
}

// microphone says whether the microphone is on at the beginning, as [engine.Invite] and [engine.Answer] take it.
func (r *request) microphone() *bool {
	if !r.Muted {
		return nil
	}
	return new(bool)
}

// duration is a time.Duration written as people do: "60s".
type duration time.Duration

func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

func (d *duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return errors.New(`want a time such as "60s"`)
	}
	*d = duration(v)
	return nil
}

// fieldError says what is wrong with which field of a request.
type fieldError struct {
	field, text string
}

func (e *fieldError) Error() string { return fmt.Sprintf("field %q: %s", e.field, e.text) }

// errNotJSON says that a line is not a JSON object.
var errNotJSON = errors.New("the line is not a JSON object")

// decode reads one line of a client. It takes nothing that its verb does not use, so that a mistyped field is not lost silently.
func decode(line []byte) (request, verb, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil || raw == nil {
		return request{}, verb{}, errNotJSON
	}
	var r request
	for _, name := range []string{"v", "do"} {
		if err := r.set(name, raw[name]); err != nil {
			return request{}, verb{}, err
		}
	}
	if r.Version != version {
		return request{}, verb{}, &fieldError{"v", fmt.Sprintf("this app speaks version %d", version)}
	}
	v, ok := lookup(r.Do)
	if !ok {
		return request{}, verb{}, &fieldError{"do", "no such verb; there are " + verbNames()}
	}
	for _, name := range sortedKeys(raw) {
		if name == "v" || name == "do" || v.serve == nil && !v.streams {
			continue
		}
		if !slices.Contains(v.fields, name) {
			return request{}, verb{}, &fieldError{name, v.name + " does not take it"}
		}
		if err := r.set(name, raw[name]); err != nil {
			return request{}, verb{}, err
		}
	}
	for _, name := range v.required {
		if _, ok := raw[name]; !ok {
			return request{}, verb{}, &fieldError{name, "missing"}
		}
	}
	return r, v, r.check()
}

// set decodes one field.
func (r *request) set(name string, raw json.RawMessage) error {
	if raw == nil {
		return &fieldError{name, "missing"}
	}
	err := json.Unmarshal(raw, r.field(name))
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong):
		return &fieldError{name, fmt.Sprintf("want a JSON %s, not a %s", jsonKind(name), wrong.Value)}
	case err != nil:
		return &fieldError{name, err.Error()}
	}
	return nil
}

// jsonKind names the JSON type of a field for people.
func jsonKind(name string) string {
	switch new(request).field(name).(type) {
	case *int:
		return "number"
	case *[]engine.UserID, *[]engine.HistoryID:
		return "list of strings"
	case *bool, **bool:
		return "true or false"
	}
	return "string"
}

// check holds the values of the fields against their bounds.
func (r *request) check() error {
	for _, u := range r.To {
		if u.Check() != nil {
			return &fieldError{"to", fmt.Sprintf("a user ID has 1 to 64 bytes of UTF-8, %.70q has not", string(u))}
		}
	}
	for _, f := range []struct {
		name, text string
		max        int
	}{
		{"data", r.Data, maxData}, {"text", r.Text, engine.MaxMessage}, {"call", string(r.Call), maxID}, {"invitation", string(r.Invitation), maxID}, {"accept", string(r.Accept), maxID},
		{"title", r.Title, maxTitle}, {"message", r.Message, maxMessage}, {"resource", r.Resource, maxTitle},
		{"surface", r.Surface, maxID},
	} {
		if len(f.text) > f.max {
			return &fieldError{f.name, fmt.Sprintf("at most %d bytes", f.max)}
		}
	}
	switch {
	case len(r.To) > maxInvitees:
		return &fieldError{"to", fmt.Sprintf("at most %d people", maxInvitees)}
	case len(r.Entries) > maxEntries:
		return &fieldError{"entries", fmt.Sprintf("at most %d", maxEntries)}
	case r.Limit < 0 || r.Limit > maxEntries:
		return &fieldError{"limit", fmt.Sprintf("at most %d", maxEntries)}
	case r.Timeout != 0 && (time.Duration(r.Timeout) < minTimeout || time.Duration(r.Timeout) > maxTimeout):
		return &fieldError{"timeout", fmt.Sprintf("between %v and %v", minTimeout, maxTimeout)}
	case r.Set != "" && r.Set != "on" && r.Set != "off" && r.Set != "toggle":
		return &fieldError{"set", `want "on", "off" or "toggle"`}
	case r.Current != "" && r.Current != holdCurrent && r.Current != endCurrent:
		return &fieldError{"current", `want "hold" or "end"`}
	case r.What != "" && !slices.Contains([]string{shareScreen, shareWindow, shareRegion, shareStop, sharePause, shareResume, shareList}, r.What):
		return &fieldError{"what", `want "screen", "window", "region", "stop", "pause", "resume" or "list"`}
	case r.Style != "" && r.Style != engine.TextShare && r.Style != engine.MotionShare:
		return &fieldError{"style", fmt.Sprintf("want %q or %q", engine.TextShare, engine.MotionShare)}
	case r.Preference != "" && r.Preference != CallWaiting && r.Preference != DoNotDisturb:
		return &fieldError{"preference", fmt.Sprintf("want %q or %q", CallWaiting, DoNotDisturb)}
	}
	return nil
}

func sortedKeys(m map[string]json.RawMessage) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// verbNames lists the verbs for an error.
func verbNames() string {
	names := make([]string, 0, 40)
	for _, v := range verbs() {
		names = append(names, v.name)
	}
	return strings.Join(names, ", ")
}
