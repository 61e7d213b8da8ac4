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
	maxInvitees = 15
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
	Data       string              `json:"data,omitempty"`
	Timeout    duration            `json:"timeout,omitempty"`
	Set        string              `json:"set,omitempty"` // "on", "off" or "toggle"
	User       engine.UserID       `json:"user,omitempty"`
	Link       string              `json:"link,omitempty"`
}

// field is where a field of the name is kept in r; nil if there is none of that name.
func (r *request) field(name string) any {
	switch name {
	case "v":
		return &r.Version
	case "do":
		return &r.Do
	case "to":
		return &r.To
	case "call":
		return &r.Call
	case "invitation":
		return &r.Invitation
	case "video":
		return &r.Video
	case "data":
		return &r.Data
	case "timeout":
		return &r.Timeout
	case "set":
		return &r.Set
	case "user":
		return &r.User
	case "link":
		return &r.Link
	}
	return nil
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
	switch name {
	case "v":
		return "number"
	case "to":
		return "list of strings"
	case "video":
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
	switch {
	case len(r.To) > maxInvitees:
		return &fieldError{"to", fmt.Sprintf("at most %d people", maxInvitees)}
	case len(r.Data) > maxData:
		return &fieldError{"data", fmt.Sprintf("at most %d bytes", maxData)}
	case len(r.Call) > maxID:
		return &fieldError{"call", fmt.Sprintf("at most %d bytes", maxID)}
	case len(r.Invitation) > maxID:
		return &fieldError{"invitation", fmt.Sprintf("at most %d bytes", maxID)}
	case r.Timeout != 0 && (time.Duration(r.Timeout) < minTimeout || time.Duration(r.Timeout) > maxTimeout):
		return &fieldError{"timeout", fmt.Sprintf("between %v and %v", minTimeout, maxTimeout)}
	case r.Set != "" && r.Set != "on" && r.Set != "off" && r.Set != "toggle":
		return &fieldError{"set", `want "on", "off" or "toggle"`}
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
	names := make([]string, 0, 24)
	for _, v := range verbs() {
		names = append(names, v.name)
	}
	return strings.Join(names, ", ")
}
