package signal

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// linkScheme begins every link that opens Parley.
const linkScheme = "parley:"

// maxCallID bounds the ID of a call in a link, in bytes, as the switchboard does.
const maxCallID = 64

// ErrUnknownLink says that a parley: link asks for something that this version does not know.
var ErrUnknownLink = errors.New("signal: the link asks for something unknown")

// Link is what a parley: link asks for: an [Address], a [CallLink] or a [JoinLink]. Whoever made the link may be anybody, so nothing of
// it is to be done before the person at the app has agreed.
type Link interface {
	// Link is the link, which [ParseLink] reads back.
	Link() string
}

var (
	_ Link = Address{}
	_ Link = CallLink{}
	_ Link = JoinLink{}
)

// CallLink asks to call somebody: parley:call/USER or parley:call/USER?video=1.
type CallLink struct {
	User  UserID
	Video bool
}

// Link implements [Link].
func (l CallLink) Link() string { return linkScheme + "call/" + pathOf(string(l.User), l.Video) }

// JoinLink asks to enter a call by its ID: parley:join/CALL or parley:join/CALL?video=1.
type JoinLink struct {
	Call  CallID
	Video bool
}

// Link implements [Link].
func (l JoinLink) Link() string { return linkScheme + "join/" + pathOf(string(l.Call), l.Video) }

func pathOf(id string, video bool) string {
	path := url.PathEscape(id)
	if video {
		path += "?video=1"
	}
	return path
}

// ParseLink reads a parley: link. Errors are [*AddressError], or [ErrUnknownLink] if what it asks for is not known.
func ParseLink(text string) (Link, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxAddress {
		return nil, &AddressError{Field: "link", Reason: fmt.Sprintf("is longer than %d bytes", maxAddress)}
	}
	if len(text) < len(linkScheme) || !strings.EqualFold(text[:len(linkScheme)], linkScheme) {
		return nil, &AddressError{Field: "link", Reason: "does not begin with " + linkScheme}
	}
	verb, rest, found := strings.Cut(text[len(linkScheme):], "/")
	switch strings.ToLower(verb) {
	case "server":
		if !found {
			return nil, &AddressError{Field: "host", Reason: "is missing"}
		}
		return ParseAddress(text)
	case "call":
		user, video, err := parsePath("user", rest, 64)
		return CallLink{UserID(user), video}, err
	case "join":
		call, video, err := parsePath("call", rest, maxCallID)
		return JoinLink{CallID(call), video}, err
	}
	return nil, ErrUnknownLink
}

// parsePath reads what follows the verb of a link: an ID, and whether it is about a picture. An ID is put before a person, so what cannot
// be seen in it, or moves letters about, is refused.
func parsePath(field, rest string, longest int) (id string, video bool, err error) {
	path, query, _ := strings.Cut(rest, "?")
	if id, err = url.PathUnescape(path); err != nil {
		return "", false, &AddressError{Field: field, Reason: "has a percent sign that stands for nothing"}
	}
	switch {
	case id == "" || len(id) > longest:
		return "", false, &AddressError{Field: field, Reason: fmt.Sprintf("must have 1 to %d bytes", longest)}
	case !utf8.ValidString(id) || strings.ContainsFunc(id, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "", false, &AddressError{Field: field, Reason: "holds what cannot be shown"}
	case strings.TrimSpace(id) != id:
		return "", false, &AddressError{Field: field, Reason: "begins or ends with a space"}
	}
	switch query {
	case "", "video=0":
		return id, false, nil
	case "video=1":
		return id, true, nil
	}
	return "", false, &AddressError{Field: "video", Reason: "is all that may follow the question mark, and is 0 or 1"}
}
